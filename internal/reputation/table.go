package reputation

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rebound-mail/rebound/internal/store"
)

// defaultLimit is how many rows a table has if nothing else is asked for.
const defaultLimit = 100

// check fills in what a query leaves open, and says what is wrong with it.
func (q Query) check(now time.Time) (Query, span, error) {
	if q.Dimension == "" {
		q.Dimension = store.ByTotal
	}
	if !slices.Contains(store.Dimensions(), q.Dimension) {
		return q, span{}, fmt.Errorf("%w: there is no dimension %q; they are %v", ErrQuery, q.Dimension, store.Dimensions())
	}
	if q.Dimension == store.ByTotal && q.Value != "" {
		return q, span{}, fmt.Errorf("%w: the total has no values; leave the value out or name a dimension", ErrQuery)
	}
	if q.Limit <= 0 {
		q.Limit = defaultLimit
	}
	q.Order = cmp.Or(q.Order, ByBounced)
	if orderOf(q.Order) == nil {
		return q, span{}, fmt.Errorf("%w: there is no order %q", ErrQuery, q.Order)
	}
	in, err := q.span(now)
	return q, in, err
}

// span is the time that a query is about.
func (q *Query) span(now time.Time) (span, error) {
	if q.From.IsZero() && q.To.IsZero() {
		q.Window = cmp.Or(q.Window, Day)
		if !q.Window.IsKnown() {
			return span{}, fmt.Errorf("%w: there is no window %q; they are %v", ErrQuery, q.Window, Windows())
		}
		end := endOf(now)
		return span{end.Add(-q.Window.Duration()), end}, nil
	}
	q.Window = ""
	in := span{q.From.UTC(), q.To.UTC()}
	if q.To.IsZero() {
		in.to = endOf(now)
	}
	if q.From.IsZero() || !in.from.Before(in.to) {
		return in, fmt.Errorf("%w: the time from %s to %s is none", ErrQuery, in.from.Format(time.RFC3339), in.to.Format(time.RFC3339))
	}
	if in.to.Sub(in.from) > maxSpan {
		return in, fmt.Errorf("%w: the time is longer than ten years", ErrQuery)
	}
	return in, nil
}

// maxSpan is how long a time may be asked about.
const maxSpan = 10 * 366 * 24 * time.Hour

// Table returns how the values of a dimension fared. The error wraps ErrQuery if
// the query cannot be answered.
func (r *Reputation) Table(ctx context.Context, q Query) (Table, error) {
	return r.table(ctx, q, r.now(), r.rows)
}

// reader reads the rows of a span of time.
type reader func(ctx context.Context, q Query, in span, measured map[string]bool) ([]Row, error)

// table answers a query as of now; older reads the rows of the time before.
func (r *Reputation) table(ctx context.Context, q Query, now time.Time, older reader) (Table, error) {
	q, in, err := q.check(now)
	if err != nil {
		return Table{}, err
	}
	measured, err := r.measuredOf(ctx, q.Dimension, now)
	if err != nil {
		return Table{}, err
	}
	rows, err := r.rows(ctx, q, in, measured)
	if err != nil {
		return Table{}, err
	}
	slices.SortStableFunc(rows, orderOf(q.Order))
	t := Table{Dimension: q.Dimension, Window: q.Window, From: in.from, To: in.to, Rows: []Change{}}
	if len(rows) > q.Limit {
		t.Left = len(rows) - q.Limit
		rows = rows[:q.Limit]
	}
	before := map[string]Row{}
	if q.Compare {
		list, err := older(ctx, q, in.before(), measured)
		if err != nil {
			return Table{}, err
		}
		for _, row := range list {
			before[row.Value] = row
		}
	}
	for _, row := range rows {
		was, ok := before[row.Value]
		if q.Compare && !ok {
			was = r.rowOf(q.Dimension, &store.RateGroup{Value: row.Value}, in.before(), measured[row.Value])
		}
		t.Rows = append(t.Rows, Change{Row: row, Before: was})
	}
	return t, nil
}

// rows reads rows. Of the total there is one in any case.
func (r *Reputation) rows(ctx context.Context, q Query, in span, measured map[string]bool) ([]Row, error) {
	groups, err := r.store.Rates(ctx, store.RateQuery{Dimension: q.Dimension, Value: q.Value, From: in.from, To: in.to})
	if err != nil {
		return nil, err
	}
	if len(groups) == 0 && (q.Dimension == store.ByTotal || q.Value != "") {
		groups = []store.RateGroup{{Value: q.Value}}
	}
	rows := make([]Row, len(groups))
	for i := range groups {
		g := &groups[i]
		rows[i] = r.rowOf(q.Dimension, g, in, measured[g.Value] || isMeasured(g))
	}
	return rows, nil
}

// orderOf returns how rows are compared; nil for what is no order.
func orderOf(o Order) func(a, b Row) int {
	value := func(a, b Row) int { return strings.Compare(a.Value, b.Value) }
	byRate := func(of func(*Row) Rate) func(a, b Row) int {
		// What there is too little of to be judged comes last.
		return func(a, b Row) int {
			x, y := of(&a), of(&b)
			return cmp.Or(cmp.Compare(min(rank(y.Health), 1), min(rank(x.Health), 1)), cmp.Compare(shareOf(y), shareOf(x)), cmp.Compare(b.Attempted, a.Attempted), value(a, b))
		}
	}
	switch o {
	case ByBounced:
		return func(a, b Row) int {
			return cmp.Or(cmp.Compare(b.Bounced, a.Bounced), cmp.Compare(b.Attempted, a.Attempted), value(a, b))
		}
	case ByAttempted:
		return func(a, b Row) int { return cmp.Or(cmp.Compare(b.Attempted, a.Attempted), value(a, b)) }
	case ByBounceRate:
		return byRate(func(r *Row) Rate { return r.BounceRate })
	case ByComplaintRate:
		return byRate(func(r *Row) Rate { return r.ComplaintRate })
	case ByBlockRate:
		return byRate(func(r *Row) Rate { return r.BlockRate })
	case ByValue:
		return value
	}
	return nil
}

func shareOf(r Rate) float64 {
	if r.Share == nil {
		return -1
	}
	return *r.Share
}
