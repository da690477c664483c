package reputation

import (
	"context"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/rebound-mail/rebound/internal/store"
)

// overviewRows is how many rows each table of an overview has.
const overviewRows = 10

// overviewAlerts is how many open alerts an overview shows.
const overviewAlerts = 100

// overviewFor is for how long an overview is good for all who ask: a page that
// many look at costs what one does.
const overviewFor = 2 * time.Second

// overviews remembers the last one. room holds a value while nobody makes one.
type overviews struct {
	room   chan struct{}
	last   Overview
	before map[store.Dimension]*older
}

// older is the rows of the time before, which change with the bucket that now is
// in: half of what a dashboard costs. What comes late for that time is seen when
// the next bucket begins.
type older struct {
	in   span
	rows []Row
}

func newOverviews() *overviews {
	o := &overviews{room: make(chan struct{}, 1), before: map[store.Dimension]*older{}}
	for _, d := range store.Dimensions() {
		o.before[d] = &older{}
	}
	o.room <- struct{}{}
	return o
}

// read is a reader.
func (o *older) read(r *Reputation) reader {
	return func(ctx context.Context, q Query, in span, measured map[string]bool) ([]Row, error) {
		if o.in == in {
			return o.rows, nil
		}
		rows, err := r.rows(ctx, q, in, measured)
		if err == nil {
			*o = older{in, rows}
		}
		return rows, err
	}
}

// clone copies what a caller may want to change: all rows, but not the lists of
// their reasons.
func (o Overview) clone() Overview {
	o.Windows, o.Open, o.Tables = slices.Clone(o.Windows), slices.Clone(o.Open), slices.Clone(o.Tables)
	for i := range o.Tables {
		o.Tables[i].Rows = slices.Clone(o.Tables[i].Rows)
	}
	o.Hours.Points, o.Days.Points = slices.Clone(o.Hours.Points), slices.Clone(o.Days.Points)
	return o
}

// Overview returns what a dashboard shows first, as of now or up to two seconds
// before. The rows are the caller's; their lists of reasons are shared, and not to
// be changed.
func (r *Reputation) Overview(ctx context.Context, now time.Time) (Overview, error) {
	select {
	case <-r.overviews.room:
		defer func() { r.overviews.room <- struct{}{} }()
	case <-ctx.Done():
		return Overview{}, ctx.Err()
	}
	if age := now.Sub(r.overviews.last.Time); age >= 0 && age < overviewFor {
		return r.overviews.last.clone(), nil
	}
	o, err := r.overview(ctx, now)
	if err != nil {
		return Overview{}, err
	}
	r.overviews.last = o
	return o.clone(), nil
}

func (r *Reputation) overview(ctx context.Context, now time.Time) (Overview, error) {
	o := Overview{Time: now, Windows: make([]Row, len(Windows())), Tables: make([]Table, len(store.Dimensions())-1)}
	o.Lines.Bounces, o.Lines.Complaints = r.set.Bounces, r.set.Complaints
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(4)
	for i, w := range Windows() {
		g.Go(func() error {
			t, err := r.table(ctx, Query{Window: w, Compare: w == Day}, now, r.rows)
			if err != nil {
				return err
			}
			o.Windows[i] = t.Rows[0].Row
			if w == Day {
				o.Day = t.Rows[0]
			}
			return nil
		})
	}
	for i, d := range store.Dimensions()[1:] {
		g.Go(func() (err error) {
			o.Tables[i], err = r.table(ctx, Query{Dimension: d, Window: Day, Limit: overviewRows, Compare: true}, now, r.overviews.before[d].read(r))
			return err
		})
	}
	g.Go(func() (err error) {
		o.Hours, err = r.series(ctx, Query{Window: Day}, now)
		return err
	})
	g.Go(func() (err error) {
		o.Days, err = r.series(ctx, Query{Window: Month}, now)
		return err
	})
	g.Go(func() (err error) {
		o.Open, err = r.store.Alerts(ctx, true, overviewAlerts)
		return err
	})
	if err := g.Wait(); err != nil {
		return Overview{}, err
	}
	if o.Open == nil {
		o.Open = []store.Alert{}
	}
	return o, nil
}
