// Package verp reads and writes return paths that carry more than a mailbox:
// variable envelope return paths (VERP, by which a sender finds out whose mail
// bounced), bounce address tag validation (BATV, draft-levine-smtp-batv) and
// the sender rewriting scheme (SRS) of forwarders.
//
// [Recipient] and [Unwrap] read what others wrote and prove nothing: anybody can
// write such an address. What [Keyring.Verify], [BATV.Verify] and [SRS.Reverse]
// accept was written by somebody who has the key, not long ago. Signatures are
// compared in constant time, and survive a host that folds the case of local
// parts wherever the scheme allows it.
package verp
