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

// beginsWalk reports holes whose tokens are told by their kind, so that a walk
// can begin at them; before other holes it begins at the first word.
func (s symbol) beginsWalk() bool {
	return s.isHole() && (s.holeType() == holeIP || s.holeType() == holeAddress)
}

// step is a state of the acyclic nondeterministic automaton of all patterns.
// It has a symbol with one successor, or free successors, or it accepts.
type step struct {
	sym  symbol
	to   int32
	free []int32
	id   int32 // of the phrase, where the state accepts; else -1
}

// nfa holds the states; patterns are built from their end to their beginning.
type nfa struct {
	states []step
	words  map[string]symbol
	names  []string
}

func (n *nfa) add(s step) int32 {
	n.states = append(n.states, s)
	return int32(len(n.states) - 1)
}

func (n *nfa) nameIndex(name string) int {
	if i := slices.Index(n.names, name); i >= 0 {
		return i
	}
	n.names = append(n.names, name)
	return len(n.names) - 1
}

// build adds the states for x before the state next, and returns the first.
func (n *nfa) build(x piece, next int32) int32 {
	switch x := x.(type) {
	case literal:
		return n.add(step{sym: n.words[string(x)], to: next, id: -1})
	case stop:
		return n.add(step{sym: wordBreak, to: next, id: -1})
	case hole:
		return n.add(step{sym: holeSymbol(x.typ, n.nameIndex(x.name)), to: next, id: -1})
	case sequence:
		for _, part := range slices.Backward(x) {
			next = n.build(part, next)
		}
		return next
	case choice:
		free := make([]int32, len(x))
		for i, alternative := range x {
			free[i] = n.build(alternative, next)
		}
		return n.add(step{free: free, id: -1})
	}
	return next
}

// reach calls visit for every state that can be reached from s by free steps,
// s included, and that has a symbol or accepts. over says which symbols are
// free, too.
func (n *nfa) reach(s int32, over func(symbol) bool, visit func(int32)) {
	st := &n.states[s]
	if st.free != nil {
		for _, f := range st.free {
			n.reach(f, over, visit)
		}
		return
	}
	visit(s)
	if st.id < 0 && over(st.sym) {
		n.reach(st.to, over, visit)
	}
}

func nothing(symbol) bool           { return false }
func isBreak(s symbol) bool         { return s == wordBreak }
func isHoleOrStop(s symbol) bool    { return s == wordBreak || s.isHole() }
func (n *nfa) accepts(s int32) bool { return n.states[s].id >= 0 }

// check says why the pattern that begins at start cannot be matched, if so.
func (n *nfa) check(start int32) (what, hint string) {
	n.reach(start, isHoleOrStop, func(s int32) {
		if n.accepts(s) {
			what, hint = "a variant has no word of its own", "keep at least one word that is not optional"
		}
	})
	if what != "" {
		return what, hint
	}
	n.reach(start, isBreak, func(s int32) {
		sym := n.states[s].sym
		switch {
		case sym.beginsWalk():
		case sym.isGap():
			what, hint = "a variant begins with a gap", "leave the gap out, or put it inside the optional part: (word <*>)?"
		case sym.isHole():
			n.reach(n.states[s].to, nothing, func(after int32) {
				if next := n.states[after].sym; next.isHole() || next == wordBreak {
					what, hint = "a hole at the beginning is not followed by a word", "put a word between or before"
				}
			})
		}
	})
	if what == "" && n.endsWithGap(start, map[int32]bool{}) {
		return "a variant ends with a gap", "leave the gap out, or put it inside the optional part: (<*> word)?"
	}
	return what, hint
}

// endsWithGap reports whether a gap can be the last thing before the end.
func (n *nfa) endsWithGap(s int32, seen map[int32]bool) bool {
	if seen[s] {
		return false
	}
	seen[s] = true
	st := &n.states[s]
	for _, f := range st.free {
		if n.endsWithGap(f, seen) {
			return true
		}
	}
	if st.free != nil || st.id >= 0 {
		return false
	}
	ends := false
	if st.sym.isGap() {
		n.reach(st.to, isBreak, func(s int32) { ends = ends || n.accepts(s) })
	}
	return ends || n.endsWithGap(st.to, seen)
}

// collect counts the literal words below x in words.
func collect(x piece, words map[string]symbol) {
	switch x := x.(type) {
	case literal:
		words[string(x)]++
	case sequence:
		for _, c := range x {
			collect(c, words)
		}
	case choice:
		for _, c := range x {
			collect(c, words)
		}
	}
}
