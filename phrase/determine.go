package phrase

import (
	"cmp"
	"encoding/binary"
	"errors"
	"slices"
)

// element is a state of the nondeterministic automaton that a path may be in,
// with the hole before the first word, if the path began with one.
type element struct {
	state int32
	lead  symbol
}

// builder makes the minimal deterministic automaton: each set of elements that
// a path can lead to becomes a node, after the nodes it leads to; nodes equal
// in content are packed once.
type builder struct {
	nfa       *nfa
	nodes     []uint32
	packed    map[string]uint32 // content of a node: its offset
	known     map[string]uint32 // set of elements: offset of its node
	ambiguous map[[2]int]bool
}

// maxNodes bounds the size of the automaton, in 32-bit words.
const maxNodes = 1 << 26

var errTooLarge = errors.New("phrase: the patterns make an automaton of more than 256 MB; use fewer gaps beside large sets")

type edge struct {
	sym  symbol
	node uint32
}

// start returns the elements of the beginnings of all patterns. A hole before
// the first word is taken as read: the walk begins at the word.
func (b *builder) start(starts []int32) []element {
	var all []element
	for _, s := range starts {
		b.nfa.reach(s, isBreak, func(at int32) {
			sym := b.nfa.states[at].sym
			switch {
			case sym == wordBreak:
			case sym.isHole() && !sym.beginsWalk():
				b.nfa.reach(b.nfa.states[at].to, nothing, func(word int32) { all = append(all, element{word, sym}) })
			default:
				all = append(all, element{at, 0})
			}
		})
	}
	return tidy(all)
}

// after returns the elements that follow those of group, all of which have the
// symbol sym. Doubled sentence ends count once, and one at the end is dropped.
func (b *builder) after(group []element, sym symbol) []element {
	var all []element
	for _, e := range group {
		over := nothing
		if sym == wordBreak {
			over = isBreak
		}
		b.nfa.reach(b.nfa.states[e.state].to, over, func(s int32) {
			if sym != wordBreak || b.nfa.states[s].sym != wordBreak || b.nfa.accepts(s) {
				all = append(all, element{s, e.lead})
			}
			if !b.nfa.accepts(s) && b.nfa.states[s].sym == wordBreak {
				b.nfa.reach(s, isBreak, func(end int32) {
					if b.nfa.accepts(end) {
						all = append(all, element{end, e.lead})
					}
				})
			}
		})
	}
	return tidy(all)
}

// tidy sorts elements and drops doubles.
func tidy(all []element) []element {
	slices.SortFunc(all, func(a, b element) int { return cmp.Or(cmp.Compare(a.state, b.state), cmp.Compare(a.lead, b.lead)) })
	return slices.Compact(all)
}

// edges returns the edges that lead on from elements, sorted by symbol.
func (b *builder) edges(all []element) ([]edge, error) {
	bySymbol := make([]element, 0, len(all))
	for _, e := range all {
		if !b.nfa.accepts(e.state) {
			bySymbol = append(bySymbol, e)
		}
	}
	symOf := func(e element) symbol { return b.nfa.states[e.state].sym }
	slices.SortStableFunc(bySymbol, func(x, y element) int { return cmp.Compare(symOf(x), symOf(y)) })
	var edges []edge
	for len(bySymbol) > 0 {
		sym, n := symOf(bySymbol[0]), 1
		for n < len(bySymbol) && symOf(bySymbol[n]) == sym {
			n++
		}
		at, err := b.node(b.after(bySymbol[:n], sym))
		if err != nil {
			return nil, err
		}
		edges = append(edges, edge{sym, at})
		bySymbol = bySymbol[n:]
	}
	return edges, nil
}

// node returns the offset of the node for a set of elements.
func (b *builder) node(all []element) (uint32, error) {
	key := make([]byte, 0, 8*len(all))
	for _, e := range all {
		key = binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(key, uint32(e.state)), uint32(e.lead))
	}
	if at, ok := b.known[string(key)]; ok {
		return at, nil
	}
	edges, err := b.edges(all)
	if err != nil {
		return 0, err
	}
	if len(b.nodes) > maxNodes {
		return 0, errTooLarge
	}
	at := b.pack(edges, b.outputs(all))
	b.known[string(key)] = at
	return at, nil
}

// outputs lists the phrases accepted in a set of elements, with their leads.
func (b *builder) outputs(all []element) [][2]uint32 {
	var outs [][2]uint32
	for _, e := range all {
		if b.nfa.accepts(e.state) {
			outs = append(outs, [2]uint32{uint32(b.nfa.states[e.state].id), uint32(e.lead)})
		}
	}
	slices.SortFunc(outs, func(x, y [2]uint32) int { return cmp.Or(cmp.Compare(x[1], y[1]), cmp.Compare(x[0], y[0])) })
	outs = slices.Compact(outs)
	for i := 1; i < len(outs); i++ {
		for j := i - 1; j >= 0 && outs[j][1] == outs[i][1]; j-- {
			b.ambiguous[[2]int{int(outs[j][0]), int(outs[i][0])}] = true
		}
	}
	return outs
}

// A packed node: a header with the counts of three lists, a mask of the words
// that lead on, and the lists: the numbers of the words, two in a word of 32
// bits, the nodes that they lead to, then pairs for hole edges and for outputs.
// Up to maxListed words are a plain list; more of them are a hash table with a
// power of two of places, free ones 0.
const (
	headWords = 0  // 16 bits: words, or places of the table
	headHoles = 16 // 8 bits
	headOuts  = 24 // 8 bits
	maxOuts   = 255

	nodeStart = 2 // header and mask
	maxListed = 6
	maxWords  = 1 << 16 // that the numbers have room for
)

// wordMask is the bit of a word in a mask: most words that do not lead on are
// told by it.
func wordMask(id uint32) uint32 { return 1 << (id & 31) }

// wordPlace is where the look-up of a word begins in a table of n places.
func wordPlace(id, n uint32) uint32 { return id * 0x9E3779B1 >> 16 & (n - 1) }

// targetsAt is where the nodes that the words lead to begin, counted from the
// node.
func targetsAt(n uint32) uint32 { return nodeStart + (n+1)/2 }

// pairsAt is where the pairs for holes and outputs begin.
func pairsAt(n uint32) uint32 { return targetsAt(n) + n }

// places is how many places n words take.
func places(n int) uint32 {
	if n <= maxListed {
		return uint32(n)
	}
	size := uint32(8)
	for int(size)*2 < n*3 {
		size *= 2
	}
	return size
}

// wordEdges appends words and targets to node.
func wordEdges(node []uint32, edges []edge) []uint32 {
	n := places(len(edges))
	node = append(node, make([]uint32, pairsAt(n)-nodeStart)...)
	words, targets := node[nodeStart:], node[targetsAt(n):]
	for i, e := range edges {
		id, at := uint32(e.sym), uint32(i)
		if n > maxListed {
			at = wordPlace(id, n)
			for words[at/2]>>(at%2*16)&0xffff != 0 {
				at = (at + 1) & (n - 1)
			}
		}
		words[at/2] |= id << (at % 2 * 16)
		targets[at] = e.node
	}
	return node
}

// pack appends a node, unless an equal one is there, and returns its offset.
func (b *builder) pack(edges []edge, outs [][2]uint32) uint32 {
	outs = outs[:min(len(outs), maxOuts)]
	words := 0 // words sort before holes
	mask := uint32(0)
	for words < len(edges) && !edges[words].sym.isHole() {
		mask |= wordMask(uint32(edges[words].sym))
		words++
	}
	node := wordEdges([]uint32{0, mask}, edges[:words])
	for _, e := range edges[words:] {
		node = append(node, uint32(e.sym), e.node)
	}
	for _, o := range outs {
		node = append(node, o[0], o[1])
	}
	node[0] = places(words)<<headWords | uint32(len(edges)-words)<<headHoles | uint32(len(outs))<<headOuts
	key := make([]byte, 0, 4*len(node))
	for _, v := range node {
		key = binary.LittleEndian.AppendUint32(key, v)
	}
	if at, ok := b.packed[string(key)]; ok {
		return at
	}
	at := uint32(len(b.nodes))
	b.nodes = append(b.nodes, node...)
	b.packed[string(key)] = at
	return at
}
