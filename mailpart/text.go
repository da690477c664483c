package mailpart

import (
	"bytes"
	"strings"
)

// IsMultipart says whether the media type is multipart/*.
func (p *Part) IsMultipart() bool { return strings.HasPrefix(p.MediaType, "multipart/") }

// IsMessage says whether the body of the part is a message, or the header of one, which is then its only child.
func (p *Part) IsMessage() bool {
	switch p.MediaType {
	case "message/rfc822", "message/global", "message/news":
		return true
	}
	return headersOnly(p.MediaType)
}

// headersOnly: the header of a message (RFC 6522 section 4, RFC 6533 section 3; message/rfc822-headers is a common slip).
func headersOnly(mediaType string) bool {
	switch mediaType {
	case "text/rfc822-headers", "text/rfc822-header", "message/rfc822-headers", "message/rfc822-header", "message/global-headers":
		return true
	}
	return false
}

// IsText says whether the part is text: text/* other than a returned header, or a multipart in which no part could be found.
func (p *Part) IsText() bool {
	if p.IsMultipart() {
		return len(p.Children) == 0
	}
	return strings.HasPrefix(p.MediaType, "text/") && !p.IsMessage()
}

// IsTNEF says whether the body is Microsoft's Transport Neutral Encapsulation Format, which is not read.
func (p *Part) IsTNEF() bool {
	return p.MediaType == "application/ms-tnef" || p.MediaType == "application/vnd.ms-tnef" ||
		strings.EqualFold(p.FileName(), "winmail.dat")
}

// Content gives the body with its transfer encoding undone: a slice of the mail where nothing had to be undone.
func (p *Part) Content() []byte {
	store, missing := p.todo(contentDone)
	if missing {
		store.content = p.decodeContent()
	}
	return store.content
}

func (p *Part) decodeContent() []byte {
	body := p.Body
	if len(body) > p.textBytes && p.textBytes > 0 {
		p.note(TextTooLarge, p.textBytes)
		body = body[:p.textBytes]
	}
	clean := true
	// Encodings of multiparts are forbidden (RFC 2045 section 6.4) and, where they stand, mostly untrue.
	opaque := p.IsMultipart() && !p.noted(BoundaryNotFound)
	switch {
	case opaque:
		return body
	case p.Encoding == Base64:
		body, clean = decodeBase64(body)
	case p.Encoding == QuotedPrintable:
		body, clean = decodeQuotedPrintable(body)
	}
	if !clean {
		p.note(EncodingBroken, 0)
	}
	return body
}

// Text gives the body as valid UTF-8 whose lines end in \n: transfer encoding and character set undone, uuencoded attachments left out. It is
// empty for parts that have children and for TNEF; other media types than text are decoded all the same, as bounces mislabel them.
func (p *Part) Text() string {
	store, missing := p.todo(textDone)
	if missing {
		store.text = p.makeText()
	}
	return store.text
}

func (p *Part) makeText() string {
	if len(p.Children) > 0 {
		return ""
	}
	if p.IsTNEF() {
		p.note(TNEFSkipped, 0)
		return ""
	}
	content := p.Content()
	charset := p.Charset
	if charset == "" && p.MediaType == "text/html" {
		charset = metaCharset(content)
	}
	text, fit := convert(content, charset)
	switch fit {
	case unknown:
		p.note(CharsetUnknown, 0)
	case illFitted:
		p.note(CharsetBroken, 0)
	}
	text = normalizeLines(text)
	text, skipped := skipUUEncoded(text)
	if skipped {
		p.note(UUEncodedSkipped, 0)
	}
	return text
}

// Plain gives Text and, if the part is HTML, what a reader would see of it.
func (p *Part) Plain() string {
	if p.MediaType != "text/html" {
		return p.Text()
	}
	store, missing := p.todo(plainDone)
	if missing {
		store.plain = HTMLText(p.Text())
	}
	return store.plain
}

// metaCharset finds the character set that an HTML page names near its beginning.
func metaCharset(html []byte) string {
	const look = 1024
	html = bytes.ToLower(html[:min(len(html), look)])
	_, after, ok := bytes.Cut(html, []byte("charset="))
	if !ok {
		return ""
	}
	after = bytes.TrimLeft(after, `"' `)
	if end := bytes.IndexAny(after, "\"'> ;/\r\n"); end >= 0 {
		after = after[:end]
	}
	return string(after)
}

// normalizeLines makes every line end \n.
func normalizeLines(s string) string {
	first := strings.IndexByte(s, '\r')
	if first < 0 {
		return s
	}
	var out strings.Builder
	out.Grow(len(s))
	for {
		i := strings.IndexByte(s, '\r')
		if i < 0 {
			out.WriteString(s)
			return out.String()
		}
		out.WriteString(s[:i])
		out.WriteByte('\n')
		s = s[i:]
		switch {
		case strings.HasPrefix(s, "\r\n"):
			s = s[2:]
		case strings.HasPrefix(s, "\r\r\n"):
			s = s[3:]
		default:
			s = s[1:]
		}
	}
}

// skipUUEncoded leaves out uuencoded attachments: "begin 644 name", lines of a length that their first character tells, "end".
func skipUUEncoded(s string) (text string, skipped bool) {
	if !strings.Contains(s, "begin ") {
		return s, false
	}
	var out strings.Builder
	for rest := s; rest != ""; {
		line, after := cutLine(rest)
		if isUUBegin(line) && isUULine(firstLine(after)) {
			rest = afterUU(after)
			skipped = true
			continue
		}
		out.WriteString(rest[:len(rest)-len(after)])
		rest = after
	}
	if !skipped {
		return s, false
	}
	return out.String(), true
}

func cutLine(s string) (line, rest string) {
	line, rest, _ = strings.Cut(s, "\n")
	return line, rest
}

func firstLine(s string) string {
	line, _ := cutLine(s)
	return line
}

func isUUBegin(line string) bool {
	mode, ok := strings.CutPrefix(line, "begin ")
	if !ok || len(mode) < 5 {
		return false
	}
	mode, name, ok := strings.Cut(mode, " ")
	return ok && name != "" && (len(mode) == 3 || len(mode) == 4) && strings.Trim(mode, "01234567") == ""
}

// isUULine: the first character says how many bytes the line holds, three of which take four characters. Trailing blanks may be lost.
func isUULine(line string) bool {
	if line == "" || line[0] <= ' ' || line[0] > '`' {
		return false
	}
	length := (int(line[0]-' ')&63 + 2) / 3 * 4
	return len(line)-1 <= length+2 && len(line)-1 >= length-8
}

func afterUU(s string) string {
	for s != "" {
		line, rest := cutLine(s)
		if line == "end" {
			return rest
		}
		if line != "`" && strings.TrimSpace(line) != "" && !isUULine(line) {
			return s
		}
		s = rest
	}
	return s
}
