package mailpart

import (
	"strconv"
	"strings"
)

// Param gives a parameter of Content-Type, RFC 2231 and RFC 2047 decoded, "" if there is none.
func (p *Part) Param(name string) string { return p.Header.Param("Content-Type", name) }

// FileName gives the name of an attachment, from Content-Disposition or else Content-Type, "" if there is none.
func (p *Part) FileName() string {
	if name := p.Header.Param("Content-Disposition", "filename"); name != "" {
		return name
	}
	return p.Header.Param("Content-Type", "name")
}

// Param gives a parameter of a structured field such as Content-Type, RFC 2231 and RFC 2047 decoded, "" if there is none.
func (h Header) Param(field, name string) string {
	f, ok := h.Field(field)
	if !ok {
		return ""
	}
	if value, ok := param(f.value, name); ok {
		return DecodeWords(toUTF8String(unfold(value), h.charset))
	}
	return extendedParam(f.value, name)
}

// extendedParam puts together name*=, name*0=, name*1*= and so on (RFC 2231 sections 3 and 4).
func extendedParam(value []byte, name string) string {
	const most = 100
	pieces := make(map[int]string)
	charset := ""
	for rest := value[:min(len(value), maxParams)]; ; {
		n, v, after, ok := nextParam(rest)
		if !ok {
			break
		}
		rest = after
		if len(n) <= len(name) || n[len(name)] != '*' || !hasPrefixFold(n, strings.ToLower(name)) {
			continue
		}
		index, encoded := sectionOf(string(n[len(name):]))
		if index < 0 || index >= most {
			continue
		}
		text := string(v)
		if strings.ContainsAny(text, "\r\n") {
			text = string(unfold(v))
		}
		if encoded && index == 0 {
			charset, text = splitLanguage(text)
		}
		if encoded {
			text = percentDecode(text)
		}
		pieces[index] = text
	}
	var out strings.Builder
	for i := 0; i < len(pieces); i++ {
		out.WriteString(pieces[i])
	}
	return toUTF8String([]byte(out.String()), charset)
}

// sectionOf reads "*", "*0", "*0*": the number of the piece and whether it is percent-encoded.
func sectionOf(s string) (index int, encoded bool) {
	if s == "*" {
		return 0, true
	}
	s, encoded = strings.CutSuffix(s[1:], "*")
	index, err := strconv.Atoi(s)
	if err != nil {
		return -1, false
	}
	return index, encoded
}

// splitLanguage takes charset'language' off.
func splitLanguage(s string) (charset, text string) {
	charset, rest, ok := strings.Cut(s, "'")
	if !ok {
		return "", s
	}
	_, text, ok = strings.Cut(rest, "'")
	if !ok {
		return "", s
	}
	return strings.ToLower(charset), text
}

func percentDecode(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if c, ok := hexByte(s[i+1], s[i+2]); ok {
				out = append(out, c)
				i += 2
				continue
			}
		}
		out = append(out, s[i])
	}
	return string(out)
}

func hexByte(high, low byte) (byte, bool) {
	h, l := hexDigit(high), hexDigit(low)
	return h<<4 | l, h < 16 && l < 16
}

// hexDigit gives the value of a digit, 16 if it is none.
func hexDigit(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= lower(c) && lower(c) <= 'f':
		return lower(c) - 'a' + 10
	}
	return 16
}
