package phrase

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// Set is many compiled phrases. It is immutable and safe for concurrent use.
type Set struct {
	vocab vocabulary
	root  []uint32 // by word number: offset of the node after that word, 0 if none
	holes []uint32 // pairs of hole symbol and node for what begins with a hole
	nodes []uint32 // packed nodes, see builder.pack
	names []string // names of holes

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

// number gives each word its number, in alphabetical order.
func (n *nfa) number() (*vocabulary, error) {
	words := make([]string, 0, len(n.words))
	for w := range n.words {
		words = append(words, w)
	}
	slices.Sort(words)
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
		starts[i] = n.build(seq, n.add(state{id: int32(patterns[i].ID)}))
		if what, hint := n.check(starts[i]); what != "" {
			errs = append(errs, &SyntaxError{Pattern: i, Words: patterns[i].Words, What: what, Hint: hint})
		}
	}
	return starts, errors.Join(errs...)
}

// build makes the deterministic automaton.
func (s *Set) build(n *nfa, starts []int32) error {
	b := builder{nfa: n, nodes: []uint32{0}, packed: map[string]uint32{}, known: map[string]uint32{}, ambiguous: map[[2]int]bool{}}
	edges, err := b.edges(b.start(starts))
	if err != nil {
		return err
	}
	s.root = make([]uint32, len(n.words)+wordBreak+1)
	for _, e := range edges {
		if e.sym.isHole() {
			s.holes = append(s.holes, uint32(e.sym), e.node)
			continue
		}
		s.root[e.sym] = e.node
	}
	s.nodes = b.nodes
	for pair := range b.ambiguous {
		s.ambiguous = append(s.ambiguous, pair)
	}
	slices.SortFunc(s.ambiguous, func(x, y [2]int) int { return cmp.Or(cmp.Compare(x[0], y[0]), cmp.Compare(x[1], y[1])) })
	return nil
}

// Ambiguous lists pairs of IDs that match some of the same word sequences, so
// that there neither is the more specific. It is known only to a Set that
// Compile made.
func (s *Set) Ambiguous() [][2]int { return s.ambiguous }

// Size is the size of the compiled automaton in bytes.
func (s *Set) Size() int { return 4*len(s.root) + 4*len(s.nodes) + 8*len(s.vocab.checks) }
