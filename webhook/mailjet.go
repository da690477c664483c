package webhook

import (
	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
)

// mailjet reads one event; several come grouped in an array.
//
// https://dev.mailjet.com/email/guides/webhooks/
func (d *decoder) mailjet(o object) {
	e := event.Event{
		Time:      o.time("time"),
		Recipient: address(o.text("email")),
		MessageID: o.text("MessageID", "Message_GUID"),
	}
	if e.MessageID == "0" {
		e.MessageID = ""
	}
	kind := o.word("event")
	switch kind {
	case "sent":
		e.Kind, e.Action = event.Delivery, event.Delivered
		said(&e, o.text("smtp_reply"))
	case "bounce":
		e.Kind, e.Action = event.Bounce, event.Failed
		said(&e, o.text("comment"))
		lasting := codebook.Temporary
		if o.flag("hard_bounce") {
			lasting = codebook.Permanent
		}
		e.Hint = mailjetHint(o, lasting)
	case "blocked":
		e.Kind, e.Action = event.Bounce, event.Failed
		said(&e, o.text("comment"))
		mailjetBlocked(&e, o)
	case "spam":
		e.Kind, e.FeedbackType = event.Complaint, "abuse"
		e.ReportingMTA = o.text("source")
	case "unsub":
		e.Kind = event.Unsubscribe
		if list := o.text("mj_list_id"); list != "0" {
			e.Stream = list
		}
	case "open", "click":
		d.pass()
		return
	default:
		d.unknown(kind)
		return
	}
	d.add(e, kind, e.MessageID, e.Recipient, o.text("time"))
}

// mailjetBlocked reads mail that Mailjet did not send: what speaks of the
// recipient is what it remembers of earlier mail.
func mailjetBlocked(e *event.Event, o object) {
	switch o.word("error_related_to") {
	case "content", "spam", "system":
		e.Hint = mailjetHint(o, codebook.LastingUnknown)
		return
	}
	if o.word("error") == "duplicate-in-campaign" {
		notFailed(e, event.Other)
		return
	}
	echo(e)
}

// mailjetHint reads the class of an error: error is the narrower, but either may
// be empty or hold what belongs to the other.
func mailjetHint(o object, lasting codebook.Lasting) event.Hint {
	for _, word := range [...]string{o.word("error"), o.word("error_related_to")} {
		if reason := mailjetReason(word); reason != "" {
			return weak(reason, lasting)
		}
	}
	return weak(codebook.Undetermined, lasting)
}

func mailjetReason(word string) codebook.Reason {
	switch word {
	case "user-unknown":
		return codebook.UserUnknown
	case "mailbox-inactive":
		return codebook.MailboxDisabled
	case "quota-exceeded":
		return codebook.MailboxFull
	case "invalid-domain", "no-mail-host":
		return codebook.DomainUnknown
	case "relay-access-denied":
		return codebook.RelayDenied
	case "greylisted":
		return codebook.Greylisted
	case "typofix":
		return codebook.AddressSyntax
	case "bad-or-empty-template", "error-in-template-language", "content":
		return codebook.ContentRejected
	case "sender-blocked":
		return codebook.Blocked
	case "content-blocked", "spam":
		return codebook.SpamContent
	case "policy-issue":
		return codebook.PolicyViolation
	case "system-issue":
		return codebook.SystemError
	case "protocol-issue":
		return codebook.ProtocolError
	case "connection-issue":
		return codebook.ConnectionFailed
	}
	return ""
}
