package sqlite

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"time"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/policy"
)

// item is an entry made ready: all that can be done without the store is done
// before a transaction begins.
type item struct {
	entry    *store.Entry
	id       string
	packed   any    // the id as it is stored
	number   int64  // by which it is found
	address  string // whose state it counts for, "" for nobody's
	hash     int64
	received int64 // milliseconds
	time     time.Time
	outcome  policy.Outcome
	counts   bool   // whether there is an outcome
	once     uint32 // stands for the message and kind, 0 if no message is named
	body     []byte
	verdict  []byte // the encoded verdict, nil if there is none
	report   []byte // what is kept of its report, compressed; nil if there is none
	seq      int64
	prev     int64
}

// The flags of an event.
const (
	flagTrusted    = 1 << 0
	flagHasVerdict = 1 << 1
	flagKeyless    = 1 << 2 // it counts for nobody
)

// Apply takes events in. See store.Memory.
func (s *Store) Apply(ctx context.Context, entries []store.Entry) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	now := s.now()
	room := make([]item, len(entries))
	items := make([]*item, len(entries))
	packed := map[*store.Report][]byte{}
	for i := range entries {
		items[i] = &room[i]
		s.ready(items[i], &entries[i], now)
		s.readyReport(items[i], packed)
	}
	if len(items) == 0 {
		return nil
	}
	return s.commit(ctx, items)
}

// ready makes an item of an entry.
func (s *Store) ready(it *item, en *store.Entry, now time.Time) {
	e := &en.Event
	it.entry, it.id = en, e.ID
	if it.id == "" {
		it.id = e.ComputeID()
	}
	it.packed = packID(it.id)
	it.number = numberOf(it.packed)
	received := en.Received
	if received.IsZero() {
		received = now
	}
	it.received = received.UnixMilli()
	it.time = policy.ClampTime(e.Time, received)
	it.body = appendEvent(make([]byte, 0, 512), e)
	s.readyKey(it)
	if e.Verdict != nil {
		it.verdict = appendVerdict(make([]byte, 0, 512), e.Verdict)
	}
	if it.address == "" {
		return
	}
	it.outcome, it.counts = policy.OutcomeOf(e, en.Trusted)
	it.outcome.Time, it.outcome.EventID = it.time, it.id
	if id := strings.Trim(e.MessageID, "<> \t\r\n"); id != "" {
		it.once = hash32(string(e.Kind) + "\x00" + id)
	}
}

// readyKey finds out whose state the item counts for.
func (s *Store) readyKey(it *item) {
	of := it.entry.Recipient
	if of == "" {
		of = it.entry.Event.Recipient
	}
	address, err := policy.NormalAddress(of, s.settings.CaseSensitive)
	if err != nil {
		return
	}
	it.address, it.hash = address, s.hash(address)
	if address != it.entry.Event.Recipient {
		it.body = appendField(it.body, tagKey, address)
	}
}

// hashOf returns where the row of an address is: 55 bits, which SQLite writes in
// 8 bytes.
func hashOf(address string) int64 {
	sum := sha256.Sum256([]byte(address))
	return int64(binary.BigEndian.Uint64(sum[:]) >> 9)
}

func hash32(s string) uint32 {
	sum := sha256.Sum256([]byte(s))
	return max(binary.BigEndian.Uint32(sum[:]), 1)
}

// applyItems brings items into the store, within a transaction.
func (s *Store) applyItems(w *writer, items []*item) error {
	items, err := s.unseen(w, items)
	if err != nil || len(items) == 0 {
		return err
	}
	rows, err := s.recipientsOf(w, items)
	if err != nil {
		return err
	}
	counters := counters{}
	texts := unknownTexts{}
	for _, it := range items {
		w.seq++
		it.seq = w.seq
		fresh := true
		if row := rows.of(it); row != nil {
			fresh = row.apply(it)
		}
		if fresh && it.entry.Trusted && s.ratesKept(it) {
			counters.add(it)
		}
		texts.add(it)
	}
	steps := []func() error{
		func() error { return s.writeEvents(w, items) },
		func() error { return s.ids.add(w, items) },
		func() error { return s.ids.flush(w) },
		func() error { return s.writeChanged(w, rows) },
		func() error { return counters.write(w) },
		func() error { return texts.write(w, s.maxTexts) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// ratesKept reports whether an item is young enough for counters to be kept of it.
func (s *Store) ratesKept(it *item) bool {
	return s.keep.Rates < 0 || it.received-it.time.UnixMilli() <= s.keep.Rates.Milliseconds()
}

// unseen returns the items whose events are not known, each once.
func (s *Store) unseen(w *writer, items []*item) ([]*item, error) {
	known := make(map[string]bool, len(items))
	if err := s.ids.known(w, items, func(id string) { known[id] = true }); err != nil {
		return nil, err
	}
	fresh := items[:0:0]
	for _, it := range items {
		if !known[it.id] {
			known[it.id] = true
			fresh = append(fresh, it)
		}
	}
	return fresh, nil
}

// writeEvents appends the events' rows.
func (s *Store) writeEvents(w *writer, items []*item) error {
	reports, err := keepReports(w, items)
	if err != nil {
		return err
	}
	args := make([]any, 0, 9*len(items))
	for _, it := range items {
		flags, verdict, report := 0, int64(0), int64(0)
		if it.entry.Trusted {
			flags |= flagTrusted
		}
		if it.address == "" {
			flags |= flagKeyless
		}
		if it.verdict != nil {
			flags |= flagHasVerdict
			id, err := s.verdicts.intern(w, it.verdict)
			if err != nil {
				return err
			}
			if verdict = id; id == 0 {
				it.body = appendField(it.body, tagVerdict, string(it.verdict))
			}
		}
		if it.report != nil {
			report = reports[it.entry.Report.ID]
			it.body = appendField(it.body, tagReportID, it.entry.Report.ID)
		}
		args = append(args, it.seq, it.packed, it.prev, it.received, flags, string(it.entry.Event.Kind), verdict, report, it.body)
	}
	return w.insert("insert into event (seq, id, prev, received, flags, kind, verdict, report, body) values ", 9, "", args)
}

// isUnknown reports events whose text nobody understands.
func isUnknown(e *event.Event) bool {
	if e.Kind != event.Bounce && e.Kind != event.Delay || strings.TrimSpace(e.Diagnostic) == "" {
		return false
	}
	v := e.Verdict
	return v == nil || v.Reason == codebook.Undetermined || v.Reason == "" || v.Confidence == event.Guess
}
