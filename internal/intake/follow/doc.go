// Package follow reads delivery logs while they grow: most failures never become
// a mail, the log of the MTA alone has them.
//
// A [Log] is one log, as rebound scan --follow reads it: package tail gives its
// lines through rotation and restart, package maillog makes events of them. A
// [Source] follows logs for the server: events go to the spool, and only then is
// the place noted, durably, that was read. A crash in between gives events
// again, with the same ids; none is lost.
//
// What a reader has to remember from line to line, such as the senders of mails
// under way, is not kept: a part of the log before the place is read again instead.
package follow
