package phrase

import (
	"fmt"
	"strings"
)

// SyntaxError says what is wrong with a pattern, and where.
type SyntaxError struct {
	Pattern int    // index into the patterns given to Compile
	Words   string // the pattern, or the entry of a set
	Offset  int    // byte offset in Words
	What    string
	Hint    string // what to do about it
}

// Error says what is wrong, where, and what to do about it.
func (e *SyntaxError) Error() string {
	msg := fmt.Sprintf("phrase: %s at byte %d of %q", e.What, e.Offset, e.Words)
	if e.Hint == "" {
		return msg
	}
	return msg + " (" + e.Hint + ")"
}

// piece is a part of a parsed pattern.
type piece interface{ isPiece() }

type (
	literal string // a folded word
	stop    struct{}
	hole    struct {
		typ  holeType
		name string
	}
	choice   []sequence // alternatives; an empty one makes the rest optional
	sequence []piece
)

func (literal) isPiece()  {}
func (stop) isPiece()     {}
func (hole) isPiece()     {}
func (choice) isPiece()   {}
func (sequence) isPiece() {}

// maxSetDepth bounds how deep sets may use other sets.
const maxSetDepth = 8

// parser reads one pattern.
type parser struct {
	text  string
	pos   int
	sets  map[string][]string
	depth int
}

func (p *parser) fail(what, hint string) error {
	return &SyntaxError{Words: p.text, Offset: p.pos, What: what, Hint: hint}
}

// parsePattern reads a whole pattern.
func parsePattern(text string, sets map[string][]string, depth int) (sequence, error) {
	p := parser{text: text, sets: sets, depth: depth}
	alternatives, err := p.alternatives(false)
	if err != nil {
		return nil, err
	}
	if len(alternatives) > 1 {
		return sequence{alternatives}, nil
	}
	return alternatives[0], nil
}

// alternatives reads up to the closing parenthesis, or the end of the pattern.
func (p *parser) alternatives(inside bool) (choice, error) {
	var all choice
	var seq sequence
	for p.pos < len(p.text) {
		switch b := p.text[p.pos]; b {
		case '|':
			if !inside {
				return nil, p.fail("'|' outside parentheses", "write (a|b)")
			}
			all, seq = append(all, seq), nil
			p.pos++
		case ')':
			if !inside {
				return nil, p.fail("')' without '('", "")
			}
			return append(all, seq), nil
		default:
			n, err := p.item()
			if err != nil {
				return nil, err
			}
			seq = append(seq, n...)
		}
	}
	if inside {
		return nil, p.fail("'(' is never closed", "add ')'")
	}
	return append(all, seq), nil
}

// item reads one group, set, hole or run of words.
func (p *parser) item() (sequence, error) {
	switch p.text[p.pos] {
	case '(':
		return p.group()
	case '{':
		return p.set()
	case '<':
		return p.hole()
	case '}', '>':
		return nil, p.fail("stray '"+p.text[p.pos:p.pos+1]+"'", "")
	case '?':
		return nil, p.fail("'?' follows nothing that could be optional", "")
	}
	return p.words()
}

// optional wraps n if a question mark follows.
func (p *parser) optional(n piece) piece {
	if p.pos < len(p.text) && p.text[p.pos] == '?' {
		p.pos++
		return choice{sequence{n}, nil}
	}
	return n
}

func (p *parser) group() (sequence, error) {
	p.pos++
	all, err := p.alternatives(true)
	if err != nil {
		return nil, err
	}
	p.pos++ // ')'
	return sequence{p.optional(all)}, nil
}

// until reads the name up to the closing byte.
func (p *parser) until(closing byte) (string, error) {
	i := strings.IndexByte(p.text[p.pos:], closing)
	if i < 0 {
		return "", p.fail(fmt.Sprintf("%q is never closed", p.text[p.pos]), fmt.Sprintf("add %q", closing))
	}
	name := p.text[p.pos+1 : p.pos+i]
	p.pos += i + 1
	return name, nil
}

func (p *parser) set() (sequence, error) {
	start := p.pos
	name, err := p.until('}')
	if err != nil {
		return nil, err
	}
	entries, ok := p.sets[name]
	if !ok || len(entries) == 0 {
		p.pos = start
		return nil, p.fail("unknown set {"+name+"}", "define it under sets:")
	}
	if p.depth >= maxSetDepth {
		return nil, p.fail("sets use each other too deep at {"+name+"}", "does a set contain itself?")
	}
	all := make(choice, len(entries))
	for i, entry := range entries {
		if all[i], err = parsePattern(entry, p.sets, p.depth+1); err != nil {
			return nil, err
		}
	}
	return sequence{p.optional(all)}, nil
}

func (p *parser) hole() (sequence, error) {
	start := p.pos
	body, err := p.until('>')
	if err != nil {
		return nil, err
	}
	h, ok := holeNamed(body)
	if !ok {
		p.pos = start
		return nil, p.fail("unknown hole <"+body+">", "types are "+holeTypeNames+"; a name of its own is written <name:type>")
	}
	return sequence{p.optional(h)}, nil
}

// words reads a run of literal words up to the next special byte.
func (p *parser) words() (sequence, error) {
	end := p.pos
	for end < len(p.text) && !strings.ContainsRune("(){}<>|?", rune(p.text[end])) {
		end++
	}
	raw := p.text[p.pos:end]
	toks := noWords.cut(raw, nil)
	var seq sequence
	for _, t := range toks {
		if t.has(tagsSkipped) {
			p.pos += int(t.start)
			return nil, p.fail(fmt.Sprintf("%q is an address or a code, which matching skips", raw[t.start:t.end]), "use a hole, or the key codes")
		}
		if t.has(tagBreak) {
			seq = append(seq, stop{})
		}
		w := []byte(raw[t.start:t.end])
		if r, _ := runeAt(raw, int(t.start)); !isOwnWord(r) {
			w, _ = foldWord(nil, raw, int(t.start))
		}
		if len(w) > maxWord {
			return nil, p.fail(fmt.Sprintf("word %q is too long", w), "")
		}
		seq = append(seq, literal(w))
	}
	if endsSentence(raw) {
		seq = append(seq, stop{})
	}
	p.pos = end
	if n := len(seq); end < len(p.text) && p.text[end] == '?' {
		if n == 0 || seq[n-1] == (stop{}) {
			return nil, p.fail("'?' follows no word", "write word? or (a b)?")
		}
		seq[n-1] = p.optional(seq[n-1])
	}
	return seq, nil
}

// endsSentence reports whether a run of literal text ends with a full stop and
// a blank, so that what follows it is a new sentence.
func endsSentence(raw string) bool {
	trimmed := strings.TrimRight(raw, " \t")
	if trimmed == "" || len(trimmed) == len(raw) && !strings.HasSuffix(raw, "。") {
		return strings.HasSuffix(raw, "。")
	}
	return strings.ContainsAny(trimmed[len(trimmed)-1:], ".;!") || strings.HasSuffix(trimmed, "。")
}
