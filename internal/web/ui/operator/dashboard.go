package operator

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/rebound-mail/rebound/internal/intake"
	"github.com/rebound-mail/rebound/internal/reputation"
	"github.com/rebound-mail/rebound/internal/spool"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/internal/web/ui"
	"github.com/rebound-mail/rebound/internal/web/ui/operator/chart"
)

// dashboardRows is how many rows each table of the dashboard has.
const dashboardRows = 8

// dashboardView is what the dashboard shows.
type dashboardView struct {
	Open    bool // nobody has to log in
	Window  reputation.Window
	Windows []tab
	Alerts  []alertView // the worst
	// MoreAlerts are the others that are open, folded.
	MoreAlerts []alertView
	Figures    []figure
	Charts     []chart.Chart
	Reasons    []reasonRow
	Changes    []changeLine
	Tables     []tableView
	Unknowns   []store.Unknown
	Work       work
}

// tab is a link among several of which one is current.
type tab struct {
	Href, Text string
	Current    bool
}

// work is how the server fares.
type work struct {
	Spool    spool.Stats
	Lag      time.Duration
	LagTone  ui.Tone
	Pipeline *Pipeline
	Sources  []intake.Status
	Stats    store.Stats
}

// LagWords says how long the oldest report waits.
func (w work) LagWords() string {
	if w.Spool.Len == 0 {
		return "nothing waits"
	}
	return span(w.Lag)
}

// windowOf returns the window that an address asks for.
func windowOf(v *visit) reputation.Window {
	if w := reputation.Window(v.query("window")); w.IsKnown() && w != reputation.Hour {
		return w
	}
	return reputation.Day
}

func windowTabs(current reputation.Window, path string, pairs ...string) []tab {
	var list []tab
	for _, w := range [...]struct {
		window reputation.Window
		text   string
	}{{reputation.Day, "24 hours"}, {reputation.Week, "7 days"}, {reputation.Month, "30 days"}} {
		value := string(w.window)
		if w.window == reputation.Day {
			value = ""
		}
		list = append(list, tab{link(path, append(pairs, "window", value)...), w.text, w.window == current})
	}
	return list
}

// dimensions are those that the dashboard tells apart, in its order.
func dimensions() []store.Dimension {
	return []store.Dimension{store.ByProvider, store.BySenderDomain, store.ByIP, store.ByStream}
}

// found is what was asked for a dashboard.
type found struct {
	overview reputation.Overview
	total    reputation.Change
	tables   []reputation.Table // by dimensions()
	series   reputation.Series
}

// look asks for all that a dashboard shows. What an overview has is taken from
// there: it is remembered for a moment for all who look.
func (o *Operator) look(ctx context.Context, w reputation.Window) (found, error) {
	var f found
	var err error
	if f.overview, err = o.o.Reputation.Overview(ctx, o.o.Now()); err != nil {
		return f, err
	}
	f.total, f.series = f.overview.Day, f.overview.Hours
	f.tables = make([]reputation.Table, len(dimensions()))
	for i, d := range dimensions() {
		for _, t := range f.overview.Tables {
			if t.Dimension == d {
				f.tables[i] = t
			}
		}
	}
	if w == reputation.Day {
		return f, nil
	}
	return f, o.lookBack(ctx, w, &f)
}

// lookBack asks for a longer time.
func (o *Operator) lookBack(ctx context.Context, w reputation.Window, f *found) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(4)
	f.series = f.overview.Days
	g.Go(func() error {
		t, err := o.o.Reputation.Table(ctx, reputation.Query{Window: w, Compare: true})
		if err == nil && len(t.Rows) == 0 {
			err = errors.New("operator: no total")
		}
		if err == nil {
			f.total = t.Rows[0]
		}
		return err
	})
	for i, d := range dimensions() {
		g.Go(func() (err error) {
			f.tables[i], err = o.o.Reputation.Table(ctx, reputation.Query{Dimension: d, Window: w, Limit: dashboardRows, Compare: true})
			return err
		})
	}
	if w != reputation.Month {
		g.Go(func() (err error) {
			f.series, err = o.o.Reputation.Series(ctx, reputation.Query{Window: w})
			return err
		})
	}
	return g.Wait()
}

func (o *Operator) dashboard(v *visit) error {
	ctx, w := v.r.Context(), windowOf(v)
	var f found
	view := dashboardView{Open: v.open(), Window: w, Windows: windowTabs(w, Prefix)}
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		f, err = o.look(gctx, w)
		return err
	})
	g.Go(func() (err error) {
		view.Unknowns, err = o.o.Store.Unknowns(gctx, 5)
		return err
	})
	g.Go(func() (err error) {
		view.Work, err = o.work(gctx)
		return err
	})
	if err := g.Wait(); err != nil {
		return err
	}
	view.Alerts, view.MoreAlerts = worst(f.overview.Open)
	view.Figures = figures(&f.total, w)
	view.Charts = charts("c", &f.series, &f.overview)
	view.Reasons = reasonRows(&f.total)
	view.Changes = o.changes(&f.overview)
	for i := range f.tables {
		view.Tables = append(view.Tables, newTable(&f.tables[i], w, dashboardRows))
	}
	return v.show("dashboard", v.page("Dashboard", "dashboard", view))
}

// slowLag and lateLag are ages of the oldest report from which the page says that
// something is wrong: those of the alert on it.
const (
	slowLag = 5 * time.Minute
	lateLag = 30 * time.Minute
)

// work asks how the server fares.
func (o *Operator) work(ctx context.Context) (work, error) {
	w := work{Spool: o.o.Spool.Stats(), LagTone: ui.ToneGood}
	w.Lag = w.Spool.Lag(o.o.Now())
	switch {
	case w.Lag >= lateLag:
		w.LagTone = ui.ToneBad
	case w.Lag >= slowLag:
		w.LagTone = ui.ToneWarn
	}
	if o.o.Pipeline != nil {
		p := o.o.Pipeline()
		w.Pipeline = &p
	}
	if o.o.Sources != nil {
		w.Sources = o.o.Sources()
	}
	var err error
	w.Stats, err = o.o.Store.Stats(ctx)
	return w, err
}
