package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/policy"
)

// toMillis returns a time as it is stored: 0 is none.
func toMillis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// AddSuppressions blocks addresses by hand. See store.Suppressions.
func (s *Store) AddSuppressions(ctx context.Context, blocks []store.Block) ([]policy.Answer, error) {
	addresses := make([]string, len(blocks))
	for i, b := range blocks {
		var err error
		if addresses[i], err = policy.NormalAddress(b.Recipient, s.settings.CaseSensitive); err != nil {
			return nil, fmt.Errorf("%w: %q", err, b.Recipient)
		}
	}
	before := make([]policy.Answer, len(blocks))
	err := s.update(ctx, "add suppressions", func(w *writer) error {
		m, err := s.rowsOf(w, addresses)
		if err != nil {
			return err
		}
		now := s.now()
		for i, address := range addresses {
			r := m.of(&item{address: address, hash: s.hash(address)})
			before[i] = policy.Decide(r.state, "", s.settings, now)
			b := blocks[i].Block
			if b.At.IsZero() { // after all that is known, whatever the clock says
				b.At = time.UnixMilli(max(now.UnixMilli(), r.latest+1))
			}
			r.state, r.changed = r.state.Block(b), true
			r.latest = max(r.latest, b.At.UnixMilli())
		}
		return s.writeChanged(w, m)
	})
	return before, err
}

// Release lifts what holds against a recipient. See store.Suppressions.
func (s *Store) Release(ctx context.Context, recipient string, lift policy.Lift) (policy.Answer, error) {
	address, err := policy.NormalAddress(recipient, s.settings.CaseSensitive)
	if err != nil {
		return policy.Answer{}, fmt.Errorf("%w: %q", err, recipient)
	}
	var answer policy.Answer
	err = s.update(ctx, "release", func(w *writer) error {
		m, err := s.rowsOf(w, []string{address})
		if err != nil {
			return err
		}
		r := m.of(&item{address: address, hash: s.hash(address)})
		if r.state.IsZero() {
			return refuse(fmt.Errorf("%w: nothing is known of %s", store.ErrNotFound, address))
		}
		now := s.now()
		if lift.At.IsZero() {
			lift.At = time.UnixMilli(max(now.UnixMilli(), r.latest))
		}
		r.state, r.changed = r.state.Lift(lift), true
		r.latest = max(r.latest, lift.At.UnixMilli())
		answer = policy.Decide(r.state, lift.Stream, s.settings, now)
		return s.writeChanged(w, m)
	})
	return answer, err
}

// Suppressions lists them. See store.Suppressions.
func (s *Store) Suppressions(ctx context.Context, f store.SuppressionFilter, cursor string, limit int) ([]store.Suppression, string, error) {
	now := s.now()
	where, args, err := suppressionQuery(&f, cursor, now)
	if err != nil {
		return nil, "", err
	}
	order := "address, stream"
	if f.Newest {
		order = "since desc, address desc, stream desc"
	}
	text := "select address, stream, ground, reason, since, until, by, note from suppression where " + where + " order by " + order + " limit ?"
	limit = max(limit, 1)
	rows, err := s.readers.QueryContext(ctx, text, append(args, limit)...)
	if err != nil {
		return nil, "", wrong("list suppressions", err)
	}
	var list []store.Suppression
	err = eachRow(rows, func(rows *sql.Rows) error {
		var e store.Suppression
		var since, until int64
		var ground, reason string
		err := rows.Scan(&e.Recipient, &e.Stream, &ground, &reason, &since, &until, &e.By, &e.Note)
		e.Ground, e.Reason = policy.Ground(ground), codebook.Reason(reason)
		e.Since, e.Until = fromMillis(since), fromMillis(until)
		e.Probation = until != 0 && until <= now.UnixMilli()
		list = append(list, e)
		return err
	})
	if err != nil || len(list) < limit {
		return list, "", wrong("list suppressions", err)
	}
	last := &list[len(list)-1]
	return list, makeCursor(last.Recipient, last.Stream, fmt.Sprint(toMillis(last.Since))), nil
}

// suppressionQuery returns the conditions of a filter.
func suppressionQuery(f *store.SuppressionFilter, cursor string, now time.Time) (string, []any, error) {
	where, args := []string{"true"}, []any{}
	and := func(text string, values ...any) { where, args = append(where, text), append(args, values...) }
	if cursor != "" {
		var since int64
		parts, err := readCursor(cursor, 3)
		if err != nil {
			return "", nil, err
		}
		if _, err := fmt.Sscan(parts[2], &since); err != nil {
			return "", nil, errors.Join(store.ErrCursor, err)
		}
		if f.Newest {
			and("(since, address, stream) < (?, ?, ?)", since, parts[0], parts[1])
		} else {
			and("(address, stream) > (?, ?)", parts[0], parts[1])
		}
	}
	if f.Stream != "" {
		and("stream in ('', ?)", f.Stream)
	}
	if f.Ground != "" {
		and("ground = ?", string(f.Ground))
	}
	if f.Reason != "" {
		and("reason = ?", string(f.Reason))
	}
	if domain := store.DomainOf("@" + f.Domain); domain != "" {
		and("substr(address, ?) = ?", -len([]rune(domain))-1, "@"+domain)
	}
	if !f.From.IsZero() {
		and("since >= ?", f.From.UnixMilli())
	}
	if !f.To.IsZero() {
		and("since < ?", f.To.UnixMilli())
	}
	if !f.Probation {
		and("(until = 0 or until > ?)", now.UnixMilli())
	}
	return strings.Join(where, " and "), args, nil
}
