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
		if !sc.walker.toks[i].has(tagsNoWord) {
			n++
		}
	}
	return n
}

// WordsBefore reports whether a word, other than addresses, IP addresses and
// codes, stands before byte i in the text of the latest Scan.
func (sc *Scratch) WordsBefore(i int) bool {
	for t := range sc.walker.toks {
		t := &sc.walker.toks[t]
		if int(t.start) >= i {
			return false
		}
		if !t.has(tagsNoWord) {
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

// maxSteps bounds the branches of the walk from one word of a text, so that
// patterns with several gaps stay linear on hostile texts. Ordinary texts need
// a few.
const maxSteps = 400

// maxSkips is how many addresses, IP addresses and codes in a row may stand
// between two words of a pattern.
const maxSkips = 6

// walker walks the automaton over the tokens of one text.
type walker struct {
	set     *Set
	text    string
	toks    []token // and one more with tagEnd
	views   []view  // beside toks
	matches []Match
	caps    []filled

	start int   // token where the walk began
	byte  int32 // where that token begins
	first int   // index of the first match from this start
	steps int
	holes [8]filled // the holes on the way, depth of them
	depth int
}

// view is what gaps look at before a token.
type view struct {
	ahead uint64 // bits of this word and those after it in the sentence
	stop  int    // the token that begins the next sentence
}

// filled is a hole and what it holds. No pointers: matches are made often.
type filled struct {
	name  int32
	value span
}

// at is where in the text a walk stands. It is four words, to be kept in
// registers.
type at struct {
	tok     int // the next token
	literal int // bytes matched by words so far
	end     int // end of what was matched, in bytes
	skips   int // tokens skipped since the last word
}

// past is behind the word t, token i, that was matched.
func (a at) past(i int, t *token) at {
	return at{tok: i + 1, literal: a.literal + int(t.end-t.start), end: int(t.end)}
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
	w.toks = append(s.vocab.cut(text, w.toks[:0]), token{start: uint32(len(text)), end: uint32(len(text)), tags: tagEnd})
	w.matches, w.caps = w.matches[:0], w.caps[:0]
	w.look()
	for i := range w.toks {
		t := &w.toks[i]
		if t.id == 0 {
			if t.has(tagIP | tagAddress) {
				w.beginAtHole(i)
			}
			continue
		}
		w.beginAtWord(i, t)
	}
	return w.matches
}

// look fills the views.
func (w *walker) look() {
	toks := w.toks
	if cap(w.views) < len(toks) {
		w.views = make([]view, len(toks)+len(toks)/4)
	}
	views := w.views[:len(toks)]
	ahead, stop := uint64(0), len(toks)-1
	for i := len(toks) - 1; i >= 0; i-- {
		t := &toks[i]
		if t.id != 0 {
			ahead |= wordBit(t.id)
		}
		views[i] = view{ahead, stop}
		if t.has(tagBreak) {
			ahead, stop = 0, i
		}
	}
	w.views = views
}

// beginAtWord walks from the word t, token i. Most words that begin patterns are
// no beginning here, as the next word tells.
func (w *walker) beginAtWord(i int, t *token) {
	to, a := w.set.root[t.id], at{}.past(i, t)
	if next := &w.toks[i+1]; to.place.extras() == 0 && !next.has(tagBreak|tagsSkipped) {
		var ok bool
		if to, ok = w.set.next(to, next.id); !ok {
			return
		}
		a = a.past(i+1, next)
	}
	w.begin(i, 0)
	w.walk(to, a)
}

// begin readies for a walk from token i that has filled some holes before.
func (w *walker) begin(i, filled int) {
	w.start, w.byte, w.first, w.steps, w.depth = i, int32(w.toks[i].start), len(w.matches), 0, filled
}

// beginAtHole walks from the address or IP address at token i.
func (w *walker) beginAtHole(i int) {
	t := &w.toks[i]
	for _, h := range w.set.starts {
		if h.sym.holeType() == holeIP && !t.has(tagIP) || h.sym.holeType() == holeAddress && !t.has(tagAddress) {
			continue
		}
		w.begin(i, 1)
		w.holes[0] = filled{int32(h.sym.name()), span{int32(t.start), int32(t.end)}}
		w.walk(h.to, at{tok: i + 1, end: int(t.end)})
	}
}

// deadEnd reports, for most states that lead nowhere from token i on, that they
// do not.
func (w *walker) deadEnd(from state, i int) bool {
	t := &w.toks[i]
	return from.words>>(t.id&63)&1 == 0 && from.place.extras() == 0 && !t.has(tagBreak|tagsSkipped)
}

// walk follows the automaton from state st at a.
func (w *walker) walk(st state, a at) {
	if w.steps++; w.steps > maxSteps {
		return
	}
	for {
		t := &w.toks[a.tok]
		if e := st.place.extras(); e != 0 {
			x := extra(w.set.extras[e])
			if x.outs() != 0 {
				w.accept(a, e+headWords+holeWords*x.holes(), x.outs())
				if st.words == 0 && x.holes() == 0 {
					return
				}
			}
			if behind := w.set.extras[e+1]; behind&w.views[a.tok].ahead != 0 || behind == anyBehind || x.typed(t.has(tagPlain)) {
				w.fillHoles(e, x, a, t)
			}
		}
		if t.has(tagBreak | tagEnd) {
			var ok bool
			if st, ok = w.set.next(st, wordBreak); !ok || t.has(tagEnd) {
				return
			}
			w.fillAfterBreak(st.place, a)
		}
		if st.words>>(t.id&63)&1 != 0 {
			if next := w.set.edge(st.place.row() + t.id); next.word() == t.id && t.id != 0 {
				st = state{w.set.words[next.row()], next}
				a = a.past(a.tok, t)
				continue
			}
		}
		if !t.has(tagsSkipped) || a.skips == maxSkips {
			return
		}
		a.skips++
		a.tok++
	}
}

// fillHoles tries the holes of x that lead on before token t. In the next
// sentence only gaps do, and there only long ones.
func (w *walker) fillHoles(at uint32, x extra, a at, t *token) {
	if t.has(tagEnd) {
		return
	}
	at += headWords
	for end := at + holeWords*x.gaps(); at < end; at += holeWords {
		w.tryGap(a, w.set.hole(at), t)
	}
	if t.has(tagBreak) {
		return
	}
	at += holeWords * x.special()
	if t.has(tagPlain) {
		for end := at + holeWords*x.runs(); at < end; at += holeWords {
			if h := w.set.hole(at); !w.deadEnd(h.to, a.tok+1) {
				w.fillPlain(a, h)
			}
		}
		return
	}
	end := at + holeWords*x.runs()
	for at -= holeWords * x.special(); at < end; at += holeWords {
		if h := w.set.hole(at); (t.tags|tagAny)&startsOf[h.sym.holeType()] != 0 {
			w.fillHole(a, h)
		}
	}
}

// startsOf has, by the type of a hole, the tags of tokens that it may begin
// with; what is skipped may be followed by one that it begins with.
var startsOf = [...]tags{
	holeIP: tagsSkipped, holeAddress: tagsSkipped, holeHost: tagsSkipped | tagJoined, holeDomain: tagsSkipped | tagJoined,
	holeNumber: tagsSkipped | tagDigit, holeSize: tagsSkipped | tagDigit, holeDuration: tagsSkipped | tagDigit,
	holeURL: tagAny, holeCode: tagAny, holeWord: tagAny, holeName: tagAny,
}

// fillAfterBreak tries the holes that stand after a sentence end.
func (w *walker) fillAfterBreak(p place, a at) {
	at := p.extras()
	if at == 0 {
		return
	}
	x := extra(w.set.extras[at])
	at += headWords + holeWords*x.gaps()
	for end := at + holeWords*(x.special()+x.runs()); at < end; at += holeWords {
		w.fillHole(a, w.set.hole(at))
	}
}

// tryGap goes over a gap before token t, if a word that leads on is further on.
func (w *walker) tryGap(a at, h holeEdge, t *token) {
	v := &w.views[a.tok]
	switch {
	case h.sym.holeType() == holeLongGap:
		w.gap(a, h.to, min(a.tok+longGapWords+1, len(w.toks)-1))
	case t.has(tagBreak):
	case h.to.words&v.ahead != 0 || h.to.place.extras() != 0:
		w.gap(a, h.to, min(a.tok+gapWords+1, v.stop))
	}
}

// gap tries to go on at a state at each token before stop, which must be one
// that the state can take.
func (w *walker) gap(a at, to state, stop int) {
	holes := to.place.extras() != 0
	for i := a.tok; i < stop; i++ {
		t := &w.toks[i]
		if !holes && (t.id == 0 || to.words>>(t.id&63)&1 == 0) {
			continue
		}
		if w.steps++; w.steps > maxSteps {
			return
		}
		if next, ok := w.set.next(to, t.id); ok {
			w.walk(next, a.past(i, t))
			continue
		}
		if holes {
			w.fillAfterBreak(to.place, at{i, a.literal, a.end, a.skips})
		}
	}
}

// fillHole tries one hole that is no gap, and goes on after it.
func (w *walker) fillHole(a at, h holeEdge) {
	for skipped := a.skips; ; skipped++ {
		t := &w.toks[a.tok]
		if t.has(tagPlain) {
			if h.sym.holeType().isRun() && !w.deadEnd(h.to, a.tok+1) {
				w.fillPlain(a, h)
			}
			return
		}
		if next, value, ok := w.fill(h.sym.holeType(), a.tok); ok {
			if !w.deadEnd(h.to, next) {
				w.goOn(a, h, next, value)
			}
			return
		}
		if !t.has(tagsSkipped) || skipped == maxSkips || w.toks[a.tok+1].has(tagBreak|tagEnd) {
			return
		}
		a.tok++
	}
}

// fillPlain tries a hole for any run of characters at a plain word: no other can
// take that, and these take just it.
func (w *walker) fillPlain(a at, h holeEdge) {
	typ, t := h.sym.holeType(), &w.toks[a.tok]
	if typ != holeName || !w.isFunctionWord(int(t.start), int(t.end)) {
		w.goOn(a, h, a.tok+1, span{int32(t.start), int32(t.end)})
	}
}

// goOn walks on from token next behind a hole that holds value.
func (w *walker) goOn(a at, h holeEdge, next int, value span) {
	if w.depth == len(w.holes) {
		return
	}
	w.holes[w.depth] = filled{int32(h.sym.name()), value}
	w.depth++
	w.walk(h.to, at{tok: next, literal: a.literal, end: max(a.end, int(value.end))})
	w.depth--
}
