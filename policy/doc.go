// Package policy decides whether an address may be mailed, from what is known
// of its recipient.
//
// A [State] is a bounded summary of the set of outcomes that were seen of one
// recipient, over all streams. It does not depend on the order in which they
// arrived, nor on how often: [Merge] is commutative, associative and
// idempotent, and [Decide] is a pure function of state, stream, settings and
// the present. So reports may come late, twice and out of order, and two nodes
// may each hold a part of the history.
//
// A permanent failure whose reason speaks against the address suppresses it at
// once. Other failures on the receiving side are counted, and several failed
// messages in a row suppress it for a while. Complaints and requests to
// unsubscribe suppress their stream. What is wrong with the sender or with the
// message never speaks against the address. See docs/policy.md.
//
// The package reads no clock and does no input or output.
package policy
