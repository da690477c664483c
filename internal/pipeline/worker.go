package pipeline

import (
	"context"
	"errors"
	"time"

	"github.com/rebound-mail/rebound/internal/decode"
	"github.com/rebound-mail/rebound/internal/spool"
	"github.com/rebound-mail/rebound/internal/store"
)

// worker takes reports from the spool and sees them through. It is used by one
// goroutine.
type worker struct {
	*Pipeline
	// work is the context of what is under way: it outlives that of Run for the
	// time of grace.
	work     context.Context
	settle   settler
	units    []*unit // reports that are read and not settled, the last one perhaps still being read
	entries  int     // of all units
	unparked int     // failures to park a report, in batches in a row
}

// unit is a report under way.
type unit struct {
	report  *Report
	entries []store.Entry // not yet in the store
	events  int           // in the store
	kind    decode.Kind
	outcome Outcome
	whole   bool // it has been read to its end
	took    time.Duration

	failures int   // of the store to take this unit alone
	refused  error // the store refuses it
}

// run processes reports until ctx ends. An error means that nobody can go on.
func (w *worker) run(ctx context.Context) error {
	failures := 0
	for {
		claimed, err := w.opt.Spool.Claim(ctx, w.opt.Batch)
		switch {
		case ctx.Err() != nil:
			w.giveBack(claimed)
			return nil
		case errors.Is(err, spool.ErrClosed):
			return stopped("the spool was closed", err)
		case err != nil:
			failures++
			w.trouble(err)
			if !w.opt.Backoff.wait(ctx, failures) {
				return nil
			}
			continue
		case failures > 0:
			failures = 0
			w.trouble(nil)
		}
		before := w.unparked
		if err := w.handle(ctx, claimed); err != nil {
			return err
		}
		if w.unparked == before {
			w.unparked = 0
			continue
		}
		w.opt.Backoff.wait(ctx, w.unparked)
	}
}

// handle processes claimed reports: those that were handed out too often each
// alone, after the others.
func (w *worker) handle(ctx context.Context, claimed []spool.Claimed) error {
	var suspects []spool.Claimed
	ordinary := claimed[:0]
	for _, c := range claimed {
		if c.Tries > w.opt.MaxTries {
			suspects = append(suspects, c)
			continue
		}
		ordinary = append(ordinary, c)
	}
	err := w.together(ctx, ordinary)
	for i := range suspects {
		if err != nil || ctx.Err() != nil {
			w.giveBack(suspects[i:])
			return err
		}
		err = w.suspect(ctx, &suspects[i])
	}
	return err
}

// together processes ordinary reports while no suspect is being processed.
func (w *worker) together(ctx context.Context, claimed []spool.Claimed) error {
	if len(claimed) == 0 {
		return nil
	}
	w.alone.RLock()
	defer w.alone.RUnlock()
	w.settle = fromClaim{w.Pipeline}
	return w.batch(ctx, claimed)
}

// batch processes reports. What cannot be settled is given back.
func (w *worker) batch(ctx context.Context, claimed []spool.Claimed) error {
	defer w.reset()
	for i := range claimed {
		if ctx.Err() != nil {
			w.giveBack(claimed[i:])
			break
		}
		if err := w.read(ctx, &claimed[i]); err != nil {
			w.giveBack(claimed[i+1:])
			return w.abandon(err)
		}
	}
	if err := w.flush(ctx); err != nil {
		return w.abandon(err)
	}
	return nil
}

// abandon gives back what is not settled. It returns an error only if nobody can
// go on.
func (w *worker) abandon(err error) error {
	for _, u := range w.units {
		if u.outcome != Parked {
			w.settle.release(u.report.ID)
		}
	}
	w.units = w.units[:0]
	if errors.Is(err, errStopped) {
		return err
	}
	return nil
}

// giveBack releases reports that nothing was done about.
func (w *worker) giveBack(claimed []spool.Claimed) {
	for i := range claimed {
		fromClaim{w.Pipeline}.release(claimed[i].ID)
	}
}

// reset forgets a batch.
func (w *worker) reset() {
	clear(w.units[:cap(w.units)])
	w.units, w.entries = w.units[:0], 0
}
