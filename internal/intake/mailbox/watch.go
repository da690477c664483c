package mailbox

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/rebound-mail/rebound/internal/intake"
	"github.com/rebound-mail/rebound/internal/spool"
)

// Watch is what a poller of any protocol has: its status, and its way to the spool.
type Watch struct {
	Gauge   *intake.Gauge
	account *Account
	kind    spool.Source
}

// NewWatch returns the watch of a complete account, which must stay.
func NewWatch(a *Account, kind spool.Source) Watch {
	return Watch{Gauge: intake.NewGauge(a.Name, kind, a.Now), account: a, kind: kind}
}

// Status implements intake.Source.
func (w *Watch) Status() intake.Status { return w.Gauge.Status() }

// Pause returns how long to wait after a failure, of so many in a row.
func (w *Watch) Pause(err error, failures int) time.Duration {
	backoff := w.account.Backoff
	if errors.Is(err, ErrRefused) {
		backoff = w.account.Refused
	}
	return backoff.After(failures, rand.Float64())
}

// Trouble shows a problem, and logs it once.
func (w *Watch) Trouble(problem string) {
	if w.Gauge.Trouble(problem) {
		w.account.Logger.Warn(string(w.kind)+": "+problem, "source", w.account.Name)
	}
}

// Settle shows what a look has left, or that all is well if the problem is "".
func (w *Watch) Settle(problem string) {
	switch {
	case problem != "":
		w.Trouble(problem)
	case w.Gauge.Fine():
		w.account.Logger.Info(string(w.kind)+": all is well again", "source", w.account.Name)
	}
}

// Report makes the report of a mail that was found at a path.
func (w *Watch) Report(path string, body []byte) spool.Report {
	a, meta := w.account, map[string]string{spool.MetaPath: path}
	if a.Stream != "" {
		meta[spool.MetaStream] = a.Stream
	}
	return spool.Report{ID: spool.NewID(), Source: w.kind, Received: a.Now(), Trust: a.Trust, Kind: spool.KindMail, Body: body, Meta: meta}
}

// Append hands reports to the spool. One that the spool does not take at all must
// not hold up the others: taken is told the index of each that the spool has, and
// unfit that of each that it never will. An error wraps ErrSpool.
func (w *Watch) Append(ctx context.Context, reports []spool.Report, taken, unfit func(i int)) error {
	if len(reports) == 0 {
		return nil
	}
	err := w.account.Spool.Append(ctx, reports...)
	refused := errors.Is(err, spool.ErrTooLarge) || errors.Is(err, spool.ErrInvalid)
	switch {
	case err == nil:
		for i := range reports {
			taken(i)
		}
		w.Gauge.Accept(len(reports))
		return nil
	case !refused:
		return fmt.Errorf("%w: %w", ErrSpool, err)
	case len(reports) == 1:
		unfit(0)
		return nil
	}
	for i := range reports {
		if err := w.Append(ctx, reports[i:i+1], func(int) { taken(i) }, func(int) { unfit(i) }); err != nil {
			return err
		}
	}
	return nil
}
