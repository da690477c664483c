package legible

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text writes out every character of s that must not be shown as it is. A text
// without such characters is returned as it is.
func Text(s string) string {
	i := firstHarmful(s)
	if i < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	b.WriteString(s[:i])
	for i < len(s) {
		r, n := utf8.DecodeRuneInString(s[i:])
		if harmful(r, n) {
			writeOut(&b, s[i], r)
		} else {
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}

// Span is a piece of a text: shown as it is, or characters written out.
type Span struct {
	Text       string
	WrittenOut bool
}

// Spans is Text in pieces, so that a page can tell ^[ that was a control
// character from a circumflex and a bracket. Their texts joined are Text(s).
func Spans(s string) []Span {
	var spans []Span
	for len(s) > 0 {
		i := firstHarmful(s)
		if i < 0 {
			return append(spans, Span{Text: s})
		}
		if i > 0 {
			spans = append(spans, Span{Text: s[:i]})
		}
		var b strings.Builder
		for i < len(s) {
			r, n := utf8.DecodeRuneInString(s[i:])
			if !harmful(r, n) {
				break
			}
			writeOut(&b, s[i], r)
			i += n
		}
		spans = append(spans, Span{Text: b.String(), WrittenOut: true})
		s = s[i:]
	}
	return spans
}

// writeOut writes the name of a character; first is its first byte.
func writeOut(b *strings.Builder, first byte, r rune) {
	switch {
	case r == utf8.RuneError:
		fmt.Fprintf(b, `\x%02x`, first)
	case r < ' ' || r == 0x7f:
		b.WriteByte('^')
		b.WriteByte(byte(r) ^ 0x40)
	case r < 0x100:
		fmt.Fprintf(b, `\x%02x`, r)
	case r < 0x10000:
		fmt.Fprintf(b, `\u%04x`, r)
	default:
		fmt.Fprintf(b, `\U%08x`, r)
	}
}

func firstHarmful(s string) int {
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			if c < ' ' && c != '\n' && c != '\t' || c == 0x7f {
				return i
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if harmful(r, n) {
			return i
		}
		i += n
	}
	return -1
}

// harmful reports what must not be shown as it is: controls but line end and tab,
// bytes that are no UTF-8, format characters (bidi marks, zero widths, tags),
// line and paragraph separators, and code points without a meaning.
func harmful(r rune, size int) bool {
	switch {
	case r == '\n' || r == '\t':
		return false
	case r < utf8.RuneSelf:
		return r < ' ' || r == 0x7f
	case r == utf8.RuneError:
		return size == 1
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp) || invisible(r)
}

// invisible reports letters that show nothing, which can hide a difference
// between two addresses, and variation selectors.
func invisible(r rune) bool {
	switch r {
	case 0x034f, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x3164, 0xffa0:
		return true
	}
	return 0xfe00 <= r && r <= 0xfe0f || 0xe0100 <= r && r <= 0xe01ef || 0x180b <= r && r <= 0x180f
}

// AppendJSON appends a JSON text to dst with the same characters written as \u
// escapes, which mean the same to whoever reads it.
func AppendJSON(dst, json []byte) []byte {
	start := 0
	for i := 0; i < len(json); {
		if json[i] < utf8.RuneSelf && json[i] != 0x7f {
			i++
			continue
		}
		r, n := utf8.DecodeRune(json[i:])
		if !harmful(r, n) {
			i += n
			continue
		}
		dst = append(dst, json[start:i]...)
		dst = appendUnicode(dst, r)
		i += n
		start = i
	}
	return append(dst, json[start:]...)
}

// appendUnicode writes a code point as JSON does, those beyond 16 bits as a
// surrogate pair (RFC 8259 section 7).
func appendUnicode(dst []byte, r rune) []byte {
	if r < 0x10000 {
		return fmt.Appendf(dst, `\u%04x`, r)
	}
	r -= 0x10000
	return fmt.Appendf(dst, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
}
