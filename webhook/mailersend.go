package webhook

import (
	"strings"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
)

// mailerSendTest is the type of the ping that comes before a URL is accepted.
const mailerSendTest = "webhook.test"

// mailerSend reads one event.
//
// https://developers.mailersend.com/api/v1/webhooks.html
func (d *decoder) mailerSend(o object) {
	kind := o.text("type")
	data := o.object("data")
	email := data.object("email")
	morph := data.object("morph")
	e := event.Event{
		Time:      data.time("created_at"),
		Recipient: address(email.object("recipient").text("email")),
		Sender:    address(email.text("from")),
		Subject:   email.text("subject"),
		MessageID: email.object("message").text("id"),
	}
	if e.Time.IsZero() {
		e.Time = o.time("created_at")
	}
	switch kind {
	case "activity.delivered":
		e.Kind, e.Action = event.Delivery, event.Delivered
	case "activity.deferred":
		said(&e, morph.text("reason", "readable_reason"))
		e.Kind, e.Action = event.Delay, event.Delayed
		e.Hint = weak(codebook.Undetermined, codebook.Temporary)
	case "activity.soft_bounced":
		said(&e, morph.text("reason", "readable_reason"))
		e.Kind, e.Action = event.Bounce, event.Failed
		e.Hint = weak(codebook.Undetermined, codebook.Temporary)
	case "activity.hard_bounced":
		said(&e, morph.text("reason", "readable_reason"))
		e.Kind, e.Action = event.Bounce, event.Failed
		e.Hint = weak(codebook.Undetermined, codebook.Permanent)
	case "activity.suppressed":
		e.Diagnostic = morph.text("reason", "readable_reason")
		echo(&e)
	case "activity.spam_complaint":
		e.Kind, e.FeedbackType = event.Complaint, "abuse"
	case "activity.unsubscribed":
		e.Kind = event.Unsubscribe
	default:
		if known, _, ok := strings.Cut(kind, "."); ok && isMailerSendTopic(known) {
			d.pass()
			return
		}
		d.unknown(kind)
		return
	}
	d.add(e, data.text("id"))
}

// isMailerSendTopic reports the first parts of event types: opens, clicks and
// surveys (activity), and housekeeping.
func isMailerSendTopic(topic string) bool {
	switch topic {
	case "activity", "webhook", "sender_identity", "maintenance", "inbound_forward", "email_single", "email_list",
		"bulk_email", "recipient", "sms":
		return true
	}
	return false
}
