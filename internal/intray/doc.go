// Package intray reads what people keep reports in: single mails, mbox files,
// Maildirs, folders of anything, the text of a reply, compressed or not.
//
// What a file holds is told by its content, never by its name. [Walk] lists
// files in a stable order, [Open] tells what one of them is and gives a
// [Source] of its records, one at a time, so that a mailbox of any size takes
// no more memory than its largest mail, which is bounded.
package intray
