package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/store"
)

const eventColumns = "seq, id, prev, received, flags, kind, verdict, body"

// eventRow is an event's row, read.
type eventRow struct {
	seq, prev int64
	record    store.Record
}

func (s *Store) scanEvent(scan func(...any) error) (eventRow, error) {
	var r eventRow
	var id any
	var received, flags, verdict int64
	var kind string
	var body []byte
	if err := scan(&r.seq, &id, &r.prev, &received, &flags, &kind, &verdict, &body); err != nil {
		return r, err
	}
	d, err := decodeEvent(body)
	if err != nil {
		return r, fmt.Errorf("%w: event %d: %v", store.ErrCorrupt, r.seq, err)
	}
	r.record = store.Record{
		Event: d.event, Key: d.key, ReportID: d.reportID, Received: time.UnixMilli(received).UTC(), Trusted: flags&flagTrusted != 0,
	}
	e := &r.record.Event
	e.ID, e.Kind = unpackID(id), event.Kind(kind)
	if r.record.Key == "" && flags&flagKeyless == 0 {
		r.record.Key = e.Recipient
	}
	if flags&flagHasVerdict == 0 {
		return r, nil
	}
	v, ok := s.verdicts.get(verdict)
	if !ok {
		if v, err = decodeVerdict(d.verdict); err != nil {
			return r, fmt.Errorf("%w: event %d: %v", store.ErrCorrupt, r.seq, err)
		}
	}
	v.Facts = d.facts
	e.Verdict = &v
	return r, nil
}

// Event returns an event by its id. See store.Events.
func (s *Store) Event(ctx context.Context, id string) (store.Record, error) {
	seq, err := s.seqOf(ctx, id)
	if err != nil {
		return store.Record{}, wrong("find event", err)
	}
	r, err := s.scanEvent(s.readers.QueryRowContext(ctx, "select "+eventColumns+" from event where seq = ?", seq).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return store.Record{}, fmt.Errorf("%w: event %q", store.ErrNotFound, id)
	}
	return r.record, wrong("read event", err)
}

// Evidence returns a report as it came in. See store.Events.
func (s *Store) Evidence(ctx context.Context, reportID string) ([]byte, error) {
	var packed []byte
	err := s.readers.QueryRowContext(ctx, "select body from report where id = ?", reportID).Scan(&packed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("%w: report %q", store.ErrNotFound, reportID)
	}
	if err != nil {
		return nil, wrong("read report", err)
	}
	body, err := s.unzip.DecodeAll(packed, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: report %q: %v", store.ErrCorrupt, reportID, err)
	}
	return body, nil
}

// How many events one call looks at, and reads at once.
const (
	eventsLooked = 200_000
	eventsWindow = 10_000
)

// Events lists events. See store.Events.
func (s *Store) Events(ctx context.Context, f store.EventFilter, cursor string, limit int) ([]store.Record, string, error) {
	from := int64(math.MaxInt64)
	if cursor != "" {
		parts, err := readCursor(cursor, 1)
		if err == nil {
			from, err = strconv.ParseInt(parts[0], 10, 64)
		}
		if err != nil {
			return nil, "", store.ErrCursor
		}
	}
	search := s.scan
	if f.Recipient != "" {
		search = s.history
	}
	list, next, err := search(ctx, &f, from, max(limit, 1))
	if err != nil {
		return nil, "", wrong("list events", err)
	}
	if next <= 0 {
		return list, "", nil
	}
	return list, makeCursor(strconv.FormatInt(next, 10)), nil
}

// history follows the chain of a recipient's events. Cursors are the number of
// the event to go on with.
func (s *Store) history(ctx context.Context, f *store.EventFilter, from int64, limit int) (list []store.Record, next int64, err error) {
	if from == math.MaxInt64 {
		r, err := s.find(ctx, s.readers, f.Recipient)
		if err != nil || r == nil {
			return nil, 0, err
		}
		from = r.last
	}
	for range eventsWindow {
		if from == 0 || len(list) == limit {
			return list, from, nil
		}
		r, err := s.scanEvent(s.readers.QueryRowContext(ctx, "select "+eventColumns+" from event where seq = ?", from).Scan)
		if errors.Is(err, sql.ErrNoRows) {
			return list, 0, nil // pruned from here on
		}
		if err != nil {
			return nil, 0, err
		}
		if f.Match(&r.record) {
			list = append(list, r.record)
		}
		from = r.prev
	}
	return list, from, nil
}

// scan looks at all events, the latest first. Cursors are the number behind the
// next event.
func (s *Store) scan(ctx context.Context, f *store.EventFilter, from int64, limit int) (list []store.Record, next int64, err error) {
	var first, last sql.NullInt64
	if err := s.readers.QueryRowContext(ctx, "select (select min(seq) from event), (select max(seq) from event)").Scan(&first, &last); err != nil {
		return nil, 0, err
	}
	from = min(from, last.Int64+1)
	for looked := 0; looked < eventsLooked; looked += eventsWindow {
		if from <= first.Int64 || !first.Valid {
			return list, 0, nil
		}
		until := max(from-eventsWindow, first.Int64)
		full, err := s.window(ctx, f, until, &from, limit, &list)
		if err != nil {
			return nil, 0, err
		}
		if full {
			break
		}
		from = until
	}
	if from <= first.Int64 {
		from = 0
	}
	return list, from, nil
}

// window looks at the events from until to before from, and reports whether the
// list is full; from is then where to go on.
func (s *Store) window(ctx context.Context, f *store.EventFilter, until int64, from *int64, limit int, list *[]store.Record) (full bool, err error) {
	text, args := "select "+eventColumns+" from event where seq >= ? and seq < ?", []any{until, *from}
	if f.Kind != "" {
		text, args = text+" and kind = ?", append(args, string(f.Kind))
	}
	if f.Reason != "" || f.Provider != "" {
		text += " and (verdict = 0 or verdict in (select id from verdict where (? = '' or reason = ?) and (? = '' or provider = ?)))"
		args = append(args, string(f.Reason), string(f.Reason), f.Provider, f.Provider)
	}
	if !f.From.IsZero() {
		text, args = text+" and received >= ?", append(args, f.From.UnixMilli())
	}
	if !f.To.IsZero() {
		text, args = text+" and received < ?", append(args, f.To.UnixMilli())
	}
	rows, err := s.readers.QueryContext(ctx, text+" order by seq desc", args...)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	for rows.Next() {
		r, err := s.scanEvent(rows.Scan)
		if err != nil {
			return false, err
		}
		if !f.Match(&r.record) {
			continue
		}
		*list, *from = append(*list, r.record), r.seq
		if len(*list) == limit {
			return true, nil
		}
	}
	return false, rows.Err()
}
