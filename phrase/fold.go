package phrase

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxWord is the longest word in bytes (folded) that can stand in a pattern;
// longer words of a text are unknown words.
const maxWord = 40

// byteClass says what a byte of a text is to the word cutter.
type byteClass uint8

const (
	classSeparator  byteClass = iota // nothing but that
	classMark                        // a separator that may end a sentence, or make a longer token of what is around it
	classLetter                      // ASCII letter
	classDigit                       // ASCII digit
	classHigh                        // part of a UTF-8 sequence, or 8-bit text
	classApostrophe                  // a separator, unless letters follow
)

var classes = classTable()

func classTable() (t [256]byteClass) {
	for b := range t {
		switch {
		case b >= '0' && b <= '9':
			t[b] = classDigit
		case b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z':
			t[b] = classLetter
		case b >= 0x80:
			t[b] = classHigh
		case b == '\'':
			t[b] = classApostrophe
		case strings.IndexByte(".!?;@:", byte(b)) >= 0:
			t[b] = classMark
		}
	}
	return t
}

// isAlnum reports ASCII letters and digits.
func isAlnum(b byte) bool { return classes[b]-classLetter <= classDigit-classLetter }

// runeAt reads the rune at text[i:]. Bytes that are no UTF-8 are read as
// Latin-1, which is what 8-bit replies of old servers mostly are.
func runeAt(text string, i int) (rune, int) {
	r, n := utf8.DecodeRuneInString(text[i:])
	if r == utf8.RuneError && n <= 1 {
		return rune(text[i]), 1
	}
	return r, n
}

// isOwnWord reports scripts written without blanks between words: each of their
// characters is a word of its own.
func isOwnWord(r rune) bool {
	switch {
	case r < 0x0E00:
		return false
	case r <= 0x0EFF: // Thai, Lao
		return true
	case r >= 0x3041 && r <= 0x30FF: // hiragana, katakana
		return r != 0x30FB
	case r >= 0x3400 && r <= 0x9FFF: // ideographs
		return true
	case r >= 0xAC00 && r <= 0xD7A3: // hangul syllables
		return true
	case r >= 0xF900 && r <= 0xFAFF, r >= 0x20000 && r <= 0x3FFFF:
		return true
	}
	return false
}

// isSentenceEnd reports full stops that need no blank after them.
func isSentenceEnd(r rune) bool {
	return r == '。' || r == '！' || r == '？' || r == '．' || r == '；'
}

// isIgnorable reports runes that vanish inside a word: combining marks,
// apostrophes, soft hyphens and zero-width characters.
func isIgnorable(r rune) bool {
	switch r {
	case '\'', 0x2019, 0x2018, 0x00B4, 0x00AD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF:
		return true
	}
	return r >= 0x0300 && r <= 0x036F
}

// foldRune appends the folded form of a letter or digit.
func foldRune(dst []byte, r rune) []byte {
	if r >= 0xFF01 && r <= 0xFF5E { // full-width ASCII
		r -= 0xFEE0
	}
	if r < utf8.RuneSelf {
		return append(dst, byte(r)|0x20)
	}
	r = unicode.ToLower(r)
	if s, ok := plainLetter(r); ok {
		return append(dst, s...)
	}
	return utf8.AppendRune(dst, r)
}

// latinPlain holds the plain forms of U+00E0..U+017F, lower case ("." where the
// rune stays as it is).
const latinPlain = "a a a a a a aec e e e e i i i i d n o o o o o . o u u u u y thy a a a a a a c c c c c c c c d d " +
	"d d e e e e e e e e e e g g g g g g g g h h h h i i i i i i i i i i ijijj j k k k l l l l l l l " +
	"l l l n n n n n n n n n o o o o o o oeoer r r r r r s s s s s s s s t t t t t t u u u u u u u u " +
	"u u u u w w y y y z z z z z z s "

// plainLetter strips the diacritics of a lower-case Latin letter, and folds the
// Cyrillic io.
func plainLetter(r rune) (string, bool) {
	switch {
	case r == 'ß':
		return "ss", true
	case r == 'ё':
		return "е", true
	case r >= 0xE0 && r <= 0xFF:
		return plainAt(int(r-0xE0) * 2)
	case r >= 0x100 && r <= 0x17F:
		return plainAt(int(r-0x100+0x20) * 2)
	case r >= 0x1EA0 && r <= 0x1EF9:
		return plainVietnamese(r)
	case r == 'ș':
		return "s", true
	case r == 'ț':
		return "t", true
	}
	return "", false
}

func plainAt(i int) (string, bool) {
	if i+2 > len(latinPlain) || latinPlain[i] == '.' {
		return "", false
	}
	if latinPlain[i+1] == ' ' {
		return latinPlain[i : i+1], true
	}
	return latinPlain[i : i+2], true
}

func plainVietnamese(r rune) (string, bool) {
	switch {
	case r <= 0x1EB7:
		return "a", true
	case r <= 0x1EC7:
		return "e", true
	case r <= 0x1ECB:
		return "i", true
	case r <= 0x1EE3:
		return "o", true
	case r <= 0x1EF1:
		return "u", true
	}
	return "y", true
}

// isWordRune reports whether r belongs to words of the ordinary kind.
func isWordRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Mc, r)
}
