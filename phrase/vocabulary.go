package phrase

import "math/bits"

// vocabulary numbers the words that stand in patterns. It is an open-addressing
// table of hashes: the words themselves are not kept, so that a look-up touches
// one cache line. Compile refuses words whose hashes collide.
type vocabulary struct {
	slots  []slot // a power of two of them
	filter filter
}

// filter has bits of all hashes. It is small enough to stay in the first-level
// cache, where most words that are not in the table end: names, ids.
type filter [1024]uint64

func (f *filter) add(h uint64)      { f[h>>38&1023] |= 1 << (h >> 32 & 63) }
func (f *filter) has(h uint64) bool { return f[h>>38&1023]>>(h>>32&63)&1 != 0 }

// noWords is the empty vocabulary.
var noWords = &vocabulary{slots: make([]slot, 1)}

// slot is a place of the table, free if id is 0.
type slot struct {
	check uint32 // upper half of the hash
	id    uint32
}

const (
	hashSeed = 0x9E3779B97F4A7C15
	hashMul  = 0xD6E8FEB86659FD93
)

func mix(h, v uint64) uint64 {
	hi, lo := bits.Mul64(h^v, hashMul)
	return hi ^ lo
}

// Masks for eight bytes at once.
const (
	eachByte  = 0x0101010101010101
	topBits   = 0x80 * eachByte
	foldASCII = 0x20 * eachByte // letters and digits fold to lower case by setting bit 5
)

// load8 reads the 8 bytes at s[i:], little-endian.
func load8(s string, i int) uint64 {
	s = s[i : i+8]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// loadEnd reads what is left of s from i on, less than 8 bytes, zero-padded.
func loadEnd(s string, i int) uint64 {
	if len(s) >= 8 {
		return load8(s, len(s)-8) >> (64 - 8*uint(len(s)-i))
	}
	var v uint64
	for j := len(s) - 1; j >= i; j-- {
		v = v<<8 | uint64(s[j])
	}
	return v
}

// otherBytes marks, by their top bits, the bytes of v that are neither ASCII
// letters nor digits. No sum carries into the next byte.
func otherBytes(v uint64) uint64 {
	low := v &^ topBits
	folded := low | foldASCII
	letters := (folded + (0x80-'a')*eachByte) &^ (folded + (0x7f-'z')*eachByte)
	digits := (low + (0x80-'0')*eachByte) &^ (low + (0x7f-'9')*eachByte)
	return ^((letters | digits) &^ v) & topBits
}

// hashWord hashes a folded word: its whole eights of bytes, and what is left of
// it, nothing perhaps, padded with zeros.
func hashWord(w []byte) uint64 {
	h, s := uint64(hashSeed), string(w)
	for ; len(s) >= 8; s = s[8:] {
		h = mix(h, load8(s, 0))
	}
	return mix(h, loadEnd(s, 0))
}

// lookup returns the number of a folded word, 0 if it has none.
func (v *vocabulary) lookup(w []byte) uint32 {
	if len(w) == 0 {
		return 0
	}
	return v.find(hashWord(w))
}

// find returns the number of the word with that hash, 0 if there is none. Ask
// the filter first.
func (v *vocabulary) find(h uint64) uint32 {
	slots := v.slots
	for i := int(uint32(h)); ; i++ {
		s := slots[i&(len(slots)-1)]
		if s.check == uint32(h>>32) || s.id == 0 {
			return s.id
		}
	}
}

// newVocabulary numbers words from wordBreak+1 on, in the order given. ok is
// false if two words hash alike.
func newVocabulary(words []string) (v *vocabulary, ok bool) {
	size := 16
	for size*2 < 3*len(words) {
		size *= 2
	}
	v = &vocabulary{slots: make([]slot, size)}
	for n, w := range words {
		h := hashWord([]byte(w))
		i := int(uint32(h)) & (size - 1)
		for ; v.slots[i].id != 0; i = (i + 1) & (size - 1) {
			if v.slots[i].check == uint32(h>>32) {
				return nil, false
			}
		}
		v.filter.add(h)
		v.slots[i] = slot{uint32(h >> 32), uint32(n) + wordBreak + 1}
	}
	return v, true
}

// load fills the table with slots in their binary form.
func (v *vocabulary) load(slots []uint64) {
	v.slots = make([]slot, len(slots))
	for i, s := range slots {
		v.slots[i] = slot{uint32(s >> 32), uint32(s)}
		if v.slots[i].id != 0 {
			v.filter.add(s)
		}
	}
}
