package intray

import (
	"bufio"
	"bytes"
	"io"
	"time"

	"github.com/rebound-mail/rebound/maillog"
)

// LogSource gives the lines of a log in blocks of whole lines, as they arrive.
// Of a line longer than [maillog.MaxLine] only that much is given.
type LogSource struct {
	// Began is when the first line with a time was written, zero if there is
	// none among the first lines.
	Began time.Time

	in    io.Reader
	buf   []byte
	have  int  // bytes of an unfinished line at the beginning of buf
	given int  // bytes of buf that were given
	long  bool // the rest of a long line is to be passed over
	index int
	line  int
	err   error
}

// blockSize holds a line of any length that is read, and many usual ones.
const blockSize = 2 * maillog.MaxLine

func newLogSource(in *bufio.Reader, head []byte, opt Options) *LogSource {
	return &LogSource{in: in, line: 1, Began: firstTime(head, opt.Written)}
}

// Kind is [Log].
func (s *LogSource) Kind() Kind { return Log }

// Next returns the next lines. They are valid until the next call.
func (s *LogSource) Next() (Record, error) {
	if s.buf == nil {
		s.buf = make([]byte, blockSize)
	}
	s.have = copy(s.buf, s.buf[s.given:s.have])
	s.given = 0
	for s.err == nil {
		n, err := s.in.Read(s.buf[s.have:])
		s.err = err
		if s.take(n) {
			return s.record(), nil
		}
	}
	if s.have > 0 {
		s.given = s.have
		return s.record(), nil
	}
	s.buf = nil
	return Record{}, s.err
}

// take looks at n more bytes and reports whether there are lines to be given.
func (s *LogSource) take(n int) bool {
	if s.long {
		end := bytes.IndexByte(s.buf[s.have:s.have+n], '\n')
		if end < 0 {
			return false
		}
		s.long = false
		n = copy(s.buf[s.have:], s.buf[s.have+end+1:s.have+n])
	}
	end := bytes.LastIndexByte(s.buf[s.have:s.have+n], '\n')
	start := s.have
	s.have += n
	switch {
	case end >= 0:
		s.given = start + end + 1
		return true
	case s.have >= maillog.MaxLine:
		s.have, s.given, s.long = maillog.MaxLine, maillog.MaxLine, true
		s.buf[s.given-1] = '\n'
		return true
	}
	return false
}

func (s *LogSource) record() Record {
	raw := s.buf[:s.given]
	r := Record{Kind: Log, Index: s.index, Line: s.line, Raw: raw, Size: int64(len(raw))}
	s.index++
	s.line += bytes.Count(raw, []byte{'\n'})
	return r
}
