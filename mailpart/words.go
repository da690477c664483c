package mailpart

import (
	"bytes"
	"strings"
)

// DecodeWords decodes the encoded words of RFC 2047 in a text. Blanks between two encoded words vanish (section 6.2), a character split over two
// words of one character set is put together, and blanks inside a word are put up with. What is no encoded word stays as it is.
func DecodeWords(s string) string {
	if !strings.Contains(s, "=?") {
		return s
	}
	d := wordDecoder{rest: s}
	for d.step() {
	}
	d.flush()
	return d.out.String()
}

type wordDecoder struct {
	rest     string
	out      strings.Builder
	pending  []byte // decoded bytes of the words just read
	charset  string // in which they are
	afterOne bool   // an encoded word has just been read
}

// step reads up to the end of the next encoded word and says whether there was any.
func (d *wordDecoder) step() bool {
	from := 0
	for {
		i := strings.Index(d.rest[from:], "=?")
		if i < 0 {
			break
		}
		i += from
		charset, content, length := encodedWord(d.rest[i:])
		if length < 0 {
			break // nothing ends a word any more
		}
		if length == 0 {
			from = i + 2
			continue
		}
		d.literal(d.rest[:i])
		d.word(charset, content)
		d.rest = d.rest[i+length:]
		return true
	}
	d.literal(d.rest)
	d.rest = ""
	return false
}

func (d *wordDecoder) literal(s string) {
	if d.afterOne && strings.Trim(s, " \t\r\n") == "" && d.rest != s {
		return
	}
	if s == "" {
		return
	}
	d.flush()
	d.out.WriteString(s)
	d.afterOne = false
}

func (d *wordDecoder) word(charset string, content []byte) {
	if charset != d.charset {
		d.flush()
	}
	d.charset = charset
	d.pending = append(d.pending, content...)
	d.afterOne = true
}

func (d *wordDecoder) flush() {
	if len(d.pending) == 0 {
		return
	}
	text, _ := convert(d.pending, d.charset)
	d.out.WriteString(strings.Map(visible, text))
	d.pending = d.pending[:0]
}

// visible keeps decoded words from breaking lines.
func visible(r rune) rune {
	if r == '\n' || r == '\r' || r == 0 {
		return ' '
	}
	return r
}

// encodedWord reads =?charset?encoding?text?= at the beginning of s. length is 0 if there is none, -1 if no "?=" is left to end one.
func encodedWord(s string) (charset string, content []byte, length int) {
	const longestCharset = 40
	end := strings.IndexByte(s[2:min(len(s), longestCharset+3)], '?')
	if end <= 0 {
		return "", nil, 0
	}
	charset = strings.ToLower(s[2 : 2+end])
	if strings.ContainsAny(charset, " \t=<>@\"") {
		return "", nil, 0
	}
	charset, _, _ = strings.Cut(charset, "*") // RFC 2231 section 5: language
	text := s[2+end+1:]
	if len(text) < 2 || text[1] != '?' {
		return "", nil, 0
	}
	encoding := lower(text[0])
	if encoding != 'b' && encoding != 'q' {
		return "", nil, 0
	}
	text = text[2:]
	stop := strings.Index(text, "?=")
	if stop < 0 {
		return "", nil, -1
	}
	length = 2 + end + 1 + 2 + stop + 2
	if encoding == 'b' {
		content, _ = decodeBase64(bytes.ReplaceAll([]byte(text[:stop]), []byte(" "), nil))
		return charset, content, length
	}
	return charset, decodeQ(text[:stop]), length
}

// decodeQ undoes the Q encoding (RFC 2047 section 4.2).
func decodeQ(s string) []byte {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '=' && i+2 < len(s) {
			if decoded, ok := hexByte(s[i+1], s[i+2]); ok {
				out = append(out, decoded)
				i += 2
				continue
			}
		}
		if c == '_' {
			c = ' '
		}
		out = append(out, c)
	}
	return out
}
