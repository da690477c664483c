package phrase

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// Set is many compiled phrases. It is immutable and safe for concurrent use.
type Set struct {
	vocab vocabulary
	root  []uint32 // by word number: offset of the node after that word, 0 if none
	nodes []uint32 // packed nodes, see builder.pack
	names []string // names of holes

	variants  int
	ambiguous [][2]int
}

// entry is one variant of one pattern.
type entry struct {
	seq  []symbol
	lead symbol // a hole before the first word, or 0
	id   uint32
}

// Compile compiles patterns, which may use the named sets. Its errors are
// [*SyntaxError], joined where there are several.
func Compile(patterns []Pattern, sets map[string][]string) (*Set, error) {
	parsed, err := parseAll(patterns, sets)
	if err != nil {
		return nil, err
	}
	x := expander{words: map[string]symbol{}, names: []string{""}}
	for _, seq := range parsed {
		collect(seq, x.words)
	}
	vocab, err := x.number()
	if err != nil {
		return nil, err
	}
	entries, err := x.entries(patterns, parsed)
	if err != nil {
		return nil, err
	}
	s := &Set{vocab: *vocab, names: x.names, variants: len(entries)}
	slices.SortStableFunc(entries, compareEntries)
	s.ambiguous = ambiguities(entries)
	s.build(entries, len(x.words)+wordBreak+1)
	return s, nil
}

func parseAll(patterns []Pattern, sets map[string][]string) ([]sequence, error) {
	parsed := make([]sequence, len(patterns))
	var errs []error
	for i, p := range patterns {
		seq, err := parsePattern(p.Words, sets, 0)
		var syntax *SyntaxError
		if errors.As(err, &syntax) {
			syntax.Pattern = i
			errs = append(errs, syntax)
		}
		parsed[i] = seq
	}
	return parsed, errors.Join(errs...)
}

// number gives each word its number, in alphabetical order.
func (x *expander) number() (*vocabulary, error) {
	words := make([]string, 0, len(x.words))
	for w := range x.words {
		words = append(words, w)
	}
	slices.Sort(words)
	for i, w := range words {
		x.words[w] = symbol(i + wordBreak + 1)
	}
	vocab, ok := newVocabulary(words)
	if !ok {
		return nil, errors.New("phrase: two words have the same hash; change hashSeed")
	}
	return vocab, nil
}

// entries expands the patterns to variants.
func (x *expander) entries(patterns []Pattern, parsed []sequence) ([]entry, error) {
	var all []entry
	var errs []error
	for i, seq := range parsed {
		fail := func(what, hint string) {
			errs = append(errs, &SyntaxError{Pattern: i, Words: patterns[i].Words, What: what, Hint: hint})
		}
		variants, ok := x.expand(seq)
		if !ok {
			fail(fmt.Sprintf("the pattern stands for more than %d variants", maxVariants), "use fewer alternatives, or several patterns")
			continue
		}
		for _, v := range variants {
			v = tidy(v)
			if what, hint := checkVariant(v); what != "" {
				fail(what, hint)
				break
			}
			e := entry{seq: v, id: uint32(patterns[i].ID)}
			if v[0].isHole() {
				e.lead, e.seq = v[0], v[1:]
			}
			all = append(all, e)
		}
	}
	return all, errors.Join(errs...)
}

func compareEntries(a, b entry) int {
	return cmp.Or(slices.Compare(a.seq, b.seq), cmp.Compare(a.lead, b.lead), cmp.Compare(a.id, b.id))
}

// ambiguities lists the pairs of different phrases that have a variant in
// common, each pair once.
func ambiguities(sorted []entry) [][2]int {
	seen := map[[2]int]bool{}
	var pairs [][2]int
	for i := 1; i < len(sorted); i++ {
		a, b := sorted[i-1], sorted[i]
		pair := [2]int{int(a.id), int(b.id)}
		if a.id == b.id || a.lead != b.lead || seen[pair] || !slices.Equal(a.seq, b.seq) {
			continue
		}
		seen[pair] = true
		pairs = append(pairs, pair)
	}
	return pairs
}

// Ambiguous lists pairs of IDs that have a variant in common, so that neither
// is the more specific. It is known only to a Set that Compile made.
func (s *Set) Ambiguous() [][2]int { return s.ambiguous }

// Variants is the number of word sequences that the patterns stand for. It is
// known only to a Set that Compile made.
func (s *Set) Variants() int { return s.variants }

// builder makes the minimal acyclic automaton of sorted sequences (after
// Daciuk et al., Incremental construction of minimal acyclic finite-state
// automata, 2000): a node is packed as soon as nothing can be added to it, and
// equal nodes are packed once.
type builder struct {
	nodes    []uint32
	register map[string]uint32
	path     []*unpacked // path[d] is the node after d symbols of the latest sequence
}

type unpacked struct {
	edges []edge
	outs  [][2]uint32 // id, lead
}

type edge struct {
	sym  symbol
	node uint32
}

// build fills nodes and root from the sorted entries.
func (s *Set) build(entries []entry, words int) {
	b := builder{nodes: []uint32{0}, register: map[string]uint32{}, path: []*unpacked{{}}}
	var last []symbol
	for _, e := range entries {
		common := 0
		for common < len(last) && common < len(e.seq) && last[common] == e.seq[common] {
			common++
		}
		b.packDown(common, last)
		for range e.seq[common:] {
			b.path = append(b.path, &unpacked{})
		}
		end := b.path[len(b.path)-1]
		out := [2]uint32{e.id, uint32(e.lead)}
		if n := len(end.outs); n == 0 || end.outs[n-1] != out {
			end.outs = append(end.outs, out)
		}
		last = e.seq
	}
	b.packDown(0, last)
	s.root = make([]uint32, words)
	for _, e := range b.path[0].edges {
		s.root[e.sym] = e.node
	}
	s.nodes = b.nodes
}

// packDown packs the nodes of the latest path below depth.
func (b *builder) packDown(depth int, last []symbol) {
	for d := len(b.path) - 1; d > depth; d-- {
		at := b.pack(b.path[d])
		parent := b.path[d-1]
		parent.edges = append(parent.edges, edge{last[d-1], at})
		b.path = b.path[:d]
	}
}

// The header of a packed node: counts of the three lists of pairs that follow
// it, word edges (sorted), hole edges and outputs.
const (
	headWords = 0  // 16 bits
	headHoles = 16 // 8 bits
	headOuts  = 24 // 8 bits
)

// pack appends node n, unless an equal one is there, and returns its offset.
func (b *builder) pack(n *unpacked) uint32 {
	var words, holes []uint32
	for _, e := range n.edges {
		if e.sym.isHole() {
			holes = append(holes, uint32(e.sym), e.node)
			continue
		}
		words = append(words, uint32(e.sym), e.node)
	}
	head := uint32(len(words)/2)<<headWords | uint32(len(holes)/2)<<headHoles | uint32(len(n.outs))<<headOuts
	packed := slices.Concat([]uint32{head}, words, holes)
	for _, o := range n.outs {
		packed = append(packed, o[0], o[1])
	}
	key := make([]byte, 0, 4*len(packed))
	for _, v := range packed {
		key = binary.LittleEndian.AppendUint32(key, v)
	}
	if at, ok := b.register[string(key)]; ok {
		return at
	}
	at := uint32(len(b.nodes))
	b.nodes = append(b.nodes, packed...)
	b.register[string(key)] = at
	return at
}
