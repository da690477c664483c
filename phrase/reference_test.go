package phrase

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// reference matches as Set does, plainly: words are compared byte by byte, and
// the nondeterministic automaton is walked as it is, with no tables, masks or
// filters.
type reference struct {
	b     builder
	first []element
	ids   map[string]symbol
	vocab *vocabulary // of the same numbers, for scripts other than ASCII
}

func newReference(t testing.TB, words ...string) *reference {
	t.Helper()
	patterns := make([]Pattern, len(words))
	for i, w := range words {
		patterns[i] = Pattern{ID: i, Words: w}
	}
	parsed, err := parseAll(patterns, nil)
	if err != nil {
		t.Fatal(err)
	}
	n := nfa{words: map[string]symbol{}, names: []string{""}}
	for _, seq := range parsed {
		collect(seq, n.words)
	}
	vocab, err := n.number()
	if err != nil {
		t.Fatal(err)
	}
	starts, err := n.patterns(patterns, parsed)
	if err != nil {
		t.Fatal(err)
	}
	r := &reference{b: builder{nfa: &n, ambiguous: map[[2]int]bool{}}, ids: n.words, vocab: vocab}
	r.first = r.b.start(starts)
	return r
}

// cut cuts a text byte by byte.
func (r *reference) cut(text string) []token {
	c := cutter{vocab: r.vocab, text: text}
	for i := 0; i < len(text); {
		switch classes[text[i]] {
		case classLetter, classDigit:
			i = r.word(&c, i)
		case classHigh:
			i = c.high(i)
		case classMark:
			i = c.mark(i)
		default:
			i++
		}
	}
	return append(c.toks, token{start: uint32(len(text)), end: uint32(len(text)), tags: tagEnd})
}

func (r *reference) word(c *cutter, i int) int {
	end := i
	for end < len(c.text) && isAlnum(c.text[end]) {
		end++
	}
	if c.goesOnBehind(end) {
		return c.slowWord(i)
	}
	if isDigit(c.text[i]) {
		if next := c.numeric(i, end); next > 0 {
			return next
		}
	}
	t := token{start: uint32(i), end: uint32(end), id: uint32(r.ids[strings.ToLower(c.text[i:end])]), tags: c.brk}
	if isDigit(c.text[i]) {
		t.tags |= tagDigit
	}
	if end < len(c.text) {
		switch c.text[end] {
		case ' ':
			if !isDigit(c.text[i]) {
				t.tags |= tagPlain
			}
		case '.', '-', '_':
			t.tags |= tagJoined
		}
	}
	c.toks, c.brk = append(c.toks, t), 0
	return end
}

// step returns the elements after a symbol.
func (r *reference) step(set []element, sym symbol) []element {
	var group []element
	for _, e := range set {
		if !r.b.nfa.accepts(e.state) && r.b.nfa.states[e.state].sym == sym {
			group = append(group, e)
		}
	}
	if len(group) == 0 {
		return nil
	}
	return r.b.after(group, sym)
}

// holes lists the holes that lead on, sorted.
func (r *reference) holes(set []element) []symbol {
	var syms []symbol
	for _, e := range set {
		if sym := r.b.nfa.states[e.state].sym; !r.b.nfa.accepts(e.state) && sym.isHole() {
			syms = append(syms, sym)
		}
	}
	slices.Sort(syms)
	return slices.Compact(syms)
}

// refWalk walks from one token of a text. Its walker serves to fill holes.
type refWalk struct {
	*reference
	w     walker
	found map[int]string // by ID: the best match, see describe
	best  map[int]int    // by ID: its literal length
	order []int
}

// scan describes all matches; ok is false where a text asks for so many
// branches that Set gives up some.
func (r *reference) scan(text string) (all []string, ok bool) {
	toks := r.cut(text)
	for i := range toks {
		k := refWalk{reference: r, w: walker{text: text, toks: toks, start: i}, found: map[int]string{}, best: map[int]int{}}
		t := &toks[i]
		from := at{tok: i + 1, end: int(t.end)}
		switch {
		case t.has(tagsSkipped):
			for _, sym := range r.holes(r.first) {
				if sym.holeType() == holeIP && t.has(tagIP) || sym.holeType() == holeAddress && t.has(tagAddress) {
					k.found, k.best, k.order = map[int]string{}, map[int]int{}, nil
					k.push(sym, span{int32(t.start), int32(t.end)})
					k.walk(r.step(r.first, sym), from)
					k.w.depth = 0
					all = append(all, k.matches()...)
				}
			}
			continue
		case t.id != 0:
			from.literal = int(t.end - t.start)
			k.walk(r.step(r.first, symbol(t.id)), from)
		}
		if k.w.steps > maxSteps/8 {
			return nil, false
		}
		all = append(all, k.matches()...)
	}
	return all, true
}

func (k *refWalk) matches() []string {
	var all []string
	for _, id := range k.order {
		all = append(all, k.found[id])
	}
	return all
}

func (k *refWalk) push(sym symbol, value span) {
	k.w.holes[k.w.depth] = filled{int32(sym.name()), value}
	k.w.depth++
}

func (k *refWalk) walk(set []element, a at) {
	if k.w.steps++; k.w.steps > maxSteps || len(set) == 0 {
		return
	}
	for {
		t := &k.w.toks[a.tok]
		for _, out := range k.b.outputs(set) {
			k.accept(int(out[0]), symbol(out[1]), a)
		}
		if t.has(tagEnd) {
			return
		}
		for _, sym := range k.holes(set) {
			if sym.isGap() {
				k.gap(set, sym, a)
			} else if !t.has(tagBreak) {
				k.fill(set, sym, a)
			}
		}
		if t.has(tagBreak) {
			if set = k.step(set, wordBreak); len(set) == 0 {
				return
			}
			k.fillTyped(set, a)
		}
		if next := k.step(set, symbol(t.id)); t.id != 0 && len(next) > 0 {
			set, a = next, at{tok: a.tok + 1, literal: a.literal + int(t.end-t.start), end: int(t.end)}
			continue
		}
		if !t.has(tagsSkipped) || a.skips == maxSkips {
			return
		}
		a.tok, a.skips = a.tok+1, a.skips+1
	}
}

func (k *refWalk) fillTyped(set []element, a at) {
	for _, sym := range k.holes(set) {
		if !sym.isGap() {
			k.fill(set, sym, a)
		}
	}
}

func (k *refWalk) gap(set []element, sym symbol, a at) {
	behind, most := k.step(set, sym), gapWords
	if sym.holeType() == holeLongGap {
		most = longGapWords
	}
	for i := a.tok; i <= a.tok+most && !k.w.toks[i].has(tagEnd); i++ {
		t := &k.w.toks[i]
		if t.has(tagBreak) && most == gapWords {
			return
		}
		k.w.steps++
		if next := k.step(behind, symbol(t.id)); t.id != 0 && len(next) > 0 {
			k.walk(next, at{tok: i + 1, literal: a.literal + int(t.end-t.start), end: int(t.end)})
			continue
		}
		k.fillTyped(behind, at{i, a.literal, a.end, a.skips})
	}
}

func (k *refWalk) fill(set []element, sym symbol, a at) {
	for ; ; a.tok, a.skips = a.tok+1, a.skips+1 {
		t := &k.w.toks[a.tok]
		if next, value, ok := k.w.fill(sym.holeType(), a.tok); ok {
			if k.w.depth < len(k.w.holes) {
				k.push(sym, value)
				k.walk(k.step(set, sym), at{tok: next, literal: a.literal, end: max(a.end, int(value.end))})
				k.w.depth--
			}
			return
		}
		if !t.has(tagsSkipped) || a.skips == maxSkips || k.w.toks[a.tok+1].has(tagBreak|tagEnd) {
			return
		}
	}
}

func (k *refWalk) accept(id int, lead symbol, a at) {
	start := int32(k.w.toks[k.w.start].start)
	var caps []filled
	if lead != 0 {
		value, ok := k.w.leading(lead.holeType())
		if !ok {
			return
		}
		start, caps = value.start, append(caps, filled{int32(lead.name()), value})
	}
	if have, ok := k.best[id]; ok && have >= a.literal {
		return
	} else if !ok {
		k.order = append(k.order, id)
	}
	k.best[id] = a.literal
	k.found[id] = describe(id, int(start), a.end, a.literal)
	for _, c := range append(caps, k.w.holes[:k.w.depth]...) {
		k.found[id] += fmt.Sprintf(" %s=%q", k.b.nfa.names[c.name], k.w.text[c.value.start:c.value.end])
	}
}

func describe(id, start, end, literal int) string {
	return fmt.Sprintf("%d at %d-%d of %d letters:", id, start, end, literal)
}

// agree compares what Set and the reference find in a text.
func agree(t *testing.T, set *Set, ref *reference, text string) {
	t.Helper()
	var sc Scratch
	var got []string
	for _, m := range set.Scan(text, &sc) {
		s := describe(int(m.ID), int(m.Start), int(m.End), int(m.Literal))
		for i := range m.Captures() {
			s += fmt.Sprintf(" %s=%q", sc.Capture(&m, i).Name, sc.Capture(&m, i).Value)
		}
		got = append(got, s)
	}
	if toks := ref.cut(text); !slices.Equal(toks, sc.walker.toks) {
		t.Fatalf("%q is cut into\n%v, want\n%v", text, sc.walker.toks, toks)
	}
	want, ok := ref.scan(text)
	if ok && !slices.Equal(got, want) {
		t.Fatalf("in %q\nfound %q\nwant  %q", text, got, want)
	}
}

// referencePatterns have every construct, so that the walks meet: gaps, gaps
// before holes, holes of all types, sentence ends, optional parts.
var referencePatterns = append(slices.Clone(fuzzPatterns),
	"mailbox <*> (is )?full", "mailbox <mailbox>? (is )?(full|over <*> (quota|limit of <size>))", "mailbox is <*> <number> bytes over", "a <*> <word> d", "b <**> <ip> is <*> <number> over",
	"<address> <*> (unknown|gone)", "<ip> (on|is on) <dnsbl>", "<host> (is )?listed", "full. retry <**> later", "user <code> <code> unknown <url>?", "Ungültige Größe <*> überschritten",
	"a (b (c (d)?)?)?", "<who:word> of <*> does not exist", "does not exist (at <domain>)?", "extraordinarily interchangeable <ip>? words", "the user (. )?is gone")

var referenceBits = strings.Split("mailbox|is|full|over|quota|limit of|25 MB|a|b|c|d|.|!|;|<kim@example.org>|192.0.2.1|[2001:db8::7]|550 5.1.1|550-5.7.1|mx.example.net|"+
	"https://example.com/x|user|unknown|gone|blocked|using|client host|the|of|does not exist|doesn't|at|listed|on|retry|later|wait|300 seconds|"+
	"Größe|GRÖSSE|ungültige|überschritten|用户|不存在|extraordinarily|interchangeable|interchangeably|words|12,5|1.2.3|_|-|'|\"|(|)|\x00|\xff|\r\n|xyzzy|xyzzy plugh. xyzzy|see|is a customer|is not a customer|from|to|rejected", "|")

// TestAgreesWithReference compares texts put together at random.
func TestAgreesWithReference(t *testing.T) {
	set, ref := mustCompile(t, nil, referencePatterns...), newReference(t, referencePatterns...)
	rnd := rand.New(rand.NewPCG(3, 5))
	for range 20_000 {
		var b strings.Builder
		for range 1 + rnd.IntN(14) {
			b.WriteString(referenceBits[rnd.IntN(len(referenceBits))])
			b.WriteString([]string{" ", " ", " ", " ", "", "-", ". "}[rnd.IntN(7)])
		}
		agree(t, set, ref, b.String())
	}
}

// FuzzAgreesWithReference compares any texts of ordinary length.
func FuzzAgreesWithReference(f *testing.F) {
	rnd := rand.New(rand.NewPCG(8, 13))
	for range 20 {
		var b strings.Builder
		for range 12 {
			b.WriteString(referenceBits[rnd.IntN(len(referenceBits))] + " ")
		}
		f.Add(b.String())
	}
	f.Add("abcdefgh abcdefghi abcdefghijklmnopqrstuvwxyzabcdefghijklmnop user")
	f.Add("a\x10b\x19c 5'd it''s l’ami é5 5é ß")
	set, ref := mustCompile(f, nil, referencePatterns...), newReference(f, referencePatterns...)
	f.Fuzz(func(t *testing.T, text string) {
		agree(t, set, ref, text[:min(len(text), 300)]) // the reference is slow
	})
}

// TestRows checks that no two rows begin at the same place, and that each word
// leads where its node says.
func TestRows(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	nodes := make([]node, 2000)
	for i := range nodes {
		for range rnd.IntN(1 + 400/(1+i)) {
			nodes[i].words = append(nodes[i].words, edge{sym: symbol(1 + rnd.IntN(1000))})
		}
		nodes[i].words = append(nodes[i].words, edge{sym: symbol(1 + rnd.IntN(1000))})
		slices.SortFunc(nodes[i].words, func(a, b edge) int { return cmp.Compare(a.sym, b.sym) })
		nodes[i].words = slices.CompactFunc(nodes[i].words, func(a, b edge) bool { return a.sym == b.sym })
	}
	begun, taken := map[int]bool{0: true}, map[int]bool{}
	for i, row := range placeRows(nodes) {
		if begun[row] {
			t.Fatalf("row %d begins at %d, as another one", i, row)
		}
		begun[row] = true
		for _, e := range nodes[i].words {
			if taken[row+int(e.sym)] {
				t.Fatalf("word %d of row %d falls on another one's", e.sym, i)
			}
			taken[row+int(e.sym)] = true
		}
	}
}
