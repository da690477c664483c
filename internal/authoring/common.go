package authoring

import (
	"slices"
	"strings"
	"unicode"
)

// common returns the shortest words that two patterns both stand for, "" if
// there are none. Holes stand in it by their type. It only serves to show an
// author where patterns meet, so words are compared less closely than package
// phrase does.
func common(a, b string, sets map[string][]string) string {
	m, n := newPaths(a, sets), newPaths(b, sets)
	type pair struct{ a, b int }
	type step struct {
		from pair
		word string
	}
	start := pair{0, 0}
	came := map[pair]step{start: {}}
	queue := []pair{start}
	visit := func(from, to pair, word string) {
		if _, known := came[to]; !known {
			came[to] = step{from, word}
			queue = append(queue, to)
		}
	}
	for len(queue) > 0 {
		p := queue[0]
		queue = queue[1:]
		if p == (pair{m.end, n.end}) {
			var words []string
			for ; p != start; p = came[p].from {
				words = append(words, came[p].word)
			}
			slices.Reverse(words)
			return strings.Join(strings.Fields(strings.Join(words, " ")), " ")
		}
		for _, x := range m.arcs[p.a] {
			if x.word == "" {
				visit(p, pair{x.to, p.b}, "")
			}
			for _, y := range n.arcs[p.b] {
				if x.word == y.word && x.word != "" {
					visit(p, pair{x.to, y.to}, x.word)
				}
			}
		}
		for _, y := range n.arcs[p.b] {
			if y.word == "" {
				visit(p, pair{p.a, y.to}, "")
			}
		}
	}
	return ""
}

// paths is the word graph of a pattern that compiles: from state 0 to end, along
// words, holes, and arcs without a word.
type paths struct {
	arcs [][]arc
	end  int
	sets map[string][]string
}

type arc struct {
	word string
	to   int
}

func newPaths(pattern string, sets map[string][]string) *paths {
	p := &paths{arcs: make([][]arc, 1), sets: sets}
	p.end, _ = p.alternatives(pattern, 0)
	return p
}

func (p *paths) state() int {
	p.arcs = append(p.arcs, nil)
	return len(p.arcs) - 1
}

func (p *paths) arc(from, to int, word string) int {
	p.arcs[from] = append(p.arcs[from], arc{word, to})
	return to
}

// alternatives adds a|b|c up to an unopened ')' and returns the state behind them
// and what is left of the text.
func (p *paths) alternatives(text string, from int) (end int, rest string) {
	end = p.state()
	at := from
	for text != "" && text[0] != ')' {
		if text[0] == '|' {
			p.arc(at, end, "")
			at, text = from, text[1:]
			continue
		}
		before := at
		at, text = p.item(text, at)
		if after, ok := strings.CutPrefix(text, "?"); ok {
			p.arc(before, at, "")
			text = after
		}
	}
	p.arc(at, end, "")
	return end, strings.TrimPrefix(text, ")")
}

// item adds one group, set, hole, word or separator.
func (p *paths) item(text string, from int) (to int, rest string) {
	switch text[0] {
	case '(':
		inner := p.arc(from, p.state(), "")
		return p.alternatives(text[1:], inner)
	case '{':
		name, rest, _ := strings.Cut(text[1:], "}")
		end := p.state()
		for _, entry := range p.sets[name] {
			at, _ := p.alternatives(entry, p.arc(from, p.state(), ""))
			p.arc(at, end, "")
		}
		return end, rest
	case '<':
		name, rest, _ := strings.Cut(text[1:], ">")
		if _, kind, ok := strings.Cut(name, ":"); ok {
			name = kind
		}
		return p.arc(from, p.state(), "<"+name+">"), rest
	}
	n := strings.IndexFunc(text, func(r rune) bool { return !inWord(r) })
	if n < 0 {
		n = len(text)
	}
	if n == 0 {
		return from, text[1:] // a blank, or a stray byte of a longer separator
	}
	return p.arc(from, p.state(), strings.ToLower(strings.ReplaceAll(text[:n], "'", ""))), text[n:]
}

func inWord(r rune) bool {
	return r == '\'' || unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
}
