package reputation

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/policy"
)

// lines returns the lines of a kind. Those of dead letters and of the lag are no
// shares, but letters and seconds.
func (r *Reputation) lines(k Kind) Lines {
	switch k {
	case BounceRate:
		return r.set.Bounces
	case ComplaintRate:
		return r.set.Complaints
	case Blocked:
		return r.set.Blocked
	case Deferred:
		return r.set.Deferred
	case UnknownTexts:
		return r.set.Unknown
	case DeadLetters:
		return Lines{1, 1000}
	case QueueLag:
		return Lines{r.set.LagWarn.Seconds(), r.set.LagCritical.Seconds()}
	}
	return Lines{}
}

// endBelow is the part of a line that the figure of a kind must fall below.
func (r *Reputation) endBelow(k Kind) float64 {
	if k == DeadLetters {
		return 1 // the last one gone is an end
	}
	return r.set.EndBelow
}

// measureOf judges a figure by lines.
func (r *Reputation) measureOf(f Finding, lines Lines) measure {
	below := r.endBelow(f.Kind)
	m := measure{lines: lines, fresh: lines.Of(f.Figure), held: Lines{lines.Warn * below, lines.Critical * below}.Of(f.Figure)}
	f.Level, f.Line = m.fresh, lines.line(m.fresh)
	m.finding = f
	return m
}

// ifEnough makes nothing of too few messages.
func (m measure) ifEnough(least int64) measure {
	if m.finding.Of < least {
		m.fresh, m.held, m.finding.Level, m.finding.Line = policy.Healthy, policy.Healthy, policy.Healthy, 0
	}
	return m
}

// finish adds what only somebody reads who is told of it.
func (r *Reputation) finish(m measure, reasons map[codebook.Reason]int64) measure {
	if rank(m.held) <= rank(policy.Healthy) && rank(m.fresh) <= rank(policy.Healthy) {
		return m
	}
	m.finding.Reasons = r.reasonCounts(reasons)
	m.finding.Reasons = m.finding.Reasons[:min(len(m.finding.Reasons), topReasons)]
	m.finding.Remedy = r.remedyOf(&m.finding)
	m.finding.Text = r.textOf(&m.finding)
	return m
}

// topReasons is how many reasons a finding names.
const topReasons = 3

// dimension looks at all values of a dimension, over the long and the short time.
func (l *look) dimension(ctx context.Context, d store.Dimension) error {
	r := l.r
	measured, err := r.measuredOf(ctx, d, l.now)
	if err != nil {
		return fmt.Errorf("rates by %s: %w", d, err)
	}
	for _, w := range []Window{r.set.Window, r.set.Sudden} {
		end := endOf(l.now)
		groups, err := r.store.Rates(ctx, store.RateQuery{Dimension: d, From: end.Add(-w.Duration()), To: end})
		if err != nil {
			return fmt.Errorf("rates by %s: %w", d, err)
		}
		if d == store.ByTotal {
			all := sum(groups)
			l.total[w] = all.Attempted()
		}
		for i := range groups {
			g := &groups[i]
			if d == store.ByStream && g.Value == "" {
				continue // mail of no named stream is no subject
			}
			v := value{look: l, dimension: d, window: w, g: g, measured: measured[g.Value] || isMeasured(g)}
			total, known := l.total[w]
			v.same = d != store.ByTotal && known && float64(g.Attempted()) >= sameAs*float64(total)
			v.rates()
			if d == store.ByProvider {
				v.refusals()
			}
		}
	}
	for _, k := range []Kind{BounceRate, ComplaintRate} {
		l.saw(k, d)
	}
	if d == store.ByProvider {
		l.saw(Blocked, d)
		l.saw(Deferred, d)
	}
	return nil
}

// sameAs is the part of all mail from which a sender domain, address or stream is
// the same as the total: it makes no alert beside the total's.
const sameAs = 0.95

// value is one value of a dimension, over one time.
type value struct {
	look      *look
	dimension store.Dimension
	window    Window
	g         *store.RateGroup
	measured  bool
	same      bool
}

func (v *value) finding(k Kind, part, of int64) Finding {
	f := Finding{
		Kind: k, Dimension: v.dimension, Value: v.g.Value, Name: v.look.r.nameOf(v.dimension, v.g.Value),
		Part: part, Of: of, Window: v.window, Level: policy.Healthy,
	}
	if of > 0 {
		f.Figure = float64(part) / float64(of)
	}
	return f
}

// judge keeps a measure. In the short time only what is critical counts, and it
// takes more messages.
func (v *value) judge(f Finding, lines Lines, least int64, reasons map[codebook.Reason]int64) {
	r := v.look.r
	if v.window == r.set.Sudden && v.window != r.set.Window {
		least = max(least, r.set.MinSudden)
		lines.Warn = lines.Critical
	}
	m := r.measureOf(f, lines)
	m = r.finish(m.ifEnough(least), reasons)
	m.same = v.same
	v.look.put(m)
}

// rates judges bounces and complaints.
func (v *value) rates() {
	if !v.measured {
		return
	}
	set := &v.look.r.set
	bounced := v.g.Bounced()
	v.judge(v.finding(BounceRate, bounced, v.g.Attempted()), set.Bounces, set.MinMessages, v.g.Reasons)
	delivered := max(v.g.Kinds[event.Delivery], v.g.Sent-bounced)
	f := v.finding(ComplaintRate, v.g.Kinds[event.Complaint], delivered)
	least := set.MinDelivered
	if f.Part < minComplaints {
		least = delivered + 1 // one is no rate
	}
	v.judge(f, set.Complaints, least, nil)
}

// minComplaints is how many complaints there must be for an alert.
const minComplaints = 2

// blockedUnmeasured are the lines where only failures are told: of these, so many
// must be blocks.
func blockedUnmeasured(l Lines) Lines {
	return Lines{max(l.Warn, 0.5), max(l.Critical, 0.8)}
}

// refusals judges whether a provider refuses the sender, or puts everything off.
func (v *value) refusals() {
	r := v.look.r
	refused, n := r.blocks(v.g.Reasons)
	delayed, m := r.blocks(v.g.Delays)
	reasons := maps.Clone(refused)
	for reason, count := range delayed {
		reasons[reason] = max(reasons[reason], count)
	}
	part, of, lines := max(n, m), max(v.g.Attempted(), n, m), r.set.Blocked
	if !v.measured {
		of, lines = v.g.Bounced()+v.g.Kinds[event.Delay], blockedUnmeasured(lines)
	}
	v.same = false // that a provider refuses is news, also where all mail goes there
	v.judge(v.finding(Blocked, part, of), lines, r.set.MinMessages, reasons)
	if v.window != r.set.Sudden {
		return
	}
	delays := v.g.Kinds[event.Delay]
	f := v.finding(Deferred, delays-m, delays+v.g.Kinds[event.Delivery]+v.g.Bounced())
	v.look.put(r.finish(r.measureOf(f, r.set.Deferred).ifEnough(r.set.MinMessages), v.g.Delays))
}

// risen is how much larger than before the share of unknown texts must be.
const risen = 2

// unknownTexts judges whether texts that nobody understands become more.
func (l *look) unknownTexts(ctx context.Context) error {
	r, end := l.r, endOf(l.now)
	from := end.Add(-r.set.Window.Duration())
	ask := func(from, to time.Time) (store.RateGroup, error) {
		groups, err := r.store.Rates(ctx, store.RateQuery{Dimension: store.ByTotal, From: from, To: to})
		return sum(groups), err
	}
	g, err := ask(from, end)
	if err != nil {
		return fmt.Errorf("unknown texts: %w", err)
	}
	before, err := ask(from.Add(-Week.Duration()), from)
	if err != nil {
		return fmt.Errorf("unknown texts: %w", err)
	}
	l.saw(UnknownTexts, store.ByTotal)
	v := value{look: l, dimension: store.ByTotal, window: r.set.Window, g: &g}
	f := v.finding(UnknownTexts, unknownOf(&g), g.Bounced())
	m := r.measureOf(f, r.set.Unknown).ifEnough(r.set.MinMessages)
	usual := 0.0
	if before.Bounced() >= r.set.MinMessages {
		usual = float64(unknownOf(&before)) / float64(before.Bounced())
	}
	if f.Figure < risen*usual { // as many as ever: no news, though an alert that is open stays so
		m.fresh = policy.Healthy
	}
	m.finding.Level, m.finding.Line = m.fresh, r.set.Unknown.line(m.fresh)
	l.put(r.finish(m, nil))
	return nil
}

// server judges what is the matter with this server itself.
func (l *look) server(ctx context.Context) error {
	r := l.r
	own := func(k Kind, figure float64) {
		l.saw(k, "")
		m := r.measureOf(Finding{Kind: k, Figure: figure}, r.lines(k))
		m.immediate = k == DeadLetters
		if k == DeadLetters {
			m.finding.Part = int64(figure)
		}
		l.put(r.finish(m, nil))
	}
	if r.deadLetters != nil {
		n, err := r.deadLetters(ctx)
		if err != nil {
			return fmt.Errorf("dead letters: %w", err)
		}
		own(DeadLetters, float64(n))
	}
	if r.lag == nil {
		return nil
	}
	lag, err := r.lag(ctx)
	if err != nil {
		return fmt.Errorf("lag: %w", err)
	}
	own(QueueLag, lag.Seconds())
	return nil
}
