package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rebound-mail/rebound/classify"
	"github.com/rebound-mail/rebound/internal/spool"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/verp"
)

// Spool is what the pipeline needs of a spool.Spool.
type Spool interface {
	Claim(ctx context.Context, limit int) ([]spool.Claimed, error)
	Done(ctx context.Context, ids ...string) error
	Release(ctx context.Context, ids ...string) error
	Park(ctx context.Context, id, reason string, at time.Time) error
	Requeue(ctx context.Context, id string) error
	Drop(ctx context.Context, id string) error
}

// Store is what the pipeline needs of a store.Store.
type Store interface {
	Apply(ctx context.Context, entries []store.Entry) error
	// Requests are begun and given up to find out whether the store works as a
	// whole when it refuses events.
	store.Idempotency
}

// Options say what a pipeline works with. Spool, Store, Classifier and Now are
// required; what else is zero has its default.
type Options struct {
	Spool      Spool
	Store      Store
	Classifier *classify.Classifier
	Now        func() time.Time
	// Keyring verifies return paths. Without one, mail is believed: there is
	// nothing to tell a genuine report from a forged one by.
	Keyring *verp.Keyring
	// CaseSensitive is the setting of the store's policy.
	CaseSensitive bool
	// Location is the zone of log stamps that name none; default UTC.
	Location *time.Location

	Workers int // default: one more than there are cores
	Batch   int // reports that a worker claims at a time; default 1024
	Events  int // events of one transaction, about; default 2,048
	// MaxTries is how often a report may be handed out before it is suspected of
	// ending the process, and then processed alone; default 3. When it was
	// processed alone as often, it is parked before it is tried again.
	MaxTries int
	// Evidence is how much of a report is kept as evidence, in bytes; default 1 MiB,
	// negative for none.
	Evidence int
	Backoff  Backoff
	// Grace is how long what is under way may take after the end of Run's
	// context; default 10 seconds.
	Grace time.Duration

	Logger   *slog.Logger
	Observer Observer
}

// Pipeline processes reports.
type Pipeline struct {
	opt    Options
	stages Stage
	// alone is held by readers while they work on ordinary reports, and by the
	// writer while a suspect is processed.
	alone  sync.RWMutex
	writes atomic.Int64 // transactions that the store took
	status gauge
}

// New makes a pipeline. It fails if something required is missing.
func New(opt Options) (*Pipeline, error) {
	if opt.Spool == nil || opt.Store == nil || opt.Classifier == nil || opt.Now == nil {
		return nil, errors.New("pipeline: spool, store, classifier and clock are required")
	}
	setDefault(&opt.Workers, runtime.GOMAXPROCS(0)+1)
	setDefault(&opt.Batch, 1024)
	setDefault(&opt.Events, 2048)
	setDefault(&opt.MaxTries, 3)
	setDefault(&opt.Grace, 10*time.Second)
	if opt.Evidence == 0 {
		opt.Evidence = 1 << 20
	}
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	if opt.Observer == nil {
		opt.Observer = nobody{}
	}
	p := &Pipeline{opt: opt}
	p.stages = chain{
		judge{opt.Classifier},
		verifier{keyring: opt.Keyring, caseSensitive: opt.CaseSensitive},
		addressee{caseSensitive: opt.CaseSensitive},
	}
	return p, nil
}

func setDefault[T int | time.Duration](v *T, standard T) {
	if *v <= 0 {
		*v = standard
	}
}

// Run processes reports until ctx ends; then it settles what is under way, gives
// back what is not, and returns nil. It returns an error if it cannot go on: the
// store is damaged or was closed, or the spool was. Reports then stay in the
// spool.
func (p *Pipeline) Run(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	work, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	var workers sync.WaitGroup
	for range p.opt.Workers {
		w := &worker{Pipeline: p, work: work}
		workers.Go(func() {
			if err := w.run(ctx); err != nil {
				stop(err)
			}
		})
	}
	over := make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() { p.hurry(ctx, end, over) })
	workers.Wait()
	close(over)
	watch.Wait()
	if cause := context.Cause(ctx); errors.Is(cause, errStopped) {
		return cause
	}
	return nil
}

// hurry ends what is under way when the time of grace after ctx is up.
func (p *Pipeline) hurry(ctx context.Context, end func(), over <-chan struct{}) {
	select {
	case <-ctx.Done():
	case <-over:
		return
	}
	timer := time.NewTimer(p.opt.Grace)
	defer timer.Stop()
	select {
	case <-timer.C:
		end()
	case <-over:
	}
}

// errStopped marks errors after which the pipeline cannot go on.
var errStopped = errors.New("pipeline: stopped")

// stopped says why the pipeline cannot go on.
func stopped(what string, err error) error {
	return fmt.Errorf("%w: %s; accepted reports wait in the spool: %w", errStopped, what, err)
}
