package webhook

import (
	"strings"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/smtpcode"
)

// resend reads one event. A message to several people has one event, which does
// not say which of them it is about.
//
// https://resend.com/docs/webhooks/event-types
func (d *decoder) resend(o object) {
	data := o.object("data")
	var e event.Event
	all := false
	kind := o.text("type")
	switch kind {
	case "email.delivered":
		e = outcome(event.Delivery)
	case "email.delivery_delayed":
		e = outcome(event.Delay)
		e.Hint = weak(codebook.Undetermined, codebook.Temporary)
	case "email.bounced":
		e = outcome(event.Bounce)
		resendBounce(&e, data.object("bounce"))
	case "email.suppressed":
		e.Diagnostic = data.object("suppressed").text("message")
		echo(&e)
	case "email.failed":
		e, all = outcome(event.Bounce), true
		e.Diagnostic = data.object("failed").text("reason")
		e.Hint = resendFailure(fold(e.Diagnostic))
	case "email.complained":
		e = outcome(event.Complaint)
		e.FeedbackType = "abuse"
	default:
		if strings.HasPrefix(kind, "email.") || strings.HasPrefix(kind, "contact.") || strings.HasPrefix(kind, "domain.") {
			d.pass() // sent, scheduled, opened, clicked, received; housekeeping
			return
		}
		d.unknown(kind)
		return
	}
	e.Time = o.time("created_at")
	e.Sender = address(data.text("from"))
	e.MessageID = data.text("email_id")
	e.Subject = data.text("subject")
	d.resendRecipients(e, kind, data, o.text("created_at"), all)
}

// resendRecipients adds e for the recipient; for all of them if the message as a
// whole failed.
func (d *decoder) resendRecipients(e event.Event, kind string, data object, created string, all bool) {
	names := data.texts("to")
	if len(names) > 1 && !all {
		ambiguous(&e, names)
		d.add(e, kind, e.MessageID, created)
		return
	}
	if len(names) == 0 {
		d.add(e, kind, e.MessageID, created)
		return
	}
	for _, name := range names {
		one := e
		one.Recipient = address(name)
		d.add(one, kind, e.MessageID, created, one.Recipient)
	}
}

// resendBounce reads the classes of Amazon SES, through which Resend sends.
// Older events have words only: a text for each class, with advice on mailing
// lists and reputation. It quotes no server, so it is no evidence.
func resendBounce(e *event.Event, b object) {
	said(e, strings.Join(b.texts("diagnosticCode"), "\n"))
	if message := b.text("message"); e.Diagnostic == "" && !smtpcode.Find(message).IsZero() {
		said(e, message)
	}
	class, sub := b.word("type"), b.word("subType")
	words := strings.ToLower(b.text("message"))
	if sub == "suppressed" || sub == "onaccountsuppressionlist" || strings.Contains(words, "suppression list") || strings.Contains(words, "suppressed sending") {
		echo(e)
		return
	}
	e.Hint = sesBounceHint(class, sub)
	if class == "" && strings.Contains(words, "hard bounce") {
		e.Hint.Lasting = codebook.Permanent
	}
}

func resendFailure(reason string) event.Hint {
	if strings.Contains(reason, "quota") {
		return weak(codebook.SendingQuota, codebook.Temporary)
	}
	return weak(codebook.SystemError, codebook.LastingUnknown)
}
