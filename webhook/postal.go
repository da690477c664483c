package webhook

import (
	"strings"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
)

// postal reads one event. Messages that come in by Postal's routes are not the
// sender's mail and are passed over.
//
// https://docs.postalserver.io/developer/webhooks
func (d *decoder) postal(o object) {
	payload := o.object("payload")
	message := payload.object("message")
	if payload.has("original_message") {
		message = payload.object("original_message")
	}
	kind := o.text("event")
	switch kind {
	case "MessageLinkClicked", "MessageLoaded", "DomainDNSError", "SendLimitApproaching", "SendLimitExceeded":
		d.pass()
		return
	case "MessageSent", "MessageDelayed", "MessageDeliveryFailed", "MessageHeld", "MessageBounced":
	default:
		d.unknown(kind)
		return
	}
	if message.word("direction") == "incoming" {
		d.pass()
		return
	}
	e := event.Event{
		Time:      payload.time("timestamp"),
		Recipient: address(message.text("to")),
		Sender:    address(message.text("from")),
		MessageID: messageID(message.text("message_id")),
		Subject:   message.text("subject"),
	}
	if e.Time.IsZero() {
		e.Time = o.time("timestamp")
	}
	said(&e, postalWords(payload))
	postalKind(&e, kind, payload)
	d.add(e, o.text("uuid"))
}

// postalWords returns what the server said; else Postal's own words.
func postalWords(payload object) string {
	if s := strings.TrimSpace(payload.text("output")); s != "" {
		return s
	}
	return payload.text("details")
}

func postalKind(e *event.Event, kind string, payload object) {
	if payload.has("bounce") {
		kind = "MessageBounced" // QUIRK: postal names the event of a returned message in two ways
	}
	switch kind {
	case "MessageSent":
		e.Kind, e.Action = event.Delivery, event.Delivered
	case "MessageDelayed":
		e.Kind, e.Action = event.Delay, event.Delayed
		e.Hint = weak(codebook.Undetermined, codebook.Temporary)
	case "MessageDeliveryFailed":
		e.Kind, e.Action = event.Bounce, event.Failed
		e.Hint = weak(codebook.Undetermined, codebook.Permanent)
	case "MessageBounced":
		// A mail came back; Postal does not say what it reads.
		e.Kind, e.Action = event.Bounce, event.Failed
		e.Hint = weak(codebook.Undetermined, codebook.LastingUnknown)
	case "MessageHeld":
		e.Kind = event.Other
		if strings.Contains(strings.ToLower(payload.text("details")), "suppression") {
			echo(e)
		}
	}
}
