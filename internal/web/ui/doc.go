// Package ui is the shell of Rebound's pages: the layout that all of them share,
// the assets that they need, and how they are sent.
//
// A package of pages (lookup, analyzer, operator) has its own templates, which
// define "main" and whatever else they need, gets a *Pages from Shell.Pages, and
// sends with Pages.Send. Everything works without JavaScript; the one script adds
// to what is there by data-attributes (see static/rebound.js). There is no inline
// style or script anywhere: the Content-Security-Policy forbids both.
//
// What comes from outside is shown by the template "text", which writes out control
// characters and direction marks, and is escaped by html/template. Nothing here
// makes markup out of strings.
package ui
