package webhook

import (
	"fmt"
	"net"
	"strings"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/smtpcode"
)

// kumoMTA reads one log record, as log hooks post them by default.
//
// https://docs.kumomta.com/reference/log_record/
func (d *decoder) kumoMTA(o object) {
	e, known := kumoEvent(o)
	switch {
	case !known:
		d.unknown(o.text("type"))
		return
	case e.Kind == "":
		d.pass()
		return
	}
	e.Time = o.time("event_time", "timestamp")
	e.Sender = address(o.text("sender"))
	e.MessageID = kumoMessageID(o)
	e.RemoteMTA = o.object("peer_address").text("name", "addr")
	e.SourceIP = hostOf(o.object("source_address").text("address"))
	names := o.texts("recipient")
	if e.FeedbackType != "" {
		names = kumoFeedback(&e, o.object("feedback_report"), names)
	}
	if len(names) == 0 {
		names = []string{""}
	}
	for _, name := range names {
		one := e
		one.Recipient = address(name)
		d.add(one, o.text("type"), o.text("id"), o.text("num_attempts"), o.text("event_time", "timestamp"))
	}
}

// kumoEvent starts an event of the right kind: "" for records to be passed
// over. AdminBounce is the operator's own doing and says nothing of the
// recipient; Delayed is a stay in the spool before the first attempt.
func kumoEvent(o object) (e event.Event, known bool) {
	switch o.text("type") {
	case "Delivery":
		e = outcome(event.Delivery)
		kumoSaid(&e, o)
	case "TransientFailure":
		e = outcome(event.Delay)
		kumoSaid(&e, o)
		kumoClass(&e, o.word("bounce_classification"))
	case "Bounce", "OOB":
		e = outcome(event.Bounce)
		kumoSaid(&e, o)
		kumoClass(&e, o.word("bounce_classification"))
	case "Expiration":
		e = outcome(event.Bounce)
		kumoSaid(&e, o)
		e.ReplyCode, e.Status = 0, smtpcode.Status{} // KumoMTA's own words on its own schedule
		e.Hint = weak(codebook.Expired, codebook.Temporary)
	case "AdminBounce":
		e = outcome(event.Other)
		kumoSaid(&e, o)
		e.ReplyCode, e.Status = 0, smtpcode.Status{}
	case "Feedback":
		e = outcome(event.Complaint)
		e.FeedbackType = "abuse"
	case "Reception", "Rejection", "Delayed", "AdminRebind", "DeferredInjectionRebind", "XferOut", "XferIn":
	default:
		return e, false
	}
	return e, true
}

// kumoSaid takes the reply, which comes in parts: code, enhanced code, text.
func kumoSaid(e *event.Event, o object) {
	response := o.object("response")
	said(e, response.text("content"))
	status := ""
	if s := response.object("enhanced_code"); len(s) > 0 {
		status = fmt.Sprintf("%s.%s.%s", s.text("class"), s.text("subject"), s.text("detail"))
	}
	code, err := smtpcode.ParseCode(response.text("code"))
	if err == nil {
		e.ReplyCode = code
	}
	if s, err := smtpcode.ParseStatus(status); err == nil {
		e.Status = s
	}
	e.Command, _, _ = strings.Cut(response.text("command"), ":")
}

// kumoClass reads the class that KumoMTA's own classifier gave, which also tells
// what is no bounce.
//
// https://docs.kumomta.com/reference/kumo/configure_bounce_classifier/
func kumoClass(e *event.Event, class string) {
	reason, lasting := codebook.Undetermined, codebook.LastingUnknown
	switch class {
	case "invalidrecipient":
		reason = codebook.UserUnknown
	case "inactivemailbox":
		reason = codebook.MailboxDisabled
	case "baddomain":
		reason = codebook.DomainUnknown
	case "dnsfailure":
		reason = codebook.DNSFailure
	case "quotaissues":
		reason = codebook.MailboxFull
	case "spamblock":
		reason = codebook.LowReputation
	case "spamcontent":
		reason = codebook.SpamContent
	case "virusrelated":
		reason = codebook.Virus
	case "prohibitedattachment":
		reason = codebook.AttachmentRejected
	case "contentrelated":
		reason = codebook.ContentRejected
	case "policyrelated":
		reason = codebook.PolicyViolation
	case "authenticationfailed":
		reason = codebook.Unauthenticated
	case "relaydenied":
		reason = codebook.RelayDenied
	case "routingerrors":
		reason = codebook.RoutingFailed
	case "invalidsender":
		reason = codebook.SenderRejected
	case "badconfiguration":
		reason = codebook.SystemError
	case "badconnection", "noanswerfromhost":
		reason = codebook.ConnectionFailed
	case "toomanyrecipients":
		reason = codebook.TooManyRecipients
	case "protocolerrors":
		reason = codebook.ProtocolError
	case "messageexpired":
		reason, lasting = codebook.Expired, codebook.Temporary
	case "transientfailure":
		lasting = codebook.Temporary
	case "autoreply":
		notFailed(e, event.AutoReply)
	case "challengeresponse":
		notFailed(e, event.Challenge)
	case "unsubscribe":
		notFailed(e, event.Unsubscribe)
	case "subscribe":
		notFailed(e, event.Other)
	}
	if e.Action != "" {
		e.Hint = weak(reason, lasting)
	}
}

// kumoFeedback takes what an ARF report says and returns whom it names.
func kumoFeedback(e *event.Event, report object, names []string) []string {
	if kind := report.text("feedback_type"); kind != "" {
		e.FeedbackType = kind
	}
	e.Kind = kindOfFeedback(e.FeedbackType)
	e.ReportingMTA = withoutType(report.text("reporting_mta"))
	e.SourceIP = report.text("source_ip")
	if from := address(report.text("original_mail_from")); from != "" {
		e.Sender = from
	}
	// QUIRK: the log writes original_rcpto_to. The record's own recipient is the
	// mailbox that the feedback came to.
	if to := append(report.texts("original_rcpto_to"), report.texts("original_rcpt_to")...); len(to) > 0 {
		return to
	}
	if len(report) > 0 {
		return nil
	}
	return names
}

// kumoMessageID returns the Message-ID where the operator logs that field, else
// the id of the spool.
func kumoMessageID(o object) string {
	headers := o.object("headers")
	for name := range headers {
		if strings.EqualFold(name, "Message-ID") {
			return messageID(headers.text(name))
		}
	}
	return o.text("id")
}

// hostOf removes the port from an address.
func hostOf(s string) string {
	if host, _, err := net.SplitHostPort(s); err == nil {
		return host
	}
	return s
}
