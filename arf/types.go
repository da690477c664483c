package arf

import (
	"net/netip"
	"strings"

	"github.com/rebound-mail/rebound/mailpart"
)

// Report is one feedback report.
type Report struct {
	Form             Form
	Type             FeedbackType
	TypeText         string // the Feedback-Type field as it stands
	UserAgent        string
	Version          string
	Recipients       []Recipient // who complained, or whose message failed to authenticate; empty if nobody is named
	OriginalMailFrom string      // Original-Mail-From: the envelope sender of the message; may be empty for the null sender
	EnvelopeID       string      // Original-Envelope-Id
	SourceIP         netip.Addr  // where the message came from; the zero Addr if not told
	ArrivalDate      mailpart.Date
	ReportingMTA     string   // without its type
	ReportedDomains  []string // lower case
	ReportedURIs     []string
	Incidents        int // how many messages this report stands for; 1 if not told (RFC 5965 section 3.2)
	AuthResults      []string
	Failure          AuthFailure // auth-failure reports only
	Other            []Field     // fields that are not among these

	Part      *mailpart.Part // where the fields stand; nil for forms without
	Text      *mailpart.Part // the explanation for people; nil if there is none
	Returned  *mailpart.Part // the message complained of or its header; nil if there is none
	MessageID string         // of the message complained of, with angle brackets; "" if not told
	Problems  []Problem
}

// Recipient is somebody on whose behalf the report was sent.
type Recipient struct {
	Address string
	Origin  Origin
}

// Origin says where the address of a recipient was found.
type Origin uint8

const (
	OriginUnknown    Origin = iota // the zero value: it is not known where the address was found
	OriginalRcptTo                 // Original-Rcpt-To (RFC 5965 section 3.2)
	RemovalRecipient               // Removal-Recipient, of opt-out reports (a draft before RFC 5965)
	MicrosoftHeader                // X-HmXmrOriginalRecipient in the returned header
	ReturnedTo                     // the only address in To of the returned header, in a form that returns it unredacted
)

// Form says what the report was recognised by.
type Form uint8

const (
	FormUnknown   Form = iota // the zero value: none of these
	FormARF                   // message/feedback-report, RFC 5965
	FormUnlabeled             // the fields of RFC 5965 in a part of another type
	FormMicrosoft             // Junk Mail Reporting Program: the message complained of attached to "complaint about message from ..."
	FormAOL                   // the notifications of AOL's postmaster before RFC 5965
	FormText                  // an abuse report in words with the message attached, its machine-readable part lost
)

// FeedbackType is what the report is about: the IANA registry of RFC 5965 section 7.3, and what is met besides.
type FeedbackType uint8

const (
	TypeUnknown FeedbackType = iota // the zero value: the report gives none that is known
	Abuse                           // unsolicited, or otherwise unwanted (RFC 5965)
	AuthFailed                      // the message failed to authenticate (RFC 6591)
	Fraud                           // fraud or phishing (RFC 5965)
	NotSpam                         // the recipient says it is no spam (RFC 6430)
	OtherType                       // anything else (RFC 5965)
	Virus                           // a virus was found (RFC 5965)
	OptOut                          // the recipient wants no more of it (a draft before RFC 5965)
	OptOutList                      // likewise, of one list
	DMARC                           // a failure report under its draft name
)

// Field is a field that the standards do not define.
type Field struct{ Name, Value string }

// AuthFailure is what an auth-failure report adds (RFC 6591 section 3). Values are as they stand.
type AuthFailure struct {
	Kind           string // Auth-Failure in lower case: adsp, bodyhash, revoked, signature, spf, dmarc
	Delivery       string // Delivery-Result in lower case: delivered, spam, policy, reject, other
	Alignment      string // Identity-Alignment (RFC 7489 section 7.3.1)
	DKIMDomain     string
	DKIMIdentity   string
	DKIMSelector   string
	DKIMADSPRecord string // DKIM-ADSP-DNS
	SPFRecord      string // SPF-DNS
}

// Problem is one deviation from the standard that was met and survived.
type Problem uint8

const (
	ProblemUnknown       Problem = iota // the zero value: no problem of this list
	Mislabelled                         // the fields stand in a part of another media type
	TypeMissing                         // no Feedback-Type
	TypeUnregistered                    // a Feedback-Type that no standard knows
	NoRecipient                         // nobody is named
	RecipientRedacted                   // the recipient is named in a form that cannot be an address
	NoReturnedMessage                   // the message complained of is not there
	SourceIPUnreadable                  // Source-IP is no IP address
	IncidentsUnreadable                 // Incidents is no number
	MachinePartMissing                  // there is no feedback-report part
	TooManyValues                       // a field given more than 1,000 times: the rest was not read
	SeveralReportsMerged                // there were several feedback-report parts
)

// String gives the problem in words.
func (p Problem) String() string {
	switch p {
	case Mislabelled:
		return "feedback report in a part of another type"
	case TypeMissing:
		return "no Feedback-Type"
	case TypeUnregistered:
		return "unknown Feedback-Type"
	case NoRecipient:
		return "no recipient named"
	case RecipientRedacted:
		return "recipient redacted"
	case NoReturnedMessage:
		return "message not returned"
	case SourceIPUnreadable:
		return "unreadable Source-IP"
	case IncidentsUnreadable:
		return "unreadable Incidents"
	case MachinePartMissing:
		return "no machine-readable part"
	case TooManyValues:
		return "field given too often"
	case SeveralReportsMerged:
		return "several feedback reports in one mail"
	}
	return "unknown problem"
}

// String gives the type as it is written in reports, "" for TypeUnknown.
func (t FeedbackType) String() string {
	switch t {
	case Abuse:
		return "abuse"
	case AuthFailed:
		return "auth-failure"
	case Fraud:
		return "fraud"
	case NotSpam:
		return "not-spam"
	case OtherType:
		return "other"
	case Virus:
		return "virus"
	case OptOut:
		return "opt-out"
	case OptOutList:
		return "opt-out-list"
	case DMARC:
		return "dmarc"
	}
	return ""
}

// ParseType reads the value of a Feedback-Type field.
//
// QUIRK: reporters also write what they would say themselves: complaint, spam, phishing, unsubscribe.
func ParseType(value string) FeedbackType {
	word, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(value)), ";")
	word, _, _ = strings.Cut(word, " ")
	word = strings.NewReplacer("_", "-", "\"", "").Replace(word)
	for t := Abuse; t <= DMARC; t++ {
		if word == t.String() {
			return t
		}
	}
	switch word {
	case "complaint", "spam", "junk", "abuse-report", "unsolicited", "miscategorized":
		return Abuse
	case "phishing", "phish", "scam":
		return Fraud
	case "malware":
		return Virus
	case "notspam", "not-junk", "ham", "notjunk":
		return NotSpam
	case "unsubscribe", "optout", "remove":
		return OptOut
	case "dkim", "spf", "adsp", "authfailure", "auth":
		return AuthFailed
	}
	return TypeUnknown
}

// String gives the name of the form.
func (f Form) String() string {
	switch f {
	case FormARF:
		return "arf"
	case FormUnlabeled:
		return "arf-unlabeled"
	case FormMicrosoft:
		return "microsoft-jmrp"
	case FormAOL:
		return "aol"
	case FormText:
		return "text"
	}
	return ""
}

// Get gives the value of the first field of that name among Other, "" if there is none.
func (r *Report) Get(name string) string {
	for _, f := range r.Other {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}
