package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/policy"
)

// Rates adds up counters. See store.Rates.
func (s *Store) Rates(ctx context.Context, q store.RateQuery) ([]store.RateGroup, error) {
	dimension := dimensionNumber(q.Dimension)
	if dimension == 0 {
		return nil, fmt.Errorf("store: no dimension %q", q.Dimension)
	}
	if q.Every < 0 || q.Every%store.RateBucket != 0 {
		return nil, fmt.Errorf("store: rates every %v: not a multiple of %v", q.Every, store.RateBucket)
	}
	text, args := rateText(q, dimension, s.now())
	rows, err := s.readers.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, wrong("read rates", err)
	}
	groups, err := readRates(rows, int64(q.Every/time.Second))
	return groups, wrong("read rates", err)
}

// part is a time, in seconds, of which one level's counters are taken.
type part struct {
	level    int
	from, to int64
}

// farAway is later than any time, and its negative earlier, in seconds: a whole
// number of days.
const farAway = 12_000_000 * 24 * 3600

// fineKept is for how long counters are kept in buckets of store.RateBucket;
// after it they are told by the hour.
const fineKept = 7 * 24 * time.Hour

// fineFrom is the time from which the finest counters are to be had, in seconds.
func fineFrom(now time.Time) int64 {
	return bucketOf(now.Add(-fineKept).Unix(), levels()[levelHour].width)
}

// partsOf cuts a time into pieces: whole days as far as the level allows, then
// hours, then what is left at the ends.
func partsOf(from, to int64, top int, fine int64) []part {
	if from >= to {
		return nil
	}
	if top == levelFine {
		if from >= fine {
			return []part{{levelFine, from, to}}
		}
		return append([]part{{levelHour, from, min(to, fine)}}, partsOf(fine, to, top, fine)...)
	}
	width := levels()[top].width
	begin, end := bucketOf(from+width-1, width), bucketOf(to, width)
	if begin >= end {
		return partsOf(from, to, top-1, fine)
	}
	parts := append(partsOf(from, begin, top-1, fine), part{top, begin, end})
	return append(parts, partsOf(end, to, top-1, fine)...)
}

// topOf is the coarsest level whose buckets fit into groups of that width.
func topOf(every time.Duration) int {
	top := levelDay
	for every%(time.Duration(levels()[top].width)*time.Second) != 0 {
		top--
	}
	return top
}

// rateText returns the statement for a query.
func rateText(q store.RateQuery, dimension int, now time.Time) (string, []any) {
	width := levels()[levelFine].width
	from, to := int64(-farAway), int64(farAway)
	if !q.From.IsZero() {
		from = max(from, bucketOf(q.From.Unix()+width-1, width)) // the first bucket that begins then or later
	}
	if !q.To.IsZero() {
		to = min(to, bucketOf(q.To.Unix()+width-1, width))
	}
	parts := partsOf(from, to, topOf(q.Every), fineFrom(now))
	if len(parts) == 0 {
		parts = []part{{levelDay, 0, 0}}
	}
	var texts []string
	var args []any
	for _, p := range parts {
		text, more := partText(p, dimension, q.Value)
		texts, args = append(texts, text), append(args, more...)
	}
	return strings.Join(texts, " union all "), args
}

// maxSteps is how many buckets are looked up one by one for one value, instead of
// reading through all values in them.
const maxSteps = 10_000

// partText returns the statement that reads a part.
func partText(p part, dimension int, value string) (string, []any) {
	l := levels()[p.level]
	if value == "" {
		return "select value, bucket, counts from " + l.table + " where dimension = ? and bucket >= ? and bucket < ?", []any{dimension, p.from, p.to}
	}
	if (p.to-p.from)/l.width > maxSteps {
		return "select value, bucket, counts from " + l.table + " where dimension = ? and bucket >= ? and bucket < ? and value = ?", []any{dimension, p.from, p.to, value}
	}
	first := bucketOf(p.from+l.width-1, l.width)
	text := fmt.Sprintf("select * from (with recursive step (at) as (select ? where ? < ? union all select at + %[1]d from step where at + %[1]d < ?) "+
		"select value, bucket, counts from step cross join %[2]s where dimension = ? and bucket = at and value = ?)", l.width, l.table)
	return text, []any{first, first, p.to, p.to, dimension, value}
}

// group names a group.
type group struct {
	value string
	at    int64
}

// tally adds up the counts of a group. Rows of one value mostly have the same
// counters in the same order, so the next one is expected where it was before.
type tally struct {
	whats  []string
	sums   []int64
	places map[string]int
}

func (t *tally) add(counts string) {
	next := 0
	eachCount(counts, func(what string, n int64) {
		if next >= len(t.whats) || t.whats[next] != what {
			at, ok := t.places[what]
			if !ok {
				at = len(t.whats)
				what = strings.Clone(what)
				t.whats, t.sums, t.places[what] = append(t.whats, what), append(t.sums, 0), at
			}
			next = at
		}
		t.sums[next] += n
		next++
	})
}

func (t *tally) group(at group, every int64) store.RateGroup {
	g := store.RateGroup{Value: at.value, Kinds: map[event.Kind]int64{}, Reasons: map[codebook.Reason]int64{}, Delays: map[codebook.Reason]int64{}}
	if every > 0 {
		g.From = time.Unix(at.at, 0).UTC()
	}
	for i, what := range t.whats {
		countInto(&g, what, t.sums[i])
	}
	return g
}

// readRates adds up rows in groups of that width in seconds, 0 for one of the
// whole time.
func readRates(rows *sql.Rows, every int64) ([]store.RateGroup, error) {
	found := map[group]*tally{}
	err := eachRow(rows, func(rows *sql.Rows) error {
		var at group
		var bucket int64
		var counts string
		if err := rows.Scan(&at.value, &bucket, &counts); err != nil {
			return err
		}
		if every > 0 {
			at.at = bucketOf(bucket, every)
		}
		if found[at] == nil {
			found[at] = &tally{places: map[string]int{}}
		}
		found[at].add(counts)
		return nil
	})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	groups := make([]store.RateGroup, 0, len(found))
	for at, t := range found {
		groups = append(groups, t.group(at, every))
	}
	slices.SortFunc(groups, func(a, b store.RateGroup) int {
		return cmp.Or(strings.Compare(a.Value, b.Value), a.From.Compare(b.From))
	})
	return groups, nil
}

func countInto(g *store.RateGroup, what string, n int64) {
	if what == whatSent {
		g.Sent += n
		return
	}
	kind, reason, _ := strings.Cut(what, "/")
	g.Kinds[event.Kind(kind)] += n
	switch {
	case reason == "":
	case event.Kind(kind) == event.Delay:
		g.Delays[codebook.Reason(reason)] += n
	default:
		g.Reasons[codebook.Reason(reason)] += n
	}
}

// CountAttempts counts messages that were handed over. See store.Rates.
func (s *Store) CountAttempts(ctx context.Context, attempts []store.Attempts) error {
	now := s.now()
	return s.update(ctx, "count attempts", func(w *writer) error {
		counters := counters{}
		for i := range attempts {
			a := &attempts[i]
			if a.ID == "" || a.Count < 0 {
				return refuse(fmt.Errorf("store: attempts need an id and a count that is not negative"))
			}
			at := policy.ClampTime(a.Time, now).Unix()
			n, err := w.exec("insert into attempts (id, time) values (?, ?) on conflict do nothing", a.ID, at)
			if err != nil {
				return err
			}
			if n == 0 {
				continue
			}
			sender := store.SenderDomain("@" + a.Sender)
			counters.count(bucketOf(at, levels()[levelFine].width), whatSent, a.Count, sender, a.IP, a.Provider, a.Stream)
		}
		return counters.write(w)
	})
}

// pruneRates removes counters, a day of a level and dimension at a time.
func (s *Store) pruneRates(w *writer, now time.Time) (more bool, err error) {
	w.rates = seenValues{}
	days := levels()[levelDay].width
	for i, l := range levels() {
		cutoff := int64(-farAway)
		if s.keep.Rates >= 0 {
			cutoff = bucketOf(now.Add(-s.keep.Rates).Unix(), days) // no level keeps half of another's day
		}
		if i == levelFine {
			cutoff = max(cutoff, fineFrom(now))
		}
		left, err := pruneLevel(w, l, cutoff)
		if err != nil {
			return false, err
		}
		more = more || left
	}
	if s.keep.Rates < 0 {
		return more, nil
	}
	_, err = w.exec("delete from attempts where time < ?", now.Add(-s.keep.Rates).Unix())
	return more, err
}

func pruneLevel(w *writer, l level, cutoff int64) (more bool, err error) {
	for d := dimTotal; d <= dimStream; d++ {
		var oldest sql.NullInt64
		err := w.query(func(rows *sql.Rows) error { return rows.Scan(&oldest) }, "select min(bucket) from "+l.table+" where dimension = ?", d)
		if err != nil {
			return false, err
		}
		if !oldest.Valid || oldest.Int64 >= cutoff {
			continue
		}
		until := min(cutoff, oldest.Int64+24*3600)
		if _, err := w.exec("delete from "+l.table+" where dimension = ? and bucket < ?", d, until); err != nil {
			return false, err
		}
		more = more || until < cutoff
	}
	return more, nil
}

// rates looks whether hours and days agree.
func (v *verifier) rates(ctx context.Context) error {
	rows, err := v.conn.QueryContext(ctx, "select distinct dimension, bucket from rate_day union select distinct dimension, bucket - ((bucket % 86400) + 86400) % 86400 from rate_hour")
	if err != nil {
		return err
	}
	var days []place
	err = eachRow(rows, func(rows *sql.Rows) error {
		var at place
		err := rows.Scan(&at.dimension, &at.day)
		days = append(days, at)
		return err
	})
	for _, at := range days {
		if err != nil {
			return err
		}
		err = v.day(ctx, at)
	}
	return err
}

// day looks whether the hours of a day make the day.
func (v *verifier) day(ctx context.Context, at place) error {
	sums := map[string]map[string]int64{} // by value, hours less the day
	all := levels()
	for i, l := range all[levelHour:] {
		rows, err := v.conn.QueryContext(ctx, "select value, counts from "+l.table+" where dimension = ? and bucket >= ? and bucket < ?", at.dimension, at.day, at.day+all[levelDay].width)
		if err != nil {
			return err
		}
		err = eachRow(rows, func(rows *sql.Rows) error {
			var value, counts string
			err := rows.Scan(&value, &counts)
			if sums[value] == nil {
				sums[value] = map[string]int64{}
			}
			eachCount(counts, func(what string, n int64) { sums[value][what] += n * int64(1-2*i) })
			return err
		})
		if err != nil {
			return err
		}
	}
	for value, counts := range sums {
		for what, n := range counts {
			if n != 0 {
				v.problem("rates of %q on %s: %s is not the sum of its hours", value, time.Unix(at.day, 0).UTC().Format(time.DateOnly), what)
			}
		}
	}
	return nil
}
