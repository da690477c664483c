package follow

import (
	"bytes"
	"fmt"
	"time"

	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/tail"
	"github.com/rebound-mail/rebound/maillog"
)

// SeenAgain is how many bytes before the place where the last run ended are read
// again, for senders and Message-IDs of mails that were under way.
const SeenAgain = 8 << 20

// LogOptions say how a log is read.
type LogOptions struct {
	Path string
	// Places are where earlier runs ended; nil begins at the beginning.
	Places *Places
	// NewOnly begins at the end of a log of which no place is kept.
	NewOnly bool
	// Reader are the options of the reader. Now is set anew at every look.
	Reader maillog.Options
	// Written returns the time from which the year of stamps is inferred;
	// normally the present.
	Written func() time.Time
}

// Log is one log that is followed. It is not safe for concurrent use.
type Log struct {
	opt    LogOptions
	tail   *tail.Tail
	reader *maillog.Reader
	told   maillog.Stats
	events []event.Event
	panics int
}

// Batch is what some lines of a log gave.
type Batch struct {
	Name   string        // of the file: the path, or what it was renamed to
	Events []event.Event // valid until the function returns that got them
	// Stats is what was counted since the batch before, and Samples are those of
	// since then.
	Stats maillog.Stats
	// Panics are lines that the reader failed on, which is a defect of it.
	Panics int
}

// Open finds the place to begin at. The log need not exist yet. The error is one
// of reading what there is.
func Open(opt LogOptions) (*Log, error) {
	pos, known := opt.Places.Of(opt.Path)
	l := &Log{opt: opt, tail: tail.New(pos)}
	l.renew()
	if !known && opt.NewOnly {
		if err := l.tail.End(); err != nil {
			return nil, fmt.Errorf("%s: %w", opt.Path, err)
		}
		if err := l.Keep(); err != nil {
			return nil, err
		}
	}
	if err := l.remember(); err != nil {
		return nil, fmt.Errorf("%s: %w", opt.Path, err)
	}
	return l, nil
}

// renew begins with a reader that remembers nothing.
func (l *Log) renew() {
	opt := l.opt.Reader
	opt.Now = l.opt.Written()
	l.reader, l.told = maillog.New(opt), maillog.Stats{}
	l.reader.File(l.opt.Path)
}

// Path returns the path of the log.
func (l *Log) Path() string { return l.opt.Path }

// Position returns how far the log was read.
func (l *Log) Position() tail.Position { return l.tail.Position() }

// Keep notes durably how far the log was read. It is called after what was given
// is safe.
func (l *Log) Keep() error { return l.opt.Places.Keep(l.tail.Position()) }

// Close closes the file.
func (l *Log) Close() error { return l.tail.Close() }

// GiveError is what the function given to Poll returned; other errors of Poll are
// of reading.
type GiveError struct{ Err error }

func (e *GiveError) Error() string { return e.Err.Error() }
func (e *GiveError) Unwrap() error { return e.Err }

// Poll reads what was added since, in batches, and returns when there is no more.
// If give fails, the place stays before that batch, and the log is not to be
// polled again: the reader has seen lines that it would see twice.
func (l *Log) Poll(give func(*Batch) error) error {
	l.reader.SetNow(l.opt.Written())
	return l.tail.Poll(func(lines tail.Lines) error {
		if err := l.lines(lines, give); err != nil {
			return &GiveError{err}
		}
		return nil
	})
}

// lines makes a batch of some lines.
func (l *Log) lines(lines tail.Lines, give func(*Batch) error) error {
	l.events, l.panics = l.events[:0], 0
	if lines.Begin {
		l.events = l.reader.Flush(l.events)
		l.place(0, lines.Name, lines.First-1)
		l.reader.File(lines.Name)
	}
	number := lines.First
	for text := range bytes.Lines(lines.Text) {
		have := len(l.events)
		l.line(text)
		l.place(have, lines.Name, number)
		number++
	}
	now := l.reader.Stats()
	b := &Batch{Name: lines.Name, Events: l.events, Stats: since(now, l.told), Panics: l.panics}
	if err := give(b); err != nil {
		return err
	}
	l.told = now
	clear(l.events)
	return nil
}

// line reads one line. A reader that fails on it loses what it remembered.
func (l *Log) line(text []byte) {
	have := l.events
	defer func() {
		if recover() != nil {
			l.events = have
			l.panics++
			l.renew()
		}
	}()
	l.events = l.reader.Line(l.events, text)
}

// place says in the events from one on where they stand.
func (l *Log) place(from int, name string, line int) {
	for i := range l.events[from:] {
		l.events[from+i].Source.File, l.events[from+i].Source.Line = name, line
	}
}

// since returns what was counted between two moments.
func since(now, before maillog.Stats) maillog.Stats {
	return maillog.Stats{
		Lines: now.Lines - before.Lines, Matched: now.Matched - before.Matched, Foreign: now.Foreign - before.Foreign,
		Damaged: now.Damaged - before.Damaged, Events: now.Events - before.Events, Dropped: now.Dropped - before.Dropped,
		Unjoined: now.Unjoined - before.Unjoined, Samples: now.Samples[min(len(before.Samples), len(now.Samples)):],
	}
}
