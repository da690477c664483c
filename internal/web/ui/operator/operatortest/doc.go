// Package operatortest starts the pages over a store that is filled as that of a
// sender who runs the server for a month: for tests of the pages, in a browser and
// without, and for the pictures in the README. Nothing in it is anybody's mail.
package operatortest
