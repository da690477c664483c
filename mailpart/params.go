package mailpart

import (
	"bytes"
	"strings"
)

// describe reads the fields that say what the part is.
func (p *Part) describe() {
	typed := false
	for i := range p.Header.spans {
		f := p.Header.at(i)
		switch {
		case len(f.name) == len("Content-Type") && !typed && f.Is("Content-Type"):
			typed = p.setType(f.value)
		case len(f.name) == len("Content-Transfer-Encoding") && p.Encoding == EncodingUnknown && f.Is("Content-Transfer-Encoding"):
			p.Encoding = encodingOf(f.value)
			if p.Encoding == EncodingUnknown {
				p.note(EncodingBroken, 0)
			}
		}
	}
	if p.Encoding == EncodingUnknown && !p.Header.Has("Content-Transfer-Encoding") {
		p.Encoding = Identity
	}
	p.Header.charset = p.Charset
	if !typed && p.Header.Has("Content-Type") {
		p.note(ContentTypeBroken, 0)
	}
}

// setType reads a Content-Type and says whether it could.
func (p *Part) setType(value []byte) bool {
	mediaType := mediaTypeOf(value)
	if mediaType == "" {
		return false
	}
	p.MediaType = mediaType
	if charset, ok := param(value, "charset"); ok {
		p.Charset = charsetName(charset)
	}
	return true
}

// mediaTypeOf reads "type/subtype" from the beginning of a Content-Type, "" if there is none.
func mediaTypeOf(value []byte) string {
	const longest = 80
	var buf [longest]byte
	n, slashes := 0, 0
	for _, c := range skipComment(trimLeft(bytes.TrimPrefix(trimLeft(value), []byte{'"'}))) {
		if c == ';' || c == ',' || c == '(' || c == '"' || isSpace(c) {
			break
		}
		if c <= ' ' || c >= 0x7f || n == longest {
			return ""
		}
		if c == '/' {
			slashes++
		}
		buf[n] = lower(c)
		n++
	}
	if slashes != 1 || buf[0] == '/' || buf[max(n-1, 0)] == '/' {
		return bareType(string(buf[:n]))
	}
	return intern(buf[:n])
}

// bareType completes types without a subtype. QUIRK: "Content-Type: text" is RFC 1049 as sendmail and mail(1) wrote it before MIME.
func bareType(name string) string {
	switch strings.Trim(name, "/") {
	case "text", "plain":
		return "text/plain"
	case "html":
		return "text/html"
	case "multipart":
		return "multipart/mixed"
	}
	return ""
}

// intern makes a string of a media type, without allocating for the usual ones.
func intern(b []byte) string {
	switch string(b) {
	case "text/plain":
		return "text/plain"
	case "text/html":
		return "text/html"
	case "text/rfc822-headers":
		return "text/rfc822-headers"
	case "message/rfc822":
		return "message/rfc822"
	case "message/delivery-status":
		return "message/delivery-status"
	case "message/feedback-report":
		return "message/feedback-report"
	case "message/disposition-notification":
		return "message/disposition-notification"
	case "multipart/report":
		return "multipart/report"
	case "multipart/mixed":
		return "multipart/mixed"
	case "multipart/alternative":
		return "multipart/alternative"
	case "multipart/related":
		return "multipart/related"
	}
	return string(b)
}

func charsetName(b []byte) string {
	var buf [24]byte
	b = bytes.TrimSpace(b)
	if len(b) > len(buf) {
		return strings.ToLower(string(b))
	}
	for i, c := range b {
		buf[i] = lower(c)
	}
	switch string(buf[:len(b)]) {
	case "utf-8":
		return "utf-8"
	case "us-ascii":
		return "us-ascii"
	case "iso-8859-1":
		return "iso-8859-1"
	case "windows-1252":
		return "windows-1252"
	}
	return string(buf[:len(b)])
}

func encodingOf(value []byte) Encoding {
	var buf [24]byte
	n := 0
	for _, c := range skipComment(trimLeft(value)) {
		if n == len(buf) || n > 0 && (isSpace(c) || c == ';' || c == '(') {
			break
		}
		if c != '"' && c != '\'' {
			buf[n] = lower(c)
			n++
		}
	}
	switch string(buf[:n]) {
	case "", "7bit", "8bit", "binary", "7-bit", "8-bit", "none", "7bits", "8bits", "us-ascii", "identity":
		return Identity
	case "base64", "base-64":
		return Base64
	case "quoted-printable", "quotedprintable", "quoted_printable":
		return QuotedPrintable
	case "x-uuencode", "uuencode", "x-uue", "x-uuencoded":
		return UUEncode
	}
	return EncodingUnknown
}

// trimLeft leaves out blanks and line ends.
func trimLeft(b []byte) []byte {
	for len(b) > 0 && isSpace(b[0]) {
		b = b[1:]
	}
	return b
}

// skipComment leaves out a comment in parentheses (RFC 5322 section 3.2.2) and blanks at the beginning.
func skipComment(b []byte) []byte {
	for len(b) > 0 && b[0] == '(' {
		end := bytes.IndexByte(b, ')')
		if end < 0 {
			return b
		}
		b = trimLeft(b[end+1:])
	}
	return b
}

// boundary gives the boundary parameter, nil if there is none. Usually it is a slice of the mail.
func (p *Part) boundary() []byte {
	const longest = 1000
	f, _ := p.Header.Field("Content-Type")
	value, ok := param(f.value, "boundary")
	if !ok {
		value = []byte(p.Param("boundary")) // RFC 2231 form
	}
	value = bytes.TrimRight(unfold(value), " \t")
	if len(value) == 0 || len(value) > longest {
		return nil
	}
	return value
}

// maxParams is how many bytes of a field are looked at for parameters.
const maxParams = 16 << 10

// param finds a parameter in a field such as Content-Type. The result is a slice of value unless it holds escapes.
func param(value []byte, name string) (found []byte, ok bool) {
	for rest := value[:min(len(value), maxParams)]; ; {
		var n, v []byte
		n, v, rest, ok = nextParam(rest)
		if !ok {
			return nil, false
		}
		if equalFold(n, name) {
			return v, true
		}
	}
}

// nextParam reads the next name=value after a semicolon. Unquoted values go up to the next semicolon or blank, whatever they hold.
func nextParam(b []byte) (name, value, rest []byte, ok bool) {
	for {
		i := separator(b)
		if i < 0 {
			return nil, nil, nil, false
		}
		b = skipComment(trimLeft(b[i+1:]))
		n := 0
		for n < len(b) && (isNameByte(b[n]) || b[n] == '*') {
			n++
		}
		v := trimLeft(b[n:])
		if n == 0 || len(v) == 0 || v[0] != '=' {
			continue
		}
		value, rest = paramValue(trimLeft(v[1:]))
		return b[:n], value, rest, true
	}
}

// separator finds the next semicolon. QUIRK: some generators put a comma, or nothing but a line break, between parameters.
func separator(b []byte) int {
	for i := 0; i < len(b); i++ {
		c := b[i]
		if c == '(' {
			i += max(bytes.IndexByte(b[i:], ')'), 0)
			continue
		}
		if c == ';' || c == ',' || (c == ' ' || c == '\t' || c == '\n') && i+1 < len(b) && isNameByte(b[i+1]) && assignment(b[i+1:]) {
			return i
		}
	}
	return -1
}

// assignment says whether "name=" stands here.
func assignment(b []byte) bool {
	const longest = 40
	for i, c := range b[:min(len(b), longest)] {
		if c == '=' {
			return i > 0
		}
		if !isNameByte(c) && c != '*' {
			return false
		}
	}
	return false
}

// paramValue reads a value, quoted or not, and gives what follows it.
func paramValue(b []byte) (value, rest []byte) {
	if len(b) == 0 || b[0] != '"' {
		end := bytes.IndexAny(b, "; \t\r\n")
		if end < 0 {
			end = len(b)
		}
		return bytes.TrimRight(b[:end], `"`), b[end:]
	}
	for i := 1; i < len(b); i++ {
		if b[i] == '\\' {
			i++
			continue
		}
		if b[i] == '"' {
			return unescape(b[1:i]), b[i+1:]
		}
	}
	// The closing quote is missing: the value ends with the parameter.
	end := bytes.IndexAny(b, ";\r\n")
	if end < 0 {
		end = len(b)
	}
	return b[1:end], b[end:]
}

func unescape(b []byte) []byte {
	if bytes.IndexByte(b, '\\') < 0 {
		return b
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] == '\\' && i+1 < len(b) {
			i++
		}
		out = append(out, b[i])
	}
	return out
}
