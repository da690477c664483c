// Package pop3 takes reports from a mailbox by POP3 (RFC 1939).
//
// A [Poller] connects now and then, takes every mail that it does not know to the
// spool, and remembers its unique id (UIDL) in a file, for POP3 has no other way
// to tell old mails from new ones. Mails are deleted only if that is asked for,
// and only after the spool has them durably: deletions count from QUIT on, so a
// crash before it takes mails once more at worst, which is harmless.
//
// Servers are not trusted: lines, lists, mails and times are bounded. What cannot
// be taken, such as a mail that is too large, stays where it is and is shown in
// the status.
//
// Supported are TLS from the first byte (RFC 8314), STLS (RFC 2595), CAPA (RFC
// 2449) with LOGIN-DELAY, and the response codes of RFC 2449 and RFC 3206. Logins
// are by USER and PASS.
package pop3
