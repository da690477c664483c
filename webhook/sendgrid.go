package webhook

import (
	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
)

// sendGrid reads one event of the Event Webhook. The sender's own arguments
// stand beside SendGrid's fields; they are not looked at.
//
// https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
func (d *decoder) sendGrid(o object) {
	e, known := sendGridEvent(o)
	if !known {
		d.unknown(o.word("event"))
		return
	}
	if e.Kind == "" {
		d.pass()
		return
	}
	e.Time = o.time("timestamp")
	e.Recipient = address(o.text("email"))
	e.MessageID = messageID(o.text("smtp-id", "sg_message_id"))
	d.add(e, o.text("sg_event_id"))
}

// sendGridEvent starts an event of the right kind: "" for those to be passed
// over.
func sendGridEvent(o object) (e event.Event, known bool) {
	switch o.word("event") {
	case "delivered":
		e = outcome(event.Delivery)
		said(&e, o.text("response"))
		e.SourceIP = o.text("ip")
	case "deferred":
		e = outcome(event.Delay)
		said(&e, o.text("response", "reason"))
		coded(&e, "", o.text("status"))
		e.SourceIP = o.text("ip")
		e.Hint = weak(codebook.Undetermined, codebook.Temporary)
	case "bounce", "blocked":
		e = outcome(event.Bounce)
		said(&e, o.text("reason", "response"))
		coded(&e, "", o.text("status"))
		e.SourceIP = o.text("ip")
		e.Hint = sendGridClass(o.word("bounce_classification"), o.word("type"))
	case "dropped":
		e = outcome(event.Bounce)
		e.Diagnostic = o.text("reason")
		sendGridDropped(&e)
	case "spamreport":
		e = outcome(event.Complaint)
		e.FeedbackType = "abuse"
	case "unsubscribe":
		e = outcome(event.Unsubscribe)
	case "group-unsubscribe":
		e = outcome(event.Unsubscribe)
		e.Stream = o.text("asm_group_id")
	case "processed", "open", "click", "group-resubscribe", "account-status-change":
	default:
		return e, false
	}
	return e, true
}

// sendGridClass reads bounce_classification. type=blocked is a refusal of the
// message, not of the address: SendGrid does not suppress it.
//
// https://www.twilio.com/docs/sendgrid/glossary/bounces (bounce classification)
func sendGridClass(class, kind string) event.Hint {
	switch class {
	case "invalid-address":
		return weak(codebook.UserUnknown, codebook.Permanent)
	case "technical", "technical-failure":
		return weak(codebook.SystemError, codebook.Temporary)
	case "content":
		return weak(codebook.ContentRejected, codebook.Permanent)
	case "reputation":
		return weak(codebook.LowReputation, codebook.Temporary)
	case "frequency-or-volume-too-high":
		return weak(codebook.RateLimited, codebook.Temporary)
	case "mailbox-unavailable":
		return weak(codebook.MailboxUnavailable, codebook.LastingUnknown)
	}
	if kind == "blocked" {
		return weak(codebook.Undetermined, codebook.LastingUnknown)
	}
	return weak(codebook.Undetermined, codebook.Permanent)
}

// sendGridDropped reads why SendGrid did not try: the message's fault, the
// account's, or the address is on one of its lists.
func sendGridDropped(e *event.Event) {
	switch fold(e.Diagnostic) {
	case "spam-content", "spam-content-if-spam-checker-app-enabled":
		e.Hint = weak(codebook.SpamContent, codebook.Permanent)
	case "invalid-smtpapi-header":
		e.Hint = weak(codebook.NotRFCCompliant, codebook.Permanent)
	case "recipient-list-over-package-quota":
		e.Hint = weak(codebook.SendingQuota, codebook.Temporary)
	default:
		echo(e)
	}
}
