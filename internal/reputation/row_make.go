package reputation

import (
	"cmp"
	"slices"
	"time"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/policy"
)

// share returns how much of a whole a part is, nil of nothing.
func share(part, of int64) *float64 {
	if of <= 0 {
		return nil
	}
	s := float64(part) / float64(of)
	return &s
}

// rate makes a rate. From so many messages on it has a health.
func rate(part, of int64, lines Lines, least int64) Rate {
	r := Rate{Part: part, Of: of, Share: share(part, of)}
	if r.Share != nil && of >= least {
		r.Health = lines.Of(*r.Share)
	}
	return r
}

// span is a time from which rows are made.
type span struct{ from, to time.Time }

func (s span) before() span { return span{s.from.Add(-s.to.Sub(s.from)), s.from} }

// rowOf makes a row of what was counted. measured is whether it is known how much
// was sent: where only bounces are told, nothing is known of a rate.
func (r *Reputation) rowOf(d store.Dimension, g *store.RateGroup, in span, measured bool) Row {
	row := Row{
		Dimension: d, Value: g.Value, Name: r.nameOf(d, g.Value), From: in.from, To: in.to,
		Bounced: g.Bounced(), Delayed: g.Kinds[event.Delay], Complained: g.Kinds[event.Complaint], Unsubscribed: g.Kinds[event.Unsubscribe],
		Reasons: r.reasonCounts(g.Reasons), Delays: r.reasonCounts(g.Delays),
	}
	row.Delivered = max(g.Kinds[event.Delivery], g.Sent-row.Bounced)
	if measured {
		row.Attempted = g.Attempted()
	}
	row.Unknown = unknownOf(g)
	row.BounceRate = rate(row.Bounced, row.Attempted, r.set.Bounces, r.set.MinMessages)
	if measured {
		row.ComplaintRate = rate(row.Complained, row.Delivered, r.set.Complaints, r.set.MinDelivered)
	} else {
		row.ComplaintRate = Rate{Part: row.Complained}
	}
	blocked := r.blockedOf(g)
	row.BlockRate = Rate{Part: blocked}
	if measured {
		row.BlockRate = rate(blocked, max(row.Attempted, blocked), r.set.Blocked, r.set.MinMessages)
	}
	row.UnknownRate = rate(row.Unknown, row.Bounced, r.set.Unknown, r.set.MinMessages)
	row.Health = worse(row.BounceRate.Health, row.ComplaintRate.Health)
	return row
}

// rank orders healths.
func rank(h policy.Health) int {
	switch h {
	case policy.Critical:
		return 3
	case policy.Warning:
		return 2
	case policy.Healthy:
		return 1
	}
	return 0
}

func worse(a, b policy.Health) policy.Health {
	if rank(b) > rank(a) {
		return b
	}
	return a
}

func better(a, b policy.Health) policy.Health {
	if rank(b) < rank(a) {
		return b
	}
	return a
}

// nameOf returns a value as people say it.
func (r *Reputation) nameOf(d store.Dimension, value string) string {
	if d == store.ByProvider {
		if p, ok := r.book.Provider(value); ok && p.Name != "" {
			return p.Name
		}
	}
	return value
}

// reasonCounts returns counts, the most frequent first.
func (r *Reputation) reasonCounts(counts map[codebook.Reason]int64) []ReasonCount {
	list := make([]ReasonCount, 0, len(counts))
	for reason, n := range counts {
		c := ReasonCount{Reason: reason, Title: string(reason), Count: n, Category: codebook.CategoryUnknown}
		if info, ok := r.book.Reason(reason); ok {
			c.Category, c.Title = info.Category, info.Title
		}
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b ReasonCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Reason, b.Reason))
	})
	return list
}

// unknownOf is how many bounces there are whose texts nobody understands: those
// without a reason and those whose reason is that there is none to be seen.
func unknownOf(g *store.RateGroup) int64 {
	n := g.Bounced()
	for reason, count := range g.Reasons {
		if reason != codebook.Undetermined {
			n -= count
		}
	}
	return max(n, 0)
}

// isBlock reports the categories of reasons by which a receiver refuses a sender
// for who it is.
func isBlock(c codebook.Category) bool {
	switch c {
	case codebook.CategoryReputation, codebook.CategoryAuthentication, codebook.CategoryPolicy:
		return true
	}
	return false
}

// blocks returns the counts of reasons by which the sender is refused.
func (r *Reputation) blocks(counts map[codebook.Reason]int64) (list map[codebook.Reason]int64, sum int64) {
	list = map[codebook.Reason]int64{}
	for reason, n := range counts {
		if info, ok := r.book.Reason(reason); ok && isBlock(info.Category) {
			list[reason] = n
			sum += n
		}
	}
	return list, sum
}

// blockedOf is how many messages were refused or put off because of who sends.
// One may be put off first and then refused, so that the larger of both counts
// is what is known for certain.
func (r *Reputation) blockedOf(g *store.RateGroup) int64 {
	_, refused := r.blocks(g.Reasons)
	_, delayed := r.blocks(g.Delays)
	return max(refused, delayed)
}

// sum adds groups up.
func sum(groups []store.RateGroup) store.RateGroup {
	all := store.RateGroup{Kinds: map[event.Kind]int64{}, Reasons: map[codebook.Reason]int64{}, Delays: map[codebook.Reason]int64{}}
	for i := range groups {
		g := &groups[i]
		all.Sent += g.Sent
		for k, n := range g.Kinds {
			all.Kinds[k] += n
		}
		for k, n := range g.Reasons {
			all.Reasons[k] += n
		}
		for k, n := range g.Delays {
			all.Delays[k] += n
		}
	}
	return all
}
