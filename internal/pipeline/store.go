package pipeline

import (
	"context"
	"errors"
	"fmt"

	"github.com/rebound-mail/rebound/internal/spool"
	"github.com/rebound-mail/rebound/internal/store"
)

// flush brings what has gathered into the store, in one transaction, and settles
// the reports that are wholly in it. An error means that what is left cannot be
// settled now.
func (w *worker) flush(ctx context.Context) error {
	if err := w.apply(ctx); err != nil {
		return err
	}
	rest := w.units[:0]
	var done []*unit
	for _, u := range w.units {
		switch {
		case u.refused != nil && u.outcome != Parked:
			u.outcome = Parked
			w.park(u, CauseStore, u.refused)
		case u.whole && u.outcome != Parked:
			done = append(done, u)
			continue
		}
		if !u.whole {
			rest = append(rest, u)
		}
	}
	clear(w.units[len(rest):])
	w.units = rest
	w.finish(done)
	return nil
}

// apply brings the entries of all units into the store.
func (w *worker) apply(ctx context.Context) error {
	if w.entries == 0 {
		return nil
	}
	all := make([]store.Entry, 0, w.entries)
	for _, u := range w.units {
		all = append(all, u.entries...)
	}
	before := w.writes.Load()
	for failures := 1; ; failures++ {
		err := w.try(all)
		switch {
		case err == nil:
			for _, u := range w.units {
				w.applied(u)
			}
			return nil
		case errors.Is(err, errStopped):
			return err
		case !isOutage(err) && failures >= enoughTogether:
			return w.applyEach(ctx, before)
		case !w.opt.Backoff.wait(ctx, failures):
			return err
		}
	}
}

// After so many failures of a transaction that are no outage, its reports are
// tried one at a time.
const enoughTogether = 3

// applyEach brings units into the store one at a time, to find out which of them
// it refuses. A unit is refused if the store fails on it again and takes something
// else; otherwise the store as a whole does not work, and all wait.
func (w *worker) applyEach(ctx context.Context, before int64) error {
	for failures := 1; ; failures++ {
		var last error
		for _, u := range w.units {
			if len(u.entries) == 0 {
				continue
			}
			err := w.try(u.entries)
			switch {
			case err == nil:
				w.applied(u)
				continue
			case errors.Is(err, errStopped):
				return err
			case !isOutage(err):
				u.failures++
			}
			if u.failures > 1 && (w.writes.Load() > before || w.probe()) {
				u.refused = err
				w.entries -= len(u.entries)
				u.entries = nil
				continue
			}
			last = err
		}
		if last == nil {
			return nil
		}
		if !w.opt.Backoff.wait(ctx, failures) {
			return last
		}
	}
}

// try applies entries in one transaction.
func (w *worker) try(entries []store.Entry) error {
	began := w.opt.Now()
	err := w.opt.Store.Apply(w.work, entries)
	switch {
	case err == nil:
		w.writes.Add(1)
		w.trouble(nil)
		w.opt.Observer.Stored(len(entries), w.opt.Now().Sub(began))
		return nil
	case w.work.Err() != nil:
		return fmt.Errorf("pipeline: %w", context.Cause(w.work))
	}
	w.trouble(err)
	switch {
	case errors.Is(err, store.ErrCorrupt):
		return stopped("the store is damaged: stop the server, run \"rebound verify\" and restore a backup", err)
	case errors.Is(err, store.ErrNewer):
		return stopped("the store was written by a later version of this program", err)
	case errors.Is(err, store.ErrClosed):
		return stopped("the store was closed", err)
	}
	return err
}

// probe reports whether the store can be written to: it begins a request that
// nobody makes, and gives it up.
func (w *worker) probe() bool {
	key := "pipeline-probe-" + spool.NewID()
	if _, err := w.opt.Store.BeginRequest(w.work, key, nil); err != nil {
		return false
	}
	return w.opt.Store.FinishRequest(w.work, key, nil) == nil
}

// isOutage reports errors that are not about the entries.
func isOutage(err error) bool {
	for _, known := range []error{store.ErrFull, store.ErrReadOnly, store.ErrInUse, context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}

// applied notes that the entries of a unit are durable.
func (w *worker) applied(u *unit) {
	n := len(u.entries)
	for i := range u.entries {
		en := &u.entries[i]
		v := en.Event.Verdict
		if v == nil {
			continue
		}
		w.opt.Observer.Verdict(en.Event.Kind, v.Reason, v.Provider, en.Trusted)
		if isUnknown(&en.Event) {
			w.opt.Observer.Unknown()
		}
	}
	u.events += n
	w.entries -= n
	clear(u.entries)
	u.entries = u.entries[:0]
	w.status.count(func(s *Status) { s.Events += int64(n) })
}
