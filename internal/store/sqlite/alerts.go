package sqlite

import (
	"context"
	"database/sql"

	"github.com/rebound-mail/rebound/internal/store"
)

// RaiseAlert opens an alert. See store.Alerts.
func (s *Store) RaiseAlert(ctx context.Context, a store.Alert, messages []store.Outgoing) (changed bool, err error) {
	now := s.now()
	err = s.update(ctx, "raise alert", func(w *writer) error {
		open, level := false, ""
		err := w.query(func(rows *sql.Rows) error {
			open = true
			return rows.Scan(&level)
		}, "select level from alert where ended = 0 and kind = ? and subject = ?", a.Kind, a.Subject)
		changed = false
		if err != nil || open && level == a.Level {
			return err
		}
		changed = true
		if open {
			_, err = w.exec("update alert set level = ?, text = ?, value = ?, changed = ? where ended = 0 and kind = ? and subject = ?",
				a.Level, a.Text, a.Value, now.UnixMilli(), a.Kind, a.Subject)
		} else {
			_, err = w.exec("insert into alert (kind, subject, level, text, value, began, changed, ended) values (?, ?, ?, ?, ?, ?, ?, 0)",
				a.Kind, a.Subject, a.Level, a.Text, a.Value, now.UnixMilli(), now.UnixMilli())
		}
		if err != nil {
			return err
		}
		return enqueue(w, messages, now)
	})
	return changed && err == nil, err
}

// EndAlert ends an open alert. See store.Alerts.
func (s *Store) EndAlert(ctx context.Context, kind, subject string, messages []store.Outgoing) (changed bool, err error) {
	now := s.now()
	open := false
	// Mostly there is none, and asking writes nothing.
	const find = "select exists (select 1 from alert where ended = 0 and kind = ? and subject = ?)"
	if err := s.readers.QueryRowContext(ctx, find, kind, subject).Scan(&open); err != nil || !open {
		return false, wrong("end alert", err)
	}
	err = s.update(ctx, "end alert", func(w *writer) error {
		n, err := w.exec("update alert set ended = ?, changed = ? where ended = 0 and kind = ? and subject = ?", now.UnixMilli(), now.UnixMilli(), kind, subject)
		changed = n > 0
		if err != nil || !changed {
			return err
		}
		return enqueue(w, messages, now)
	})
	return changed && err == nil, err
}

// Alerts lists alerts. See store.Alerts.
func (s *Store) Alerts(ctx context.Context, open bool, limit int) ([]store.Alert, error) {
	text := "select kind, subject, level, text, value, began, changed, ended from alert"
	if open {
		text += " where ended = 0"
	}
	rows, err := s.readers.QueryContext(ctx, text+" order by n desc limit ?", limit)
	if err != nil {
		return nil, wrong("list alerts", err)
	}
	var list []store.Alert
	err = eachRow(rows, func(rows *sql.Rows) error {
		var a store.Alert
		var began, changed, ended int64
		err := rows.Scan(&a.Kind, &a.Subject, &a.Level, &a.Text, &a.Value, &began, &changed, &ended)
		a.Began, a.Changed, a.Ended = fromMillis(began), fromMillis(changed), fromMillis(ended)
		list = append(list, a)
		return err
	})
	return list, wrong("list alerts", err)
}
