package phrase

import (
	"math/bits"
	"slices"
)

// tags say what a token is. A plain word and another one in the middle of a
// sentence have none but tagPlain.
type tags uint16

const (
	tagBreak   tags = 1 << iota // a sentence ended before this token
	tagAddress                  // an e-mail address; skipped between the words of a pattern
	tagIP                       // an IP address; skipped likewise
	tagCode                     // a reply code at a join or an enhanced status code; skipped likewise
	tagEnd                      // no token, but the end of the text
	tagPlain                    // a word before a blank that begins with no digit
	tagDigit                    // a word that begins with a digit
	tagJoined                   // a word with a dot, a hyphen or an underscore right behind

	tagAny      = tags(1) << 15 // no token has it; it stands for any in [startsOf]
	tagsSkipped = tagAddress | tagIP | tagCode
	tagsNoWord  = tagsSkipped | tagEnd
)

// token is a word of a text, or a thing that counts as one.
type token struct {
	start, end uint32 // byte range in the text
	id         uint32 // number of the word in the vocabulary; 0 if it has none
	tags       tags
}

func (t *token) has(any tags) bool { return t.tags&any != 0 }

// wordBreak is the virtual word that stands for the end of a sentence.
const wordBreak = 1

// cutter cuts a text into tokens. Its text must be shorter than 4 GiB.
type cutter struct {
	vocab *vocabulary
	text  string
	toks  []token
	brk   tags // tagBreak once a sentence has ended since the last token
	coded bool // a code has been met
}

// cut returns the tokens of text, appended to dst.
func (v *vocabulary) cut(text string, dst []token) []token {
	c := cutter{vocab: v, text: text, toks: slices.Grow(dst, len(text)/4+8)}
	for i := 0; i < len(text); {
		switch class := classes[text[i]]; class {
		case classSeparator, classApostrophe:
			i++
		case classLetter:
			i = c.words(i)
		case classDigit:
			i = c.number(i)
		case classHigh:
			i = c.high(i)
		default:
			i = c.mark(i)
		}
	}
	return c.toks
}

// words takes the word that begins with the letter at i, and those that follow
// it with one blank between, as long as they are of the usual kind: ASCII
// letters and digits before a separator, at most seven.
func (c *cutter) words(i int) int {
	text, toks, brk, v := c.text, c.toks, c.brk, c.vocab
	for {
		end, id, x := i, uint32(0), uint64(0)
		if i+8 <= len(text) {
			x = load8(text, i)
		} else {
			x = loadEnd(text, i)
		}
		if other := otherBytes(x); other != 0 {
			n := bits.TrailingZeros64(other) &^ 7
			end += n / 8
			if h := mix(hashSeed, (x|foldASCII)&(1<<(n&63)-1)); v.filter.has(h) {
				id = v.find(h)
			}
		} else {
			end, id = c.run(i)
		}
		if end < len(text) && classes[text[end]] >= classHigh {
			c.toks, c.brk = toks, brk
			return c.word(i, end, id)
		}
		t := token{start: uint32(i), end: uint32(end), id: id, tags: brk}
		i = end
		if end < len(text) {
			t.tags |= tagsBefore[text[end]]
			if text[end] == ' ' {
				i++
			}
		}
		toks, brk = append(toks, t), 0
		if i == end || i >= len(text) || classes[text[i]] != classLetter {
			c.toks, c.brk = toks, 0
			return i
		}
	}
}

// run returns the end of the run of ASCII letters and digits that begins at i,
// and the number of the word that it is.
func (c *cutter) run(i int) (end int, id uint32) {
	text, start, h := c.text, i, uint64(hashSeed)
	for {
		var x uint64
		if i+8 <= len(text) {
			x = load8(text, i)
		} else {
			x = loadEnd(text, i)
		}
		other := otherBytes(x)
		if other == 0 {
			h = mix(h, x|foldASCII)
			i += 8
			continue
		}
		n := bits.TrailingZeros64(other) &^ 7
		h = mix(h, (x|foldASCII)&(1<<(n&63)-1))
		i += n / 8
		if i-start > maxWord {
			return i, 0
		}
		if !c.vocab.filter.has(h) {
			return i, 0
		}
		return i, c.vocab.find(h)
	}
}

// mark handles a byte that belongs to no word and may mean something.
func (c *cutter) mark(i int) int {
	switch c.text[i] {
	case '.', '!', '?', ';':
		if i+1 == len(c.text) || isBlank(c.text[i+1]) {
			c.brk = tagBreak
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

// tagsBefore has the tags of a word of letters by the byte behind it.
var tagsBefore = [256]tags{' ': tagPlain, '.': tagJoined, '-': tagJoined, '_': tagJoined}

// number takes what begins with the digit at i: a word, if it is no address and
// no code.
func (c *cutter) number(i int) int {
	end := i + 1
	for end < len(c.text) && isAlnum(c.text[end]) {
		end++
	}
	if c.goesOnBehind(end) {
		return c.slowWord(i)
	}
	if next := c.numeric(i, end); next > 0 {
		return next
	}
	_, id := c.run(i)
	c.emitWord(i, end, id)
	return end
}

// word takes the ASCII word text[i:end] with its number, which may go on in
// other scripts or with an apostrophe.
func (c *cutter) word(i, end int, id uint32) int {
	if c.goesOnBehind(end) {
		return c.slowWord(i)
	}
	c.emitWord(i, end, id)
	return end
}

// goesOnBehind reports whether an ASCII word that ends at end goes on in another
// script or with an apostrophe.
func (c *cutter) goesOnBehind(end int) bool {
	if end >= len(c.text) {
		return false
	}
	switch classes[c.text[end]] {
	case classHigh:
		return c.joins(end)
	case classApostrophe:
		return c.letterAt(end + 1)
	}
	return false
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
	switch classes[c.text[i]] {
	case classLetter:
		return true
	case classHigh:
		r, _ := runeAt(c.text, i)
		return isWordRune(r) && !isOwnWord(r)
	}
	return false
}

// high reads what begins with a non-ASCII rune at i.
func (c *cutter) high(i int) int {
	r, n := runeAt(c.text, i)
	switch {
	case isSentenceEnd(r):
		c.brk = tagBreak
		return i + n
	case isOwnWord(r):
		c.emitWord(i, i+n, c.vocab.lookup([]byte(c.text[i:i+n])))
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
	c.emitWord(start, i, id)
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
	if !c.coded && len(c.toks) > 0 {
		c.brk = tagBreak
	}
	c.coded = true
	c.emit(start, end, tagCode)
}

// emitWord adds a word.
func (c *cutter) emitWord(start, end int, id uint32) {
	t := token{start: uint32(start), end: uint32(end), id: id, tags: c.brk}
	if end < len(c.text) {
		t.tags |= tagsBefore[c.text[end]]
	}
	if isDigit(c.text[start]) {
		t.tags = t.tags&^tagPlain | tagDigit
	}
	c.brk = 0
	c.toks = append(c.toks, t)
}

// emit adds a token that is no word. A pending sentence end goes with it.
func (c *cutter) emit(start, end int, kind tags) {
	c.toks = append(c.toks, token{start: uint32(start), end: uint32(end), tags: kind | c.brk})
	c.brk = 0
}

// dropFrom removes the tokens that begin at or after byte start, and restores
// the sentence end that the first of them carried.
func (c *cutter) dropFrom(start int) {
	n := len(c.toks)
	for n > 0 && int(c.toks[n-1].start) >= start {
		c.brk = c.toks[n-1].tags & tagBreak
		n--
	}
	c.toks = c.toks[:n]
}
