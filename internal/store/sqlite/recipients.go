package sqlite

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/policy"
)

// row is a recipient's row.
type row struct {
	hash    int64
	address string
	last    int64
	events  int64
	latest  int64
	listed  int
	recent  []byte
	state   policy.State

	before  policy.State // as it was when it was read
	changed bool         // whether the state was
	cause   string       // the latest event that changed it
	at      time.Time    // when that was
}

// keptRecent is how many messages a recipient's row remembers as counted.
const keptRecent = 8

// apply takes an item into the row and reports whether its message was not
// counted before.
func (r *row) apply(it *item) (fresh bool) {
	it.prev = r.last
	r.last = it.seq
	r.events++
	fresh = r.once(it)
	if !it.counts {
		return fresh
	}
	r.state = r.state.Add(it.outcome)
	r.latest = max(r.latest, it.time.UnixMilli())
	r.changed, r.cause, r.at = true, it.id, it.time
	return fresh
}

// once remembers an item's message, and reports whether it was not remembered: a
// log and a delivery report tell of the same failure.
func (r *row) once(it *item) bool {
	if it.once == 0 || !it.entry.Trusted {
		return true
	}
	for b := r.recent; len(b) >= 4; b = b[4:] {
		if binary.BigEndian.Uint32(b) == it.once {
			return false
		}
	}
	if len(r.recent) >= 4*keptRecent {
		r.recent = r.recent[len(r.recent)-4*keptRecent+4:]
	}
	r.recent = binary.BigEndian.AppendUint32(slices.Clip(r.recent), it.once)
	return true
}

const rowColumns = "hash, address, last, events, latest, listed, recent, state"

func scanRow(scan func(...any) error) (*row, error) {
	r := &row{}
	var recent, state []byte
	if err := scan(&r.hash, &r.address, &r.last, &r.events, &r.latest, &r.listed, &recent, &state); err != nil {
		return nil, err
	}
	r.recent = recent
	if len(state) > 0 {
		if err := r.state.UnmarshalBinary(state); err != nil {
			return nil, fmt.Errorf("%w: the state of %s: %v", store.ErrCorrupt, r.address, err)
		}
	}
	r.before = r.state
	return r, nil
}

// rows are recipients' rows by hash; nil is that there is none.
type rows map[int64]*row

// of returns an item's row, nil if it counts for nobody.
func (m rows) of(it *item) *row {
	if it.address == "" {
		return nil
	}
	for h := it.hash; ; h++ {
		if r := m[h]; r.address == it.address {
			return r
		}
	}
}

// recipientsOf reads the rows of all items and makes those that are missing.
func (s *Store) recipientsOf(w *writer, items []*item) (rows, error) {
	addresses := make([]string, 0, len(items))
	for _, it := range items {
		if it.address != "" {
			addresses = append(addresses, it.address)
		}
	}
	return s.rowsOf(w, addresses)
}

// rowsOf reads the rows of addresses and makes those that are missing.
func (s *Store) rowsOf(w *writer, addresses []string) (rows, error) {
	m := make(rows, len(addresses))
	hashes := make([]int64, len(addresses))
	for i, a := range addresses {
		hashes[i] = s.hash(a)
		m[hashes[i]] = nil
	}
	unique := make([]int64, 0, len(m))
	for h := range m {
		unique = append(unique, h)
	}
	slices.Sort(unique) // as they lie in the file
	if err := s.fetch(w, m, unique); err != nil {
		return nil, err
	}
	for i, a := range addresses {
		if err := s.place(w, m, a, hashes[i]); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (s *Store) fetch(w *writer, m rows, hashes []int64) error {
	args := make([]any, len(hashes))
	for i, h := range hashes {
		args[i] = h
	}
	return w.selectIn(func(found *sql.Rows) error {
		r, err := scanRow(found.Scan)
		if err != nil {
			return err
		}
		m[r.hash] = r
		return nil
	}, "select "+rowColumns+" from recipient where hash in ", args)
}

// place finds the row of an address at its hash or, where that is another's,
// behind it; or makes it.
func (s *Store) place(w *writer, m rows, address string, h int64) error {
	for ; ; h++ {
		if _, read := m[h]; !read {
			m[h] = nil
			if err := s.fetch(w, m, []int64{h}); err != nil {
				return err
			}
		}
		if m[h] == nil {
			m[h] = &row{hash: h, address: address}
			w.recipients++
		}
		if m[h].address == address {
			return nil
		}
	}
}

// writeRows writes recipients' rows as they lie in the file.
func writeRows(w *writer, m rows) error {
	hashes := make([]int64, 0, len(m))
	for h, r := range m {
		if r != nil {
			hashes = append(hashes, h)
		}
	}
	slices.Sort(hashes)
	args := make([]any, 0, 8*len(hashes))
	for _, h := range hashes {
		r := m[h]
		state, err := r.state.MarshalBinary()
		if err != nil {
			return err
		}
		args = append(args, r.hash, r.address, r.last, r.events, r.latest, r.listed, r.recent, state)
	}
	const upsert = " on conflict (hash) do update set last = excluded.last, events = excluded.events, latest = excluded.latest, " +
		"listed = excluded.listed, recent = excluded.recent, state = excluded.state"
	return w.insert("insert into recipient ("+rowColumns+") values ", 8, upsert, args)
}

// find reads the row of an address, nil if there is none.
func (s *Store) find(ctx context.Context, db *sql.DB, address string) (*row, error) {
	for h := s.hash(address); ; h++ {
		r, err := scanRow(db.QueryRowContext(ctx, "select "+rowColumns+" from recipient where hash = ?", h).Scan)
		if errors.Is(err, sql.ErrNoRows) {
			return nil, nil
		}
		if err != nil || r.address == address {
			return r, err
		}
	}
}

// Recipient returns what is known of a recipient. See store.Memory.
func (s *Store) Recipient(ctx context.Context, key policy.Key) (store.Recipient, error) {
	r, err := s.find(ctx, s.readers, key.Recipient)
	if err != nil {
		return store.Recipient{}, wrong("read recipient", err)
	}
	out := store.Recipient{Address: key.Recipient}
	if r != nil {
		out.Known, out.Events, out.State = true, r.events, r.state
		if r.latest != 0 {
			out.Last = time.UnixMilli(r.latest).UTC()
		}
	}
	out.Answer = policy.Decide(out.State, key.Stream, s.settings, s.now())
	return out, nil
}

// Forget removes a recipient. See store.Memory.
func (s *Store) Forget(ctx context.Context, recipient string) (events int, err error) {
	err = s.update(ctx, "forget recipient", func(w *writer) error {
		m, err := s.rowsOf(w, []string{recipient})
		if err != nil {
			return err
		}
		r := m.of(&item{address: recipient, hash: s.hash(recipient)})
		if events, err = dropChain(w, r.last); err != nil {
			return err
		}
		n, err := w.exec("delete from suppression where address = ?", recipient)
		if err != nil {
			return err
		}
		w.listed -= n
		w.recipients-- // rowsOf has counted one that was not there
		// The row stays, without content: others may lie behind it.
		_, err = w.exec("update recipient set address = '', last = 0, events = 0, latest = 0, listed = 0, recent = null, state = null where hash = ?", r.hash)
		return err
	})
	return events, err
}

// dropChain removes the events of a recipient and the reports they came from.
func dropChain(w *writer, seq int64) (n int, err error) {
	var gone []idAt
	for seq != 0 {
		var prev, report int64
		var id any
		found := false
		err := w.query(func(rows *sql.Rows) error {
			found = true
			return rows.Scan(&id, &prev, &report)
		}, "select id, prev, report from event where seq = ?", seq)
		if err != nil {
			return 0, err
		}
		if !found {
			break // pruned from here on
		}
		gone = append(gone, idAt{numberOf(id), seq})
		if _, err := w.exec("delete from event where seq = ?", seq); err != nil {
			return 0, err
		}
		if report != 0 {
			if _, err := w.exec("delete from report where n = ?", report); err != nil {
				return 0, err
			}
		}
		seq = prev
	}
	return len(gone), dropIDs(w, gone)
}
