package dsn

import (
	"strings"

	"github.com/rebound-mail/rebound/mailpart"
	"github.com/rebound-mail/rebound/smtpcode"
)

// Report is one notification: what it says about the message, and about each recipient.
type Report struct {
	EnvelopeID      string // Original-Envelope-Id, the ENVID that the sender gave (RFC 3464 section 2.2.1)
	ReportingMTA    MTA    // Reporting-MTA: who wrote this (section 2.2.2)
	Gateway         MTA    // DSN-Gateway: who translated it from another mail system (section 2.2.3)
	ReceivedFromMTA MTA    // Received-From-MTA: who handed the message to the reporting MTA (section 2.2.4)
	ArrivalDate     Date   // Arrival-Date at the reporting MTA (section 2.2.5)
	Other           []Field
	Recipients      []Recipient

	Part     *mailpart.Part // the part that the report was found in, the first if there were several; nil if it was not read from a mail
	Text     *mailpart.Part // the explanation for people; nil if there is none
	Returned *mailpart.Part // the returned message or its header; nil if there is none
	Problems []Problem
}

// Recipient is one group of per-recipient fields (RFC 3464 section 2.3).
type Recipient struct {
	Original       Address         // Original-Recipient, as the sender gave it (section 2.3.1)
	Final          Address         // Final-Recipient, as the reporting MTA knew it (section 2.3.2)
	Action         Action          // section 2.3.3
	ActionText     string          // the Action field as it stands
	Status         smtpcode.Status // section 2.3.4; zero if there is none that can be read
	StatusText     string          // the Status field as it stands
	RemoteMTA      MTA             // who said so to the reporting MTA (section 2.3.5); unset where the reporting MTA itself says it
	Diagnostic     Diagnostic      // section 2.3.6
	LastAttempt    Date            // Last-Attempt-Date (section 2.3.7)
	FinalLogID     string          // section 2.3.8
	WillRetryUntil Date            // for delayed mail (section 2.3.9)
	Other          []Field
}

// Address is an address with its type (RFC 3464 section 2.3.1). The zero value is none.
type Address struct {
	Type    string // lower case: "rfc822", "utf-8", "x400", "x-local" ...; "rfc822" where none is given
	Address string // without brackets, comments and escapes; UTF-8
}

// IsZero says whether there is no address.
func (a Address) IsZero() bool { return a.Address == "" }

// IsMail says whether this is an Internet mail address: something on both sides of an @, and not shortened.
func (a Address) IsMail() bool {
	at := strings.LastIndexByte(a.Address, '@')
	return at > 0 && at < len(a.Address)-1 && (a.Type == "rfc822" || a.Type == "utf-8") && !a.IsShortened()
}

// IsShortened says whether somebody cut the address for the sake of privacy, so that it is nobody's. QUIRK: archives and groups write three dots for the
// end of a local part or a domain. Dots in a row within a local part are no such sign: Japanese carriers gave out such addresses.
func (a Address) IsShortened() bool {
	return strings.Contains(a.Address, "...@") || strings.HasSuffix(a.Address, "...") || strings.Contains(a.Address, "\u2026")
}

// MTA is the name of a mail system with its type (RFC 3464 section 2.1.2).
type MTA struct {
	Type    string // lower case: "dns", "x-unix" ...; "" where none is given
	Name    string // a host name without a dot at the end, or an address literal
	Comment string // what stands in parentheses, often the address
}

// Diagnostic is the reply that caused the action, verbatim but for line breaks (RFC 3464 section 2.3.6).
type Diagnostic struct {
	Type string // lower case: "smtp", "x-postfix", "x-unix" ...; "" where none is given
	Text string
}

// Field is a field that the standards do not define.
type Field struct{ Name, Value string }

// Date is a date as it stands in the report.
type Date = mailpart.Date

// Action is what the reporting MTA did (RFC 3464 section 2.3.3).
type Action uint8

const (
	ActionUnknown Action = iota // none, or none that can be read
	Failed                      // given up
	Delayed                     // not yet delivered, attempts go on
	Delivered                   // in the recipient's mailbox, or handed to a list
	Relayed                     // handed to a system that does not report on its own
	Expanded                    // handed to several addresses in place of this one
	Transferred                 // handed to another system (RFC 3886 section 3.3.3)
	Opaque                      // handed over, and nobody will say more (RFC 3886 section 3.3.3)
)

// String gives the action as it is written in reports, "" for ActionUnknown.
func (a Action) String() string {
	switch a {
	case Failed:
		return "failed"
	case Delayed:
		return "delayed"
	case Delivered:
		return "delivered"
	case Relayed:
		return "relayed"
	case Expanded:
		return "expanded"
	case Transferred:
		return "transferred"
	case Opaque:
		return "opaque"
	}
	return ""
}

// Problem is one deviation from the standards that was met and survived.
type Problem uint8

const (
	ProblemUnknown         Problem = iota // the zero value: no problem of this list
	Mislabelled                           // the report stands in a part of another media type
	MessageGroupMissing                   // there are no per-message fields
	ReportingMTAMissing                   // Reporting-MTA is required
	RecipientsMissing                     // there are no per-recipient fields
	GroupsNotSeparated                    // an empty line between two groups is missing
	GroupTorn                             // an empty line within a group
	FinalRecipientMissing                 // a group without Final-Recipient, which is required
	AddressTypeMissing                    // an address without its type
	AddressUnreadable                     // an address field without an address
	ActionMissing                         // Action is required
	ActionUnreadable                      // an Action that no standard knows
	StatusMissing                         // Status is required
	StatusUnreadable                      // a Status that is no enhanced status code
	TooManyRecipients                     // more than 100,000: the rest was not read
	ActionContradictsClass                // failed with a class of 2, or delivered with a class of 4 or 5
)

// String gives the problem in words.
func (p Problem) String() string {
	switch p {
	case Mislabelled:
		return "delivery status in a part of another type"
	case MessageGroupMissing:
		return "no per-message fields"
	case ReportingMTAMissing:
		return "no Reporting-MTA"
	case RecipientsMissing:
		return "no per-recipient fields"
	case GroupsNotSeparated:
		return "no empty line between groups"
	case GroupTorn:
		return "empty line within a group"
	case FinalRecipientMissing:
		return "no Final-Recipient"
	case AddressTypeMissing:
		return "address without type"
	case AddressUnreadable:
		return "unreadable address"
	case ActionMissing:
		return "no Action"
	case ActionUnreadable:
		return "unknown Action"
	case StatusMissing:
		return "no Status"
	case StatusUnreadable:
		return "unreadable Status"
	case TooManyRecipients:
		return "too many recipients"
	case ActionContradictsClass:
		return "Action contradicts Status"
	}
	return "unknown problem"
}

// Get gives the value of the first field of that name among Other, "" if there is none.
func (r *Report) Get(name string) string { return get(r.Other, name) }

// Get gives the value of the first field of that name among Other, "" if there is none.
func (r *Recipient) Get(name string) string { return get(r.Other, name) }

func get(fields []Field, name string) string {
	for _, f := range fields {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}
