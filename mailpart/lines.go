package mailpart

import "bytes"

// lines finds line ends in a buffer: LF, CR LF, CR CR LF or a lone CR. It remembers where the next LF and the next CR stand, so that going
// through a buffer costs one pass over it whatever its line ends are (a mail of lone CRs has its next LF nowhere, and that is found out once).
type lines struct {
	buf    []byte
	from   int // the last position asked for
	lf, cr int // the next LF and CR at or after from; len(buf) if there is none
}

func newLines(buf []byte) lines { return lines{buf: buf, lf: -1, cr: -1} }

// next gives the end of the line that begins at pos, without its line end, and the beginning of the line after it.
func (l *lines) next(pos int) (end, next int) {
	if pos < l.from {
		l.lf, l.cr = -1, -1
	}
	l.from = pos
	if l.lf < pos {
		l.lf = indexByteFrom(l.buf, pos, '\n')
	}
	if l.cr < pos {
		l.cr = indexByteFrom(l.buf, pos, '\r')
	}
	if l.lf < l.cr {
		return l.lf, l.lf + 1
	}
	if l.cr == len(l.buf) {
		return l.cr, l.cr
	}
	return l.cr, afterEOL(l.buf, l.cr)
}

func indexByteFrom(buf []byte, pos int, c byte) int {
	i := bytes.IndexByte(buf[pos:], c)
	if i < 0 {
		return len(buf)
	}
	return pos + i
}

// afterEOL gives the position after the line end that begins at pos, or pos if none begins there.
func afterEOL(buf []byte, pos int) int {
	if pos >= len(buf) {
		return pos
	}
	if buf[pos] == '\n' {
		return pos + 1
	}
	if buf[pos] != '\r' {
		return pos
	}
	if pos+1 < len(buf) && buf[pos+1] == '\n' {
		return pos + 2
	}
	// QUIRK: CR CR LF, made by programs that turn LF into CR LF twice, is one line end.
	if pos+2 < len(buf) && buf[pos+1] == '\r' && buf[pos+2] == '\n' {
		return pos + 3
	}
	return pos + 1
}

// beforeEOL gives the position of the line end that ends at pos, or pos if none ends there; it does not go below low.
func beforeEOL(buf []byte, low, pos int) int {
	if pos <= low {
		return pos
	}
	if buf[pos-1] == '\r' {
		return pos - 1
	}
	if buf[pos-1] != '\n' {
		return pos
	}
	pos--
	for range 2 {
		if pos > low && buf[pos-1] == '\r' {
			pos--
		}
	}
	return pos
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// allBlank says whether a line has nothing but blanks.
func allBlank(line []byte) bool {
	for _, c := range line {
		if !isBlank(c) {
			return false
		}
	}
	return true
}

// skipBlank gives the first position at or after pos that is no blank.
func skipBlank(b []byte, pos int) int {
	for pos < len(b) && isBlank(b[pos]) {
		pos++
	}
	return pos
}

// hasPrefixFold is bytes.HasPrefix for ASCII letters of any case; prefix is lower case.
func hasPrefixFold(b []byte, prefix string) bool {
	return len(b) >= len(prefix) && equalFold(b[:len(prefix)], prefix)
}

// equalFold compares ASCII letters without regard to case.
func equalFold[T string | []byte](b []byte, s T) bool {
	if len(b) != len(s) {
		return false
	}
	for i, c := range b {
		if c != s[i] && lower(c) != lower(s[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
