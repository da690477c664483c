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
	nodes     []node
	packed    map[string]uint32 // content of a node: its number
	known     map[string]uint32 // set of elements: number of its node
	ambiguous map[[2]int]bool
	size      int // edges made so far
}

// node is a place of the automaton while it is made, edge a step from one to
// the next.
type node struct {
	words []edge
	holes []edge
	outs  [][2]uint32 // phrases that end here: ID and lead
}

type edge struct {
	sym  symbol
	node uint32
}

var errTooLarge = errors.New("phrase: the patterns make an automaton of more than 256 MB; use fewer gaps beside large sets")

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

// node returns the number of the node for a set of elements.
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
	if b.size += len(edges); b.size > maxEdges {
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

// pack adds a node, unless an equal one is there, and returns its number.
func (b *builder) pack(edges []edge, outs [][2]uint32) uint32 {
	outs = outs[:min(len(outs), maxListed)]
	key := make([]byte, 0, 8*(len(edges)+len(outs))+1)
	for _, e := range edges {
		key = binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(key, uint32(e.sym)), e.node)
	}
	key = append(key, byte(len(outs)))
	for _, o := range outs {
		key = binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(key, o[0]), o[1])
	}
	if at, ok := b.packed[string(key)]; ok {
		return at
	}
	at := uint32(len(b.nodes))
	b.packed[string(key)] = at
	words := 0 // words sort before holes, and gaps before other holes
	for words < len(edges) && !edges[words].sym.isHole() {
		words++
	}
	holes := edges[words:min(len(edges), words+maxListed)]
	b.nodes = append(b.nodes, node{words: edges[:words:words], holes: holes, outs: outs})
	return at
}
