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
	}
	if r.book == nil {
		r.book = codebook.Default()
	}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	return r, nil
}

// Settings returns the settings, defaults filled in.
func (r *Reputation) Settings() Settings { return r.set }

// Overview returns what a dashboard shows first, as of now.
func (r *Reputation) Overview(ctx context.Context, now time.Time) (Overview, error) {
	return Overview{}, errors.ErrUnsupported
}

// Table returns how the values of a dimension fared. The error wraps ErrQuery if
// the query cannot be answered.
func (r *Reputation) Table(ctx context.Context, q Query) (Table, error) {
	return Table{}, errors.ErrUnsupported
}

// Series returns how one value, or the total, fared over time. The error wraps
// ErrQuery if the query cannot be answered.
func (r *Reputation) Series(ctx context.Context, q Query) (Series, error) {
	return Series{}, errors.ErrUnsupported
}

// Run watches until ctx ends, and then returns nil: it looks at the figures at
// once and then every Settings.Every, and raises, changes and ends alerts. A store
// that fails is logged and asked again.
func (r *Reputation) Run(ctx context.Context) error {
	return errors.ErrUnsupported
}

// Look looks once, as Run does every time.
func (r *Reputation) Look(ctx context.Context) error {
	return errors.ErrUnsupported
}
