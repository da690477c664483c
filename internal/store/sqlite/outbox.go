package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/rebound-mail/rebound/internal/store"
)

const outgoingColumns = "n, id, target, kind, body, created, tries, next, error, dead"

// Enqueue keeps messages to be delivered. See store.Outbox.
func (s *Store) Enqueue(ctx context.Context, messages []store.Outgoing) error {
	now := s.now()
	return s.update(ctx, "enqueue", func(w *writer) error { return enqueue(w, messages, now) })
}

func enqueue(w *writer, messages []store.Outgoing, now time.Time) error {
	args := make([]any, 0, 10*len(messages))
	for i := range messages {
		m := &messages[i]
		if m.ID == "" {
			return refuse(fmt.Errorf("store: a message for %q has no id", m.Target))
		}
		created, next := m.Created, m.Next
		if created.IsZero() {
			created = now
		}
		if next.IsZero() {
			next = now
		}
		args = append(args, m.ID, m.Target, m.Kind, append([]byte{}, m.Body...), created.UnixMilli(), 0, now.UnixMilli(), next.UnixMilli(), "", 0)
	}
	return w.insert("insert into outgoing (id, target, kind, body, created, tries, tried, next, error, dead) values ", 10, " on conflict (id) do nothing", args)
}

// outgoingRow is a message with its number.
type outgoingRow struct {
	n       int64
	message store.Outgoing
}

func scanOutgoing(rows *sql.Rows) (outgoingRow, error) {
	var r outgoingRow
	var created, next, dead int64
	m := &r.message
	err := rows.Scan(&r.n, &m.ID, &m.Target, &m.Kind, &m.Body, &created, &m.Tries, &next, &m.Error, &dead)
	m.Created, m.Next, m.Dead = fromMillis(created), fromMillis(next), fromMillis(dead)
	return r, err
}

// ClaimOutgoing returns messages that are due. See store.Outbox.
//
// A message that was last tried after now is due as well: the clock was set back
// since, and when it is next to be tried would be long to wait for.
func (s *Store) ClaimOutgoing(ctx context.Context, target string, limit int, lease time.Duration) ([]store.Outgoing, error) {
	var list []store.Outgoing
	now := s.now().UnixMilli()
	any := false
	const due = "from outgoing where target = ? and dead = 0 and (next <= ? or tried > ?) order by n limit ?"
	// Mostly nothing is due, and asking writes nothing.
	if err := s.readers.QueryRowContext(ctx, "select exists (select 1 "+due+")", target, now, now, 1).Scan(&any); err != nil || !any {
		return nil, wrong("claim messages", err)
	}
	err := s.update(ctx, "claim messages", func(w *writer) error {
		var found []outgoingRow
		err := w.query(func(rows *sql.Rows) error {
			r, err := scanOutgoing(rows)
			found = append(found, r)
			return err
		}, "select "+outgoingColumns+" "+due, target, now, now, limit)
		if err != nil {
			return err
		}
		list = list[:0]
		for _, r := range found {
			if _, err := w.exec("update outgoing set tried = ?, next = ? where n = ?", now, now+lease.Milliseconds(), r.n); err != nil {
				return err
			}
			list = append(list, r.message)
		}
		return nil
	})
	return list, err
}

// OutgoingTargets returns those for whom messages wait. See store.Outbox.
func (s *Store) OutgoingTargets(ctx context.Context) ([]string, error) {
	// One step of the index a target, however many messages there are.
	const names = "with recursive name (target) as (select min(target) from outgoing union all " +
		"select (select min(o.target) from outgoing o where o.target > name.target) from name where name.target is not null) " +
		"select target from name where target is not null and exists (select 1 from outgoing o where o.target = name.target and o.dead = 0) order by target"
	rows, err := s.readers.QueryContext(ctx, names)
	if err != nil {
		return nil, wrong("list targets", err)
	}
	var list []string
	err = eachRow(rows, func(rows *sql.Rows) error {
		var name string
		err := rows.Scan(&name)
		list = append(list, name)
		return err
	})
	return list, wrong("list targets", err)
}

// SettleOutgoing says what became of messages. See store.Outbox.
func (s *Store) SettleOutgoing(ctx context.Context, results []store.Attempt) error {
	now := s.now().UnixMilli()
	return s.update(ctx, "settle messages", func(w *writer) error {
		for _, a := range results {
			var err error
			switch {
			case a.Delivered:
				_, err = w.exec("delete from outgoing where id = ?", a.ID)
			case a.Next.IsZero():
				_, err = w.exec("update outgoing set tries = tries + 1, tried = ?, error = ?, dead = ? where id = ?", now, store.Cut(a.Error, 1000), now, a.ID)
			default:
				_, err = w.exec("update outgoing set tries = tries + 1, tried = ?, error = ?, next = ? where id = ?", now, store.Cut(a.Error, 1000), a.Next.UnixMilli(), a.ID)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// DeadLetters lists messages that were given up. See store.Outbox.
func (s *Store) DeadLetters(ctx context.Context, cursor string, limit int) ([]store.Outgoing, string, error) {
	before := int64(math.MaxInt64)
	if cursor != "" {
		parts, err := readCursor(cursor, 1)
		if err == nil {
			before, err = strconv.ParseInt(parts[0], 10, 64)
		}
		if err != nil {
			return nil, "", store.ErrCursor
		}
	}
	limit = max(limit, 1)
	rows, err := s.readers.QueryContext(ctx, "select "+outgoingColumns+" from outgoing where dead > 0 and n < ? order by n desc limit ?", before, limit)
	if err != nil {
		return nil, "", wrong("list dead letters", err)
	}
	var list []store.Outgoing
	err = eachRow(rows, func(rows *sql.Rows) error {
		r, err := scanOutgoing(rows)
		list, before = append(list, r.message), r.n
		return err
	})
	if err != nil || len(list) < limit {
		return list, "", wrong("list dead letters", err)
	}
	return list, makeCursor(strconv.FormatInt(before, 10)), nil
}

// Revive makes dead letters due again. See store.Outbox.
func (s *Store) Revive(ctx context.Context, ids []string) error {
	now := s.now().UnixMilli()
	return s.update(ctx, "revive messages", func(w *writer) error {
		for _, id := range ids {
			n, err := w.exec("update outgoing set dead = 0, tries = 0, tried = ?, next = ? where id = ? and dead > 0", now, now, id)
			if err != nil {
				return err
			}
			if n == 0 {
				return refuse(fmt.Errorf("%w: dead letter %q", store.ErrNotFound, id))
			}
		}
		return nil
	})
}
