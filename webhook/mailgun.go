package webhook

import (
	"encoding/json"
	"strings"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
)

// mailgun reads one event: {"signature": ..., "event-data": ...}, or the event
// alone, as the Events API gives it.
//
// https://documentation.mailgun.com/docs/mailgun/user-manual/events/event-structure
func (d *decoder) mailgun(o object) {
	data := o
	if o.has("event-data") {
		data = o.object("event-data")
	}
	headers := data.object("message").object("headers")
	e := event.Event{
		Time:      data.time("timestamp"),
		Recipient: address(data.text("recipient")),
		Sender:    address(data.object("envelope").text("sender")),
		SourceIP:  data.object("envelope").text("sending-ip"),
		MessageID: messageID(headers.text("message-id")),
		Subject:   headers.text("subject"),
	}
	switch kind := data.word("event"); kind {
	case "delivered":
		e.Kind, e.Action = event.Delivery, event.Delivered
		mailgunStatus(&e, data)
	case "failed":
		mailgunFailed(&e, data)
	case "rejected":
		e.Kind, e.Action = event.Bounce, event.Failed
		e.Diagnostic = data.object("reject").text("reason", "description")
		e.Hint = weak(codebook.ContentRejected, codebook.Permanent)
		if e.Recipient == "" {
			e.Recipient = address(headers.text("to"))
		}
	case "complained":
		e.Kind, e.FeedbackType = event.Complaint, "abuse"
	case "unsubscribed":
		e.Kind = event.Unsubscribe
	case "accepted", "opened", "clicked", "stored", "list-member-uploaded", "list-member-upload-error", "list-uploaded", "email-validation":
		d.pass()
		return
	default:
		d.unknown(kind)
		return
	}
	d.add(e, data.text("id"))
}

// mailgunStatus takes what delivery-status says.
func mailgunStatus(e *event.Event, data object) {
	status := data.object("delivery-status")
	said(e, status.text("message"))
	if e.Diagnostic == "" {
		said(e, status.text("description"))
	}
	if !isMailgunCode(status.text("code")) {
		coded(e, status.text("code"), status.text("enhanced-code"))
	}
	e.RemoteMTA = status.text("mx-host")
}

func mailgunFailed(e *event.Event, data object) {
	e.Kind, e.Action = event.Bounce, event.Failed
	lasting := codebook.Permanent
	if data.word("severity") == "temporary" {
		e.Kind, e.Action = event.Delay, event.Delayed
		lasting = codebook.Temporary
	}
	mailgunStatus(e, data)
	status := data.object("delivery-status")
	if status.word("bounce-type") == "soft" {
		lasting = codebook.Temporary
	}
	mailgunReason(e, data.word("reason"), status.text("code"), lasting)
}

// mailgunReason reads Mailgun's own class: suppress-* and the codes 605 to 607
// say that it did not try.
//
// https://documentation.mailgun.com/docs/mailgun/user-manual/tracking-messages#tracking-failures
func mailgunReason(e *event.Event, reason, code string, lasting codebook.Lasting) {
	switch reason {
	case "old":
		e.Hint = weak(codebook.Expired, codebook.Temporary)
	case "espblock":
		e.Hint = weak(codebook.Blocked, codebook.Temporary)
	case "greylisted":
		e.Hint = weak(codebook.Greylisted, codebook.Temporary)
	default:
		e.Hint = weak(codebook.Undetermined, lasting)
	}
	switch code {
	case "498":
		e.Hint = weak(codebook.DomainUnknown, lasting)
	case "499":
		e.Hint = weak(codebook.ConnectionFailed, codebook.Temporary)
	}
	if strings.HasPrefix(reason, "suppress-") || code == "605" || code == "606" || code == "607" {
		echo(e)
	}
}

// isMailgunCode reports codes that no mail server sent: 498 and 499 (no mail
// host, no connection), 6xx (not tried).
func isMailgunCode(code string) bool {
	return code == "498" || code == "499" || strings.HasPrefix(code, "6")
}

// mailgunForm reads the form posts of before webhooks 3.0.
func (d *decoder) mailgunForm(o object) {
	e := event.Event{
		Time:      o.time("timestamp"),
		Recipient: address(o.text("recipient")),
		MessageID: messageID(o.text("Message-Id", "message-id", "Message-ID")),
	}
	mailgunHeaders(&e, o.text("message-headers"))
	switch kind := o.word("event"); kind {
	case "delivered":
		e.Kind, e.Action = event.Delivery, event.Delivered
	case "bounced":
		e.Kind, e.Action = event.Bounce, event.Failed
		said(&e, o.text("error"))
		if e.Diagnostic == "" {
			said(&e, o.text("notification"))
		}
		coded(&e, o.text("code"), "")
		e.Hint = weak(codebook.Undetermined, codebook.Permanent)
	case "dropped":
		e.Kind, e.Action = event.Bounce, event.Failed
		said(&e, o.text("description"))
		if code := o.text("code"); !isMailgunCode(code) {
			coded(&e, code, "")
		}
		mailgunReason(&e, o.word("reason"), o.text("code"), codebook.Permanent)
	case "complained":
		e.Kind, e.FeedbackType = event.Complaint, "abuse"
	case "unsubscribed":
		e.Kind = event.Unsubscribe
	case "opened", "clicked", "stored":
		d.pass()
		return
	default:
		d.unknown(kind)
		return
	}
	d.add(e, o.text("token"))
}

// mailgunHeaders reads message-headers, a list of pairs in JSON.
func mailgunHeaders(e *event.Event, list string) {
	var pairs [][2]json.RawMessage
	if json.Unmarshal([]byte(list), &pairs) != nil {
		return
	}
	for _, pair := range pairs {
		value := scalar(pair[1])
		switch strings.ToLower(scalar(pair[0])) {
		case "message-id":
			if e.MessageID == "" {
				e.MessageID = messageID(value)
			}
		case "subject":
			e.Subject = value
		case "sender", "x-envelope-from":
			e.Sender = address(value)
		}
	}
}
