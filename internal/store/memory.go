package store

import (
	"context"
	"time"

	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/policy"
)

// Memory is what is known of recipients.
type Memory interface {
	// Apply takes events in, all or none. An event whose id is known already
	// changes nothing. One without an id gets the one that ComputeID gives; one
	// whose recipient is no address is kept and counts for nobody.
	Apply(ctx context.Context, entries []Entry) error
	// Recipient returns what is known of a recipient and whether it may be
	// mailed in the key's stream. Nothing known is no error.
	Recipient(ctx context.Context, key policy.Key) (Recipient, error)
	// Check says for each key, in their order, whether it may be mailed. Where
	// nothing stands against the address the answer says only so: how often it
	// failed so far is told by Recipient.
	Check(ctx context.Context, keys []policy.Key) ([]policy.Answer, error)
	// Forget removes a recipient: its state, suppressions, and its events with
	// the reports they came from. It returns how many events there were.
	Forget(ctx context.Context, recipient string) (events int, err error)
}

// Entry is an event to be applied.
type Entry struct {
	Event event.Event
	// Recipient is the address whose state the event counts for, where it is
	// not Event.Recipient.
	Recipient string
	// Trusted is whether the report's source is known. What is not trusted is
	// kept and suppresses nobody, nor does it count for rates.
	Trusted bool
	// Received is when the report came in; zero stands for now.
	Received time.Time
	// Report is where the event was found, kept as evidence. Events of one
	// report share it; nil if it is not to be kept.
	Report *Report
}

// Report is a report as it came in.
type Report struct {
	ID   string // never the same for two reports
	Body []byte // verbatim
}

// Recipient is what is known of one.
type Recipient struct {
	Address string        `json:"address"`
	Known   bool          `json:"known"`  // whether there is anything
	Events  int64         `json:"events"` // ever applied
	Last    time.Time     `json:"last,omitzero"`
	State   policy.State  `json:"-"`
	Answer  policy.Answer `json:"answer"`
}

// Change is that a recipient's suppression began, ended or became another one.
type Change struct {
	Recipient string        `json:"recipient"`
	EventID   string        `json:"event_id,omitempty"` // that made it; "" if it was made by hand
	Time      time.Time     `json:"time"`
	Was       policy.Answer `json:"was"` // as of that time, over all streams
	Is        policy.Answer `json:"is"`
}

// Began reports whether the change suppresses a recipient who was not.
func (c *Change) Began() bool { return c.Is.Suppressed && !c.Was.Suppressed }

// Ended reports whether the change ends a suppression.
func (c *Change) Ended() bool { return c.Was.Suppressed && !c.Is.Suppressed }

// Announce makes messages of a change, which are kept in the outbox within the
// same transaction as the change. It must be quick, and pure.
type Announce func(Change) []Outgoing
