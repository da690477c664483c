// Package reputation says how a sender's mail fares, from the counters of
// [store.Rates], and raises alerts when somebody should act.
//
// Bounced to attempted and complained to delivered messages are looked at over
// sliding windows, in all and by sender domain, IP address, provider and stream:
// see [Reputation.Overview], [Reputation.Table] and [Reputation.Series].
// [Reputation.Run] watches the same figures and keeps the store's alerts; each
// alert that begins, changes its level or ends makes a [Notice], from which
// messages to others are made in the same transaction.
//
// What is not known is not guessed: where neither deliveries nor attempts are
// told, there are no rates, and where there are too few messages, no health.
package reputation
