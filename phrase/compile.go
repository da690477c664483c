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
	vocab  vocabulary
	root   []state    // by word: where a walk that begins with it stands
	starts []holeEdge // holes that a walk begins with
	edges  string     // the rows of all states, see placeRows: places of eight bytes, little-endian, that of word w at row+w
	words  []uint64   // by row: bits of its words
	extras []uint64   // what else there is at states, see extra; 0 is nothing
	names  []string   // names of holes

	ambiguous [][2]int
}

// Compile compiles patterns, which may use the named sets. Its errors are
// [*SyntaxError], joined where there are several.
func Compile(patterns []Pattern, sets map[string][]string) (*Set, error) {
	parsed, err := parseAll(patterns, sets)
	if err != nil {
		return nil, err
	}
	n := nfa{words: map[string]symbol{}, names: []string{""}}
	for _, seq := range parsed {
		collect(seq, n.words)
	}
	vocab, err := n.number()
	if err != nil {
		return nil, err
	}
	starts, err := n.patterns(patterns, parsed)
	if err != nil {
		return nil, err
	}
	s := &Set{vocab: *vocab, names: n.names}
	if err := s.build(&n, starts); err != nil {
		return nil, err
	}
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

// number gives each word its number, the commonest first: what is used
// often stands together.
func (n *nfa) number() (*vocabulary, error) {
	words := make([]string, 0, len(n.words))
	for w := range n.words {
		words = append(words, w)
	}
	slices.SortFunc(words, func(a, b string) int { return cmp.Or(cmp.Compare(n.words[b], n.words[a]), cmp.Compare(a, b)) })
	for i, w := range words {
		n.words[w] = symbol(i + wordBreak + 1)
	}
	if len(words)+wordBreak+1 > maxWords {
		return nil, fmt.Errorf("phrase: the patterns hold %d different words, more than %d", len(words), maxWords-wordBreak-1)
	}
	vocab, ok := newVocabulary(words)
	if !ok {
		return nil, errors.New("phrase: two words have the same hash; change hashSeed")
	}
	return vocab, nil
}

// patterns adds the states of all patterns and returns where each begins.
func (n *nfa) patterns(patterns []Pattern, parsed []sequence) ([]int32, error) {
	starts := make([]int32, len(patterns))
	var errs []error
	for i, seq := range parsed {
		starts[i] = n.build(seq, n.add(step{id: int32(patterns[i].ID)}))
		if what, hint := n.check(starts[i]); what != "" {
			errs = append(errs, &SyntaxError{Pattern: i, Words: patterns[i].Words, What: what, Hint: hint})
		}
	}
	return starts, errors.Join(errs...)
}

// build makes the deterministic automaton.
func (s *Set) build(n *nfa, starts []int32) error {
	b := builder{nfa: n, nodes: make([]node, 1), packed: map[string]uint32{}, known: map[string]uint32{}, ambiguous: map[[2]int]bool{}}
	edges, err := b.edges(b.start(starts))
	if err != nil {
		return err
	}
	if err := s.lay(b.nodes, edges, len(n.words)+wordBreak+1); err != nil {
		return err
	}
	for pair := range b.ambiguous {
		s.ambiguous = append(s.ambiguous, pair)
	}
	slices.SortFunc(s.ambiguous, func(x, y [2]int) int { return cmp.Or(cmp.Compare(x[0], y[0]), cmp.Compare(x[1], y[1])) })
	return nil
}

// lay lays the nodes out as states. first are the edges that walks begin with.
func (s *Set) lay(nodes []node, first []edge, words int) error {
	rows, last := placeRows(nodes), 0
	states := make([]state, len(nodes))
	s.extras = []uint64{0}
	for i := range nodes {
		states[i] = s.layNode(&nodes[i], states, rows[i])
		last = max(last, rows[i])
	}
	if last+words > maxEdges || len(s.extras) > maxEdges {
		return errTooLarge
	}
	edges := make([]byte, 8*(last+words)) // so that all words fall inside
	for i := range nodes {
		for _, e := range nodes[i].words {
			to := states[e.node].place | place(e.sym)
			binary.LittleEndian.PutUint64(edges[8*(rows[i]+int(e.sym)):], uint64(to))
		}
	}
	s.edges = string(edges)
	s.words = rowWords(s.edges)
	s.root = make([]state, words)
	for _, e := range first {
		if e.sym.isHole() {
			s.starts = append(s.starts, holeEdge{e.sym, states[e.node]})
			continue
		}
		s.root[e.sym] = states[e.node]
	}
	return nil
}

// layNode makes the state of a node, after those it leads to.
func (s *Set) layNode(n *node, states []state, row int) state {
	var to state
	for _, e := range n.words {
		to.words |= wordBit(uint32(e.sym))
	}
	if len(n.holes)+len(n.outs) == 0 {
		to.place = makePlace(row, 0)
		return to
	}
	to.place = makePlace(row, len(s.extras))
	gaps, runs, behind := 0, 0, uint64(0)
	for _, e := range n.holes {
		switch {
		case e.sym.isGap():
			gaps++
			behind |= states[e.node].words
			if e.sym.holeType() == holeLongGap || states[e.node].place.extras() != 0 {
				behind = anyBehind
			}
		case e.sym.holeType().isRun():
			runs++
		}
	}
	s.extras = append(s.extras, uint64(makeExtra(gaps, len(n.holes)-gaps-runs, runs, len(n.outs))), behind)
	for _, e := range n.holes {
		s.extras = append(s.extras, uint64(e.sym), states[e.node].words, uint64(states[e.node].place))
	}
	for _, o := range n.outs {
		s.extras = append(s.extras, uint64(o[0])|uint64(o[1])<<32)
	}
	return to
}

// Ambiguous lists pairs of IDs that match some of the same word sequences, so
// that there neither is the more specific. It is known only to a Set that
// Compile made.
func (s *Set) Ambiguous() [][2]int { return s.ambiguous }

// Size is the size of the compiled automaton in bytes.
func (s *Set) Size() int {
	return 16*len(s.root) + len(s.edges) + 8*(len(s.words)+len(s.extras)+len(s.vocab.slots))
}
