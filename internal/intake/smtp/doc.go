// Package smtp takes reports in by SMTP (RFC 5321) and LMTP (RFC 2033): the
// address that bounces go to is delivered here, by the MTA beside it or by the
// whole Internet.
//
// It answers 250 after the spool has the report, and never before. It takes mail
// for the domains it is told and, unless told otherwise, from the null sender
// only, which is the sender of delivery reports (RFC 5321 section 4.5.5). Nothing
// is relayed, nothing is read here: each recipient of a message makes a report
// of its own, verbatim, with the envelope beside it, since the forward path is
// where VERP addresses stand.
//
// Everything is bounded: the length of lines, the size, recipients and time of
// a message, connections and messages of each client, the memory of all messages
// under way. What is beyond gets a reply that says so, a temporary one where the
// sender does well to come again.
//
// The protocol itself is that of github.com/emersion/go-smtp. Data ends with
// <CRLF>.<CRLF> and no variant of it, so that no second message can be smuggled.
package smtp
