package decode

import (
	"errors"
	"fmt"
	"time"

	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/spool"
	"github.com/rebound-mail/rebound/webhook"
)

// Limits of a report.
const (
	// MaxRecord is how much of one mail or payload is read.
	MaxRecord = 64 << 20
	// MaxUnpacked is how much of a report is read in all, after decompression.
	MaxUnpacked = 1 << 30
)

// Errors of Bytes and Each: nothing could be made of the report. Those returned
// wrap one of them, or are a [*PanicError].
var (
	ErrEmpty      = errors.New("decode: the report is empty")
	ErrUnreadable = errors.New("decode: nothing in it can be read as a report")
	ErrProvider   = errors.New("decode: no provider is known to post this")
	ErrFormat     = errors.New("decode: no such format of logs")
	ErrDamaged    = errors.New("decode: the compressed data is damaged")
)

// The codes of problems that this package adds. They are stable.
const (
	ProblemTooLarge = "too-large"       // the rest was not read
	ProblemDamaged  = "damaged"         // compressed data ends early or is corrupt; what came before was read
	ProblemLine     = "unreadable-line" // of a log
	ProblemItem     = "unreadable-item" // of a payload
)

// Input is a report and what is known of it.
type Input struct {
	Body []byte     // verbatim, perhaps compressed; not changed, and not kept
	Kind spool.Kind // KindUnknown: the content tells
	// Provider is who posted a payload; "": the content tells.
	Provider webhook.Provider
	// Format is the format of a log, one of maillog.Formats; "": the lines tell.
	Format string
	// ContentType is as HTTP told it: a hint where Kind is unknown.
	ContentType string
	// Received is when the report came in: logs may leave out the year.
	Received time.Time
	// Location is the zone of log stamps that name none; nil is UTC.
	Location *time.Location
	// File is the name that events have as Source.File.
	File string
}

// Kind says what a report turned out to be.
type Kind string

// The kinds.
const (
	KindUnknown Kind = ""
	Mail        Kind = "mail"    // RFC 5322
	Mbox        Kind = "mbox"    // mails one after the other
	Text        Kind = "text"    // replies without any mail around them
	Log         Kind = "log"     // lines of a mail server's log
	Payload     Kind = "payload" // what a provider posted
	Events      Kind = "events"  // Rebound's own events
)

// Result is what was found in a report.
type Result struct {
	Kind     Kind
	Format   string           // of the first report with events: dsn, postfix-log, ses ...; "" if there is none
	Provider webhook.Provider // of payloads
	Events   []event.Event    // in the order of the report, without verdicts; Each leaves them out
	Problems []event.Problem  // of the report as a whole, of the first MaxProblems
	Records  int              // mails, replies, payloads; of a log its lines
	None     int              // mails that are no report of anything
	Passed   int              // opens, clicks and the like; of a log lines of other programs
	Unread   int              // items and lines that could not be read; Problems says why
}

// MaxProblems is how many problems a result tells.
const MaxProblems = 100

// PanicError is that a decoder failed. It is a defect of the program, never the
// sender's fault, and worth a bug report with the report.
type PanicError struct {
	Value any
	Stack string // its first lines, where it happened
}

// Error says where it happened.
func (e *PanicError) Error() string {
	return fmt.Sprintf("decode: internal error, please report it with this report: %v\n%s", e.Value, e.Stack)
}
