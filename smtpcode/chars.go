package smtpcode

import "math/bits"

// Kinds of bytes, one bit each.
const (
	cDigit   uint8 = 1 << iota
	cLower         // ASCII letter in lower case
	cUpper         // ASCII letter in upper case
	cBlank         // blank, tab, line end, and "_", which servers write for a blank
	cNewline       // CR, LF
	cOpen          // what may open a code: brackets, quotes, "#", "*"
	cHigh          // not ASCII
	cJoin          // what may stand between a reply code and its enhanced status code

	cLetter = cLower | cUpper
	cAlnum  = cLetter | cDigit
)

// kinds has the kinds of every byte. It is never written to.
var kinds = byteKinds()

func byteKinds() (t [256]uint8) {
	for b := range t {
		switch {
		case b >= '0' && b <= '9':
			t[b] = cDigit
		case b >= 'a' && b <= 'z':
			t[b] = cLower
		case b >= 'A' && b <= 'Z':
			t[b] = cUpper
		case b >= 0x80:
			t[b] = cHigh
		}
	}
	for _, set := range []struct {
		bytes string
		kind  uint8
	}{
		{" \t\r\n\v\f_", cBlank}, {"\r\n", cNewline}, {"([{<\"'`#*", cOpen}, {" \t\r\n\v\f_-:/#,()[]{}<>=\"'|*", cJoin},
	} {
		for i := range len(set.bytes) {
			t[set.bytes[i]] |= set.kind
		}
	}
	return t
}

func isDigit(b byte) bool { return b-'0' <= 9 }

func is(b byte, kind uint8) bool { return kinds[b]&kind != 0 }

// isAt reports whether text has a byte of one of the kinds at i.
func isAt(text string, i int, kind uint8) bool {
	return i >= 0 && i < len(text) && kinds[text[i]]&kind != 0
}

// skipBlanks returns the offset of the first byte from i on that is not blank, looking no further than most bytes.
func skipBlanks(text string, i, most int) int {
	for end := min(len(text), i+most); i < end && is(text[i], cBlank); {
		i++
	}
	return i
}

// closer returns what closes an opening bracket or quote, or 0.
func closer(b byte) byte {
	switch b {
	case '(':
		return ')'
	case '[':
		return ']'
	case '{':
		return '}'
	case '<':
		return '>'
	case '"', '\'':
		return b
	}
	return 0
}

const (
	eachByte = 0x0101010101010101
	topBits  = 0x8080808080808080
)

// nextDigit returns the offset of the first of the digits 2 to 5 in text[i:], or len(text). No code begins with another. Eight bytes are
// looked at together: with two added, the upper six bits of these digits are those of '4', of these alone.
func nextDigit(text string, i int) int {
	for ; i+8 <= len(text); i += 8 {
		s := text[i : i+8]
		w := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
			uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
		v := (((w&^topBits + 2*eachByte) ^ '4'*eachByte) & (0xfc * eachByte)) | w&topBits
		// The lowest marked byte is exact; borrows spoil only bytes above it.
		if hit := (v - eachByte) &^ v & topBits; hit != 0 {
			return i + bits.TrailingZeros64(hit)/8
		}
	}
	for i < len(text) && (text[i]+2)&0xfc != '4' {
		i++
	}
	return i
}
