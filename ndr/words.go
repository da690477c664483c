package ndr

import "strings"

// containsAny says whether s contains one of the words.
func containsAny(s string, words []string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

// equalsAny says whether s is one of the words, without regard to case.
func equalsAny(s string, words []string) bool {
	for _, w := range words {
		if len(w) == len(s) && strings.EqualFold(s, w) {
			return true
		}
	}
	return false
}

// hasPrefixFold is strings.HasPrefix without regard to the case of ASCII; the
// prefix is in lower case.
func hasPrefixFold(s, prefix string) bool {
	if len(s) < len(prefix) {
		return false
	}
	for i := range len(prefix) {
		if lower(s[i]) != prefix[i] {
			return false
		}
	}
	return true
}

func hasAnyPrefixFold(s string, prefixes []string) bool {
	for _, p := range prefixes {
		if hasPrefixFold(s, p) {
			return true
		}
	}
	return false
}

// indexFold is strings.Index without regard to the case of ASCII; word is in
// lower case and not empty. It looks for the word's rarest byte first.
func indexFold(s, word string) int {
	at := 0
	for i := range len(word) {
		if rarity[word[i]] < rarity[word[at]] {
			at = i
		}
	}
	rare := word[at]
	for pos := at; pos < len(s); pos++ {
		i := indexByteFold(s[pos:], rare)
		if i < 0 || pos+i-at+len(word) > len(s) {
			return -1
		}
		if pos += i; hasPrefixFold(s[pos-at:], word) {
			return pos - at
		}
	}
	return -1
}

// indexByteFold finds a byte, or the same letter in upper case.
func indexByteFold(s string, c byte) int {
	i := strings.IndexByte(s, c)
	if c < 'a' || c > 'z' {
		return i
	}
	if i >= 0 {
		s = s[:i]
	}
	if j := strings.IndexByte(s, c&^0x20); j >= 0 {
		return j
	}
	return i
}

// rarity ranks bytes by how often mail has them, the rarest first.
var rarity = func() (rank [256]uint8) {
	for i, c := range []byte("([{;\"'@<#:-.,zqxjkvbpgwyfmucldhrsniaote ") {
		rank[c] = uint8(i + 1)
	}
	return rank
}()

func containsFold(s, word string) bool { return indexFold(s, word) >= 0 }

// cutFold gives what follows word in s.
func cutFold(s, word string) (before, after string, found bool) {
	i := indexFold(s, word)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(word):], true
}

// cutLoose is cutFold where a blank in words stands for any blanks and line
// ends, as where a text was wrapped anew.
func cutLoose(s, words string) (before, after string, found bool) {
	first, _, _ := strings.Cut(words, " ")
	for pos := 0; ; {
		i := indexFold(s[pos:], first)
		if i < 0 {
			return s, "", false
		}
		pos += i
		if n := looseLen(s[pos:], words); n > 0 {
			return s[:pos], s[pos+n:], true
		}
		pos++
	}
}

// looseLen gives how many bytes words take at the beginning of s, 0 if they do
// not stand there.
func looseLen(s, words string) int {
	i := 0
	for j := range len(words) {
		if words[j] == ' ' {
			start := i
			for i < len(s) && (s[i] == ' ' || s[i] == '\n' || s[i] == '\t') {
				i++
			}
			if i == start {
				return 0
			}
			continue
		}
		if i >= len(s) || lower(s[i]) != words[j] {
			return 0
		}
		i++
	}
	return i
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c | 0x20
	}
	return c
}

// cursor walks over a text line by line.
type cursor struct {
	text string
	pos  int
}

// next gives the next line without its end.
func (c *cursor) next() (line string, ok bool) {
	if c.pos >= len(c.text) {
		return "", false
	}
	end := lineEnd(c.text, c.pos)
	line = c.text[c.pos:end]
	c.pos = end + 1
	return line, true
}

// rest gives what has not been read.
func (c *cursor) rest() string {
	if c.pos >= len(c.text) {
		return ""
	}
	return c.text[c.pos:]
}

// unfold joins the lines of a text with single blanks.
func unfold(text string) string {
	text = strings.TrimSpace(text)
	if strings.IndexByte(text, '\n') < 0 {
		return text
	}
	var b strings.Builder
	b.Grow(len(text))
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(line)
	}
	return b.String()
}

// indentOf counts the blanks that a line begins with.
func indentOf(line string) int {
	return len(line) - len(strings.TrimLeft(line, " \t"))
}
