// Package legible makes hostile text harmless to show: what could move a cursor,
// change colours, reorder or hide text is written out, ^[ for escape, \x9b for a
// C1 control or a byte that is no UTF-8, \u202e for a mark without a glyph. Line
// ends and tabs stay.
//
// Terminals and web pages need the same: a bounce quotes what strangers wrote.
package legible
