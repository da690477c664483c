package phrase

import "math"

// Scratch is working memory for Scan. Its zero value is ready; it grows to fit
// the longest text and serves one Scan at a time.
type Scratch struct {
	walker walker
}

// Words is the number of words in the text of the latest Scan, addresses, IP
// addresses and codes not counted.
func (sc *Scratch) Words() int {
	n := 0
	for i := range sc.walker.toks {
		if !sc.walker.toks[i].skippable() {
			n++
		}
	}
	return n
}

// WordsBefore reports whether a word, other than addresses, IP addresses and
// codes, stands before byte i in the text of the latest Scan.
func (sc *Scratch) WordsBefore(i int) bool {
	for _, t := range sc.walker.toks {
		if int(t.start) >= i {
			return false
		}
		if !t.skippable() {
			return true
		}
	}
	return false
}

// Captures is how many holes the match has filled.
func (m *Match) Captures() int { return int(m.to - m.from) }

// Capture returns the i-th capture of m, a match of the latest Scan, in the
// order of the text.
func (sc *Scratch) Capture(m *Match, i int) Capture {
	w := &sc.walker
	c := w.caps[int(m.from)+i]
	return Capture{w.set.names[c.name], w.text[c.value.start:c.value.end]}
}

// maxSteps bounds the work from one word of a text, so that patterns with
// several gaps stay linear on hostile texts. Ordinary texts need some ten.
const maxSteps = 400

// maxSkips is how many addresses, IP addresses and codes in a row may stand
// between two words of a pattern.
const maxSkips = 6

// walker walks the automaton over the tokens of one text.
type walker struct {
	set     *Set
	text    string
	toks    []token
	matches []Match
	caps    []filled

	start int // token where the walk began
	first int // index of the first match from this start
	steps int
	holes [8]filled // the holes on the way, depth of them
	depth int
}

// filled is a hole and what it holds. No pointers: matches are made often.
type filled struct {
	name  int32
	value span
}

// at is a place of a walk.
type at struct {
	node    uint32
	tok     int // the next token
	literal int // bytes matched by words so far
	end     int // end of what was matched, in bytes
	skips   int // tokens skipped since the last word
}

// Scan finds the phrases in text. Each phrase is reported once for each word it
// begins at, by its most specific variant, in the order of the text. The
// matches are valid until sc is used again. Texts of 2 GiB and more are cut.
func (s *Set) Scan(text string, sc *Scratch) []Match {
	w := &sc.walker
	if len(text) > math.MaxInt32 {
		text = text[:math.MaxInt32]
	}
	w.set, w.text = s, text
	w.toks = s.vocab.cut(text, w.toks[:0])
	w.matches, w.caps = w.matches[:0], w.caps[:0]
	for i := range w.toks {
		t := &w.toks[i]
		if t.id == 0 {
			if t.skippable() {
				w.beginAtHole(i)
			}
			continue
		}
		node := s.root[t.id]
		if node == 0 {
			continue
		}
		if s.deadEnd(node, w.toks, i+1) {
			continue
		}
		w.start, w.first, w.steps, w.depth = i, len(w.matches), 0, 0
		w.walk(at{node: node, tok: i + 1, literal: int(t.end - t.start), end: int(t.end)})
	}
	return w.matches
}

// beginAtHole walks from the address or IP address at token i.
func (w *walker) beginAtHole(i int) {
	t := &w.toks[i]
	for h := 0; h < len(w.set.holes); h += 2 {
		sym := symbol(w.set.holes[h])
		if sym.holeType() == holeIP && t.kind != kindIP || sym.holeType() == holeAddress && t.kind != kindAddress {
			continue
		}
		w.start, w.first, w.steps, w.depth = i, len(w.matches), 0, 1
		w.holes[0] = filled{int32(sym.name()), span{int(t.start), int(t.end)}}
		w.walk(at{node: w.set.holes[h+1], tok: i + 1, end: int(t.end)})
	}
}

// deadEnd reports, for most nodes that lead nowhere from token i on, that they
// do not.
func (s *Set) deadEnd(node uint32, toks []token, i int) bool {
	if s.nodes[node]>>headHoles != 0 { // holes or outputs
		return false
	}
	if i == len(toks) {
		return true
	}
	t := &toks[i]
	return t.kind == kindWord && !t.brk && s.nodes[node+1]&wordMask(t.id) == 0
}

// walk follows the automaton from a.
func (w *walker) walk(a at) {
	set := w.set
	for {
		if w.steps++; w.steps > maxSteps {
			return
		}
		head := set.nodes[a.node]
		if head>>headOuts != 0 {
			w.accept(a, head)
		}
		if a.tok >= len(w.toks) {
			return
		}
		t := &w.toks[a.tok]
		if head>>headHoles&0xff != 0 {
			w.fillHoles(a, head)
		}
		if t.brk {
			if a.node = set.step(a.node, wordBreak); a.node == 0 {
				return
			}
			if head = set.nodes[a.node]; head>>headHoles&0xff != 0 {
				w.fillAfterBreak(a, head)
			}
		}
		if next := set.next(a.node, t); next != 0 {
			a.node, a.tok, a.skips = next, a.tok+1, 0
			a.literal += int(t.end - t.start)
			a.end = int(t.end)
			continue
		}
		if t.kind == kindWord || a.skips == maxSkips {
			return
		}
		a.skips++
		a.tok++
	}
}

// next returns the node after token t from node, or 0.
func (s *Set) next(node uint32, t *token) uint32 {
	if t.id == 0 || s.nodes[node+1]&wordMask(t.id) == 0 {
		return 0
	}
	return s.search(node, t.id)
}

// step returns the node after word id from node, or 0.
func (s *Set) step(node, id uint32) uint32 {
	if s.nodes[node+1]&wordMask(id) == 0 {
		return 0
	}
	return s.search(node, id)
}

// search looks for word id among the edges of a node.
func (s *Set) search(node, id uint32) uint32 {
	n := s.nodes[node] & 0xffff
	words := s.nodes[node+nodeStart : node+targetsAt(n)]
	if n > maxListed {
		for at := wordPlace(id, n); ; at = (at + 1) & (n - 1) {
			switch words[at/2] >> (at % 2 * 16) & 0xffff {
			case id:
				return s.nodes[node+targetsAt(n)+at]
			case 0:
				return 0
			}
		}
	}
	for i, two := range words {
		switch id {
		case two & 0xffff:
			return s.nodes[node+targetsAt(n)+2*uint32(i)]
		case two >> 16:
			return s.nodes[node+targetsAt(n)+2*uint32(i)+1]
		}
	}
	return 0
}

// holeEdges returns the pairs of hole symbol and node of a node.
func (s *Set) holeEdges(node, head uint32) []uint32 {
	from := node + pairsAt(head>>headWords&0xffff)
	return s.nodes[from : from+2*(head>>headHoles&0xff)]
}

// fillHoles tries the hole edges of a node whose next token follows in the same
// sentence; a long gap goes over sentences.
func (w *walker) fillHoles(a at, head uint32) {
	brk := w.toks[a.tok].brk
	edges := w.set.holeEdges(a.node, head)
	for i := 0; i < len(edges); i += 2 {
		switch sym := symbol(edges[i]); sym.holeType() {
		case holeGap:
			w.gap(a, edges[i+1], gapWords, false)
		case holeLongGap:
			w.gap(a, edges[i+1], longGapWords, true)
		default:
			if !brk {
				w.fillHole(a, sym, edges[i+1])
			}
		}
	}
}

// fillAfterBreak tries the holes that stand after a sentence end.
func (w *walker) fillAfterBreak(a at, head uint32) {
	edges := w.set.holeEdges(a.node, head)
	for i := 0; i < len(edges); i += 2 {
		if sym := symbol(edges[i]); !sym.isGap() {
			w.fillHole(a, sym, edges[i+1])
		}
	}
}

// gap tries to go on at node after 0 to most tokens. The first token after the
// gap must be one that node can take.
func (w *walker) gap(a at, node uint32, most int, overSentences bool) {
	set := w.set
	head, mask := set.nodes[node], set.nodes[node+1]
	holes := head>>headHoles&0xff != 0
	last := min(a.tok+most, len(w.toks)-1)
	for i := a.tok; i <= last; i++ {
		t := &w.toks[i]
		if t.brk && !overSentences {
			return
		}
		if !holes && (mask&wordMask(t.id) == 0 || t.id == 0) {
			continue
		}
		if w.steps++; w.steps > maxSteps {
			return
		}
		if next := set.next(node, t); next != 0 {
			w.walk(at{node: next, tok: i + 1, literal: a.literal + int(t.end-t.start), end: int(t.end)})
			continue
		}
		if holes {
			b := a
			b.node, b.tok = node, i
			w.fillAfterBreak(b, head)
		}
	}
}

// fillHole tries one hole that is no gap, and goes on after it.
func (w *walker) fillHole(a at, sym symbol, node uint32) {
	typ := sym.holeType()
	for skipped := a.skips; ; skipped++ {
		t := &w.toks[a.tok]
		next, value, ok := a.tok+1, span{int(t.start), int(t.end)}, typ >= holeCode && (typ != holeName || !w.isFunctionWord(int(t.start), int(t.end)))
		if !w.isPlain(t) {
			next, value, ok = w.fill(typ, a.tok)
		}
		if ok {
			if w.depth == len(w.holes) || w.set.deadEnd(node, w.toks, next) {
				return
			}
			w.holes[w.depth] = filled{int32(sym.name()), value}
			w.depth++
			w.walk(at{node: node, tok: next, literal: a.literal, end: max(a.end, value.end)})
			w.depth--
			return
		}
		if !t.skippable() || skipped == maxSkips || a.tok+1 == len(w.toks) || w.toks[a.tok+1].brk {
			return
		}
		a.tok++
	}
}

// isPlain reports a word before a blank that begins with no digit: only a hole
// for any run of characters can take it, and takes just it.
func (w *walker) isPlain(t *token) bool {
	return t.kind == kindWord && int(t.end) < len(w.text) && w.text[t.end] == ' ' && !isDigit(w.text[t.start])
}
