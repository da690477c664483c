package store

import (
	"context"
	"time"
)

// Outbox is what is to be told to others, until they have taken it.
type Outbox interface {
	// Enqueue keeps messages to be delivered. One whose id is known already is
	// not kept again.
	Enqueue(ctx context.Context, messages []Outgoing) error
	// ClaimOutgoing returns messages for one target that are due, the oldest
	// first, and keeps others from claiming them for lease. So what waits for
	// one target costs the others nothing.
	ClaimOutgoing(ctx context.Context, target string, limit int, lease time.Duration) ([]Outgoing, error)
	// OutgoingTargets returns the names of those for whom messages wait, in order.
	OutgoingTargets(ctx context.Context) ([]string, error)
	// SettleOutgoing says what became of claimed messages.
	SettleOutgoing(ctx context.Context, results []Attempt) error
	// DeadLetters lists messages that were given up, the latest first.
	DeadLetters(ctx context.Context, cursor string, limit int) (list []Outgoing, next string, err error)
	// Revive makes messages that were given up due again.
	Revive(ctx context.Context, ids []string) error
}

// Outgoing is a message to somebody, such as a webhook.
type Outgoing struct {
	ID      string    `json:"id"`
	Target  string    `json:"target"` // the name of who is to get it
	Kind    string    `json:"kind"`
	Body    []byte    `json:"body"`
	Created time.Time `json:"created"`
	Tries   int       `json:"tries"`
	Next    time.Time `json:"next,omitzero"`
	Error   string    `json:"error,omitempty"` // of the last try
	Dead    time.Time `json:"dead,omitzero"`   // when it was given up
}

// Attempt is the result of a try to deliver a message.
type Attempt struct {
	ID        string
	Delivered bool
	Error     string
	Next      time.Time // when to try again; zero gives the message up
}
