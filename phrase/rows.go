package phrase

import (
	"cmp"
	"math/bits"
	"slices"
)

// rowPlacer lays the rows of all nodes over one another: a row may begin at any
// place from where on its words fall on free places only. No two rows begin at
// the same place, so that a word tells whose row it is found in.
type rowPlacer struct {
	taken bitset // places that hold an edge
	begun bitset // places where a row begins
	full  int    // below this, in 64s, nothing is free
	tried int    // about where the latest row was placed
	words int    // how many that row has
}

// bitset is a growing set of numbers.
type bitset []uint64

func (b *bitset) set(i int) {
	for i/64+2 >= len(*b) {
		*b = append(*b, make([]uint64, len(*b)+64)...)
	}
	(*b)[i/64] |= 1 << (i % 64)
}

// from returns the 64 bits from i on.
func (b bitset) from(i int) uint64 {
	if i/64+1 < len(b) {
		return b[i/64]>>(i%64) | b[i/64+1]<<(64-i%64)
	}
	if i/64 < len(b) {
		return b[i/64] >> (i % 64)
	}
	return 0
}

// placeRows returns where the row of each node begins, the longest placed
// first. Row 0 is that of nodes from which no word leads on.
func placeRows(nodes []node) []int {
	order := make([]int, len(nodes))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(len(nodes[b].words), len(nodes[a].words)), cmp.Compare(a, b))
	})
	var p rowPlacer
	p.begun.set(0)
	rows := make([]int, len(nodes))
	for _, i := range order {
		if len(nodes[i].words) > 0 {
			rows[i] = p.place(nodes[i].words)
		}
	}
	return rows
}

// place finds a place for a row and takes it: the first one, or, after a row of
// as many words, the first one from a little before that on.
func (p *rowPlacer) place(row []edge) int {
	for p.full < len(p.taken) && p.taken[p.full] == ^uint64(0) {
		p.full++
	}
	if p.words != len(row) {
		p.words, p.tried = len(row), 0
	}
	at := max(0, p.full*64-int(row[0].sym), p.tried)
	for ; ; at += 64 {
		free := ^p.begun.from(at)
		for _, e := range row {
			if free &^= p.taken.from(at + int(e.sym)); free == 0 {
				break
			}
		}
		if free != 0 {
			at += bits.TrailingZeros64(free)
			break
		}
	}
	const slack = 64 * 64
	p.tried = at - slack
	p.begun.set(at)
	for _, e := range row {
		p.taken.set(at + int(e.sym))
	}
	return at
}
