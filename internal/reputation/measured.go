package reputation

import (
	"context"
	"sync"
	"time"

	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/store"
)

// measuredFor is for how long it is remembered of which values it is known how
// much was sent.
const measuredFor = 30 * time.Minute

// measured remembers of which values deliveries or attempts were told within a
// month. Of others only failures are told: their rate would be 100 %.
type measured struct {
	mu    sync.Mutex
	lists map[store.Dimension]measuredList
}

type measuredList struct {
	at     time.Time
	values map[string]bool
}

func isMeasured(g *store.RateGroup) bool { return g.Sent > 0 || g.Kinds[event.Delivery] > 0 }

// measuredOf returns the values of a dimension of which it is known how much was
// sent. The map is not to be changed.
func (r *Reputation) measuredOf(ctx context.Context, d store.Dimension, now time.Time) (map[string]bool, error) {
	r.measured.mu.Lock()
	known, ok := r.measured.lists[d]
	r.measured.mu.Unlock()
	if age := now.Sub(known.at); ok && age >= 0 && age < measuredFor {
		return known.values, nil
	}
	end := endOf(now)
	groups, err := r.store.Rates(ctx, store.RateQuery{Dimension: d, From: end.Add(-Month.Duration()), To: end})
	if err != nil {
		return nil, err
	}
	values := make(map[string]bool, len(groups))
	for i := range groups {
		if isMeasured(&groups[i]) {
			values[groups[i].Value] = true
		}
	}
	r.measured.mu.Lock()
	r.measured.lists[d] = measuredList{now, values}
	r.measured.mu.Unlock()
	return values, nil
}

// endOf returns the end of the bucket that a time is in.
func endOf(now time.Time) time.Time {
	end := now.UTC().Truncate(store.RateBucket)
	if end.Before(now) {
		end = end.Add(store.RateBucket)
	}
	return end
}
