package phrase

import "math/bits"

// vocabulary numbers the words that stand in patterns. It is an open-addressing
// table of hashes: the words themselves are not kept, so that a look-up touches
// one cache line. Compile refuses words whose full hashes collide.
type vocabulary struct {
	checks []uint32 // upper halves of the hashes; 0: free. A power of two of them
	ids    []uint32 // beside checks
}

const (
	hashSeed = 0x9E3779B97F4A7C15
	hashMul  = 0xD6E8FEB86659FD93
)

func mix(h, v uint64) uint64 {
	hi, lo := bits.Mul64(h^v, hashMul)
	return hi ^ lo
}

// load8 reads the 8 bytes at s[i:], little-endian.
func load8(s string, i int) uint64 {
	s = s[i : i+8]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// loadTail reads the last 1 to 8 bytes s[i:end], zero-padded.
func loadTail(s string, i, end int) uint64 {
	if i+8 <= len(s) {
		return load8(s, i) & (^uint64(0) >> (64 - 8*uint(end-i)))
	}
	var v uint64
	for j := end - 1; j >= i; j-- {
		v = v<<8 | uint64(s[j])
	}
	return v
}

const foldASCII = 0x2020202020202020

// hashASCII hashes the ASCII word s[i:end], folded to lower case: letters and
// digits fold by setting bit 5.
func hashASCII(s string, i, end int) uint64 {
	h := uint64(hashSeed) ^ uint64(end-i)
	for ; end-i > 8; i += 8 {
		h = mix(h, load8(s, i)|foldASCII)
	}
	return mix(h, loadTail(s, i, end)|foldASCII>>(64-8*uint(end-i)))
}

// hashFolded hashes a word that is folded already, to the same value.
func hashFolded(w string) uint64 {
	h, i := uint64(hashSeed)^uint64(len(w)), 0
	for ; len(w)-i > 8; i += 8 {
		h = mix(h, load8(w, i))
	}
	return mix(h, loadTail(w, i, len(w)))
}

func (v *vocabulary) lookupASCII(s string, i, end int) uint32 {
	if end-i > maxWord {
		return 0
	}
	return v.find(hashASCII(s, i, end))
}

func (v *vocabulary) lookup(w []byte) uint32 {
	if len(w) == 0 {
		return 0
	}
	return v.find(hashFolded(string(w)))
}

func (v *vocabulary) lookupString(w string) uint32 { return v.find(hashFolded(w)) }

// checkOf is what a table keeps of a hash; it is never 0.
func checkOf(h uint64) uint32 { return uint32(h>>32) | 1 }

func (v *vocabulary) find(h uint64) uint32 {
	check, mask := checkOf(h), uint32(len(v.checks)-1)
	for i := uint32(h) & mask; ; i = (i + 1) & mask {
		switch v.checks[i] {
		case check:
			return v.ids[i]
		case 0:
			return 0
		}
	}
}

// newVocabulary numbers words from wordBreak+1 on, in the order given. ok is
// false if two words hash alike.
func newVocabulary(words []string) (v *vocabulary, ok bool) {
	size := 16
	for size < 2*len(words) {
		size *= 2
	}
	v = &vocabulary{checks: make([]uint32, size), ids: make([]uint32, size)}
	mask := uint32(size - 1)
	for n, w := range words {
		h := hashFolded(w)
		i := uint32(h) & mask
		for ; v.checks[i] != 0; i = (i + 1) & mask {
			if v.checks[i] == checkOf(h) {
				return nil, false
			}
		}
		v.checks[i], v.ids[i] = checkOf(h), uint32(n)+wordBreak+1
	}
	return v, true
}
