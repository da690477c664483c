package webhook

import (
	"strings"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
)

// brevo reads one event of a transactional or a marketing webhook. "id" is the
// webhook's, "date" is in the account's own time zone: neither is used.
//
// https://developers.brevo.com/docs/transactional-webhooks
// https://developers.brevo.com/docs/marketing-webhooks
func (d *decoder) brevo(o object) {
	e := event.Event{
		Time:      o.time("ts_event", "ts_epoch", "ts"),
		Recipient: address(o.text("email")),
		MessageID: messageID(o.text("message-id", "messageId")),
		Subject:   o.text("subject"),
		SourceIP:  o.text("sending_ip"),
	}
	reason := o.text("reason")
	kind := o.word("event")
	switch kind {
	case "delivered":
		e.Kind, e.Action = event.Delivery, event.Delivered
	case "deferred":
		e = brevoFailure(e, event.Delay, reason, weak(codebook.Undetermined, codebook.Temporary))
	case "soft-bounce":
		e = brevoFailure(e, event.Bounce, reason, weak(codebook.Undetermined, codebook.Temporary))
	case "hard-bounce":
		e = brevoFailure(e, event.Bounce, reason, weak(codebook.Undetermined, codebook.Permanent))
	case "invalid-email":
		e = brevoFailure(e, event.Bounce, reason, weak(codebook.AddressSyntax, codebook.Permanent))
	case "error":
		e = brevoFailure(e, event.Bounce, reason, weak(codebook.SystemError, codebook.LastingUnknown))
	case "blocked":
		e.Diagnostic = strings.TrimSpace(reason)
		echo(&e)
	case "spam", "complaint":
		e.Kind, e.FeedbackType = event.Complaint, "abuse"
	case "unsubscribed", "unsubscribe":
		e.Kind = event.Unsubscribe
	case "request", "sent", "opened", "unique-opened", "proxy-open", "unique-proxy-open", "click", "clicks",
		"list-addition", "contact-updated", "contact-deleted", "inbound-email-processed":
		d.pass()
		return
	default:
		d.unknown(kind)
		return
	}
	d.add(e, kind, e.MessageID, e.Recipient, o.text("ts_event", "ts_epoch", "ts"))
}

func brevoFailure(e event.Event, kind event.Kind, reason string, hint event.Hint) event.Event {
	said(&e, reason)
	e.Kind, e.Action = kind, outcome(kind).Action
	e.Hint = hint
	return e
}
