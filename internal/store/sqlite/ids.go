package sqlite

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// An event is found by its id through the table seen, which has a number made of
// the id and the event's place. Ids are random, so that each one written at once
// would write a page of its own. So the latest are in memory only, in slices of
// their numbers' range, and a slice is written when there are many: then many
// come to lie on each page. What is in memory is not lost with the process: the
// events themselves say it (see idIndex.recover).

const (
	idSlices = 64
	// keptIDs is how many ids are in memory, about 40 bytes each.
	keptIDs = 1 << 18
)

// numberOf returns the number of an id as it is stored. Two ids may have one.
func numberOf(packed any) int64 {
	b, isBytes := packed.([]byte) // of a hash already
	if text, ok := packed.(string); ok {
		sum := sha256.Sum256([]byte(text))
		b, isBytes = sum[:], true
	}
	if !isBytes {
		return 0
	}
	return int64(binary.BigEndian.Uint64(b) >> 1)
}

func sliceOf(number int64) int { return int(number >> (63 - 6)) }

// idAt is an id's number and the place of its event.
type idAt struct{ number, seq int64 }

// idIndex is the ids that are in memory. The writer changes it, holding the lock
// of the store; mu is for those who read.
type idIndex struct {
	keep    int // how many at most
	mu      sync.RWMutex
	slices  [idSlices]map[int64]int64
	size    int
	written [idSlices]int64 // up to which event a slice is in the table

	// What the transaction that is being carried out changes.
	added   []idAt
	flushed []int
	upTo    int64
}

// recover reads what is in memory from the events that are not in the table, at
// the beginning.
func (x *idIndex) recover(ctx context.Context, w *writer) error {
	for i := range x.slices {
		x.slices[i] = map[int64]int64{}
	}
	var text string
	err := w.query(func(rows *sql.Rows) error { return rows.Scan(&text) }, "select value from meta where name = 'seen'")
	if err != nil {
		return err
	}
	if x.written, err = parseWritten(text); err != nil {
		return err
	}
	rows, err := w.conn.QueryContext(ctx, "select seq, id from event where seq > ?", slices.Min(x.written[:]))
	if err != nil {
		return err
	}
	return eachRow(rows, func(rows *sql.Rows) error {
		var seq int64
		var id any
		if err := rows.Scan(&seq, &id); err != nil {
			return err
		}
		number := numberOf(id)
		if at := sliceOf(number); seq > x.written[at] {
			x.put(idAt{number, seq})
		}
		return nil
	})
}

func parseWritten(text string) (written [idSlices]int64, err error) {
	for i, word := range strings.Fields(text) {
		if i < idSlices {
			written[i], err = strconv.ParseInt(word, 10, 64)
		}
		if err != nil {
			return written, fmt.Errorf("which ids are written: %w", err)
		}
	}
	return written, nil
}

// put adds an id. Of several with one number the latest is in memory; the others
// were written when it came.
func (x *idIndex) put(id idAt) {
	slice := x.slices[sliceOf(id.number)]
	if _, there := slice[id.number]; !there {
		x.size++
	}
	slice[id.number] = id.seq
}

// add adds the ids of new events within a transaction.
func (x *idIndex) add(w *writer, items []*item) error {
	var twins []idAt // those whose place in memory is another's
	now := make(map[int64]int64, len(items))
	for _, it := range items {
		id := idAt{it.number, it.seq}
		for _, others := range []map[int64]int64{x.slices[sliceOf(id.number)], now} {
			if other, there := others[id.number]; there {
				twins = append(twins, idAt{id.number, other})
			}
		}
		now[id.number] = id.seq
		x.added = append(x.added, id)
	}
	return writeIDs(w, twins)
}

// flush writes slices, the fullest first, until there is room in memory.
func (x *idIndex) flush(w *writer) error {
	left := x.size + len(x.added)
	if left <= x.keep {
		return nil
	}
	order := make([]int, idSlices)
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return len(x.slices[b]) - len(x.slices[a]) })
	x.upTo = w.seq - int64(len(x.added)) // what is added now stays
	for _, i := range order {
		if left <= x.keep || len(x.slices[i]) == 0 {
			break
		}
		ids := make([]idAt, 0, len(x.slices[i]))
		for number, seq := range x.slices[i] {
			ids = append(ids, idAt{number, seq})
		}
		if err := writeIDs(w, ids); err != nil {
			return err
		}
		left -= len(ids)
		x.flushed = append(x.flushed, i)
	}
	return w.setMeta("seen", x.writtenText())
}

func writeIDs(w *writer, ids []idAt) error {
	slices.SortFunc(ids, func(a, b idAt) int { return cmp.Compare(a.number, b.number) })
	args := make([]any, 0, 2*len(ids))
	for _, id := range ids {
		args = append(args, id.number, id.seq)
	}
	return w.insert("insert or ignore into seen (number, seq) values ", 2, "", args)
}

// writtenText says up to which event each slice is in the table when the
// transaction is committed.
func (x *idIndex) writtenText() string {
	written := x.written
	for _, i := range x.flushed {
		written[i] = x.upTo
	}
	return strings.Trim(fmt.Sprint(written), "[]")
}

// committed brings what a transaction changed into memory.
func (x *idIndex) committed() {
	if len(x.added) == 0 && len(x.flushed) == 0 {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, i := range x.flushed {
		x.size -= len(x.slices[i])
		x.slices[i] = map[int64]int64{}
		x.written[i] = x.upTo
	}
	for _, id := range x.added {
		x.put(id)
	}
	x.added, x.flushed = x.added[:0], x.flushed[:0]
}

// undone forgets what a transaction would have changed.
func (x *idIndex) undone() { x.added, x.flushed = nil, nil }

// get returns the event with that number that is in memory.
func (x *idIndex) get(number int64) (seq int64, ok bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	seq, ok = x.slices[sliceOf(number)][number]
	return seq, ok
}

// known marks which of the items' ids are known already. A number that is found
// is looked at: the event must have that very id.
func (x *idIndex) known(w *writer, items []*item, mark func(id string)) error {
	seqs, numbers := []any{}, make([]int64, len(items))
	for i, it := range items {
		if seq, ok := x.slices[sliceOf(it.number)][it.number]; ok {
			seqs = append(seqs, seq)
		}
		numbers[i] = it.number // there may be another one in the table
	}
	slices.Sort(numbers)
	err := w.selectIn(func(rows *sql.Rows) error {
		var seq int64
		err := rows.Scan(&seq)
		seqs = append(seqs, seq)
		return err
	}, "select seq from seen where number in ", boxed(numbers))
	if err != nil {
		return err
	}
	return w.selectIn(func(rows *sql.Rows) error {
		var id any
		err := rows.Scan(&id)
		mark(unpackID(id))
		return err
	}, "select id from event where seq in ", seqs)
}

func boxed(numbers []int64) []any {
	args := make([]any, len(numbers))
	for i, n := range numbers {
		args[i] = n
	}
	return args
}

// dropIDs removes the ids of events that are removed. One that stays in memory
// leads to no event, and is no harm.
func dropIDs(w *writer, ids []idAt) error {
	slices.SortFunc(ids, func(a, b idAt) int { return cmp.Compare(a.number, b.number) })
	for _, id := range ids {
		if _, err := w.exec("delete from seen where number = ? and seq = ?", id.number, id.seq); err != nil {
			return err
		}
	}
	return nil
}

// seqOf returns the place of the event with an id, 0 if there is none.
func (s *Store) seqOf(ctx context.Context, id string) (int64, error) {
	packed := packID(id)
	number := numberOf(packed)
	inMemory, _ := s.ids.get(number) // what is not there any more is in the table already
	var seq int64
	err := s.readers.QueryRowContext(ctx, "select coalesce(max(seq), 0) from event where seq in (select seq from seen where number = ? union all select ?) and id = ?",
		number, inMemory, packed).Scan(&seq)
	return seq, err
}
