package phrase

// state is a place of a walk in the automaton: all that is needed to tell
// whether a word leads on from there, and where to. The zero state leads
// nowhere.
type state struct {
	words uint64 // bits of the words that lead on, see wordBit
	place place
}

// place packs, from the lowest bit on, the word that leads here (16 bits), the
// row of the words that lead on (24 bits) and the index of what else there is
// (24 bits), 0 if nothing: see Set.extras.
type place uint64

const (
	maxWords = 1 << 16
	maxEdges = 1 << 24
)

func makePlace(row, extras int) place { return place(row)<<16 | place(extras)<<40 }

func (p place) word() uint32   { return uint32(p & 0xffff) }
func (p place) row() uint32    { return uint32(p>>16) & 0xffffff }
func (p place) extras() uint32 { return uint32(p >> 40) }

// What else there is at a state stands in Set.extras, in words of 64 bits: a
// header, which is an extra; the bits of the words that lead on behind its gaps;
// holeWords words for each hole that leads on, its symbol and the state, by
// their type: gaps first, runs last; and one for each phrase that ends there:
// its ID and, in the upper half, the hole before the first word, if there is
// one.
type extra uint64

const (
	headWords = 2
	holeWords = 3
	anyBehind = ^uint64(0) // for gaps that reach over sentences, or that holes may follow
)

// maxListed is how many holes may lead on from a state, and how many phrases
// may end there.
const maxListed = 255

// makeExtra counts gaps, holes of special types, holes that take any run of
// characters, and phrases.
func makeExtra(gaps, special, runs, outs int) extra {
	return extra(gaps) | extra(special)<<8 | extra(runs)<<16 | extra(outs)<<24
}

func (x extra) gaps() uint32    { return uint32(x & 0xff) }
func (x extra) special() uint32 { return uint32(x >> 8 & 0xff) }
func (x extra) runs() uint32    { return uint32(x >> 16 & 0xff) }
func (x extra) outs() uint32    { return uint32(x >> 24 & 0xff) }
func (x extra) holes() uint32   { return x.gaps() + x.special() + x.runs() }

// typed reports whether there are holes other than gaps that a token might
// fill, plain or not.
func (x extra) typed(plain bool) bool {
	if plain {
		return x&0xff0000 != 0
	}
	return x&0xffff00 != 0
}

// holeEdge is a hole and the state behind it.
type holeEdge struct {
	sym symbol
	to  state
}

// hole reads a hole that leads on from its place in Set.extras.
func (s *Set) hole(at uint32) holeEdge {
	words := s.extras[at : at+holeWords]
	return holeEdge{symbol(words[0]), state{words[1], place(words[2])}}
}

// wordBit is the bit of a word in a mask: most words that do not lead on are
// told by it.
func wordBit(id uint32) uint64 { return 1 << (id & 63) }

// edge returns what stands at a place of the rows. It is read where the program's
// file has it: nothing is copied at the start.
func (s *Set) edge(i uint32) place { return place(load8(s.edges, 8*int(i))) }

// next returns the state behind word id.
func (s *Set) next(from state, id uint32) (state, bool) {
	if from.words>>(id&63)&1 == 0 {
		return state{}, false
	}
	to := s.edge(from.place.row() + id)
	if to.word() != id || id == 0 {
		return state{}, false
	}
	return state{s.words[to.row()], to}, true
}
