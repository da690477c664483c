package sqlite

import (
	"context"
	"database/sql"
	"fmt"
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
	groups, err := readRates(rows)
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
	return grouped(strings.Join(texts, " union all "), q.Every), args
}

// maxSteps is how many buckets are looked up one by one for one value, instead of
// reading through all values in them.
const maxSteps = 10_000

// partText returns the statement that reads a part.
func partText(p part, dimension int, value string) (string, []any) {
	l := levels()[p.level]
	if value == "" {
		return "select value, bucket, what, n from " + l.table + " where dimension = ? and bucket >= ? and bucket < ?", []any{dimension, p.from, p.to}
	}
	if (p.to-p.from)/l.width > maxSteps {
		return "select value, bucket, what, n from " + l.table + " where dimension = ? and bucket >= ? and bucket < ? and value = ?", []any{dimension, p.from, p.to, value}
	}
	first := bucketOf(p.from+l.width-1, l.width)
	text := fmt.Sprintf("select * from (with recursive step (at) as (select ? where ? < ? union all select at + %[1]d from step where at + %[1]d < ?) "+
		"select value, bucket, what, n from step cross join %[2]s where dimension = ? and bucket = at and value = ?)", l.width, l.table)
	return text, []any{first, first, p.to, p.to, dimension, value}
}

// grouped adds up the rows of a query in groups of that width.
func grouped(text string, every time.Duration) string {
	at := "0"
	if every > 0 {
		at = fmt.Sprintf("bucket - ((bucket %% %[1]d) + %[1]d) %% %[1]d", int64(every/time.Second))
	}
	return "select value, " + at + " as at, what, sum(n) from (" + text + ") group by value, at, what order by value, at, what"
}

func readRates(rows *sql.Rows) ([]store.RateGroup, error) {
	var groups []store.RateGroup
	var began int64
	err := eachRow(rows, func(rows *sql.Rows) error {
		var value, what string
		var at, n int64
		if err := rows.Scan(&value, &at, &what, &n); err != nil {
			return err
		}
		if len(groups) == 0 || groups[len(groups)-1].Value != value || began != at {
			g := store.RateGroup{Value: value, Kinds: map[event.Kind]int64{}, Reasons: map[codebook.Reason]int64{}, Delays: map[codebook.Reason]int64{}}
			if began = at; at != 0 {
				g.From = time.Unix(at, 0).UTC()
			}
			groups = append(groups, g)
		}
		countInto(&groups[len(groups)-1], what, n)
		return nil
	})
	return groups, err
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
	const days = "select dimension, bucket - ((bucket % 86400) + 86400) % 86400 as at, value, what, sum(n) from rate_hour group by dimension, at, value, what"
	const own = "select dimension, bucket, value, what, n from rate_day"
	var more, fewer int64
	err := v.conn.QueryRowContext(ctx, "select (select count(*) from ("+days+" except "+own+")), (select count(*) from ("+own+" except "+days+"))").Scan(&more, &fewer)
	if err == nil && more+fewer > 0 {
		v.problem("%d counters of days are not the sum of their hours", max(more, fewer))
	}
	return err
}
