package smtpcode

import "strings"

// Problem is a contradiction within one reply.
type Problem uint8

// The problems that Parse notes.
const (
	ProblemNone           Problem = iota
	ProblemClassMismatch          // the reply code and the status are of different classes: "550 4.2.2"
	ProblemCodesDiffer            // there are different reply codes: a reply wrapped in another, or lines that disagree (RFC 5321 section 4.2.1)
	ProblemStatusesDiffer         // there are different enhanced status codes (RFC 2034 section 4 wants the same one in each line)
)

// String returns the problem's name, "" for ProblemNone.
func (p Problem) String() string {
	switch p {
	case ProblemClassMismatch:
		return "class-mismatch"
	case ProblemCodesDiffer:
		return "codes-differ"
	case ProblemStatusesDiffer:
		return "statuses-differ"
	}
	return ""
}

// MarshalText writes the problem's name.
func (p Problem) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// Reply is what a server answered, as far as a text shows it.
type Reply struct {
	// Code is the first 4xx or 5xx, which outweighs a greeting or an earlier success in the same text; else the first reply code; 0 if none.
	Code Code
	// Status is the one beside Code; else the first behind it of the same class; else the first.
	Status Status
	// Text is what the reply says: Lines joined with single blanks.
	Text string
	// Lines are the lines of the reply without the codes they begin with, runs of blanks made one, empty lines left out. Lines are parted where
	// the text has line ends, and where it repeats the codes in the middle, as it does when lines were joined. Other codes in
	// the text stay: they belong to a reply within the reply.
	Lines    []string
	Problems []Problem // each kind once, in the order of the constants
}

// Class returns the class of the status, which says more than the reply code where both contradict each other, else the reply code's.
func (r Reply) Class() Class {
	if r.Status.Class != ClassNone {
		return r.Status.Class
	}
	return r.Code.Class()
}

// String writes the reply as a server would (RFC 5321 section 4.2.1, RFC 2034 section 4), lines parted by CRLF, none at the end.
func (r Reply) String() string {
	var b strings.Builder
	for i, last := 0, max(len(r.Lines)-1, 0); i <= last; i++ {
		if i > 0 {
			b.WriteString("\r\n")
		}
		sep := " "
		if i < last && r.Code != 0 {
			sep = "-"
		}
		line := ""
		if len(r.Lines) > 0 {
			line = r.Lines[i]
		}
		writeWords(&b, sep, r.Code.String(), withStatus(r.Status, line))
	}
	return b.String()
}

func withStatus(s Status, line string) string {
	if s.IsZero() || line == "" {
		return s.String() + line
	}
	return s.String() + " " + line
}

// writeWords writes both with sep between, or the one that is not empty.
func writeWords(b *strings.Builder, sep, first, second string) {
	b.WriteString(first)
	if first != "" && second != "" {
		b.WriteString(sep)
	}
	b.WriteString(second)
}

// Parse reads a whole reply: of one line or several, with line ends of any kind or joined on one line, also with words before the
// codes ("host mx.example said: 550 ..."), which then stand in Text before what the server said. It accepts any text; a text without
// codes gives a Reply without codes.
func Parse(text string) Reply {
	var (
		c   cutter
		r   reading
		pos int
	)
	for f := range All(text) {
		off, joined := r.see(text, f)
		if !off {
			continue
		}
		c.add(text[pos:f.Start])
		if joined {
			c.flush()
		}
		pos = f.End
	}
	c.add(text[pos:])
	c.flush()
	return Reply{Code: r.head.Code, Status: r.status(), Text: strings.Join(c.lines, " "), Lines: c.lines, Problems: r.list()}
}

// Join writes a reply on one line: the codes once, where they stand first, each line's words after those of the line before, with single
// blanks. The lines may be given one by one or together, with line ends or without.
func Join(lines ...string) string {
	text := strings.Join(lines, "\n")
	var (
		b, r = cutter{buf: make([]byte, 0, len(text))}, reading{}
		pos  int
	)
	for f := range All(text) {
		off, joined := r.see(text, f)
		switch {
		case joined:
			b.addFolded(text[pos:f.Start])
			b.blank()
			pos = f.End
		case off:
			b.addFolded(text[pos:f.Start])
			b.addCodes(text, f)
			pos = f.End
		}
	}
	b.addFolded(text[pos:])
	return strings.TrimSuffix(string(b.buf), " ")
}

// reading collects the codes of one reply.
type reading struct {
	head   Found  // the first place with the reply code in force
	first  Status // the first status
	agrees Status // the first status behind the head that is of its class
	seen   bool
	found  [ProblemStatusesDiffer + 1]bool
}

// see takes the next place and tells whether its codes are to be taken off the text, and whether a further line of the reply begins there.
func (r *reading) see(text string, f Found) (off, joined bool) {
	off = !r.seen || (r.head.Code == 0 && f.Code != 0)
	joined = r.seen && f.Code == 0 && f.Status == r.first && leadOf(text, f.Start) == leadStart
	r.seen = true
	if !f.Status.IsZero() {
		r.seeStatus(f.Status)
	}
	if f.Code == 0 {
		return off || joined, joined
	}
	if r.head.Code == 0 || (r.head.Code.Class() < Transient && f.Code.Class() >= Transient) {
		r.head, r.agrees = f, Status{}
		return true, false
	}
	if f.Code != r.head.Code {
		r.found[ProblemCodesDiffer] = true
		return false, false
	}
	joined = r.continues(text, f)
	return joined, joined
}

func (r *reading) seeStatus(s Status) {
	if r.first.IsZero() {
		r.first = s
	}
	if r.first != s {
		r.found[ProblemStatusesDiffer] = true
	}
	if r.agrees.IsZero() && s.Class == r.head.Code.Class() {
		r.agrees = s
	}
}

// continues reports whether f, which has the head's reply code, begins a further line of the reply: at a line's beginning, or in the middle
// of a line where the codes are the same and nothing introduces them.
func (r *reading) continues(text string, f Found) bool {
	if f.Status != r.head.Status && !f.Status.IsZero() && !r.head.Status.IsZero() {
		return false
	}
	if f.Start > 0 && is(text[f.Start], cOpen) {
		return false
	}
	switch leadOf(text, f.Start) {
	case leadStart:
		return true
	case leadWord:
		return f.End > f.Start+3 && text[f.Start+3] == '-'
	}
	return true
}

// status chooses among the statuses seen.
func (r *reading) status() Status {
	switch {
	case !r.head.Status.IsZero():
		return r.head.Status
	case r.first.Class == r.head.Code.Class() || r.agrees.IsZero():
		return r.first
	}
	return r.agrees
}

// list returns the problems found, in order.
func (r *reading) list() []Problem {
	var list []Problem
	if s := r.status(); r.head.Code != 0 && !s.IsZero() && s.Class != r.head.Code.Class() {
		r.found[ProblemClassMismatch] = true
	}
	for p := ProblemClassMismatch; p <= ProblemStatusesDiffer; p++ {
		if r.found[p] {
			list = append(list, p)
		}
	}
	return list
}

// cutter cuts a text into lines with single blanks.
type cutter struct {
	lines []string
	buf   []byte
}

// add takes a piece of the text. A line end begins a new line, unless a blank follows, which means a folded header field.
func (c *cutter) add(piece string) {
	for piece != "" {
		i := strings.IndexAny(piece, "\r\n")
		if i < 0 {
			c.addFolded(piece)
			return
		}
		c.addFolded(piece[:i])
		if strings.HasPrefix(piece[i:], "\r\n") {
			i++
		}
		piece = piece[i+1:]
		if piece == "" || (piece[0] != ' ' && piece[0] != '\t') {
			c.flush()
		}
	}
}

// addFolded takes a piece, every run of blanks and line ends in it as one blank.
func (c *cutter) addFolded(piece string) {
	for i := range len(piece) {
		switch b := piece[i]; b {
		case ' ', '\t', '\r', '\n', '\v', '\f':
			c.blank()
		default:
			c.buf = append(c.buf, b)
		}
	}
}

// addCodes takes the codes of f, a reply code without the hyphen of a continued line.
func (c *cutter) addCodes(text string, f Found) {
	if f.Code == 0 {
		c.addFolded(text[f.Start:f.End])
		return
	}
	c.buf = append(c.buf, f.Code.String()...)
	if !f.Status.IsZero() {
		c.buf = f.Status.append(append(c.buf, ' '))
	}
	c.blank()
}

// blank ends a word.
func (c *cutter) blank() {
	if n := len(c.buf); n > 0 && c.buf[n-1] != ' ' {
		c.buf = append(c.buf, ' ')
	}
}

// flush ends a line.
func (c *cutter) flush() {
	if line := strings.TrimSuffix(string(c.buf), " "); line != "" {
		c.lines = append(c.lines, line)
	}
	c.buf = c.buf[:0]
}
