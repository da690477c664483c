// Package ndr reads non-delivery reports that follow no standard: the prose by
// which Exim, qmail, Exchange and many others tell that a mail came back. One
// file holds one MTA or service; the generic reader is the last resort.
//
// A decoder looks only at what the reporting system wrote, never at the
// returned message below it.
package ndr
