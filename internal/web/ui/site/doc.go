// Package site writes the look-up pages as files, for any web host: every page as
// PATH.html, the assets, a sitemap. Links are relative, so that the folder may lie
// anywhere, also on a disk.
//
// What needs a server is left out: the box that reads replies and the analyzer.
// The pages have a search of their own instead, which needs JavaScript; without,
// the lists of codes, reasons and providers lead everywhere.
package site
