// Package imap takes reports from a mailbox by IMAP (RFC 3501, RFC 9051).
//
// A [Poller] keeps one connection, takes every mail of one mailbox to the spool,
// and then moves it to a folder. It waits for further mails with IDLE (RFC 2177),
// or asks now and then where the server has no IDLE.
//
// A mail is moved only when the spool has it durably. A crash in between takes it
// once more, which is harmless. Nothing is deleted unless that is asked for, and
// never any mail but those that were taken: without MOVE (RFC 6851) mails are
// copied, marked, and expunged by UID (RFC 4315); where the server cannot expunge
// by UID either, they stay, marked as deleted, and are not looked at again.
//
// Servers are not trusted: all that one may send in answer to a command is
// bounded, and so is its time. What cannot be taken, such as a mail that is too
// large, stays where it is and is shown in the status.
//
// The protocol itself is emersion/go-imap's, of which only session.go knows.
package imap
