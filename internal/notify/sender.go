package notify

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/rebound-mail/rebound/internal/store"
)

// Options are what a Sender is made of. Zero numbers stand for their defaults.
type Options struct {
	Targets *Targets
	Outbox  store.Outbox
	Now     func() time.Time // the clock; required
	Log     *slog.Logger     // nil if nothing is to be logged
	// Agent is the User-Agent of requests; "" stands for "Rebound".
	Agent string
	// Transport sends requests; nil stands for one of the sender's own, which
	// asks the environment for a proxy.
	Transport http.RoundTripper

	Timeout    time.Duration // of one try: 15 seconds
	GiveUp     time.Duration // after how long a message is given up: 3 days
	MaxTries   int           // after how many tries it is, whichever comes first: 30
	Concurrent int           // requests at once to one target: 4
	Every      time.Duration // how often the outbox is looked at: a second
	Grace      time.Duration // how long requests may take yet when Run ends: 10 seconds
}

// Status is how a target fares.
type Status struct {
	Target    string    `json:"target"`
	Delivered int64     `json:"delivered"` // since the start
	Failed    int64     `json:"failed"`    // tries
	Dead      int64     `json:"dead"`      // messages given up
	Last      time.Time `json:"last,omitzero"`
	Problem   string    `json:"problem,omitempty"` // of the last try, if it failed
	Until     time.Time `json:"until,omitzero"`    // it is left alone until then
}

// Sender delivers what is in the outbox.
type Sender struct {
	targets *Targets
	outbox  store.Outbox
}

// New returns a sender.
func New(o Options) (*Sender, error) {
	if o.Targets == nil || o.Outbox == nil || o.Now == nil {
		return nil, errors.New("notify: no targets, no outbox or no clock given")
	}
	return &Sender{targets: o.Targets, outbox: o.Outbox}, nil
}

// Run delivers until ctx ends; then it lets requests that are under way come to
// an end, for a while, and returns nil.
func (s *Sender) Run(ctx context.Context) error { return errors.ErrUnsupported }

// Status says how each target fares.
func (s *Sender) Status() []Status { return nil }
