package intray

import (
	"errors"
	"time"

	"github.com/rebound-mail/rebound/webhook"
)

// Kind says what a record is, or what a file holds.
type Kind string

// The kinds.
const (
	Mail Kind = "mail" // one mail, RFC 5322
	Mbox Kind = "mbox" // mails one after the other, RFC 4155
	Text Kind = "text" // replies of a server, without any mail around them

	Log     Kind = "log"     // lines of a mail server's log
	Payload Kind = "payload" // what a service provider posts: JSON, or a form
)

// Record is one thing to be judged by itself; of a log, some whole lines, which
// only the lines before them explain.
type Record struct {
	Kind  Kind   // Mail, Text, Log or Payload
	Index int    // its place in the file, from 0
	Line  int    // the line it begins at, from 1
	Raw   []byte // without the From line of an mbox; the caller's to keep, but of a log only until the next record
	Size  int64  // in bytes; more than len(Raw) where Options.MaxRecord cut it

	// Provider is who posted the payloads of the file, as far as its beginning
	// tells: a record may say otherwise, or nothing.
	Provider webhook.Provider
}

// Source gives the records of a file in order. The source of a log is a
// [*LogSource].
type Source interface {
	// Kind tells what the file holds.
	Kind() Kind
	// Next returns the next record, io.EOF behind the last one, or why
	// reading cannot go on. With such an error may come a record: what
	// could be read of it.
	Next() (Record, error)
}

// Options bound what reading may take.
type Options struct {
	MaxRecord int64 // bytes of one record that are kept; 0 means DefaultMaxRecord
	FileSize  int64 // of the file, where known: room for a mail is made at once
	// Written is when the file was last written to: logs may leave out the year.
	Written time.Time
}

// DefaultMaxRecord is how much of a mail is kept. The rest is passed over.
const DefaultMaxRecord = 128 << 20

func (o Options) maxRecord() int64 {
	if o.MaxRecord <= 0 {
		return DefaultMaxRecord
	}
	return o.MaxRecord
}

// ErrEmpty says that a file holds nothing, or blanks only.
var ErrEmpty = errors.New("empty")

// UnreadableError says that a file holds something else than reports.
type UnreadableError struct {
	What string // "a PDF document", "binary data"
	Hint string // what to do about it, if anything
}

// Error says what was found.
func (e *UnreadableError) Error() string {
	if e.Hint == "" {
		return e.What + ", no mail"
	}
	return e.What + ", no mail: " + e.Hint
}

// DamagedError says that a compressed file ends too early or is corrupt. What
// came before it was read.
type DamagedError struct {
	Format string // gzip, zstd, bzip2
	Err    error
}

// Error says what is damaged.
func (e *DamagedError) Error() string { return "damaged " + e.Format + " data: " + e.Err.Error() }

// Unwrap returns the decoder's error.
func (e *DamagedError) Unwrap() error { return e.Err }
