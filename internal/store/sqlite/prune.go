package sqlite

import (
	"context"
	"database/sql"
	"time"

	"github.com/rebound-mail/rebound/internal/store"
)

// pruneAtOnce is how many events one call of Prune removes at most.
const pruneAtOnce = 5000

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
