package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/rebound-mail/rebound/internal/store"
)

// pruneAtOnce is how many events one call of Prune removes at most.
const pruneAtOnce = 5000

// rolledAfter is after how long counters are kept by the hour.
const rolledAfter = 7 * 24 * time.Hour

// rolledBack is how far back that begins, in seconds: some reports' clocks are
// decades wrong.
const rolledBack = 3 * 365 * 24 * 3600

// Prune removes what is old. See store.Upkeep.
func (s *Store) Prune(ctx context.Context) (more bool, err error) {
	now := s.now()
	steps := []func(*writer) (bool, error){
		func(w *writer) (bool, error) { return s.pruneEvents(w, now) },
		func(w *writer) (bool, error) {
			until, err := oldFront(w, "select n, received from report order by n limit ?", now, s.keep.Evidence, pruneAtOnce/10)
			if err != nil || until < 0 {
				return false, err
			}
			n, err := w.exec("delete from report where n <= ?", until)
			return n == pruneAtOnce/10, err
		},
		func(w *writer) (bool, error) { return s.pruneRates(w, now) },
		func(w *writer) (bool, error) { return s.rollRates(w, now) },
		func(w *writer) (bool, error) { return false, s.pruneSmall(w, now) },
	}
	for _, step := range steps {
		left := false
		err := s.update(ctx, "prune", func(w *writer) (err error) {
			left, err = step(w)
			return err
		})
		if err != nil {
			return false, err
		}
		more = more || left
	}
	return more, nil
}

// pruneEvents removes the oldest events, and their ids.
func (s *Store) pruneEvents(w *writer, now time.Time) (more bool, err error) {
	until, err := oldFront(w, "select seq, received from event order by seq limit ?", now, s.keep.Events, pruneAtOnce)
	if err != nil || until < 0 {
		return false, err
	}
	var gone []idAt
	err = w.query(func(rows *sql.Rows) error {
		var at idAt
		var id any
		err := rows.Scan(&at.seq, &id)
		at.number = numberOf(id)
		gone = append(gone, at)
		return err
	}, "select seq, id from event where seq <= ?", until)
	if err != nil {
		return false, err
	}
	if err := dropIDs(w, gone); err != nil {
		return false, err
	}
	n, err := w.exec("delete from event where seq <= ?", until)
	return n == pruneAtOnce, err
}

// oldFront returns the last old row among the first of a table that is only
// appended to, -1 if there is none. A row that seems younger and stands before an
// old one was received while the clock was ahead.
func oldFront(w *writer, text string, now time.Time, keep time.Duration, atOnce int) (until int64, err error) {
	until = -1
	if keep < 0 {
		return until, nil
	}
	cutoff := now.Add(-keep).UnixMilli()
	err = w.query(func(rows *sql.Rows) error {
		var at, received int64
		err := rows.Scan(&at, &received)
		if err == nil && received < cutoff {
			until = at
		}
		return err
	}, text, atOnce)
	return until, err
}

// pruneRates removes counters, a day at a time.
func (s *Store) pruneRates(w *writer, now time.Time) (more bool, err error) {
	if s.keep.Rates < 0 {
		return false, nil
	}
	cutoff := now.Add(-s.keep.Rates).Unix()
	w.rates = seenValues{}
	for d := dimTotal; d <= dimStream; d++ {
		var oldest sql.NullInt64
		err := w.query(func(rows *sql.Rows) error { return rows.Scan(&oldest) }, "select min(bucket) from rate where dimension = ?", d)
		if err != nil {
			return false, err
		}
		if !oldest.Valid || oldest.Int64 >= cutoff {
			continue
		}
		until := min(cutoff, oldest.Int64+24*3600)
		if _, err := w.exec("delete from rate where dimension = ? and bucket < ?", d, until); err != nil {
			return false, err
		}
		more = more || until < cutoff
	}
	_, err = w.exec("delete from attempts where time < ?", cutoff)
	return more, err
}

// rollRates adds up counters that are older than rolledAfter by the hour, a day
// at a time. One that comes late stays as it is.
func (s *Store) rollRates(w *writer, now time.Time) (more bool, err error) {
	var from, until int64
	err = w.query(func(rows *sql.Rows) error { return rows.Scan(&from) }, "select cast(value as integer) from meta where name = 'rolled'")
	if err != nil {
		return false, err
	}
	cutoff := now.Add(-rolledAfter).Unix() / 3600 * 3600
	if from == 0 {
		var oldest sql.NullInt64
		err := w.query(func(rows *sql.Rows) error { return rows.Scan(&oldest) }, "select min(bucket) from rate where dimension = ?", dimTotal)
		if err != nil || !oldest.Valid {
			return false, err
		}
		from = max(oldest.Int64, cutoff-rolledBack) / 3600 * 3600
	}
	if from >= cutoff {
		return false, nil
	}
	until = min(cutoff, from+24*3600)
	for d := dimTotal; d <= dimStream; d++ {
		const roll = "insert into rate (dimension, bucket, value, what, n) " +
			"select dimension, bucket - bucket % 3600, value, what, n from rate where dimension = ? and bucket >= ? and bucket < ? and bucket % 3600 <> 0 " +
			"on conflict (dimension, bucket, value, what) do update set n = n + excluded.n"
		if _, err := w.exec(roll, d, from, until); err != nil {
			return false, err
		}
		if _, err := w.exec("delete from rate where dimension = ? and bucket >= ? and bucket < ? and bucket % 3600 <> 0", d, from, until); err != nil {
			return false, err
		}
	}
	return until < cutoff, w.setMeta("rolled", fmt.Sprint(until))
}

// pruneSmall removes from the tables that are small.
func (s *Store) pruneSmall(w *writer, now time.Time) error {
	if _, err := w.exec("delete from request where began < ?", now.Add(-store.RequestKept).UnixMilli()); err != nil {
		return err
	}
	if s.keep.Unknowns >= 0 {
		n, err := w.exec("delete from unknown where last < ?", now.Add(-s.keep.Unknowns).UnixMilli())
		if err != nil {
			return err
		}
		w.texts -= int(n)
	}
	if s.keep.Dead < 0 {
		return nil
	}
	_, err := w.exec("delete from outgoing where dead > 0 and dead < ?", now.Add(-s.keep.Dead).UnixMilli())
	return err
}
