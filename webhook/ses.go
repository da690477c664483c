package webhook

import (
	"encoding/json"
	"strings"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
)

// ses reads one item from Amazon SES, however it came: in an SNS envelope, with
// raw message delivery, in an EventBridge event, in the records that Lambda or
// SQS wrap around those.
//
// https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html
// https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
func (d *decoder) ses(item object) {
	if isSNS(item) || !item.has("Records") { // beside an SNS message nothing else counts: it is not signed
		d.sesWrapped(item)
		return
	}
	for _, raw := range item.list("Records") {
		record, err := parseObject(raw)
		switch {
		case err != nil:
			d.unread(ProblemItem, "a record that is no object")
		case record.has("Sns"):
			d.sesWrapped(record.object("Sns"))
		default:
			d.sesWrapped(record.object("body"))
		}
	}
}

// sesWrapped opens the envelope, if there is one.
func (d *decoder) sesWrapped(o object) {
	switch {
	case isSNS(o) && o.text("Type") != snsNotification:
		d.pass() // a handshake
	case isSNS(o):
		message := o.object("Message")
		if len(message) == 0 {
			// SES announces a new topic in words.
			d.pass()
			return
		}
		d.sesMessage(message)
	case o.has("detail-type", "detail"):
		d.sesMessage(o.object("detail"))
	default:
		d.sesMessage(o)
	}
}

func (d *decoder) sesMessage(o object) {
	mail := o.object("mail")
	switch kind := o.word("eventType", "notificationType"); kind {
	case "bounce":
		d.sesBounce(o.object("bounce"), mail)
	case "complaint":
		d.sesComplaint(o.object("complaint"), mail)
	case "delivery":
		d.sesDelivery(o.object("delivery"), mail)
	case "deliverydelay", "delivery-delay":
		d.sesDelay(o.object("deliveryDelay"), mail)
	case "reject":
		e := sesEvent(event.Bounce, mail, o.object("reject"))
		e.Diagnostic = o.object("reject").text("reason")
		e.Hint = weak(codebook.Virus, codebook.Permanent) // the only cause: SES found a virus
		d.sesForAll(e, "reject", mail)
	case "rendering-failure", "renderingfailure":
		failure := o.object("failure")
		e := sesEvent(event.Bounce, mail, failure)
		e.Diagnostic = failure.text("errorMessage")
		e.Hint = weak(codebook.ContentRejected, codebook.Permanent)
		d.sesForAll(e, "rendering", mail)
	case "subscription":
		d.sesSubscription(o.object("subscription"), mail)
	case "send", "open", "click", "received", "amazonsnssubscriptionsucceeded":
		d.pass()
	default:
		d.unknown(kind)
	}
}

// sesEvent starts an event with what SES says of the message.
func sesEvent(kind event.Kind, mail, part object) event.Event {
	e := outcome(kind)
	e.Time = part.time("timestamp")
	if e.Time.IsZero() {
		e.Time = part.time("arrivalDate")
	}
	if e.Time.IsZero() {
		e.Time = mail.time("timestamp") // accepted by SES: the earliest it can have been
	}
	e.Sender = address(mail.text("source"))
	e.MessageID = mail.text("messageId")
	e.Subject = mail.object("commonHeaders").text("subject")
	if ips := mail.object("tags").texts("ses:outgoing-ip"); len(ips) > 0 {
		e.SourceIP = ips[0]
	}
	e.ReportingMTA = withoutType(part.text("reportingMTA"))
	e.RemoteMTA = part.text("remoteMtaIp")
	return e
}

func (d *decoder) sesBounce(b, mail object) {
	recipients := b.list("bouncedRecipients")
	if len(recipients) == 0 {
		e := sesEvent(event.Bounce, mail, b)
		sesOnly(&e, mail)
		d.sesAddBounce(e, b, nil)
		return
	}
	for _, raw := range recipients {
		r, _ := parseObject(raw)
		e := sesEvent(event.Bounce, mail, b)
		e.Recipient = address(r.text("emailAddress"))
		d.sesAddBounce(e, b, r)
	}
}

func (d *decoder) sesAddBounce(e event.Event, b, r object) {
	class, sub := b.word("bounceType"), b.word("bounceSubType")
	said(&e, r.text("diagnosticCode"))
	coded(&e, "", r.text("status"))
	switch {
	case sub == "suppressed", sub == "onaccountsuppressionlist", sub == "unsubscribedrecipient":
		echo(&e)
	case isSESAutoReply(class, sub, r):
		e.Kind, e.Action = event.AutoReply, ""
	default:
		e.Hint = sesBounceHint(class, sub)
	}
	d.add(e, b.text("feedbackId"))
}

// isSESAutoReply reports an out-of-office answer. SES has no kind of its own for
// them: they come as Transient/General, or as Undetermined, which a bounce
// that it could not read is, too. A bounce has an action, a status or a
// diagnostic for the recipient; an answer has neither.
//
// https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html#bounce-types (note at Transient/General)
func isSESAutoReply(class, sub string, r object) bool {
	if len(r) == 0 || r.text("diagnosticCode", "status", "action") != "" {
		return false
	}
	return class == "transient" && sub == "general" || class == "undetermined"
}

func sesBounceHint(class, sub string) event.Hint {
	lasting := codebook.LastingUnknown
	switch class {
	case "permanent":
		lasting = codebook.Permanent
	case "transient":
		lasting = codebook.Temporary
	}
	switch sub {
	case "mailboxfull":
		return weak(codebook.MailboxFull, lasting)
	case "messagetoolarge":
		return weak(codebook.MessageTooLarge, lasting)
	case "contentrejected":
		return weak(codebook.ContentRejected, lasting)
	case "attachmentrejected":
		return weak(codebook.AttachmentRejected, lasting)
	case "customtimeoutexceeded":
		return weak(codebook.Expired, lasting)
	}
	// General and NoEmail ("the bounce did not tell the address") name no cause.
	return weak(codebook.Undetermined, lasting)
}

// sesComplaint reads feedback. SES lists everybody at the complaining provider
// to whom the message went: only a lone name is certain.
func (d *decoder) sesComplaint(c, mail object) {
	e := sesEvent(kindOfFeedback(c.text("complaintFeedbackType")), mail, c)
	e.FeedbackType = c.text("complaintFeedbackType")
	names := sesAddresses(c, "complainedRecipients")
	switch len(names) {
	case 0:
		sesOnly(&e, mail)
	case 1:
		e.Recipient = names[0]
	default:
		ambiguous(&e, names)
	}
	if c.word("complaintSubType") == "onaccountsuppressionlist" {
		echo(&e)
	}
	d.add(e, c.text("feedbackId"))
}

func (d *decoder) sesDelivery(v, mail object) {
	names := v.texts("recipients")
	if len(names) == 0 {
		e := sesEvent(event.Delivery, mail, v)
		said(&e, v.text("smtpResponse"))
		sesOnly(&e, mail)
		d.add(e, e.MessageID, e.Recipient)
		return
	}
	for _, name := range names {
		e := sesEvent(event.Delivery, mail, v)
		e.Recipient = address(name)
		said(&e, v.text("smtpResponse"))
		d.add(e, e.MessageID, e.Recipient)
	}
}

func (d *decoder) sesDelay(v, mail object) {
	hint := sesDelayHint(v.word("delayType"))
	for _, raw := range v.list("delayedRecipients") {
		r, _ := parseObject(raw)
		e := sesEvent(event.Delay, mail, v)
		e.Recipient = address(r.text("emailAddress"))
		said(&e, r.text("diagnosticCode"))
		coded(&e, "", r.text("status"))
		e.Hint = hint
		d.add(e, e.MessageID, e.Recipient, v.text("timestamp"))
	}
	if len(v.list("delayedRecipients")) == 0 {
		e := sesEvent(event.Delay, mail, v)
		sesOnly(&e, mail)
		e.Hint = hint
		d.add(e, e.MessageID, e.Recipient, v.text("timestamp"))
	}
}

func sesDelayHint(kind string) event.Hint {
	reason := codebook.Undetermined
	switch kind {
	case "internalfailure":
		reason = codebook.SystemError
	case "mailboxfull":
		reason = codebook.MailboxFull
	case "spamdetected":
		reason = codebook.SpamContent
	case "recipientservererror":
		reason = codebook.SystemUnavailable
	case "ipfailure":
		reason = codebook.Blocked
	case "transientcommunicationfailure":
		reason = codebook.ConnectionFailed
	case "byoiphostnamelookupunavailable":
		reason = codebook.NoPTR
	}
	return weak(reason, codebook.Temporary)
}

// sesSubscription reads a change of a contact's preferences: one event for
// each topic that the recipient left, one for all if everything was.
func (d *decoder) sesSubscription(s, mail object) {
	e := sesEvent(event.Unsubscribe, mail, s)
	sesOnly(&e, mail)
	prefs := s.object("newTopicPreferences")
	if prefs.flag("unsubscribeAll") {
		d.add(e, e.MessageID, e.Recipient, s.text("timestamp"))
		return
	}
	left := 0
	for _, raw := range prefs.list("topicSubscriptionStatus") {
		topic, _ := parseObject(raw)
		if topic.word("subscriptionStatus") != "optout" {
			continue
		}
		left++
		one := e
		one.Stream = topic.text("topicName")
		d.add(one, "unsubscribe", e.MessageID, e.Recipient, s.text("timestamp"), one.Stream)
	}
	if left == 0 {
		d.pass()
	}
}

// sesForAll adds e for every recipient of the message: nobody got it.
func (d *decoder) sesForAll(e event.Event, what string, mail object) {
	names := mail.texts("destination")
	if len(names) == 0 {
		d.add(e, what, e.MessageID)
		return
	}
	for _, name := range names {
		one := e
		one.Recipient = address(name)
		d.add(one, what, e.MessageID, one.Recipient)
	}
}

// sesOnly takes the recipient of the message if it had one only. With several,
// destination does not tell which of them is meant.
func sesOnly(e *event.Event, mail object) {
	names := mail.texts("destination")
	switch len(names) {
	case 0:
	case 1:
		e.Recipient = address(names[0])
	default:
		ambiguous(e, names)
	}
}

func sesAddresses(o object, list string) []string {
	var names []string
	for _, raw := range o.list(list) {
		r, _ := parseObject(raw)
		if a := address(r.text("emailAddress")); a != "" {
			names = append(names, a)
		}
	}
	return names
}

// ambiguous leaves the recipient open and says between whom.
func ambiguous(e *event.Event, names []string) {
	e.Recipient = ""
	few := names[:min(len(names), 10)]
	note(e, ProblemAmbiguous, clip("one of "+strings.Join(few, ", "), maxField))
}

// isSES reports whether an object is an event of SES without an envelope.
func isSES(o object) bool {
	return o.hasAny("notificationType", "eventType") && o.has("mail")
}

// isEventBridge reports whether an object is an event of SES by EventBridge.
func isEventBridge(o object) bool {
	return o.text("source") == "aws.ses" && o.has("detail-type", "detail")
}

// isRecords reports whether an object is what Lambda or SQS make of SNS.
func isRecords(o object) bool {
	list := o.list("Records")
	if len(list) == 0 {
		return false
	}
	record, _ := parseObject(json.RawMessage(list[0]))
	inner := record.object("Sns")
	if len(inner) == 0 {
		inner = record.object("body")
	}
	return isSNS(inner) || isSES(inner)
}
