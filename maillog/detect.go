package maillog

import (
	"bytes"
	"io"

	"github.com/rebound-mail/rebound/event"
)

// maxDetect is how many bytes of a sample Detect looks at.
const maxDetect = 128 << 10

// Detect tells by the beginning of a file whether it is a delivery log, and of
// which format most of its lines are. Lines of other programs may stand in
// between. A mail that quotes log lines is none.
func Detect(sample []byte) (Format, bool) {
	sample = sample[:min(len(sample), maxDetect)]
	if isUTF16(sample) {
		sample, _ = io.ReadAll(decoded(bytes.NewReader(sample))) // a damaged character ends it
	}
	whole := bytes.LastIndexByte(sample, '\n') + 1
	if whole == 0 {
		whole = len(sample)
	}
	sample = sample[:whole]
	if bytes.IndexByte(sample, 0) >= 0 && !hasPrefix(sample, "__CURSOR=") {
		return Unknown, false
	}
	d := detector{r: New(Options{MaxState: 10_000}), hits: make(map[Format]int)}
	for len(sample) > 0 {
		line, rest, _ := bytes.Cut(sample, []byte("\n"))
		d.line(trimEnd(line))
		sample = rest
	}
	return d.verdict()
}

// detector counts what the lines of a sample are.
type detector struct {
	r     *Reader
	hits  map[Format]int
	lines int // not empty
	logs  int // that look as lines of any log do
	first bool
	dst   []event.Event
}

func (d *detector) line(line []byte) {
	if len(line) == 0 && !d.r.entry.open {
		return
	}
	before, table := d.r.stats.Matched, d.r.table.kind
	d.dst = d.r.Line(d.dst[:0], line)
	shaped := looksLogged(line) || d.r.entry.open || d.r.json.depth > 0 || d.r.table.kind != Unknown
	d.lines++
	if shaped {
		d.logs++
		d.first = d.first || d.lines <= 2 // the first line may be cut off
	}
	if d.r.stats.Matched == before {
		return
	}
	for i := range d.dst {
		d.hits[Format(d.dst[i].Source.Format)] += 2
	}
	if len(d.dst) > 0 {
		return
	}
	if d.r.table.kind != table || d.r.table.kind != Unknown {
		d.hits[d.r.table.kind] += 2
		return
	}
	d.hits[formatOfLine(line)]++
}

// looksLogged reports whether a line begins as lines of logs do.
func looksLogged(line []byte) bool {
	if _, ok := parseSyslog(line); ok {
		return true
	}
	if len(line) == 0 {
		return false
	}
	return isDate(line) || line[0] == '@' || line[0] == '{' || line[0] == '#' || beginsList(line) || isHarakaLine(line) || isQmailText(line) || isDigit(line[0])
}

// beginsList reports whether a line begins a JSON array of objects.
func beginsList(line []byte) bool {
	rest := bytes.TrimLeft(line[1:], " \t")
	return line[0] == '[' && (len(rest) == 0 || rest[0] == '{')
}

// formatOfLine tells whose line it is that made no event.
func formatOfLine(line []byte) Format {
	if rec, ok := parseSyslog(line); ok {
		if postfixDaemon(rec.program) != noDaemon {
			return Postfix
		}
		return formatOfProgram(rec.program)
	}
	switch {
	case isHarakaLine(line):
		return Haraka
	case len(line) == 0, line[0] == '{', line[0] == '#':
		return Unknown
	case line[0] == '@', isQmailText(line), !isDate(line) && isDigit(line[0]):
		return Qmail
	case isDate(line) && line[10] == ' ':
		return Exim
	}
	return Unknown
}

// verdict names the format that most lines are of.
func (d *detector) verdict() (Format, bool) {
	if !d.first || d.logs*2 < d.lines {
		return Unknown, false
	}
	best, most := Unknown, 0
	for _, f := range Formats() {
		if n := d.hits[f]; n > most {
			best, most = f, n
		}
	}
	return best, most > 0
}
