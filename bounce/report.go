package bounce

import (
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/mailpart"
)

// Event is one recipient's outcome in one report.
type Event = event.Event

// Type says what a mail was recognised as.
type Type string

// The types.
const (
	DSN       Type = "dsn"        // a delivery status notification, RFC 3464
	Feedback  Type = "arf"        // a feedback report, RFC 5965 and its kin
	Prose     Type = "ndr"        // a non-delivery report in an MTA's own words
	Automatic Type = "auto-reply" // an automatic reply, a challenge, a receipt
	Payload   Type = "payload"    // a provider's event that came by mail
	None      Type = "none"       // none of these
)

// Report is what was found in one mail.
type Report struct {
	Type     Type
	Format   string // what wrote it, as far as known: dsn, arf, qmail, exim ...; "" for None
	Events   []Event
	Problems []event.Problem
}

// Options bound what one mail may take.
type Options struct {
	MaxBytes int64           // of one mail; 0 means DefaultMaxBytes
	Limits   mailpart.Limits // of its structure
}

// DefaultMaxBytes is how much of one mail Read takes; the rest is left unread
// and noted as a problem. No report needs what comes after.
const DefaultMaxBytes = 128 << 20
