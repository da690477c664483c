package reputation

import (
	"context"
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
	room chan struct{}
	last Overview
}

// Overview returns what a dashboard shows first, as of now or up to two seconds
// before. It is shared: its lists are not to be changed.
func (r *Reputation) Overview(ctx context.Context, now time.Time) (Overview, error) {
	select {
	case <-r.overviews.room:
		defer func() { r.overviews.room <- struct{}{} }()
	case <-ctx.Done():
		return Overview{}, ctx.Err()
	}
	if age := now.Sub(r.overviews.last.Time); age >= 0 && age < overviewFor {
		return r.overviews.last, nil
	}
	o, err := r.overview(ctx, now)
	if err == nil {
		r.overviews.last = o
	}
	return o, err
}

func (r *Reputation) overview(ctx context.Context, now time.Time) (Overview, error) {
	// All parts are asked as of one time.
	asOf := *r
	at := &asOf
	at.now = func() time.Time { return now }
	o := Overview{Time: now, Windows: make([]Row, len(Windows())), Tables: make([]Table, len(store.Dimensions())-1)}
	o.Lines.Bounces, o.Lines.Complaints = r.set.Bounces, r.set.Complaints
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(4)
	for i, w := range Windows() {
		g.Go(func() error {
			t, err := at.Table(ctx, Query{Window: w, Compare: w == Day})
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
			o.Tables[i], err = at.Table(ctx, Query{Dimension: d, Window: Day, Limit: overviewRows, Compare: true})
			return err
		})
	}
	g.Go(func() (err error) {
		o.Hours, err = at.Series(ctx, Query{Window: Day})
		return err
	})
	g.Go(func() (err error) {
		o.Days, err = at.Series(ctx, Query{Window: Month})
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
