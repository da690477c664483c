package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"math"
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
	from, to := int64(math.MinInt64), int64(math.MaxInt64)
	if !q.From.IsZero() {
		from = q.From.Unix()
	}
	if !q.To.IsZero() {
		to = q.To.Unix()
	}
	text := "select value, bucket, what, n from rate where dimension = ? and bucket >= ? and bucket < ?"
	args := []any{dimension, from, to}
	if q.Value != "" {
		text, args = text+" and value = ?", append(args, q.Value)
	}
	rows, err := s.readers.QueryContext(ctx, grouped(text, q.Every), args...)
	if err != nil {
		return nil, wrong("read rates", err)
	}
	groups, err := readRates(rows)
	return groups, wrong("read rates", err)
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
			g := store.RateGroup{Value: value, Kinds: map[event.Kind]int64{}, Reasons: map[codebook.Reason]int64{}}
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
	if reason != "" {
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
			counters.count(bucketOf(at), whatSent, a.Count, sender, a.IP, a.Provider, a.Stream)
		}
		return counters.write(w)
	})
}
