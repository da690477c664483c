package intray

import (
	"bytes"
	"io"

	"github.com/rebound-mail/rebound/smtpcode"
)

// singleSource gives a file as one mail.
type singleSource struct {
	in   io.Reader
	opt  Options
	done bool
}

// bytesSource gives bytes as one mail.
type bytesSource struct{ raw []byte }

func (s *bytesSource) Kind() Kind { return Mail }

func (s *bytesSource) Next() (Record, error) {
	if s.raw == nil {
		return Record{}, io.EOF
	}
	raw := bytes.TrimPrefix(s.raw, utf8BOM)
	s.raw = nil
	return Record{Kind: Mail, Line: 1, Raw: raw, Size: int64(len(raw))}, nil
}

func (s *singleSource) Kind() Kind { return Mail }

func (s *singleSource) Next() (Record, error) {
	if s.done {
		return Record{}, io.EOF
	}
	s.done = true
	raw, size, err := readBounded(s.in, s.opt)
	raw = bytes.TrimPrefix(raw, utf8BOM)
	if err != nil && len(raw) == 0 {
		return Record{}, err
	}
	s.in = nil
	return Record{Kind: Mail, Line: 1, Raw: raw, Size: size}, err
}

// readBounded keeps what the limit allows and counts all bytes.
func readBounded(in io.Reader, opt Options) (raw []byte, size int64, err error) {
	var buf bytes.Buffer
	most := opt.maxRecord()
	if known := min(opt.FileSize, most); known > 0 {
		buf.Grow(int(known) + bytes.MinRead)
	}
	size, err = io.Copy(&buf, io.LimitReader(in, most))
	if err != nil {
		return buf.Bytes(), size, err
	}
	more, err := io.Copy(io.Discard, in)
	return buf.Bytes(), size + more, err
}

// textSource gives the replies in a text: each goes on to its last line, in
// which a blank follows the code (RFC 5321 section 4.2.1), and up to the next
// line that begins with a code.
type textSource struct {
	rest  []byte
	index int
	line  int
	err   error
}

func newTextSource(in io.Reader, opt Options) *textSource {
	raw, _, err := readBounded(in, opt)
	return &textSource{rest: bytes.TrimPrefix(raw, utf8BOM), line: 1, err: err}
}

func (s *textSource) Kind() Kind { return Text }

func (s *textSource) Next() (Record, error) {
	s.skipBlank()
	if len(s.rest) == 0 {
		if s.err != nil {
			return Record{}, s.err
		}
		return Record{}, io.EOF
	}
	r := Record{Kind: Text, Index: s.index, Line: s.line}
	all, ended := s.rest, false
	for len(s.rest) > 0 {
		line, rest := cutLine(s.rest)
		found := smtpcode.Find(string(line[:min(len(line), 64)]))
		begins := found.End > 0 && found.Start == 0 && found.Code != 0
		if begins && ended {
			break
		}
		ended = ended || begins && !(len(line) > 3 && line[3] == '-')
		s.rest = rest
		s.line++
	}
	r.Raw = bytes.TrimRight(all[:len(all)-len(s.rest)], " \t\r\n")
	r.Size = int64(len(r.Raw))
	s.index++
	return r, nil
}

func (s *textSource) skipBlank() {
	for len(s.rest) > 0 {
		line, rest := cutLine(s.rest)
		if len(bytes.TrimSpace(line)) > 0 {
			return
		}
		s.rest = rest
		s.line++
	}
}
