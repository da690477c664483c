package phrase

import "slices"

// kind says what a token is.
type kind uint8

const (
	kindWord    kind = iota
	kindAddress      // an e-mail address; skipped between the words of a pattern
	kindIP           // an IP address; skipped likewise
	kindCode         // a reply code at a join or an enhanced status code; skipped likewise
)

// token is a word of a text, or a thing that counts as one.
type token struct {
	start, end uint32 // byte range in the text
	id         uint32 // number of the word in the vocabulary; 0 if it has none
	kind       kind
	brk        bool // a sentence ended before this token
}

func (t token) skippable() bool { return t.kind != kindWord }

// wordBreak is the virtual word that stands for the end of a sentence.
const wordBreak = 1

// cutter cuts a text into tokens. Its text must be shorter than 4 GiB.
type cutter struct {
	vocab *vocabulary
	text  string
	toks  []token
	brk   bool // a sentence has ended since the last token
	coded bool // a code has been met
}

// cut returns the tokens of text, appended to dst.
func (v *vocabulary) cut(text string, dst []token) []token {
	c := cutter{vocab: v, text: text, toks: slices.Grow(dst, len(text)/4+8)}
	for i := 0; i < len(text); {
		b := text[i]
		switch classes[b] {
		case classWord:
			end := i + 1
			for end < len(text) && classes[text[end]] == classWord {
				end++
			}
			if b > '9' && (end == len(text) || classes[text[end]] == classSeparator) { // the usual word
				c.emit(token{start: uint32(i), end: uint32(end), id: v.lookupASCII(text, i, end)})
				i = end
				continue
			}
			i = c.word(i, end)
		case classHigh:
			i = c.high(i)
		default:
			if b == ' ' {
				i++
				continue
			}
			i = c.separator(i)
		}
	}
	return c.toks
}

// separator handles one byte that belongs to no word.
func (c *cutter) separator(i int) int {
	switch c.text[i] {
	case '.', '!', '?', ';':
		if i+1 == len(c.text) || isBlank(c.text[i+1]) {
			c.brk = true
		}
	case '@':
		return c.address(i)
	case ':':
		return c.colon(i)
	}
	return i + 1
}

// isBlank reports bytes that separate words as a blank does; qmail's logs write
// a blank as an underscore.
func isBlank(b byte) bool {
	return b <= ' ' || b == '_'
}

// word takes the ASCII word text[i:end], which may go on in other scripts or
// with an apostrophe, or be a number.
func (c *cutter) word(i, end int) int {
	if end < len(c.text) {
		cl := classes[c.text[end]]
		if cl == classHigh && c.joins(end) || cl == classApostrophe && c.letterAt(end+1) {
			return c.slowWord(i)
		}
	}
	if c.text[i] <= '9' {
		if next := c.numeric(i, end); next > 0 {
			return next
		}
	}
	c.emit(token{start: uint32(i), end: uint32(end), id: c.vocab.lookupASCII(c.text, i, end)})
	return end
}

// joins reports whether the rune at i continues an ASCII word.
func (c *cutter) joins(i int) bool {
	r, n := runeAt(c.text, i)
	if isIgnorable(r) {
		return r != 0x2018 && c.letterAt(i+n)
	}
	return isWordRune(r) && !isOwnWord(r)
}

// letterAt reports whether a word character stands at i.
func (c *cutter) letterAt(i int) bool {
	if i >= len(c.text) {
		return false
	}
	if classes[c.text[i]] == classWord {
		return c.text[i] > '9'
	}
	if classes[c.text[i]] != classHigh {
		return false
	}
	r, _ := runeAt(c.text, i)
	return isWordRune(r) && !isOwnWord(r)
}

// high reads what begins with a non-ASCII rune at i.
func (c *cutter) high(i int) int {
	r, n := runeAt(c.text, i)
	switch {
	case isSentenceEnd(r):
		c.brk = true
		return i + n
	case isOwnWord(r):
		c.emit(token{start: uint32(i), end: uint32(i + n), id: c.vocab.lookupString(c.text[i : i+n])})
		return i + n
	case isWordRune(r) && !isIgnorable(r):
		return c.slowWord(i)
	}
	return i + n
}

// slowWord reads a word that is not plain ASCII.
func (c *cutter) slowWord(start int) int {
	var buf [maxWord + 8]byte
	word, i := foldWord(buf[:0], c.text, start)
	var id uint32
	if len(word) <= maxWord {
		id = c.vocab.lookup(word)
	}
	c.emit(token{start: uint32(start), end: uint32(i), id: id})
	return i
}

// foldWord appends the folded word at text[i:] to dst, at most a little over
// maxWord bytes of it, and returns the index after the word.
func foldWord(dst []byte, text string, i int) ([]byte, int) {
	for i < len(text) {
		r, n := runeAt(text, i)
		if isIgnorable(r) {
			if !followsLetter(text, i+n) {
				return dst, i
			}
			i += n
			continue
		}
		if !isWordRune(r) || isOwnWord(r) {
			return dst, i
		}
		if len(dst) <= maxWord {
			dst = foldRune(dst, r)
		}
		i += n
	}
	return dst, i
}

// followsLetter reports whether an ordinary word character stands at i.
func followsLetter(text string, i int) bool {
	if i >= len(text) {
		return false
	}
	r, _ := runeAt(text, i)
	return isWordRune(r) && !isOwnWord(r)
}

// emitCode adds a code. The first one behind other words begins the reply that
// they announce, as a new sentence would; the later ones are the joins of its
// lines.
func (c *cutter) emitCode(start, end int) {
	c.brk = c.brk || !c.coded && len(c.toks) > 0
	c.coded = true
	c.emit(token{start: uint32(start), end: uint32(end), kind: kindCode})
}

// emit adds a token. A pending sentence end goes with it.
func (c *cutter) emit(t token) {
	t.brk = c.brk
	c.brk = false
	c.toks = append(c.toks, t)
}

// dropFrom removes the tokens that begin at or after byte start, and restores
// the sentence end that the first of them carried.
func (c *cutter) dropFrom(start int) {
	n := len(c.toks)
	for n > 0 && int(c.toks[n-1].start) >= start {
		c.brk = c.toks[n-1].brk
		n--
	}
	c.toks = c.toks[:n]
}
