package maillog

import (
	"bytes"
	"slices"
	"time"

	"github.com/rebound-mail/rebound/event"
)

// Limits of what is kept.
const (
	// DefaultMaxState is how many messages and waiting recipients a Reader
	// remembers, some 400 bytes each.
	DefaultMaxState = 100_000
	// MaxLine is how many bytes of a line are looked at.
	MaxLine = 256 << 10
	// maxRecipients bounds the recipients of one record.
	maxRecipients = 20_000
	// longLine is from which length on a line's text is not kept in memory for
	// the sake of a part of it.
	longLine = 2 << 10
	// maxSample is how many bytes of a damaged line are kept.
	maxSample = 512
)

// Options say what a log itself does not. The zero value is usable.
type Options struct {
	// Now is when the log was last written, or the present while it grows.
	// From it the year is inferred that RFC 3164 stamps lack: the latest that
	// is not more than a day ahead. Without it such events have no time.
	Now time.Time
	// Location is the zone of stamps that name none; nil is UTC.
	Location *time.Location
	// Format is the format of the lines; Unknown tells each by its form.
	Format Format
	// MaxState bounds what is remembered for joins, in messages and waiting
	// recipients; 0 is DefaultMaxState. The least recently seen is forgotten.
	MaxState int
	// Host is the reporting host where the lines name none.
	Host string
	// Filters are further hosts or transports that only pass mail on within
	// the site: what they accept is no delivery. The loopback addresses are
	// known.
	Filters []string
	// Samples is how many damaged lines to keep for Stats.
	Samples int
}

// Stats count what a Reader has seen.
type Stats struct {
	Lines   int64 // fed
	Matched int64 // understood as part of a delivery log
	Foreign int64 // of other programs, or of no interest
	Damaged int64 // delivery records that could not be read
	Events  int64 // made
	Dropped int64 // unfinished messages forgotten because of MaxState
	// Unjoined counts failures and deliveries whose recipients were named in
	// lines that were not seen, so that no event could be made.
	Unjoined int64
	// Samples are the first damaged or unjoined lines, as many as asked for.
	Samples []Sample
}

// Sample is a line that could not be read.
type Sample struct {
	File    string
	Line    int
	Problem string
	Text    string // the beginning of the line
}

// Reader makes events of log lines. It is not safe for concurrent use.
type Reader struct {
	opt   Options
	clock clock
	joins joins
	stats Stats

	file  string
	line  int
	index int // of the next event in the file

	host   string // the last reporting host, to share its text
	key    []byte // scratch
	hashed []byte // scratch
	table  table
	entry  journalEntry
	json   objects
}

// New returns a Reader.
func New(opt Options) *Reader {
	if opt.MaxState <= 0 {
		opt.MaxState = DefaultMaxState
	}
	if opt.Location == nil {
		opt.Location = time.UTC
	}
	r := &Reader{opt: opt, host: opt.Host}
	r.clock = clock{location: opt.Location, now: opt.Now}
	r.joins.init(opt.MaxState)
	return r
}

// File says that the next line is the first of another file, of which name is
// kept in the events. What was joined so far stays.
func (r *Reader) File(name string) {
	r.file, r.line, r.index = name, 0, 0
	r.table.reset()
}

// SetNow says what time it is, for a log that is followed for long. See
// Options.Now.
func (r *Reader) SetNow(now time.Time) { r.clock.setNow(now) }

// Stats returns what was seen so far.
func (r *Reader) Stats() Stats {
	s := r.stats
	s.Dropped = r.joins.dropped
	return s
}

// outcome says what a line turned out to be.
type outcome uint8

const (
	foreign  outcome = iota // not ours
	matched                 // understood
	damaged                 // ours, but unreadable
	unjoined                // ours, but what it refers to was never seen
)

// Line reads one line, with or without its line end, and appends the events
// that it completes to dst. Events do not refer to line afterwards. Source.Line
// is the number of the line since File, from 1.
func (r *Reader) Line(dst []event.Event, line []byte) []event.Event {
	r.line++
	r.stats.Lines++
	if r.entry.name == "" {
		line = trimEnd(line)
	} else {
		line = bytes.TrimSuffix(line, []byte("\n")) // of a value behind its length
	}
	if len(line) > MaxLine {
		line = line[:MaxLine]
	}
	r.joins.long = len(line) > longLine
	n := len(dst)
	dst, o := r.dispatch(dst, line)
	return r.account(dst, n, o, line)
}

// Flush reads what waits for lines that do not come any more, such as a record
// that the end of the file cut off, and appends its events to dst. Call it at
// the end of the input; messages still being delivered stay remembered.
func (r *Reader) Flush(dst []event.Event) []event.Event {
	n := len(dst)
	dst, o := r.flushEntry(dst)
	dst = r.account(dst, n, o, nil)
	n = len(dst)
	dst, o = r.flushTable(dst)
	dst = r.account(dst, n, o, nil)
	r.json.reset()
	return dst
}

// account counts what became of a line, and completes its events.
func (r *Reader) account(dst []event.Event, n int, o outcome, line []byte) []event.Event {
	switch o {
	case foreign:
		if line != nil {
			r.stats.Foreign++
		}
	case matched:
		r.stats.Matched++
	case damaged:
		r.stats.Damaged++
		r.sample("unreadable delivery record", line)
	case unjoined:
		r.stats.Matched++
		r.stats.Unjoined++
		r.sample("the recipients were named in lines that were not seen", line)
	}
	if slices.ContainsFunc(dst[n:], nameless) {
		named := slices.DeleteFunc(dst[n:], nameless)
		r.stats.Damaged += int64(len(dst) - n - len(named))
		dst = dst[:n+len(named)]
	}
	for i := n; i < len(dst); i++ {
		e := &dst[i]
		e.Source.File, e.Source.Line, e.Source.Index = r.file, r.line, r.index
		r.index++
	}
	r.stats.Events += int64(len(dst) - n)
	return dst
}

// nameless reports an event without a recipient, as a null address makes it.
func nameless(e event.Event) bool { return e.Recipient == "" }

func (r *Reader) sample(problem string, line []byte) {
	if len(r.stats.Samples) >= r.opt.Samples {
		return
	}
	if len(line) > maxSample {
		line = line[:maxSample]
	}
	r.stats.Samples = append(r.stats.Samples, Sample{r.file, r.line, problem, string(line)})
}

// trimEnd takes line ends, blanks and NULs off the end of a line, and a byte
// order mark off its beginning.
func trimEnd(line []byte) []byte {
	n := len(line)
	for n > 0 && line[n-1] <= ' ' {
		n--
	}
	line = line[:n]
	if n > 0 && line[0] == 0xef {
		line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
	}
	return line
}
