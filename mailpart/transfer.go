package mailpart

import (
	"bytes"
	"encoding/base64"
)

// decodeBase64 undoes base64 (RFC 2045 section 6.8). clean is false if there was anything to be tolerant about.
//
// Bytes outside of the alphabet are skipped, a missing end is made up, several base64 texts after each other are decoded one by one, and
// plain text after the end (added by list servers and virus scanners) is kept as it stands. What is no base64 at all is given back.
func decodeBase64(b []byte) (out []byte, clean bool) {
	b = bytes.TrimRight(b, " \t\r\n")
	out = make([]byte, base64.StdEncoding.DecodedLen(len(b)))
	if n, err := base64.StdEncoding.Decode(out, b); err == nil {
		return out[:n], true
	}
	if !resemblesBase64(b) {
		return b, false
	}
	return looseBase64(out[:0], b), false
}

// resemblesBase64 judges by the beginning, at most up to the first padding: few bytes outside of the alphabet.
func resemblesBase64(b []byte) bool {
	const look, tolerance = 1024, 8 // one byte in eight may be wrong
	good, bad := 0, 0
	for _, c := range b[:min(len(b), look)] {
		if c == '=' {
			break
		}
		switch {
		case base64Value(c) < 64:
			good++
		case c == ' ' || !isSpace(c):
			bad++
		}
	}
	return bad*tolerance <= good
}

func looseBase64(out, b []byte) []byte {
	var acc uint32
	n := 0 // characters in acc
	padded := false
	for i := 0; i < len(b); i++ {
		c := b[i]
		if padded && (c == '\n' || c == '\r') && plainTail(b[i+1:]) {
			return append(out, b[i:]...)
		}
		v := base64Value(c)
		if v < 64 {
			acc = acc<<6 | uint32(v)
			n++
			padded = false
		}
		if n == 4 {
			out = append(out, byte(acc>>16), byte(acc>>8), byte(acc))
			acc, n = 0, 0
		}
		if c == '=' {
			out = flushBase64(out, acc, n)
			acc, n, padded = 0, 0, true
		}
	}
	return flushBase64(out, acc, n)
}

// flushBase64 takes the last two or three characters of a text.
func flushBase64(out []byte, acc uint32, n int) []byte {
	switch n {
	case 2:
		return append(out, byte(acc>>4))
	case 3:
		return append(out, byte(acc>>10), byte(acc>>2))
	}
	return out
}

// plainTail says whether a line of plain text follows where base64 has ended.
func plainTail(b []byte) bool {
	const longestLine = 100
	b = bytes.TrimLeft(b[:min(len(b), longestLine)], "\r\n")
	for _, c := range b {
		if c == '\r' || c == '\n' {
			return false
		}
		if base64Value(c) == 64 && c != '=' {
			return true
		}
	}
	return false
}

// base64Value gives the value of a character of the alphabet, 64 for others.
func base64Value(c byte) byte {
	switch {
	case 'A' <= c && c <= 'Z':
		return c - 'A'
	case 'a' <= c && c <= 'z':
		return c - 'a' + 26
	case '0' <= c && c <= '9':
		return c - '0' + 52
	case c == '+':
		return 62
	case c == '/':
		return 63
	}
	return 64
}

// decodeQuotedPrintable undoes quoted-printable (RFC 2045 section 6.7). An equals sign that begins no escape stands for itself. Line ends become LF,
// so that "=0D" before one means the same whatever the line ends of the mail are.
func decodeQuotedPrintable(b []byte) (out []byte, clean bool) {
	first := bytes.IndexByte(b, '=')
	if first < 0 {
		return b, true
	}
	clean = true
	out = make([]byte, 0, len(b))
	for {
		i := bytes.IndexByte(b, '=')
		if i < 0 {
			return appendLines(out, b), clean
		}
		out = appendLines(out, b[:i])
		b = b[i+1:]
		if len(b) >= 2 {
			if c, ok := hexByte(b[0], b[1]); ok {
				out = append(out, c)
				b = b[2:]
				continue
			}
		}
		if next, ok := lineEndsAt(b, 0); ok { // soft line break, also with blanks before the line end
			b = b[next:]
			continue
		}
		clean = false
		out = append(out, '=')
	}
}

// appendLines appends a text, its line ends made LF.
func appendLines(out, b []byte) []byte {
	for {
		i := bytes.IndexByte(b, '\r')
		if i < 0 {
			return append(out, b...)
		}
		out = append(append(out, b[:i]...), '\n')
		b = b[afterEOL(b, i):]
	}
}
