package ndr

import (
	"time"

	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/mailpart"
	"github.com/rebound-mail/rebound/smtpcode"
)

// Report is what a non-standard report says.
type Report struct {
	Format       string // "exim", "qmail" ...; "generic" for the last resort
	ReportingMTA string
	Failures     []Failure
	Returned     Returned
	Confident    bool // false for what the generic reader had to guess
}

// Failure is what the report says of one recipient.
type Failure struct {
	Recipient    string       // the address that failed
	Original     string       // as first addressed, where the report names both
	Action       event.Action // failed, delayed, delivered ...
	Code         smtpcode.Code
	Status       smtpcode.Status
	Diagnostic   string // what was said, verbatim, lines unfolded
	Command      string // the SMTP command that was answered: "RCPT TO", "end of DATA"
	RemoteMTA    string
	ReportingMTA string // where it differs from the report's
	Time         time.Time
	Hint         event.Hint // what the prose means where no reply tells
}

// Returned is the original message, or its header, as the report carries it.
type Returned struct {
	Header mailpart.Header
}

// Mail is the view of a mail that decoders share: what they look at is made
// once. It is for one goroutine at a time.
type Mail struct {
	Root    *mailpart.Part
	From    string // address of the From header
	Subject string
	Text    string // the human-readable part, decoded, lines end in \n, up to where the returned message begins

	parts    []*mailpart.Part // the human-readable parts, the best first
	headline string           // From and Subject as marks name them, decoded
	inHeader decoderSet       // the decoders whose marks occur in the header, once that was scanned
	scanned  bool
	forwards bool   // the text is that of a report which a person passed on
	rest     string // what follows Text in its part: the returned message
}
