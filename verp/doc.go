// Package verp reads return paths that carry more than a mailbox: variable
// envelope return paths (VERP, by which a list finds out whose mail bounced),
// bounce address tag validation (BATV, draft-levine-smtp-batv) and the sender
// rewriting scheme (SRS) of forwarders.
//
// Nothing here proves that an address is genuine: anybody can write such an
// address.
package verp
