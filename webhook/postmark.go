package webhook

import (
	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
)

// postmark reads one record.
//
// https://postmarkapp.com/developer/webhooks/bounce-webhook and its neighbours
func (d *decoder) postmark(o object) {
	e := event.Event{
		MessageID: o.text("MessageID"),
		Stream:    o.text("MessageStream"),
		Subject:   o.text("Subject"),
		Recipient: address(o.text("Email", "Recipient")),
		Sender:    address(o.text("From")),
		Time:      o.time("BouncedAt", "DeliveredAt", "ChangedAt"),
	}
	kind := o.word("RecordType")
	if kind == "" && o.has("BouncedAt") {
		kind = "bounce" // before webhooks told their type
	}
	switch kind {
	case "bounce", "spamcomplaint":
		d.postmarkBounce(e, o)
	case "delivery":
		e.Kind, e.Action = event.Delivery, event.Delivered
		said(&e, o.text("Details"))
		d.add(e, e.MessageID, e.Recipient)
	case "subscriptionchange":
		d.postmarkSubscription(e, o)
	case "open", "click", "linkclick", "inbound", "smtpapierror":
		d.pass()
	default:
		d.unknown(kind)
	}
}

// postmarkBounce reads a bounce. Description is Postmark's own text for the type
// ("unknown user, mailbox not found" for any hard bounce): no evidence.
func (d *decoder) postmarkBounce(e event.Event, o object) {
	said(&e, o.text("Details"))
	kind := o.word("Type")
	if o.word("RecordType") == "spamcomplaint" {
		kind = "spamcomplaint" // QUIRK: Postmark's example of one has the type code of SpamNotification
	}
	if kind == "" {
		kind = postmarkType(o.number("TypeCode"))
	}
	e.Kind, e.Action = event.Bounce, event.Failed
	switch kind {
	case "spamcomplaint":
		e.FeedbackType = "abuse"
		e.Diagnostic, e.ReplyCode = o.text("Details"), 0
		notFailed(&e, event.Complaint)
	case "autoresponder":
		notFailed(&e, event.AutoReply)
	case "challengeverification":
		notFailed(&e, event.Challenge)
	case "unsubscribe":
		notFailed(&e, event.Unsubscribe)
	case "subscribe", "openrelaytest", "unconfirmed", "inbounderror", "addresschange":
		notFailed(&e, event.Other)
	case "manuallydeactivated", "manualsuppression":
		echo(&e)
	case "transient":
		e.Kind, e.Action = event.Delay, event.Delayed
		e.Hint = weak(codebook.ConnectionFailed, codebook.Temporary)
	default:
		e.Hint = postmarkHint(kind)
	}
	d.add(e, o.text("ID"))
}

// notFailed makes e say that nothing failed.
func notFailed(e *event.Event, kind event.Kind) { e.Kind, e.Action = kind, "" }

// postmarkHint reads the types that are failures.
//
// https://postmarkapp.com/developer/api/bounce-api#bounce-types
func postmarkHint(kind string) event.Hint {
	switch kind {
	case "hardbounce":
		return weak(codebook.Undetermined, codebook.Permanent)
	case "softbounce":
		return weak(codebook.Undetermined, codebook.Temporary)
	case "dnserror":
		return weak(codebook.DNSFailure, codebook.Temporary)
	case "spamnotification":
		return weak(codebook.SpamContent, codebook.Permanent)
	case "virusnotification":
		return weak(codebook.Virus, codebook.Permanent)
	case "bademailaddress":
		return weak(codebook.AddressSyntax, codebook.Permanent)
	case "blocked":
		return weak(codebook.Blocked, codebook.LastingUnknown)
	case "smtpapierror":
		return weak(codebook.SystemError, codebook.LastingUnknown)
	case "dmarcpolicy":
		return weak(codebook.DMARCFailed, codebook.Permanent)
	case "templaterenderingfailed":
		return weak(codebook.ContentRejected, codebook.Permanent)
	}
	return weak(codebook.Undetermined, codebook.LastingUnknown)
}

// postmarkType returns the type that a type code stands for.
func postmarkType(code int64) string {
	switch code {
	case 1:
		return "hardbounce"
	case 2:
		return "transient"
	case 16:
		return "unsubscribe"
	case 32:
		return "subscribe"
	case 64:
		return "autoresponder"
	case 128:
		return "addresschange"
	case 256:
		return "dnserror"
	case 512:
		return "spamnotification"
	case 1024:
		return "openrelaytest"
	case 4096:
		return "softbounce"
	case 8192:
		return "virusnotification"
	case 16384:
		return "challengeverification"
	case 100000:
		return "bademailaddress"
	case 100001:
		return "spamcomplaint"
	case 100002:
		return "manuallydeactivated"
	case 100003:
		return "unconfirmed"
	case 100006:
		return "blocked"
	case 100007:
		return "smtpapierror"
	case 100008:
		return "inbounderror"
	case 100009:
		return "dmarcpolicy"
	case 100010:
		return "templaterenderingfailed"
	}
	return "unknown"
}

// postmarkSubscription reads a change of the suppression list. Only the
// recipient's own wish is news: bounces and complaints were reported when they
// came, and the rest is the operator's own doing.
func (d *decoder) postmarkSubscription(e event.Event, o object) {
	if !o.flag("SuppressSending") {
		d.pass()
		return
	}
	e.Kind = event.Unsubscribe
	if o.word("SuppressionReason") != "manualsuppression" || o.word("Origin") != "recipient" {
		echo(&e)
	}
	d.add(e, "subscription", e.MessageID, e.Recipient, o.text("ChangedAt"))
}
