package ndr

import (
	"math/bits"
	"sync"
)

const (
	minMark     = 7        // shortest mark
	maxMarkText = 8 << 10  // marks are looked for in that many bytes of the text
	maxMarkHead = 16 << 10 // and in that many bytes of the header
	maxDecoders = 128
	blockBytes  = 3
)

// decoderSet is a set of indexes into the table.
type decoderSet [maxDecoders / 64]uint64

func (s *decoderSet) add(i int)      { s[i/64] |= 1 << (i % 64) }
func (s *decoderSet) has(i int) bool { return s[i/64]&(1<<(i%64)) != 0 }

// finder finds many words in one pass over a text, skipping most bytes of it
// (Wu and Manber, "A fast algorithm for multi-pattern searching", 1994, with
// hashed blocks of three bytes). The case of ASCII does not count, nor what
// ends lines. Words are in lower case and at least blockBytes long.
type finder struct {
	words []word
	min   int     // the shortest word
	bits  int     // of the tables' indexes
	skip  []uint8 // how far a block lets the scan go on
	first []uint16
}

// word is one word and what it stands for; next chains words that share a
// block, one higher than their index, 0 ends the chain.
type word struct {
	text string
	id   int
	next uint16
}

// newFinder makes a finder of words; id says what each stands for.
func newFinder(texts []string, ids []int) *finder {
	f := &finder{min: 255}
	for _, text := range texts {
		f.min = min(f.min, len(text))
	}
	f.bits = min(max(bits.Len(uint(len(texts)*f.min*4)), 8), 15)
	f.skip = make([]uint8, 1<<f.bits)
	f.first = make([]uint16, 1<<f.bits)
	for i := range f.skip {
		f.skip[i] = uint8(f.min - blockBytes + 1)
	}
	for i, text := range texts {
		f.add(text, ids[i])
	}
	return f
}

func (f *finder) add(text string, id int) {
	for end := blockBytes; end <= f.min; end++ {
		b := f.block(text[end-3], text[end-2], text[end-1])
		f.skip[b] = min(f.skip[b], uint8(f.min-end))
	}
	last := f.block(text[f.min-3], text[f.min-2], text[f.min-1])
	f.words = append(f.words, word{text: text, id: id, next: f.first[last]})
	f.first[last] = uint16(len(f.words))
}

// block hashes three bytes.
func (f *finder) block(a, b, c byte) uint32 {
	key := uint32(folded[a]) | uint32(folded[b])<<8 | uint32(folded[c])<<16
	return key * 0x9E3779B1 >> (32 - f.bits)
}

// folded gives the byte that stands for a byte and those equal to it.
var folded = func() (table [256]byte) {
	for i := range table {
		table[i] = lower(byte(i))
	}
	table['\r'] = '\n'
	return table
}()

// scan gives the words that occur in text to found, which may end it by
// returning false.
func scan[T string | []byte](f *finder, text T, found func(id int) bool) {
	for i := f.min - 1; i < len(text); {
		b := f.block(text[i-2], text[i-1], text[i])
		if skip := f.skip[b]; skip > 0 {
			i += int(skip)
			continue
		}
		for n := f.first[b]; n > 0; n = f.words[n-1].next {
			if w := &f.words[n-1]; startsWithWord(text[i-f.min+1:], w.text) && !found(w.id) {
				return
			}
		}
		i++
	}
}

func startsWithWord[T string | []byte](text T, word string) bool {
	if len(text) < len(word) {
		return false
	}
	for i := range len(word) {
		if folded[text[i]] != word[i] {
			return false
		}
	}
	return true
}

// newMarkFinder makes the finder of all marks; it finds indexes into decoders.
func newMarkFinder(decoders []decoder) *finder {
	var texts []string
	var ids []int
	for i := range decoders {
		for _, text := range decoders[i].marks {
			texts = append(texts, text)
			ids = append(ids, i)
		}
	}
	return newFinder(texts, ids)
}

// wordSet is a list of words that is looked for in one pass. It is made on
// first use.
type wordSet func() *finder

// newWordSet makes a set of lists of words, all in lower case.
func newWordSet(lists ...[]string) wordSet {
	return sync.OnceValue(func() *finder {
		var texts []string
		for _, list := range lists {
			texts = append(texts, list...)
		}
		return newFinder(texts, make([]int, len(texts)))
	})
}

// in says whether one of the words occurs in text.
func (s wordSet) in(text string) bool {
	occurs := false
	scan(s(), text, func(int) bool {
		occurs = true
		return false
	})
	return occurs
}
