// Package notify tells others what happened: by webhooks that are signed as the
// Standard Webhooks specification says, tried again until they are taken, and kept
// as dead letters when they never are.
//
// It has two halves. [Targets] makes messages of what happens: it is pure, and
// the store keeps them in its outbox within the transaction that made them
// happen, so that nothing is told that did not happen and nothing that happened
// is forgotten. [Sender] delivers what is in the outbox, at least once: after a
// crash a message may come again, under the same id. Messages may come in any
// order; each says when what it tells of happened.
//
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
//
// See docs/notify.md.
package notify
