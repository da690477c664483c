package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

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
	var list changes
	var told []store.Outgoing
	for _, r := range m {
		if r == nil || !r.changed {
			continue
		}
		was := r.listed
		s.relistRow(&list, r, now)
		if s.announce != nil && (was > 0 || r.listed > 0) {
			told = append(told, s.tell(r, now)...)
		}
	}
	if err := list.write(w); err != nil {
		return err
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

// changes are what a transaction changes in the list.
type changes struct {
	gone  []string // addresses whose entries are removed
	added []store.Suppression
}

// relistRow brings the entries of one recipient up to date.
func (s *Store) relistRow(c *changes, r *row, now time.Time) {
	list := listOf(r.state, s.settings, now)
	if len(list) == r.listed && (r.listed == 0 || slices.Equal(list, listOf(r.before, s.settings, now))) {
		return
	}
	if r.listed > 0 {
		c.gone = append(c.gone, r.address)
	}
	if r.listed > len(list) {
		s.filter.removed++
	}
	for i := range list {
		list[i].Recipient = r.address
	}
	c.added = append(c.added, list...)
	if r.listed = len(list); r.listed > 0 {
		s.filter.add(r.address)
	}
}

// write makes the changes, in the order of the list, so that what lies together
// is written together.
func (c *changes) write(w *writer) error {
	slices.Sort(c.gone)
	gone := make([]any, len(c.gone))
	for i, address := range c.gone {
		gone[i] = address
	}
	err := w.in("delete from suppression where address in ", gone, func(text string, args []any) error {
		n, err := w.exec(text, args...)
		w.listed -= n
		return err
	})
	if err != nil {
		return err
	}
	slices.SortFunc(c.added, func(a, b store.Suppression) int {
		return cmp.Or(strings.Compare(a.Recipient, b.Recipient), strings.Compare(a.Stream, b.Stream))
	})
	args := make([]any, 0, 8*len(c.added))
	for i := range c.added {
		e := &c.added[i]
		args = append(args, e.Recipient, e.Stream, string(e.Ground), string(e.Reason), toMillis(e.Since), toMillis(e.Until), e.By, e.Note)
	}
	w.listed += int64(len(c.added))
	return w.insert("insert into suppression (address, stream, ground, reason, since, until, by, note) values ", 8, "", args)
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
	var list changes
	for h, r := range m {
		was := r.listed
		s.relistRow(&list, r, now)
		if was == 0 && r.listed == 0 {
			m[h] = nil
		}
	}
	if err := list.write(w); err != nil {
		return 0, false, err
	}
	return from, len(m) == atOnce, writeRows(w, m)
}
