package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/policy"
)

// listOf returns what a state amounts to as entries of the list, one a stream,
// or one for all.
func listOf(s policy.State, set policy.Settings, now time.Time) []store.Suppression {
	// What holds for a stream is asked for one by one: each answer names the
	// latest, and is then taken away.
	never := time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)
	var list []store.Suppression
	for range 64 { // a state knows of fewer streams
		a := policy.Decide(s, "", set, now)
		if !a.Suppressed && !a.Probation {
			break
		}
		ground := a.Ground
		if a.Probation {
			ground = policy.GroundFailures
		}
		list = append(list, store.Suppression{
			Stream: a.Stream, Ground: ground, Reason: a.Reason, Since: a.Since, Until: a.Until, By: a.By, Note: a.Note, Probation: a.Probation,
		})
		if a.Stream == "" {
			break
		}
		s = s.Lift(policy.Lift{At: never, Stream: a.Stream})
	}
	return list
}

// writeChanged brings the list up to date with recipients' states, tells of what
// changed, and writes the recipients.
func (s *Store) writeChanged(w *writer, m rows) error {
	now := s.now()
	var told []store.Outgoing
	for _, r := range m {
		if r == nil || !r.changed {
			continue
		}
		was := r.listed
		if err := s.relistRow(w, r, now); err != nil {
			return err
		}
		if s.announce != nil && (was > 0 || r.listed > 0) {
			told = append(told, s.tell(r, now)...)
		}
	}
	s.renewFilter()
	if err := enqueue(w, told, now); err != nil {
		return err
	}
	return writeRows(w, m)
}

// tell makes messages of what changed for a recipient.
func (s *Store) tell(r *row, now time.Time) []store.Outgoing {
	c := store.Change{
		Recipient: r.address, EventID: r.cause, Time: now,
		Was: policy.Decide(r.before, "", s.settings, now), Is: policy.Decide(r.state, "", s.settings, now),
	}
	was, is := &c.Was, &c.Is
	if was.Suppressed == is.Suppressed && was.Ground == is.Ground && was.Stream == is.Stream && was.Until.Equal(is.Until) {
		return nil
	}
	return s.announce(c)
}

// relistRow brings the entries of one recipient up to date.
func (s *Store) relistRow(w *writer, r *row, now time.Time) error {
	list := listOf(r.state, s.settings, now)
	if len(list) == r.listed && (r.listed == 0 || slices.Equal(list, listOf(r.before, s.settings, now))) {
		return nil
	}
	if r.listed > 0 {
		n, err := w.exec("delete from suppression where address = ?", r.address)
		if err != nil {
			return err
		}
		w.listed -= n
	}
	if r.listed > len(list) {
		s.filter.removed++
	}
	for i := range list {
		e := &list[i]
		_, err := w.exec("insert into suppression (address, stream, ground, reason, since, until, by, note) values (?, ?, ?, ?, ?, ?, ?, ?)",
			r.address, e.Stream, string(e.Ground), string(e.Reason), toMillis(e.Since), toMillis(e.Until), e.By, e.Note)
		if err != nil {
			return err
		}
	}
	w.listed += int64(len(list))
	r.listed = len(list)
	if r.listed > 0 {
		s.filter.add(r.address)
	}
	return nil
}

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

// relist makes the list anew from all states if the settings have changed.
func (s *Store) relist(ctx context.Context) error {
	var had string
	is := fmt.Sprintf("%+v", s.settings)
	err := s.readers.QueryRowContext(ctx, "select value from meta where name = 'settings'").Scan(&had)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if had == is {
		return nil
	}
	for from, more := int64(-1), true; more; {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := s.transact("apply settings", func(w *writer) (err error) {
			from, more, err = s.relistSome(w, from)
			return err
		})
		if err != nil {
			return err
		}
	}
	return s.transact("apply settings", func(w *writer) error { return w.setMeta("settings", is) })
}

// relistSome does so for the rows behind one.
func (s *Store) relistSome(w *writer, from int64) (last int64, more bool, err error) {
	const atOnce = 5000
	m := rows{}
	err = w.query(func(found *sql.Rows) error {
		r, err := scanRow(found.Scan)
		if err != nil {
			return err
		}
		r.before = policy.State{} // so that its entries are written anew
		m[r.hash] = r
		from = r.hash
		return nil
	}, "select "+rowColumns+" from recipient where hash > ? order by hash limit ?", from, atOnce)
	if err != nil {
		return 0, false, err
	}
	now := s.now()
	for h, r := range m {
		was := r.listed
		if err := s.relistRow(w, r, now); err != nil {
			return 0, false, err
		}
		if was == 0 && r.listed == 0 {
			m[h] = nil
		}
	}
	return from, len(m) == atOnce, writeRows(w, m)
}
