package pipeline

import (
	"context"
	"errors"
	"fmt"

	"github.com/rebound-mail/rebound/internal/spool"
)

// settler tells the spool what became of reports.
type settler interface {
	done(ids []string)
	release(id string)
	park(id, reason string) error
}

// fromClaim settles claimed reports.
type fromClaim struct{ *Pipeline }

func (f fromClaim) done(ids []string) {
	if err := f.opt.Spool.Done(context.Background(), ids...); err != nil {
		f.opt.Logger.Error("that reports are processed could not be noted: they will be processed again after a restart, and count once", "reports", len(ids), "error", err)
	}
}

func (f fromClaim) release(id string) {
	if err := f.opt.Spool.Release(context.Background(), id); err != nil && !errors.Is(err, spool.ErrClosed) {
		f.opt.Logger.Error("a report could not be given back: it will be processed after a restart", "report", id, "error", err)
	}
}

func (f fromClaim) park(id, reason string) error {
	return f.opt.Spool.Park(context.Background(), id, reason, f.opt.Now())
}

// fromParking settles reports that were parked before they were processed.
type fromParking struct{ *Pipeline }

func (f fromParking) done(ids []string) {
	for _, id := range ids {
		if err := f.opt.Spool.Drop(context.Background(), id); err != nil {
			f.opt.Logger.Error("a report that was parked and then processed could not be removed", "report", id, "error", err)
		}
	}
}

func (f fromParking) release(id string) {
	if err := f.opt.Spool.Requeue(context.Background(), id); err != nil {
		f.opt.Logger.Error("a report stays parked that was not processed", "report", id, "error", err)
	}
}

// park leaves the report where it is.
func (f fromParking) park(string, string) error { return nil }

// finish settles units that are in the store.
func (w *worker) finish(units []*unit) {
	if len(units) == 0 {
		return
	}
	ids := make([]string, len(units))
	for i, u := range units {
		ids[i] = u.report.ID
	}
	w.settle.done(ids)
	for _, u := range units {
		w.told(u)
	}
}

// told tells everybody that a report is settled.
func (w *worker) told(u *unit) {
	now := w.opt.Now()
	w.opt.Observer.Processed(u.report.Source, u.kind, u.outcome, u.took, max(0, now.Sub(u.report.Received)))
	w.status.count(func(s *Status) {
		s.Reports++
		s.Last = now
		switch u.outcome {
		case Parked:
			s.Parked++
		case Refused:
			s.Refused++
		}
	})
}

// park keeps a report aside. If that fails, it is handed out again.
func (w *worker) park(u *unit, cause Cause, why error) {
	reason := fmt.Sprintf("%s: %s", cause, why)
	if !w.setDown(u.report.ID, reason) {
		return
	}
	w.opt.Logger.Warn("a report was parked", "report", u.report.ID, "source", u.report.Source, "cause", cause, "error", why)
	w.opt.Observer.Parked(u.report.Source, cause)
	w.told(u)
}

// setDown parks a report, or gives it back if that fails.
func (w *worker) setDown(id, reason string) bool {
	if err := w.settle.park(id, reason); err != nil {
		w.unparked++
		w.trouble(fmt.Errorf("a report cannot be parked: %w", err))
		w.settle.release(id)
		return false
	}
	return true
}

// suspect processes a report that was handed out more often than the others, while
// nobody else processes anything: should the process end on it, no other report
// comes under suspicion. One that was processed alone as often is parked first,
// and taken back from there when all goes well.
func (w *worker) suspect(ctx context.Context, c *spool.Claimed) error {
	w.alone.Lock()
	defer w.alone.Unlock()
	w.settle = fromClaim{w.Pipeline}
	w.opt.Logger.Warn("a report was handed out again and again, and is processed alone", "report", c.ID, "source", c.Source, "tries", c.Tries)
	if c.Tries <= 2*w.opt.MaxTries {
		return w.batch(ctx, []spool.Claimed{*c})
	}
	reason := fmt.Sprintf("%s: handed out %d times and never settled: the program may have ended on it each time. It is processed once more; if it is still here, that failed", CauseTries, c.Tries)
	if !w.setDown(c.ID, reason) {
		return nil
	}
	w.settle = fromParking{w.Pipeline}
	return w.batch(ctx, []spool.Claimed{*c})
}
