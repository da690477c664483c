package pipeline

import (
	"context"
	"errors"
	"fmt"

	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/decode"
	"github.com/rebound-mail/rebound/internal/spool"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/webhook"
)

// errStore marks errors of bringing events into the store, which are no fault of
// the report that is being read.
var errStore = errors.New("pipeline: store")

// read reads one report and sends its events through the stages. What is found
// goes to the store when enough has gathered. An error means that the batch cannot
// be finished.
func (w *worker) read(ctx context.Context, c *spool.Claimed) error {
	began := w.opt.Now()
	c.Received = receivedAt(&c.Report, began)
	u := &unit{report: &Report{Claimed: *c}}
	w.units = append(w.units, u)
	evidence := w.evidence(c)
	result, err := decode.Each(inputOf(c, w), func(events []event.Event) error {
		return w.take(ctx, u, events, evidence)
	})
	u.kind, u.took, u.whole = result.Kind, w.opt.Now().Sub(began), true
	switch {
	case errors.Is(err, errStore):
		u.whole = false
		return err
	case errors.Is(err, errRefused): // and parked
	case err == nil:
		u.outcome = Applied
		if u.events+len(u.entries) == 0 {
			u.outcome = NoReport
		}
		if n := len(result.Problems); n > 0 {
			w.opt.Logger.Debug("parts of a report could not be read", "report", c.ID, "source", c.Source, "parts", n, "first", result.Problems[0])
		}
	case errors.Is(err, decode.ErrEmpty):
		u.outcome = NoReport
	default:
		w.entries -= len(u.entries)
		u.entries = nil
		w.spoiled(u, err)
	}
	if w.entries >= w.opt.Events {
		return w.flush(ctx)
	}
	return nil
}

// errRefused ends the reading of a report whose events the store refuses.
var errRefused = errors.New("pipeline: the store refuses the report")

// take sends events through the stages.
func (w *worker) take(ctx context.Context, u *unit, events []event.Event, evidence *store.Report) error {
	from := len(u.entries)
	for i := range events {
		u.entries = append(u.entries, store.Entry{Event: events[i], Received: u.report.Received, Report: evidence})
	}
	w.entries += len(events)
	if err := w.judged(ctx, u.report, u.entries[from:]); err != nil {
		return err
	}
	u.shorten(u.entries[from:])
	if w.entries < w.opt.Events {
		return nil
	}
	if err := w.flush(ctx); err != nil {
		return fmt.Errorf("%w: %w", errStore, err)
	}
	if u.refused != nil {
		return errRefused
	}
	return nil
}

// judged sends entries through the stages. A panic of one of them is an error of
// the report.
func (w *worker) judged(ctx context.Context, r *Report, entries []store.Entry) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = decode.NewPanicError(p)
		}
	}()
	return w.stages.Do(ctx, r, entries)
}

// inputOf returns what is known of a report to those who decode it.
func inputOf(c *spool.Claimed, w *worker) decode.Input {
	return decode.Input{
		Body: c.Body, Kind: c.Kind, Provider: webhook.Provider(c.Meta[spool.MetaProvider]), Format: c.Meta[spool.MetaFormat],
		ContentType: c.Meta[spool.MetaContentType], Received: c.Received, Location: w.opt.Location, File: c.Meta[spool.MetaPath],
	}
}

// evidence returns what is kept of a report. Of a long mail it is the beginning,
// where reports say what they have to say; other long reports are not kept. What
// a log follower made is no evidence: the log is.
func (w *worker) evidence(c *spool.Claimed) *store.Report {
	body := c.Body
	switch {
	case w.opt.Evidence < 0 || c.Source == spool.Tail:
		return nil
	case len(body) > w.opt.Evidence && c.Kind != spool.KindMail:
		return nil
	}
	return &store.Report{ID: c.ID, Body: body[:min(len(body), w.opt.Evidence)]}
}

// strangersEvidence is how much is kept of a report that is not trusted. It holds
// what a notification says; a returned message need not be kept for a stranger.
const strangersEvidence = 64 << 10

// shorten keeps less of a report as evidence of events that are not trusted.
func (u *unit) shorten(entries []store.Entry) {
	var short *store.Report
	for i := range entries {
		en := &entries[i]
		if en.Trusted || en.Report == nil || len(en.Report.Body) <= strangersEvidence {
			continue
		}
		if short == nil {
			short = &store.Report{ID: en.Report.ID, Body: en.Report.Body[:strangersEvidence]}
		}
		en.Report = short
	}
}

// spoiled decides what becomes of a report of which nothing can be made. What
// somebody trusted delivered is parked: it was meant to be read. What a stranger
// sent is not kept, or he could fill the disk with it.
func (w *worker) spoiled(u *unit, err error) {
	var panicked *decode.PanicError
	switch {
	case errors.As(err, &panicked):
		u.outcome = Parked
		w.park(u, CausePanic, err)
	case u.report.Trust == spool.TrustSource:
		u.outcome = Parked
		w.park(u, CauseUnreadable, err)
	default:
		u.outcome = Refused
		w.opt.Logger.Info("a report of somebody unknown could not be read", "report", u.report.ID, "source", u.report.Source, "error", err)
	}
}
