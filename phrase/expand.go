package phrase

import "slices"

// symbol is a step of the automaton: the number of a word, wordBreak, or a hole
// (holeBit, type and index of the name).
type symbol uint32

const holeBit symbol = 1 << 31

func holeSymbol(t holeType, name int) symbol { return holeBit | symbol(t)<<16 | symbol(name) }

func (s symbol) isHole() bool       { return s&holeBit != 0 }
func (s symbol) holeType() holeType { return holeType(s >> 16 & 0xff) }
func (s symbol) name() int          { return int(s & 0xffff) }

func (s symbol) isGap() bool {
	return s.isHole() && (s.holeType() == holeGap || s.holeType() == holeLongGap)
}

// maxVariants bounds what one pattern may expand to.
const maxVariants = 20000

// expander turns parsed patterns into sequences of symbols.
type expander struct {
	words map[string]symbol
	names []string
}

func (x *expander) nameIndex(name string) int {
	if i := slices.Index(x.names, name); i >= 0 {
		return i
	}
	x.names = append(x.names, name)
	return len(x.names) - 1
}

// expand returns every sequence of symbols that seq stands for; ok is false if
// there are more than maxVariants.
func (x *expander) expand(seq sequence) (all [][]symbol, ok bool) {
	all = [][]symbol{nil}
	for _, n := range seq {
		tails, ok := x.variants(n)
		if !ok || len(all)*len(tails) > maxVariants {
			return nil, false
		}
		all = product(all, tails)
	}
	return all, true
}

// product appends each tail to each head.
func product(heads, tails [][]symbol) [][]symbol {
	if len(tails) == 1 {
		for i, h := range heads {
			heads[i] = append(slices.Clip(h), tails[0]...)
		}
		return heads
	}
	out := make([][]symbol, 0, len(heads)*len(tails))
	for _, h := range heads {
		for _, t := range tails {
			out = append(out, append(slices.Clip(h), t...))
		}
	}
	return out
}

func (x *expander) variants(n node) ([][]symbol, bool) {
	switch n := n.(type) {
	case literal:
		return [][]symbol{{x.words[string(n)]}}, true
	case stop:
		return [][]symbol{{wordBreak}}, true
	case hole:
		return [][]symbol{{holeSymbol(n.typ, x.nameIndex(n.name))}}, true
	case sequence:
		return x.expand(n)
	case choice:
		var all [][]symbol
		for _, seq := range n {
			v, ok := x.expand(seq)
			if !ok || len(all)+len(v) > maxVariants {
				return nil, false
			}
			all = append(all, v...)
		}
		return all, true
	}
	return nil, true
}

// collect adds the literal words below n to words.
func collect(n node, words map[string]symbol) {
	switch n := n.(type) {
	case literal:
		words[string(n)] = 0
	case sequence:
		for _, c := range n {
			collect(c, words)
		}
	case choice:
		for _, c := range n {
			collect(c, words)
		}
	}
}

// tidy drops sentence ends at both ends of a variant and doubled ones.
func tidy(seq []symbol) []symbol {
	out := make([]symbol, 0, len(seq))
	for _, s := range seq {
		if s == wordBreak && (len(out) == 0 || out[len(out)-1] == wordBreak) {
			continue
		}
		out = append(out, s)
	}
	for len(out) > 0 && out[len(out)-1] == wordBreak {
		out = out[:len(out)-1]
	}
	return out
}

// checkVariant says why a variant cannot be matched, if so.
func checkVariant(seq []symbol) (what, hint string) {
	literals := 0
	for _, s := range seq {
		if !s.isHole() && s != wordBreak {
			literals++
		}
	}
	switch {
	case literals == 0:
		return "a variant has no word of its own", "keep at least one word that is not optional"
	case seq[0].isGap() || seq[len(seq)-1].isGap():
		return "a variant begins or ends with a gap", "leave the gap out, or put it inside the optional part: (<*> word)?"
	case seq[0].isHole() && (seq[1].isHole() || seq[1] == wordBreak):
		return "a hole at the beginning is not followed by a word", "put a word between or before"
	}
	return "", ""
}
