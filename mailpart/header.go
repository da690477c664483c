package mailpart

import (
	"bytes"
	"iter"
)

// Header is an ordered list of fields; duplicates are kept. The zero value has none. Names are compared without regard to case.
type Header struct {
	buf     []byte
	spans   []span
	charset string // what bytes outside of ASCII and UTF-8 are probably written in; "" if nobody says
}

// span says where a field stands in the buffer: name from start to nameEnd, value after colon up to end.
type span struct{ start, nameEnd, colon, end uint32 }

// Field is one header field. It points into the mail.
type Field struct {
	name, value []byte
	charset     string
}

// Name gives the name as it stands, without blanks.
func (f Field) Name() string { return string(f.name) }

// Is compares the name without regard to case.
func (f Field) Is(name string) bool { return equalFold(f.name, name) }

// Raw gives what follows the colon as it stands: folds, blanks and any bytes.
func (f Field) Raw() string { return string(f.value) }

// Unfolded gives the value as valid UTF-8 with each fold made one blank; encoded words are left alone.
func (f Field) Unfolded() string { return toUTF8String(unfold(f.value), f.charset) }

// Text gives the value unfolded and with its encoded words (RFC 2047) decoded.
func (f Field) Text() string {
	if !bytes.Contains(f.value, []byte("=?")) {
		return f.Unfolded()
	}
	return DecodeWords(f.Unfolded())
}

// Get gives the Text of the first field of that name, "" if there is none.
func (h Header) Get(name string) string {
	f, _ := h.Field(name)
	return f.Text()
}

// Unfolded gives the value of the first field of that name unfolded but not decoded, "" if there is none.
func (h Header) Unfolded(name string) string {
	f, _ := h.Field(name)
	return f.Unfolded()
}

// Raw gives what follows the colon of the first field of that name, "" if there is none.
func (h Header) Raw(name string) string {
	f, _ := h.Field(name)
	return f.Raw()
}

// Field gives the first field of that name.
func (h Header) Field(name string) (Field, bool) {
	i := h.index(name, 0)
	if i < 0 {
		return Field{}, false
	}
	return h.at(i), true
}

// Has says whether there is a field of that name.
func (h Header) Has(name string) bool { return h.index(name, 0) >= 0 }

// Values gives the Text of every field of that name.
func (h Header) Values(name string) []string {
	var values []string
	for i := h.index(name, 0); i >= 0; i = h.index(name, i+1) {
		values = append(values, h.at(i).Text())
	}
	return values
}

// Len gives the number of fields.
func (h Header) Len() int { return len(h.spans) }

// All gives the fields in order.
func (h Header) All() iter.Seq[Field] {
	return func(yield func(Field) bool) {
		for i := range h.spans {
			if !yield(h.at(i)) {
				return
			}
		}
	}
}

func (h Header) at(i int) Field {
	s := h.spans[i]
	return Field{name: h.buf[s.start:s.nameEnd], value: h.buf[s.colon+1 : s.end], charset: h.charset}
}

// index finds the first field of that name at or after position i, -1 if there is none.
func (h Header) index(name string, i int) int {
	for ; i < len(h.spans); i++ {
		s := h.spans[i]
		if int(s.nameEnd-s.start) == len(name) && equalFold(h.buf[s.start:s.nameEnd], name) {
			return i
		}
	}
	return -1
}

// unfold trims a value and makes each line break with the blanks around it one blank. Without a break the result is a slice of value.
//
// RFC 5322 section 2.2.3 removes the line break only; but systems indent what they fold, and the width of their indentation says nothing.
func unfold(value []byte) []byte {
	value = trimLeft(value)
	for len(value) > 0 && isSpace(value[len(value)-1]) {
		value = value[:len(value)-1]
	}
	if bytes.IndexByte(value, '\n') < 0 && bytes.IndexByte(value, '\r') < 0 {
		return value
	}
	out := make([]byte, 0, len(value))
	for i := 0; i < len(value); {
		if value[i] != '\n' && value[i] != '\r' {
			out = append(out, value[i])
			i++
			continue
		}
		for i < len(value) && isSpace(value[i]) {
			i++
		}
		for len(out) > 0 && isBlank(out[len(out)-1]) {
			out = out[:len(out)-1]
		}
		out = append(out, ' ')
	}
	return out
}

// fieldAt reads the name of a header field at the beginning of a line: where the name ends and where the colon stands.
func fieldAt(line []byte) (nameEnd, colon int, ok bool) {
	i := 0
	for i < len(line) && line[i] > ' ' && line[i] < 0x7f && line[i] != ':' {
		i++
	}
	// RFC 5322 section 4.5 allows blanks before the colon in what is read.
	end := skipBlank(line, i)
	if i == 0 || end >= len(line) || line[end] != ':' {
		return 0, 0, false
	}
	return i, end, true
}

// plausibleField says whether a header field seems to begin here: a name of letters, digits and hyphens, a colon, and no URL.
func plausibleField(b []byte) bool {
	const longestName = 76
	i := 0
	for i < len(b) && i < longestName && isNameByte(b[i]) {
		i++
	}
	i = skipBlank(b[:min(len(b), i+4)], i)
	if i < 2 || i >= len(b) || b[i] != ':' {
		return false
	}
	return !bytes.HasPrefix(b[i:], []byte("://"))
}

func isNameByte(c byte) bool {
	return 'a' <= lower(c) && lower(c) <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '_'
}

// isFromLine recognises the line that mailboxes of the mbox family put before a mail, also quoted.
func isFromLine(line []byte) bool {
	return bytes.HasPrefix(line, []byte("From ")) || bytes.HasPrefix(line, []byte(">From "))
}
