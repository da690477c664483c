package sqlite

import (
	"context"
	"database/sql"
	"hash/maphash"
	"sync/atomic"
)

// bloom is a filter of addresses: it knows all that were added, and takes few
// others for known. It is a Bloom filter whose bits for one address lie in one
// block of 32 bytes (Putze, Sanders, Singler: Cache-, hash- and space-efficient
// Bloom filters, 2007), so that a look-up costs one access to memory. At 16 bits
// an address it takes about 1 of 1,000 others for known when it is full.
type bloom struct {
	words []atomic.Uint64 // four a block
	added int
	room  int // for how many addresses
}

const (
	bitsEach      = 16
	wordsPerBlock = 4
	leastRoom     = 1 << 14
)

func newBloom(room int) *bloom {
	room = max(room, leastRoom)
	blocks := (room*bitsEach + wordsPerBlock*64 - 1) / (wordsPerBlock * 64)
	return &bloom{words: make([]atomic.Uint64, blocks*wordsPerBlock), room: room}
}

// block returns where the block of a hash begins.
func (b *bloom) block(h uint64) int {
	blocks := uint64(len(b.words) / wordsPerBlock)
	return int((h>>32)*blocks>>32) * wordsPerBlock
}

// mask returns two bits of a word.
func mask(h uint64, word int) uint64 {
	// Odd numbers without pattern: digits of the square roots of 2, 3, 5 and 7.
	salts := [wordsPerBlock]uint64{0x6a09e667f3bcc909, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1}
	x := (h & 0xffffffff) * salts[word]
	return 1<<(x>>58) | 1<<(x>>52&63)
}

func (b *bloom) add(h uint64) {
	at := b.block(h)
	for i := range wordsPerBlock {
		b.words[at+i].Or(mask(h, i))
	}
	b.added++
}

func (b *bloom) has(h uint64) bool {
	at := b.block(h)
	words := b.words[at : at+wordsPerBlock]
	for i := range words {
		if m := mask(h, i); words[i].Load()&m != m {
			return false
		}
	}
	return true
}

// maxLayers is how many filters lie over each other before they are made anew.
const maxLayers = 4

// filterHolder is the filter over the list of suppressions. It is asked without
// a lock and added to by the writer. What is taken from the list stays in the
// filter until it is made anew: it costs a look-up in the store, no more.
type filterHolder struct {
	seed   maphash.Seed
	layers atomic.Pointer[[]*bloom]

	// Guarded by the lock of the store.
	removed    int
	rebuilding bool
	meanwhile  []string // added since
}

// begin makes an empty filter.
func (f *filterHolder) begin() {
	f.seed = maphash.MakeSeed()
	f.layers.Store(&[]*bloom{newBloom(0)})
}

func (f *filterHolder) hash(address string) uint64 { return maphash.String(f.seed, address) }

// build makes the filter from the list, when the store is opened.
func (f *filterHolder) build(ctx context.Context, s *Store) error {
	b, err := f.read(ctx, s.readers)
	if err != nil {
		return err
	}
	f.layers.Store(&[]*bloom{b})
	return nil
}

func (f *filterHolder) read(ctx context.Context, db *sql.DB) (*bloom, error) {
	c, err := readCounts(ctx, db)
	if err != nil {
		return nil, err
	}
	b := newBloom(int(c.listed) + int(c.listed)/2)
	rows, err := db.QueryContext(ctx, "select address from suppression")
	if err != nil {
		return nil, err
	}
	return b, eachRow(rows, func(rows *sql.Rows) error {
		var address sql.RawBytes
		if err := rows.Scan(&address); err != nil {
			return err
		}
		b.add(maphash.Bytes(f.seed, address))
		return nil
	})
}

// add adds an address. It comes before the commit: an address that is in the
// filter and not in the store does no harm.
func (f *filterHolder) add(address string) {
	if f.rebuilding {
		f.meanwhile = append(f.meanwhile, address)
	}
	layers := *f.layers.Load()
	h := f.hash(address)
	for _, b := range layers {
		if b.has(h) {
			return
		}
	}
	last := layers[len(layers)-1]
	if last.added >= last.room {
		last = newBloom(2 * last.room)
		grown := append(layers[:len(layers):len(layers)], last)
		f.layers.Store(&grown)
	}
	last.add(h)
}

// stale reports whether the filter should be made anew.
func (f *filterHolder) stale() bool {
	layers := *f.layers.Load()
	return !f.rebuilding && (len(layers) > maxLayers || f.removed > layers[0].room)
}

// renewFilter makes the filter anew in the background, if it should be; the
// caller holds the lock.
func (s *Store) renewFilter() {
	f := &s.filter
	if !f.stale() || s.ending.Err() != nil {
		return
	}
	f.rebuilding, f.removed, f.meanwhile = true, 0, nil
	s.tasks.Go(func() {
		b, err := f.read(s.ending, s.readers)
		s.mu.Lock()
		defer s.mu.Unlock()
		f.rebuilding = false
		if err != nil {
			return // the old one serves
		}
		for _, address := range f.meanwhile {
			b.add(f.hash(address))
		}
		f.meanwhile = nil
		f.layers.Store(&[]*bloom{b})
	})
}
