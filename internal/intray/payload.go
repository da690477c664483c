package intray

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"github.com/rebound-mail/rebound/webhook"
)

// payloadSource gives what a provider posted, one object or form at a time: one
// payload a file, one a line, objects behind each other, or an array of them
// whatever its length. Of damaged JSON it finds the next object that begins a
// line as the first one did.
type payloadSource struct {
	in       *bufio.Reader
	max      int64
	provider webhook.Provider
	form     bool

	rest  []byte // of the line that is being read
	fresh bool   // rest is the beginning of a line
	open  bool   // what was read last did not end its line
	index int
	line  int // lines read
	err   error
	begin []byte // how the first object of a line begins

	obj payloadObject
}

// payloadObject is an object on its way.
type payloadObject struct {
	raw     []byte
	size    int64
	line    int
	depth   int
	quoted  bool
	escaped bool
	inLine  bool // it began where a line does
}

// sameBegin is how much of objects one a line is the same.
const sameBegin = 6

func newPayloadSource(in *bufio.Reader, p webhook.Provider, form bool, opt Options) *payloadSource {
	if head, _ := in.Peek(len(utf8BOM)); bytes.Equal(head, utf8BOM) {
		in.Discard(len(utf8BOM))
	}
	return &payloadSource{in: in, provider: p, form: form, max: min(opt.maxRecord(), webhook.MaxPayload)}
}

// Kind is [Payload].
func (s *payloadSource) Kind() Kind { return Payload }

// Next returns the next object or form.
func (s *payloadSource) Next() (Record, error) {
	s.obj = payloadObject{}
	if s.form {
		return s.nextForm()
	}
	for len(s.rest) > 0 || s.fill() {
		if s.fresh && s.obj.depth > 0 && s.beginsAgain() {
			return s.record() // the one before was cut off
		}
		if s.take() {
			return s.record()
		}
	}
	if s.obj.size > 0 {
		return s.record()
	}
	return Record{}, s.err
}

// nextForm returns a form: a line, or all there is if it has several parts
// (RFC 7578).
func (s *payloadSource) nextForm() (Record, error) {
	head, _ := s.in.Peek(2)
	parts := s.index == 0 && string(head) == "--"
	for s.fill() {
		if s.obj.line == 0 && len(bytes.TrimSpace(s.rest)) > 0 {
			s.obj.line = s.line
		}
		s.keep(s.rest)
		ended := s.rest[len(s.rest)-1] == '\n'
		s.rest = nil
		if ended && !parts && s.obj.line > 0 {
			break
		}
	}
	s.obj.raw = bytes.TrimSpace(s.obj.raw)
	if len(s.obj.raw) > 0 {
		return s.record()
	}
	return Record{}, s.err
}

// fill reads the next line, or a piece of one.
func (s *payloadSource) fill() bool {
	if s.err != nil {
		return false
	}
	if s.fresh = !s.open; s.fresh {
		s.line++
	}
	line, err := s.in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		err = nil
	}
	s.rest, s.err, s.open = line, err, !bytes.HasSuffix(line, []byte{'\n'})
	return len(line) > 0
}

// beginsAgain reports a line that begins as objects one a line do.
func (s *payloadSource) beginsAgain() bool {
	return s.obj.inLine && len(s.begin) == sameBegin && bytes.HasPrefix(s.rest, s.begin)
}

// take takes bytes of rest into the object and reports whether it is complete.
func (s *payloadSource) take() bool {
	if s.obj.depth == 0 && !s.skipToObject() {
		return false
	}
	end, done := s.obj.scan(s.rest)
	s.keep(s.rest[:end])
	s.rest, s.fresh = s.rest[end:], false
	return done
}

// skipToObject passes over what stands between objects: brackets of arrays,
// commas, blanks, and what is no JSON.
func (s *payloadSource) skipToObject() bool {
	at := bytes.IndexByte(s.rest, '{')
	if at < 0 {
		s.rest = nil
		return false
	}
	if at == 0 && s.fresh {
		s.obj.inLine = true
		if s.begin == nil {
			s.begin = bytes.Clone(s.rest[:min(sameBegin, len(s.rest))])
		}
	}
	s.rest = s.rest[at:]
	s.obj.line = s.line
	return true
}

// keep adds to the object as far as there is room.
func (s *payloadSource) keep(piece []byte) {
	s.obj.size += int64(len(piece))
	if room := s.max - int64(len(s.obj.raw)); room > 0 {
		s.obj.raw = append(s.obj.raw, piece[:min(room, int64(len(piece)))]...)
	}
}

// scan looks for the end of the object. A line end within a text ends it too:
// JSON has none there (RFC 8259 section 7), something was cut off.
func (o *payloadObject) scan(b []byte) (end int, done bool) {
	for i, c := range b {
		switch {
		case o.escaped:
			o.escaped = false
		case o.quoted && c == '\n':
			return i + 1, true
		case o.quoted:
			o.escaped, o.quoted = c == '\\', c != '"'
		case c == '"':
			o.quoted = true
		case c == '{' || c == '[':
			o.depth++
		case c == '}' || c == ']':
			o.depth--
			if o.depth == 0 {
				return i + 1, true
			}
		}
	}
	return len(b), false
}

func (s *payloadSource) record() (Record, error) {
	r := Record{Kind: Payload, Index: s.index, Line: s.obj.line, Raw: s.obj.raw, Size: max(s.obj.size, int64(len(s.obj.raw))), Provider: s.provider}
	s.index++
	if s.err != nil && !errors.Is(s.err, io.EOF) && len(s.rest) == 0 {
		return r, s.err
	}
	return r, nil
}
