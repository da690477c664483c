package webhook

import (
	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
)

// mailtrap reads a batch: {"events": [...]}.
//
// https://docs.mailtrap.io/email-api-smtp/advanced/webhooks
func (d *decoder) mailtrap(o object) {
	if !o.has("events") {
		d.mailtrapEvent(o)
		return
	}
	for _, raw := range o.list("events") {
		one, err := parseObject(raw)
		if err == errNotObject {
			d.unread(ProblemItem, "not an object")
			continue
		}
		d.mailtrapEvent(one)
	}
}

func (d *decoder) mailtrapEvent(o object) {
	e := event.Event{
		Time:      o.time("timestamp"),
		Recipient: address(o.text("email")),
		MessageID: o.text("message_id"),
		Stream:    o.text("sending_stream"),
	}
	switch kind := o.word("event"); kind {
	case "delivery":
		e.Kind, e.Action = event.Delivery, event.Delivered
	case "soft-bounce", "bounce":
		said(&e, o.text("response"))
		coded(&e, o.text("response_code"), "")
		e.Kind, e.Action = event.Bounce, event.Failed
		lasting := codebook.Permanent
		if kind == "soft-bounce" {
			lasting = codebook.Temporary
		}
		e.Hint = weak(mailtrapReason(o.word("bounce_category")), lasting)
	case "suspension":
		e.Diagnostic = o.text("reason")
		e.Kind, e.Action = event.Bounce, event.Failed
		e.Hint = weak(codebook.SendingQuota, codebook.Temporary)
	case "reject":
		e.Diagnostic = o.text("reason")
		echo(&e)
	case "spam", "spam-complaint":
		e.Kind, e.FeedbackType = event.Complaint, "abuse"
	case "unsubscribe":
		e.Kind = event.Unsubscribe
	case "open", "click":
		d.pass()
		return
	default:
		d.unknown(kind)
		return
	}
	d.add(e, o.text("event_id"))
}

// mailtrapReason reads bounce_category.
func mailtrapReason(category string) codebook.Reason {
	switch category {
	case "badmailbox", "bad-mailbox":
		return codebook.UserUnknown
	case "baddomain", "bad-domain":
		return codebook.DomainUnknown
	case "inactive-mailbox", "inactive":
		return codebook.MailboxDisabled
	case "unavailable":
		return codebook.MailboxUnavailable
	case "quota", "quota-issues", "mailbox-full":
		return codebook.MailboxFull
	case "spam", "spam-related", "spam-content":
		return codebook.SpamContent
	case "virus", "virus-related":
		return codebook.Virus
	case "content", "content-related":
		return codebook.ContentRejected
	case "policy", "policy-related":
		return codebook.PolicyViolation
	case "relaying", "relaying-issues":
		return codebook.RelayDenied
	case "routing-errors":
		return codebook.RoutingFailed
	case "connection", "bad-connection", "no-answer-from-host":
		return codebook.ConnectionFailed
	case "protocol-errors":
		return codebook.ProtocolError
	case "message-expired":
		return codebook.Expired
	}
	return codebook.Undetermined
}
