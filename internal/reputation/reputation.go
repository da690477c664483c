package reputation

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/internal/store"
)

// Store is what of a store.Store is needed.
type Store interface {
	store.Rates
	store.Alerts
}

// Options are what a Reputation is made of.
type Options struct {
	Store    Store
	Book     *codebook.Codebook // names and remedies; nil stands for codebook.Default()
	Settings Settings
	Now      func() time.Time // the clock; required
	Log      *slog.Logger     // nil if nothing is to be logged
	Announce Announce         // nil if nobody is to be told
	// DeadLetters returns how many messages to others were given up, and Lag how
	// long the oldest report waits to be processed. nil if there is no such thing.
	DeadLetters func(context.Context) (int64, error)
	Lag         func(context.Context) (time.Duration, error)
}

// Reputation answers questions about a sender's reputation, and watches it. All
// methods may be called concurrently; Run once at a time.
type Reputation struct {
	store       Store
	book        *codebook.Codebook
	set         Settings
	now         func() time.Time
	log         *slog.Logger
	announce    Announce
	deadLetters func(context.Context) (int64, error)
	lag         func(context.Context) (time.Duration, error)
	measured    *measured
	overviews   *overviews
}

// New returns a Reputation. Wrong settings are an error.
func New(o Options) (*Reputation, error) {
	if o.Store == nil || o.Now == nil {
		return nil, errors.New("reputation: no store or no clock given")
	}
	if err := o.Settings.Validate(); err != nil {
		return nil, err
	}
	r := &Reputation{
		store: o.Store, book: o.Book, set: o.Settings.WithDefaults(), now: o.Now, log: o.Log,
		announce: o.Announce, deadLetters: o.DeadLetters, lag: o.Lag,
		measured: &measured{lists: map[store.Dimension]measuredList{}}, overviews: newOverviews(),
	}
	if r.book == nil {
		r.book = codebook.Default()
	}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	return r, nil
}
