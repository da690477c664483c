package bounce

import (
	"strings"

	"github.com/rebound-mail/rebound/dsn"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/mailpart"
	"github.com/rebound-mail/rebound/smtpcode"
)

// fromDSN makes the events of a delivery status notification.
func fromDSN(r *dsn.Report, shared *Event) []Event {
	events := make([]Event, 0, len(r.Recipients))
	text := ""
	for i := range r.Recipients {
		e := *shared
		e.Source.Format = string(DSN)
		e.ReportingMTA = r.ReportingMTA.Name
		fillRecipient(&e, &r.Recipients[i], r)
		if e.Action == event.Delayed && text == "" && r.Text != nil {
			text = r.Text.Plain()
		}
		e.Kind = kindOf(e.Action, e.Status, r.Recipients[i].WillRetryUntil != "", text)
		events = append(events, e)
	}
	return events
}

// fillRecipient takes what one group of per-recipient fields says.
func fillRecipient(e *Event, rc *dsn.Recipient, r *dsn.Report) {
	e.Recipient, e.OriginalRecipient = recipients(rc)
	e.Action = actionOf(rc.Action)
	e.RemoteMTA = rc.RemoteMTA.Name
	e.Diagnostic = rc.Diagnostic.Text
	fillCodes(e, rc.Diagnostic.Text)
	if e.Status.IsZero() {
		e.Status = rc.Status
	}
	for _, date := range []mailpart.Date{rc.LastAttempt, r.ArrivalDate} {
		if t, ok := date.Time(); ok {
			e.Time = t
			return
		}
	}
}

// recipients returns the final and the original address. Where the final one is
// nobody's mail address (X.400, a name of the local host, a program), the
// original one stands for both.
func recipients(rc *dsn.Recipient) (final, original string) {
	final, original = rc.Final.Address, rc.Original.Address
	if !isMailbox(rc.Final) && isMailbox(rc.Original) {
		final = original
	}
	return final, original
}

// isMailbox reports whether an address can be somebody's in the Internet.
//
// QUIRK: reports name programs and files that a user's mail is piped to
// ("|/usr/bin/filter"), hosts without a domain, source routes, and addresses
// cut short for privacy.
func isMailbox(a dsn.Address) bool {
	if !a.IsMail() || a.IsShortened() || strings.ContainsAny(a.Address[:1], "|/@") {
		return false
	}
	domain := a.Address[strings.LastIndexByte(a.Address, '@')+1:]
	return strings.ContainsAny(domain, ".[:") && !strings.ContainsAny(a.Address, " \t") || strings.HasPrefix(a.Address, "\"")
}

// fillCodes sets reply code and status from what the remote server said.
func fillCodes(e *Event, diagnostic string) {
	reply := smtpcode.Parse(diagnostic)
	e.ReplyCode, e.Status = reply.Code, reply.Status
}

func actionOf(a dsn.Action) event.Action {
	switch a {
	case dsn.Failed:
		return event.Failed
	case dsn.Delayed:
		return event.Delayed
	case dsn.Delivered:
		return event.Delivered
	case dsn.Relayed, dsn.Transferred, dsn.Opaque:
		return event.Relayed
	case dsn.Expanded:
		return event.Expanded
	}
	return ""
}

// kindOf says what kind of event an action is. text is the explanation for
// people: it settles whether delivery goes on.
func kindOf(a event.Action, s smtpcode.Status, retries bool, text string) event.Kind {
	switch a {
	case event.Delivered, event.Relayed, event.Expanded:
		return event.Delivery
	case event.Delayed:
		// QUIRK: OpenSMTPD writes Action: delayed when it gives up, too
		// (usr.sbin/smtpd/bounce.c): the text tells.
		if !retries && saysFinal(text) {
			return event.Bounce
		}
		return event.Delay
	case event.Failed:
		return event.Bounce
	}
	switch s.Class {
	case smtpcode.Success:
		return event.Delivery
	case smtpcode.Transient:
		if retries || saysGoesOn(text) {
			return event.Delay
		}
	}
	return event.Bounce
}

// goesOn are words of reports that delivery goes on.
var goesOn = [...]string{
	"will continue", "will keep trying", "keep trying", "kept in the queue", "still trying", "will be retried", "will retry",
	"continue to attempt", "further attempts", "continue trying", "not need to re-send", "not need to resend", "no action is required",
	"only a temporary", "is delayed", "been delayed", "warning message only", "delivery attempts will", "try again", "not yet been delivered",
}

// final are words of reports that the sending system has given up.
var final = [...]string{
	"an error has occurred while attempting to deliver", "could not be delivered", "giving up", "gave up", "given up", "permanent", "expired",
	"undeliverable", "returned to sender", "delivery failed",
}

func saysGoesOn(text string) bool { return containsAny(text, goesOn[:]) }

func saysFinal(text string) bool { return !saysGoesOn(text) && containsAny(text, final[:]) }

// containsAny looks at the beginning of a text, where reports say what they are.
func containsAny(text string, words []string) bool {
	text = strings.ToLower(text[:min(len(text), 4096)])
	text = strings.Join(strings.Fields(text), " ")
	for _, w := range words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

// fillReturned takes from the returned header what identifies the original.
func fillReturned(e *Event, h mailpart.Header) {
	e.MessageID = trimID(h.Unfolded("Message-ID"))
	e.Subject = h.Get("Subject")
	e.ListID = listID(h.Get("List-Id"))
	for _, name := range []string{"Return-Path", "X-Envelope-From", "Envelope-From", "Sender", "From"} {
		if a := addressIn(h.Get(name)); a != "" {
			e.Sender = a
			return
		}
	}
}

// trimID returns a Message-ID without angle brackets and blanks.
func trimID(s string) string {
	s = strings.TrimSpace(s)
	if i := strings.IndexByte(s, '<'); i >= 0 {
		if j := strings.IndexByte(s[i:], '>'); j > 0 {
			return s[i+1 : i+j]
		}
	}
	if i := strings.IndexAny(s, " \t"); i > 0 {
		s = s[:i]
	}
	return strings.Trim(s, "<>")
}

// listID returns the identifier between the angle brackets (RFC 2919).
func listID(s string) string {
	if i := strings.LastIndexByte(s, '<'); i >= 0 {
		return strings.TrimRight(s[i+1:], "> \t")
	}
	return strings.TrimSpace(s)
}

// addressIn returns the first mail address in a header field.
func addressIn(s string) string {
	if i := strings.IndexByte(s, '<'); i >= 0 {
		if j := strings.IndexByte(s[i:], '>'); j > 0 {
			s = s[i+1 : i+j]
		}
	}
	for _, f := range strings.FieldsFunc(s, func(r rune) bool { return r <= ' ' || r == ',' || r == ';' }) {
		if at := strings.LastIndexByte(f, '@'); at > 0 && at < len(f)-1 {
			return strings.Trim(f, "<>\"'()")
		}
	}
	return ""
}
