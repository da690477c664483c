package maillog

import (
	"strings"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
)

// traceFields are the fields of one row of a message trace of Microsoft 365.
type traceFields struct {
	received, sender, recipient, subject, status, toIP, fromIP, messageID, traceID string
}

// traceRow reads a row of a trace in CSV: of Get-MessageTrace and its
// successors, one recipient a row, or of a historical search, where
// recipient-status is a list of "recipient##status, status".
func (r *Reader) traceRow(dst []event.Event) ([]event.Event, outcome) {
	t := &r.table
	f := traceFields{
		received:  t.first("received", "receiveddatetime", "origin-timestamp-utc", "date-time-utc"),
		sender:    t.first("senderaddress", "sender-address"),
		recipient: t.first("recipientaddress", "recipient-address"),
		subject:   t.first("subject", "message-subject"),
		status:    t.value("status"), toIP: t.value("toip"), fromIP: t.value("fromip"),
		messageID: t.first("messageid", "message-id"),
		traceID:   t.first("messagetraceid", "network-message-id", "id"),
	}
	if list := t.value("recipient-status"); list != "" && f.status == "" {
		return r.traceList(dst, &f, list)
	}
	return r.trace(dst, &f)
}

// traceList reads "a@example.com##Receive, Deliver;b@example.com##Receive,
// Fail". The last status is what became of it.
func (r *Reader) traceList(dst []event.Event, f *traceFields, list string) ([]event.Event, outcome) {
	result := damaged
	for item := range strings.SplitSeq(list, ";") {
		to, steps, ok := strings.Cut(item, "##")
		if !ok {
			continue
		}
		one := *f
		one.recipient = strings.TrimSpace(to)
		one.status = strings.TrimSpace(steps[strings.LastIndexByte(steps, ',')+1:])
		var o outcome
		if dst, o = r.trace(dst, &one); o == matched {
			result = matched
		}
	}
	return dst, result
}

// traceObject reads a row in JSON: of the reporting web service, of
// Get-MessageTrace, or of the Graph API, whose names differ in case.
func (r *Reader) traceObject(dst []event.Event, o object) ([]event.Event, outcome) {
	f := traceFields{
		received: o.fold("Received"), sender: o.fold("SenderAddress"), recipient: o.fold("RecipientAddress"), subject: o.fold("Subject"),
		status: o.fold("Status"), toIP: o.fold("ToIP"), fromIP: o.fold("FromIP"), messageID: o.fold("MessageId"), traceID: o.fold("MessageTraceId"),
	}
	if f.recipient == "" || f.status == "" || !r.allows(MessageTrace) {
		return dst, foreign
	}
	if f.received == "" {
		f.received = o.fold("receivedDateTime")
	}
	if f.messageID == "" {
		f.messageID = o.fold("internetMessageId")
	}
	if f.traceID == "" {
		f.traceID = o.fold("id")
	}
	return r.trace(dst, &f)
}

// trace makes the event of one row. A trace names an outcome and no reply.
func (r *Reader) trace(dst []event.Event, f *traceFields) ([]event.Event, outcome) {
	kind, hint, ok := traceKind(f.status)
	if !ok || f.recipient == "" {
		if f.recipient == "" || f.status == "" {
			return dst, damaged
		}
		return dst, matched
	}
	rec := record{at: r.traceStamp(f.received)}
	dst, e := r.begin(dst, MessageTrace, &rec)
	as(e, kind)
	if strings.EqualFold(f.status, "expanded") || strings.EqualFold(f.status, "expand") {
		e.Action = event.Expanded
	}
	e.Hint = hint
	e.Recipient, e.Sender = unbracket(f.recipient), unbracket(f.sender)
	e.MessageID, e.Subject, e.RemoteMTA = unbracket(f.messageID), f.subject, f.toIP
	e.SourceIP = f.fromIP
	r.identify(e, f.traceID+f.messageID+strings.ToLower(f.status))
	return dst, matched
}

// traceKind says what a status means. FilteredAsSpam was refused, Quarantined
// is held back and nobody's failure yet.
func traceKind(status string) (event.Kind, event.Hint, bool) {
	spam := event.Hint{Reason: codebook.SpamContent, Lasting: codebook.Permanent}
	switch strings.ToLower(strings.ReplaceAll(status, " ", "")) {
	case "delivered", "deliver", "expanded", "expand", "send", "sendexternal":
		return event.Delivery, event.Hint{}, true
	case "failed", "fail":
		return event.Bounce, event.Hint{}, true
	case "filteredasspam":
		return event.Bounce, spam, true
	case "quarantined", "quarantine":
		return event.Other, spam, true
	case "pending", "defer", "deferred":
		return event.Delay, event.Hint{}, true
	}
	return "", event.Hint{}, false
}

// traceStamp reads a time in ISO 8601, as PowerShell's exports write it
// (month/day/year, twelve hours) in UTC, or as "/Date(milliseconds)/".
func (r *Reader) traceStamp(s string) stamp {
	if ms, ok := strings.CutPrefix(s, "/Date("); ok {
		if i := strings.IndexAny(ms, "+)"); i > 3 {
			return tableStamp(ms[:i-3])
		}
	}
	if at := tableStamp(s); at.form != stampNone {
		if _, _, zoned := zoneOf(s); !zoned && at.form == stampISO {
			at.text = append(at.text, 'Z') // a trace is in UTC
		}
		return at
	}
	return usStamp(s)
}
