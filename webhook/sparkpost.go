package webhook

import (
	"strings"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
)

// sparkPost reads one element of a batch: {"msys": {"message_event": {...}}}. The
// Events API gives the inner objects bare, in "results".
//
// https://developers.sparkpost.com/api/webhooks/ and .../api/events/
func (d *decoder) sparkPost(item object) {
	if item.has("results") {
		for _, raw := range item.list("results") {
			o, _ := parseObject(raw)
			d.sparkPostEvent(o)
		}
		return
	}
	if !item.has("msys") {
		d.sparkPostEvent(item)
		return
	}
	msys := item.object("msys")
	if len(msys) == 0 {
		d.pass() // the ping that comes when a webhook is made
		return
	}
	for _, name := range [...]string{"message_event", "gen_event", "unsubscribe_event", "track_event", "relay_event", "ab_test_event", "ingest_event"} {
		if msys.has(name) {
			d.sparkPostEvent(msys.object(name))
			return
		}
	}
	d.unread(ProblemItem, "msys without an event")
}

func (d *decoder) sparkPostEvent(o object) {
	e := event.Event{
		Time:      o.time("timestamp"),
		Recipient: address(o.text("rcpt_to", "raw_rcpt_to")),
		Sender:    address(o.text("msg_from")),
		MessageID: o.text("message_id"),
		Subject:   o.text("subject"),
		SourceIP:  o.text("sending_ip"),
	}
	switch kind := o.word("type"); kind {
	case "delivery":
		e.Kind, e.Action = event.Delivery, event.Delivered
		e.RemoteMTA = o.text("ip_address")
	case "delay":
		sparkPostSaid(&e, o)
		sparkPostClass(&e, o)
		e.Kind, e.Action = event.Delay, event.Delayed
		e.Hint.Lasting = codebook.Temporary
	case "bounce", "out-of-band":
		sparkPostSaid(&e, o)
		e.Kind, e.Action = event.Bounce, event.Failed
		sparkPostClass(&e, o)
	case "policy-rejection", "generation-failure", "generation-rejection":
		sparkPostSaid(&e, o)
		sparkPostRefused(&e, o)
	case "spam-complaint":
		e.FeedbackType = o.text("fbtype")
		e.Kind = kindOfFeedback(e.FeedbackType)
		e.ReportingMTA = o.text("report_by")
	case "list-unsubscribe", "link-unsubscribe":
		e.Kind = event.Unsubscribe
	case "injection", "sms-status", "click", "open", "initial-open", "amp-click", "amp-open", "amp-initial-open",
		"relay-injection", "relay-rejection", "relay-delivery", "relay-tempfail", "relay-permfail",
		"ab-test-completed", "ab-test-cancelled", "success", "error":
		d.pass()
		return
	default:
		d.unknown(kind)
		return
	}
	d.add(e, o.text("event_id"))
}

// sparkPostSaid takes the reply. reason is the same with addresses blotted out.
func sparkPostSaid(e *event.Event, o object) {
	said(e, o.text("raw_reason", "reason"))
	coded(e, o.text("error_code"), "")
	e.RemoteMTA = o.text("ip_address")
}

// sparkPostRefused reads what SparkPost did not send: the address is suppressed,
// or the message could not be made.
func sparkPostRefused(e *event.Event, o object) {
	e.Kind, e.Action = event.Bounce, event.Failed
	text := strings.ToLower(e.Diagnostic)
	switch {
	case strings.Contains(text, "suppress"), strings.Contains(text, "unsubscribed"):
		echo(e)
	case o.word("type") == "policy-rejection":
		e.Hint = weak(codebook.PolicyViolation, codebook.LastingUnknown)
		sparkPostClass(e, o)
	default:
		e.Hint = weak(codebook.ContentRejected, codebook.Permanent)
	}
}

// sparkPostClass reads bounce_class, which also tells what is no bounce.
//
// https://support.sparkpost.com/docs/deliverability/bounce-classification-codes
func sparkPostClass(e *event.Event, o object) {
	lasting := codebook.Temporary
	reason := codebook.Undetermined
	switch o.number("bounce_class") {
	case 10:
		reason, lasting = codebook.UserUnknown, codebook.Permanent
	case 21:
		reason = codebook.DNSFailure
	case 22:
		reason = codebook.MailboxFull
	case 23:
		reason = codebook.MessageTooLarge
	case 24:
		reason = codebook.ConnectionFailed
	case 25: // "administrative failure": refused by what the operator configured
		if strings.Contains(strings.ToLower(e.Diagnostic), "suppress") {
			echo(e)
			return
		}
		reason = codebook.PolicyViolation
	case 26: // smart send suppression
		echo(e)
		return
	case 30:
		lasting = codebook.Permanent
	case 50:
		reason = codebook.Blocked
	case 51:
		reason = codebook.LowReputation
	case 52:
		reason = codebook.SpamContent
	case 53:
		reason = codebook.AttachmentRejected
	case 54:
		reason = codebook.RelayDenied
	case 60:
		notFailed(e, event.AutoReply)
		return
	case 80:
		notFailed(e, event.Other)
		return
	case 90:
		notFailed(e, event.Unsubscribe)
		return
	case 100:
		notFailed(e, event.Challenge)
		return
	case 0, 1:
		lasting = codebook.LastingUnknown
		if e.Hint.Reason != "" {
			return
		}
	}
	e.Hint = weak(reason, lasting)
}
