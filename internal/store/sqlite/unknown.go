package sqlite

import (
	"context"
	"database/sql"
	"time"

	"github.com/rebound-mail/rebound/internal/store"
)

// unknownTexts are the texts of a transaction that nobody understands.
type unknownTexts map[string]*store.Unknown

func (u unknownTexts) add(it *item) {
	e := &it.entry.Event
	if !isUnknown(e) {
		return
	}
	text := store.NormalText(e.Diagnostic)
	at := time.UnixMilli(it.received).UTC()
	if known := u[text]; known != nil {
		known.Count++
		return
	}
	host := e.RemoteMTA
	if host == "" {
		host = e.ReportingMTA
	}
	u[text] = &store.Unknown{
		Text: text, Example: store.Cut(e.Diagnostic, 1000), EventID: it.id, Host: store.Cut(host, 255), Count: 1, First: at, Last: at,
	}
}

// write adds the texts to those stored, and forgets some if there are too many.
func (u unknownTexts) write(w *writer, most int) error {
	for _, t := range u {
		const know = "update unknown set n = n + ?, first = min(first, ?), last = max(last, ?) where text = ?"
		n, err := w.exec(know, t.Count, t.First.UnixMilli(), t.Last.UnixMilli(), t.Text)
		if err != nil {
			return err
		}
		if n > 0 {
			continue
		}
		_, err = w.exec("insert into unknown (text, example, event, host, n, first, last) values (?, ?, ?, ?, ?, ?, ?)",
			t.Text, t.Example, t.EventID, t.Host, t.Count, t.First.UnixMilli(), t.Last.UnixMilli())
		if err != nil {
			return err
		}
		w.texts++
	}
	if w.texts <= most {
		return nil
	}
	// A tenth at once: what this costs is shared by many texts.
	n, err := w.exec("delete from unknown where text in (select text from unknown order by n, last, text limit ?)", w.texts-most+most/10)
	w.texts -= int(n)
	return err
}

// Unknowns returns the texts that came most often. See store.Unknowns.
func (s *Store) Unknowns(ctx context.Context, limit int) ([]store.Unknown, error) {
	rows, err := s.readers.QueryContext(ctx, "select text, example, event, host, n, first, last from unknown order by n desc, last desc, text limit ?", limit)
	if err != nil {
		return nil, wrong("list unknown texts", err)
	}
	var list []store.Unknown
	err = eachRow(rows, func(rows *sql.Rows) error {
		var u store.Unknown
		var first, last int64
		err := rows.Scan(&u.Text, &u.Example, &u.EventID, &u.Host, &u.Count, &first, &last)
		u.First, u.Last = time.UnixMilli(first).UTC(), time.UnixMilli(last).UTC()
		list = append(list, u)
		return err
	})
	return list, wrong("list unknown texts", err)
}

// DropUnknown forgets a text. See store.Unknowns.
func (s *Store) DropUnknown(ctx context.Context, text string) error {
	return s.update(ctx, "drop unknown text", func(w *writer) error {
		n, err := w.exec("delete from unknown where text = ?", text)
		w.texts -= int(n)
		return err
	})
}
