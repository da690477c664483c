// Package browsertest opens the pages in a real browser: every journey of the
// public pages with and without JavaScript, at the width of a phone and of a desk,
// hostile texts, and an accessibility check with axe-core.
//
// It needs Chromium (Debian: apt-get install chromium) and, for axe-core, what "npm
// ci" installs in this folder; "make test-tools" does both. Without them the tests
// skip and say so.
//
// REBOUND_SCREENSHOTS=DIR writes screenshots there.
package browsertest
