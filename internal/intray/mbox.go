package intray

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
)

// mboxSource cuts an mbox into mails. All four dialects are read:
//
//   - mboxo and mboxrd quote lines that begin with From with a >, and mails end
//     where a From line with a date stands before a header;
//   - mboxcl and mboxcl2 give Content-Length, and the latter does not quote:
//     where a From line stands within that length, and another one, or the end of
//     the file, right behind it, the length is believed.
//
// Memory is bounded by one mail, time is linear: after maxLies wrong lengths no
// length is believed any more.
type mboxSource struct {
	in    *bufio.Reader
	max   int64
	delim byte // that ends lines: LF, or CR where a file has no LF
	index int
	line  int // lines read
	lies  int // lengths that were wrong
	begun bool
	err   error

	m mboxMail // the mail that is being read
}

// mboxMail is a mail on its way.
type mboxMail struct {
	buf      []byte
	size     int64
	line     int   // where its From line stands
	inHeader bool  // no empty line yet
	blank    bool  // the last line was empty
	body     int64 // where the body begins
	length   int64 // Content-Length, -1 if there is none to believe
	fromAt   int   // the first From line within that length, 0 if there is none
	fromLine int   // the line that stands at
	fromGap  bool  // after an empty line
	unquoted bool  // the length was right and a From line stood within it: mboxcl2
}

// maxLies is how many wrong lengths show that a file's lengths are worth nothing.
const maxLies = 3

func newMboxSource(in *bufio.Reader, head []byte, opt Options) *mboxSource {
	s := &mboxSource{in: in, max: opt.maxRecord(), delim: '\n'}
	if bytes.IndexByte(head, '\n') < 0 && bytes.IndexByte(head, '\r') >= 0 {
		s.delim = '\r'
	}
	return s
}

func (s *mboxSource) Kind() Kind { return Mbox }

// Next returns the next mail.
func (s *mboxSource) Next() (Record, error) {
	if !s.begun {
		s.begun = true
		s.skipToFrom()
	}
	if s.err != nil {
		return Record{}, s.err
	}
	s.m = mboxMail{line: s.line, inHeader: true, length: -1, buf: s.m.buf[:0]}
	for s.err == nil && !s.step() {
	}
	if s.err == io.EOF && s.m.fromAt > 0 && !s.lengthFits() {
		s.reread()
	}
	return s.record()
}

// record returns the mail that was read.
func (s *mboxSource) record() (Record, error) {
	raw := s.m.buf
	if s.m.blank { // the empty line before the next From line
		raw = bytes.TrimSuffix(raw, []byte{s.delim})
		if s.delim == '\n' {
			raw = bytes.TrimSuffix(raw, []byte{'\r'})
		}
	}
	if !s.m.unquoted {
		raw = unquoteFrom(raw)
	}
	r := Record{Kind: Mail, Index: s.index, Line: s.m.line, Raw: bytes.Clone(raw), Size: int64(len(raw))}
	if s.m.size > s.max {
		r.Size = s.m.size
	}
	s.index++
	if cap(s.m.buf) > 4*bufferSize {
		s.m.buf = nil // one large mail among small ones
	}
	if errors.Is(s.err, io.EOF) {
		return r, nil
	}
	return r, s.err
}

// skipToFrom passes over what stands before the first From line.
func (s *mboxSource) skipToFrom() {
	for s.err == nil {
		line, _ := s.read()
		if isFromLine(bytes.TrimPrefix(line, utf8BOM)) {
			s.restOfLine(line)
			return
		}
	}
}

// restOfLine passes over the end of a line that read cut.
func (s *mboxSource) restOfLine(piece []byte) {
	for s.err == nil && (len(piece) == 0 || piece[len(piece)-1] != s.delim) {
		piece, _ = s.read()
	}
}

// read returns the next line, or a piece of one that is longer than the buffer;
// more says that the line goes on.
func (s *mboxSource) read() (line []byte, more bool) {
	line, err := s.in.ReadSlice(s.delim)
	if err == bufio.ErrBufferFull {
		return line, true
	}
	s.line++
	if err != nil {
		s.err = err
	}
	return line, false
}

// step reads one line into the mail, or finds that the mail has ended.
func (s *mboxSource) step() (ended bool) {
	if s.m.length >= 0 && s.m.fromAt > 0 && s.m.size-s.m.body >= s.m.length {
		if s.lengthFits() {
			return s.endByLength()
		}
		s.reread()
		return true
	}
	line, more := s.read()
	if len(line) == 0 {
		return false // the end
	}
	if isFromLine(line) && !more {
		line = bytes.Clone(line) // looking ahead moves the buffer
	}
	if isFromLine(line) && !more && s.isSeparator(line) {
		if s.m.length < 0 || s.m.inHeader || s.m.size-s.m.body >= s.m.length {
			return true
		}
		if s.m.fromAt == 0 {
			s.m.fromAt, s.m.fromLine, s.m.fromGap = len(s.m.buf), s.line, s.m.blank
		}
	}
	s.keep(line)
	if s.m.inHeader && !more {
		s.header(line)
	}
	s.m.blank = len(bytes.TrimRight(line, "\r\n")) == 0
	for more && s.err == nil {
		line, more = s.read()
		s.keep(line)
	}
	return false
}

// isSeparator reports a From line that begins a mail: it has a date, and what
// follows is a header, or nothing.
func (s *mboxSource) isSeparator(line []byte) bool {
	if !isPostmark(bytes.TrimRight(line, "\r\n")) {
		return false
	}
	next, _ := s.in.Peek(256)
	next = bytes.TrimLeft(next, ">") // mail that was forwarded by Unix systems has >From lines above its header
	return looksLikeHeader(next) || isFromLine(next) || s.m.blank && len(bytes.TrimSpace(next)) == 0
}

// keep adds to the mail as far as there is room.
func (s *mboxSource) keep(piece []byte) {
	s.m.size += int64(len(piece))
	if room := s.max - int64(len(s.m.buf)); room > 0 {
		s.m.buf = append(s.m.buf, piece[:min(room, int64(len(piece)))]...)
	}
}

// header looks for Content-Length and for the end of the header.
func (s *mboxSource) header(line []byte) {
	line = bytes.TrimRight(line, "\r\n")
	if len(line) == 0 {
		s.m.inHeader, s.m.body = false, s.m.size
		if s.m.length > s.max-s.m.body || s.lies >= maxLies {
			s.m.length = -1
		}
		return
	}
	const name = "content-length:"
	if len(line) < len(name) || !bytes.EqualFold(line[:len(name)], []byte(name)) {
		return
	}
	n, err := strconv.ParseInt(string(bytes.TrimSpace(line[len(name):])), 10, 63)
	if err == nil && n >= 0 {
		s.m.length = n
	}
}

// lengthFits reports whether a mail may end where Content-Length says: another
// one begins there, or nothing follows, after empty lines at most.
func (s *mboxSource) lengthFits() bool {
	if s.m.size-s.m.body-s.m.length > 2 || s.m.size-s.m.body < s.m.length {
		return false
	}
	next, _ := s.in.Peek(1 << 10)
	line, _ := cutLine(bytes.TrimLeft(next, "\r\n"))
	return len(line) == 0 || isPostmark(line)
}

// endByLength ends the mail where its length says, and passes over the From line
// of the next.
func (s *mboxSource) endByLength() bool {
	s.m.unquoted = true
	for s.err == nil {
		line, more := s.read()
		if len(bytes.TrimRight(line, "\r\n")) == 0 {
			continue
		}
		if more {
			s.restOfLine(nil)
		}
		return true
	}
	return true
}

// reread ends the mail at the first From line within a length that was wrong,
// and goes back to what was read beyond it.
func (s *mboxSource) reread() {
	s.lies++
	beyond := bytes.Clone(s.m.buf[s.m.fromAt:])
	rest := io.Reader(bytes.NewReader(beyond))
	if s.err == nil || !errors.Is(s.err, io.EOF) {
		rest = io.MultiReader(rest, &failing{s.in, s.err})
	}
	s.in = bufio.NewReaderSize(rest, bufferSize)
	s.err = nil
	s.m.buf = s.m.buf[:s.m.fromAt]
	s.m.size, s.m.blank = int64(s.m.fromAt), s.m.fromGap
	s.line = s.m.fromLine - 1
	line, _ := s.read()
	s.restOfLine(line)
}

// failing reads on, unless reading has failed before.
type failing struct {
	in  io.Reader
	err error
}

func (f *failing) Read(p []byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	return f.in.Read(p)
}
