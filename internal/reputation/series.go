package reputation

import (
	"context"
	"fmt"
	"time"

	"github.com/rebound-mail/rebound/internal/store"
)

// maxPoints is how many points a series has at most.
const maxPoints = 2000

// everyOf is the width of points that suits a time: 20 to 60 of them.
func everyOf(d time.Duration) time.Duration {
	const day = 24 * time.Hour
	switch {
	case d <= 4*time.Hour:
		return store.RateBucket
	case d <= 2*day:
		return time.Hour
	case d <= 14*day:
		return 6 * time.Hour
	case d <= 60*day:
		return day
	}
	return 7 * day
}

// Series returns how one value, or the total, fared over time. The first point
// begins when its group of buckets does, and the last may not be over yet. The
// error wraps ErrQuery if the query cannot be answered.
func (r *Reputation) Series(ctx context.Context, q Query) (Series, error) {
	return r.series(ctx, q, r.now())
}

func (r *Reputation) series(ctx context.Context, q Query, now time.Time) (Series, error) {
	q, in, err := q.check(now)
	if err != nil {
		return Series{}, err
	}
	if q.Value == "" && q.Dimension != store.ByTotal && q.Dimension != store.ByStream {
		return Series{}, fmt.Errorf("%w: a series is of one value; name it", ErrQuery)
	}
	if q.Every == 0 {
		q.Every = everyOf(in.to.Sub(in.from))
	}
	if q.Every < 0 || q.Every%store.RateBucket != 0 {
		return Series{}, fmt.Errorf("%w: points every %v: not a multiple of %v", ErrQuery, q.Every, store.RateBucket)
	}
	in = in.widen(q.Every, q.Window)
	if n := in.to.Sub(in.from) / q.Every; n > maxPoints {
		return Series{}, fmt.Errorf("%w: %d points, and %d are the most; ask for a shorter time or wider points", ErrQuery, n, maxPoints)
	}
	measured, err := r.measuredOf(ctx, q.Dimension, now)
	if err != nil {
		return Series{}, err
	}
	groups, err := r.store.Rates(ctx, store.RateQuery{Dimension: q.Dimension, Value: q.Value, From: in.from, To: in.to, Every: q.Every})
	if err != nil {
		return Series{}, err
	}
	s := Series{
		Dimension: q.Dimension, Value: q.Value, Name: r.nameOf(q.Dimension, q.Value), Window: q.Window,
		From: in.from, To: in.to, Every: q.Every, Seconds: int64(q.Every / time.Second),
	}
	s.Points = r.points(q, in, groups, measured[q.Value])
	return s, nil
}

// widen makes the time one of whole points. A window keeps its length: its last
// point is the one that now is in.
func (s span) widen(every time.Duration, w Window) span {
	// Groups begin at multiples since 1970, as store.RateQuery says; Truncate
	// counts from the year 1.
	floor := func(t time.Time) time.Time {
		step, at := int64(every/time.Second), t.Unix()
		return time.Unix(at-((at%step)+step)%step, 0).UTC()
	}
	from, to := floor(s.from), floor(s.to)
	if to.Before(s.to) {
		to = to.Add(every)
	}
	if w != "" {
		from = to.Add(-max(w.Duration(), every))
	}
	return span{from, to}
}

// points makes a point of each piece of time, also where nothing was counted.
func (r *Reputation) points(q Query, in span, groups []store.RateGroup, measured bool) []Row {
	at := map[int64]*store.RateGroup{}
	for i := range groups {
		if groups[i].Value != q.Value {
			continue
		}
		at[groups[i].From.Unix()] = &groups[i]
		measured = measured || isMeasured(&groups[i])
	}
	var points []Row
	for from := in.from; from.Before(in.to); from = from.Add(q.Every) {
		g := at[from.Unix()]
		if g == nil {
			g = &store.RateGroup{Value: q.Value}
		}
		points = append(points, r.rowOf(q.Dimension, g, span{from, from.Add(q.Every)}, measured))
	}
	return points
}
