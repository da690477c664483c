package reputation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/policy"
)

// subject names what an alert is about.
type subject struct{ kind, subject string }

// measure is what is known of a subject now.
type measure struct {
	finding Finding
	// fresh is how it stands by itself, and held what an open alert must stay at,
	// as its level ends below its line only.
	fresh, held policy.Health
	lines       Lines
	same        bool // as the total, all but: no alert of its own
	immediate   bool // no matter for how long the alert has been open
}

// look is one look at everything.
type look struct {
	r        *Reputation
	now      time.Time
	measures map[subject]measure
	// seen are the kinds and dimensions that could be looked at: alerts of the
	// others are left as they are.
	seen map[subject]bool
	// total is how many messages were attempted in all, where that is known.
	total map[Window]int64
	errs  []error
}

// maxAlerts is how many open alerts are looked at.
const maxAlerts = 10_000

// Look looks once, as Run does every time. What can be looked at is, also where
// something else cannot.
func (r *Reputation) Look(ctx context.Context) error {
	l := &look{r: r, now: r.now(), measures: map[subject]measure{}, seen: map[subject]bool{}, total: map[Window]int64{}}
	for _, d := range store.Dimensions() {
		l.note(l.dimension(ctx, d))
	}
	l.note(l.unknownTexts(ctx))
	l.note(l.server(ctx))
	if err := ctx.Err(); err != nil {
		return err
	}
	l.note(l.settle(ctx))
	return errors.Join(l.errs...)
}

func (l *look) note(err error) {
	if err != nil {
		l.errs = append(l.errs, err)
	}
}

// put keeps a measure. Of two of one subject, over a long and a short time, the
// worse counts.
func (l *look) put(m measure) {
	at := subject{string(m.finding.Kind), m.finding.Subject()}
	if was, ok := l.measures[at]; ok {
		held := worse(was.held, m.held)
		if rank(was.fresh) >= rank(m.fresh) {
			m = was
		}
		m.held = held
	}
	l.measures[at] = m
}

// saw says that a kind was looked at, of a dimension.
func (l *look) saw(k Kind, d store.Dimension) { l.seen[subject{string(k), string(d)}] = true }

// settle brings the open alerts in line with what was found.
func (l *look) settle(ctx context.Context) error {
	open, err := l.r.store.Alerts(ctx, true, maxAlerts)
	if err != nil {
		return err
	}
	var errs []error
	count := map[string]int{}
	opened := map[subject]bool{}
	for i := range open {
		a := &open[i]
		at := subject{a.Kind, a.Subject}
		opened[at] = true
		count[a.Kind]++
		if !l.watched(a) {
			continue
		}
		ended, err := l.review(ctx, a)
		if errs = append(errs, err); ended {
			count[a.Kind]--
		}
	}
	for _, m := range l.candidates(opened) {
		if count[string(m.finding.Kind)] >= l.r.set.MaxOpen {
			l.r.log.Debug("no more alerts of this kind are opened", "kind", m.finding.Kind, "open", l.r.set.MaxOpen)
			continue
		}
		count[string(m.finding.Kind)]++
		errs = append(errs, l.raise(ctx, nil, m))
	}
	return errors.Join(errs...)
}

// watched reports whether the subject of an alert was looked at.
func (l *look) watched(a *store.Alert) bool {
	d, _ := splitSubject(a.Subject)
	return l.seen[subject{a.Kind, string(d)}]
}

// candidates are the measures that want an alert and have none, the worst first.
func (l *look) candidates(opened map[subject]bool) []measure {
	var list []measure
	for at, m := range l.measures {
		if rank(m.fresh) > rank(policy.Healthy) && !opened[at] && !m.same {
			list = append(list, m)
		}
	}
	slices.SortFunc(list, func(a, b measure) int {
		return cmp.Or(cmp.Compare(rank(b.fresh), rank(a.fresh)), cmp.Compare(b.finding.Part, a.finding.Part),
			cmp.Compare(a.finding.Kind, b.finding.Kind), cmp.Compare(a.finding.Subject(), b.finding.Subject()))
	})
	return list
}

// review looks at an open alert again, and reports whether it ended.
func (l *look) review(ctx context.Context, a *store.Alert) (ended bool, err error) {
	m, ok := l.measures[subject{a.Kind, a.Subject}]
	if !ok {
		m = l.nothingOf(a)
	}
	was := policy.Health(a.Level)
	level := worse(m.fresh, better(was, m.held))
	switch {
	case rank(level) == rank(was):
		return false, nil
	case rank(level) > rank(was):
	case !m.immediate && l.now.Sub(a.Changed) < l.r.set.MinOpen:
		return false, nil
	}
	m.fresh, m.finding.Level = level, level
	if rank(level) > rank(policy.Healthy) {
		m.finding.Line = m.lines.line(level)
		m.finding.Text = l.r.textOf(&m.finding)
		return false, l.raise(ctx, a, m)
	}
	m.finding.Line = m.lines.Warn * l.r.endBelow(m.finding.Kind)
	return true, l.end(ctx, a, m.finding)
}

// nothingOf is what is known of a subject of which nothing was counted lately.
func (l *look) nothingOf(a *store.Alert) measure {
	d, value := splitSubject(a.Subject)
	f := Finding{Kind: Kind(a.Kind), Dimension: d, Value: value, Name: l.r.nameOf(d, value), Level: policy.Healthy, Window: l.r.set.Window}
	if f.Kind == Deferred {
		f.Window = l.r.set.Sudden
	}
	return measure{finding: f, fresh: policy.Healthy, held: policy.Healthy, lines: l.r.lines(f.Kind)}
}

// raise opens an alert, or changes the level of an open one.
func (l *look) raise(ctx context.Context, was *store.Alert, m measure) error {
	f := m.finding
	a := store.Alert{Kind: string(f.Kind), Subject: f.Subject(), Level: string(m.fresh), Text: f.Text, Value: f.Figure}
	n := Notice{Happened: Raised, Time: l.now, Alert: a, Finding: f}
	n.Alert.Began, n.Alert.Changed = l.now, l.now
	if was != nil {
		n.Happened, n.Was, n.Alert.Began = Changed, policy.Health(was.Level), was.Began
	}
	changed, err := l.r.store.RaiseAlert(ctx, a, l.r.messages(n))
	if err != nil {
		return fmt.Errorf("raise alert %s %s: %w", a.Kind, a.Subject, err)
	}
	if changed {
		l.r.log.Warn("alert "+string(n.Happened), "kind", a.Kind, "subject", a.Subject, "level", a.Level, "text", a.Text)
	}
	return nil
}

// end ends an alert.
func (l *look) end(ctx context.Context, a *store.Alert, f Finding) error {
	f.Text = l.r.endText(&f)
	n := Notice{Happened: Ended, Time: l.now, Alert: *a, Was: policy.Health(a.Level), Finding: f}
	n.Alert.Text, n.Alert.Value, n.Alert.Changed, n.Alert.Ended = f.Text, f.Figure, l.now, l.now
	changed, err := l.r.store.EndAlert(ctx, a.Kind, a.Subject, l.r.messages(n))
	if err != nil {
		return fmt.Errorf("end alert %s %s: %w", a.Kind, a.Subject, err)
	}
	if changed {
		l.r.log.Info("alert ended", "kind", a.Kind, "subject", a.Subject, "text", f.Text)
	}
	return nil
}

func (r *Reputation) messages(n Notice) []store.Outgoing {
	if r.announce == nil {
		return nil
	}
	return r.announce(n)
}

// Run watches until ctx ends, and then returns nil: it looks at the figures at
// once and then every Settings.Every, and raises, changes and ends alerts. A store
// that fails is logged and asked again.
func (r *Reputation) Run(ctx context.Context) error {
	tick := time.NewTicker(r.set.Every)
	defer tick.Stop()
	for {
		if err := r.Look(ctx); err != nil && ctx.Err() == nil {
			r.log.Error("the sender's reputation could not be looked at; it will be again", "after", r.set.Every, "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
