// Package intray reads what people keep reports in: single mails, mbox files,
// Maildirs, the text of a reply, logs of mail servers, what service providers
// post, folders of any of these, compressed or not.
//
// What a file holds is told by its content, never by its name. [Walk] lists
// files in a stable order, [Open] tells what one of them is and gives a
// [Source] of its records, one at a time, so that a mailbox of any size takes
// no more memory than its largest mail, which is bounded. [Series] finds logs
// that continue each other.
package intray
