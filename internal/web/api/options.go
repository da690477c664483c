package api

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/rebound-mail/rebound/classify"
	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/internal/intake"
	"github.com/rebound-mail/rebound/internal/intake/hook"
	"github.com/rebound-mail/rebound/internal/reputation"
	"github.com/rebound-mail/rebound/internal/spool"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/internal/web/auth"
	"github.com/rebound-mail/rebound/policy"
	"github.com/rebound-mail/rebound/webhook"
)

// Options are what an API works with.
type Options struct {
	Store store.Store      // required
	Spool spool.Spool      // required
	Gate  *auth.Gate       // required
	Now   func() time.Time // the clock; required
	// Settings are the policy's, the same that the store was opened with.
	Settings policy.Settings
	// Classifier explains texts; nil is one over the built-in codebook.
	Classifier *classify.Classifier
	// Hook receives what providers post: hook.Receiver's method Receive. With
	// nil no provider is known.
	Hook func(ctx context.Context, p webhook.Provider, r webhook.Request, remote string) (hook.Result, error)
	// Reputation answers how the sender's mail fares; nil makes one over the store.
	Reputation Reputation
	// Sources say how the ways fare by which reports come in; nil is none.
	Sources func() []intake.Status
	// Pipeline says how processing fares; nil leaves it out.
	Pipeline func() PipelineStatus
	// Logger gets what goes wrong inside; nil discards.
	Logger *slog.Logger
	// Version is the program's.
	Version string
	// TempDir is where a backup is written before it is sent; "" is the system's
	// directory for temporary files. It needs room for the whole store.
	TempDir string
	Limits  Limits
}

// PipelineStatus is how processing fares.
type PipelineStatus struct {
	State   string    `json:"state" doc:"What it is doing." example:"running"`
	Problem string    `json:"problem,omitempty" doc:"What keeps it from going on, such as a full disk."`
	Since   time.Time `json:"problem_since,omitzero" doc:"Since when."`
	Done    int64     `json:"reports" doc:"Reports processed since the start."`
	Events  int64     `json:"events" doc:"Events found in them."`
}

// Limits bound what one request may be. Fields that are zero stand for their
// defaults.
type Limits struct {
	Body    int64 // of requests in JSON, in bytes: 1 MiB
	Report  int64 // of a report, unpacked: 32 MiB
	Import  int64 // of an imported list, unpacked: 1 GiB
	Check   int64 // of a question about many addresses, unpacked: 1 GiB
	Memory  int64 // of all bodies that are held at once: 512 MiB
	Streams int   // long requests (check, export, import, backup) at once: 32
}

func (l Limits) withDefaults() Limits {
	set := func(n *int64, byDefault int64) {
		if *n <= 0 {
			*n = byDefault
		}
	}
	set(&l.Body, 1<<20)
	set(&l.Report, 32<<20)
	set(&l.Import, 1<<30)
	set(&l.Check, 1<<30)
	set(&l.Memory, 512<<20)
	if l.Streams <= 0 {
		l.Streams = 32
	}
	return l
}

func (o *Options) check() error {
	if o.Store == nil || o.Spool == nil || o.Gate == nil || o.Now == nil {
		return errors.New("api: a store, a spool, a gate and a clock are required")
	}
	if err := o.Settings.Validate(); err != nil {
		return err
	}
	if o.Classifier == nil {
		o.Classifier = classify.New(codebook.Default())
	}
	if o.Reputation == nil {
		r, err := reputation.New(reputation.Options{Store: o.Store, Book: o.Classifier.Book(), Now: o.Now})
		if err != nil {
			return err
		}
		o.Reputation = r
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Version == "" {
		o.Version = "dev"
	}
	o.Limits = o.Limits.withDefaults()
	return nil
}
