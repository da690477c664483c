package maillog

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/smtpcode"
)

// numberText gives a JSON number as it was written.
func numberText(x any) string {
	if n, ok := x.(json.Number); ok {
		return n.String()
	}
	return ""
}

// kumo reads a log record of KumoMTA (https://docs.kumomta.com/reference/
// log_record/). One attempt may serve several recipients.
func (r *Reader) kumo(dst []event.Event, o object) ([]event.Event, outcome) {
	kind, ok := kumoKind(o.text("type"))
	if !ok {
		return dst, matched
	}
	recipients := o.texts("recipient")
	if kind == event.Complaint {
		recipients = kumoComplained(o, recipients)
	}
	rec := record{at: kumoStamp(o), host: []byte(kumoHost(o))}
	n := len(dst)
	for _, to := range recipients[:min(len(recipients), maxRecipients)] {
		if to = unbracket(to); to == "" {
			continue
		}
		var e *event.Event
		dst, e = r.begin(dst, KumoMTA, &rec)
		as(e, kind)
		e.Recipient, e.Sender = to, unbracket(o.text("sender"))
		kumoMessage(e, o)
		if kind == event.Complaint {
			kumoFeedback(e, o.object("feedback_report"))
		} else {
			kumoSaid(e, o)
		}
		r.kumoJoin(e, o)
		r.kumoIdentify(e, o)
	}
	if len(dst) == n {
		return dst, damaged
	}
	return dst, matched
}

// kumoIdentify sets the id. It is that of the same record when a log hook posts
// it (package webhook), so that a site that has both counts once.
func (r *Reader) kumoIdentify(e *event.Event, o object) {
	at := o.text("event_time")
	if at == "" {
		at = o.text("timestamp")
	}
	key := []string{string(e.Kind), e.Recipient, o.text("type"), o.text("id"), o.text("num_attempts"), at}
	if slices.Contains(key, "") {
		r.identify(e, o.text("id")+o.text("type")+o.text("num_attempts"))
		return
	}
	e.ID = event.ProviderID("kumomta", strings.Join(key, "\x00"))
}

// kumoKind says what a type of record means. Reception, Rejection, Delayed,
// AdminRebind, XferIn and their kin tell of no delivery attempt.
func kumoKind(name string) (event.Kind, bool) {
	switch name {
	case "Delivery":
		return event.Delivery, true
	case "Bounce", "Expiration", "AdminBounce", "OOB":
		return event.Bounce, true
	case "TransientFailure":
		return event.Delay, true
	case "Feedback":
		return event.Complaint, true
	}
	return "", false
}

// kumoStamp gives when a record was made: event_time with its fraction, or
// timestamp in seconds.
func kumoStamp(o object) stamp {
	if t, err := time.Parse(time.RFC3339Nano, o.text("event_time")); err == nil {
		return stamp{form: stampUnix, unix: t.Unix(), nano: int64(t.Nanosecond())}
	}
	if n, err := strconv.ParseInt(o.text("timestamp"), 10, 64); err == nil && n > 0 {
		return stamp{form: stampUnix, unix: n}
	}
	return stamp{}
}

func kumoHost(o object) string {
	if o.text("type") == "OOB" {
		return hostName(o.object("peer_address").text("name"))
	}
	return o.object("meta").text("hostname")
}

// kumoMessage puts into e what the record tells of the message: logged headers
// and meta items are the site's choice.
func kumoMessage(e *event.Event, o object) {
	headers := o.object("headers")
	e.MessageID = unbracket(headers.fold("Message-ID"))
	e.Subject, e.ListID = headers.fold("Subject"), listID(headers.fold("List-Id"))
	source := o.object("source_address").text("address")
	if source == "" {
		source = o.text("source_address")
	}
	if i := strings.LastIndexByte(source, ':'); i > 0 && strings.Count(source, ":") == 1 {
		source = source[:i]
	} else if strings.HasPrefix(source, "[") {
		source, _, _ = strings.Cut(source[1:], "]")
	}
	e.SourceIP = source
}

// kumoSaid puts the reply together again: KumoMTA logs code, enhanced status
// code and words apart.
func kumoSaid(e *event.Event, o object) {
	response := o.object("response")
	var b strings.Builder
	if code := response.text("code"); code != "" && code != "0" {
		b.WriteString(code)
	}
	enhanced := response.object("enhanced_code")
	var status smtpcode.Status
	if len(enhanced) > 0 {
		text := enhanced.text("class") + "." + enhanced.text("subject") + "." + enhanced.text("detail")
		status = parseStatus(text)
		if !strings.HasPrefix(response.text("content"), text) {
			writeWord(&b, text)
		}
	}
	writeWord(&b, strings.Join(strings.Fields(response.text("content")), " "))
	said(e, b.String(), status)
	if e.Kind != event.Delivery {
		e.Command = kumoCommand(response.text("command"))
	}
	if o.text("type") != "OOB" {
		e.RemoteMTA = hostName(o.object("peer_address").text("name"))
	}
}

func writeWord(b *strings.Builder, word string) {
	if word != "" && b.Len() > 0 {
		b.WriteByte(' ')
	}
	b.WriteString(word)
}

// kumoCommand takes the argument off a command: "RCPT TO:<a@example.com>".
func kumoCommand(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), ":")
	if s == "." {
		return "end of DATA"
	}
	return s
}

// kumoJoin remembers attempts, so that a message that expires takes the cause
// that the last one met with.
func (r *Reader) kumoJoin(e *event.Event, o object) {
	id := o.text("id")
	if id == "" || e.Kind == event.Complaint || o.text("type") == "OOB" {
		return
	}
	key := r.queueKey('k', nil, []byte(id))
	m := r.joins.find(key)
	if e.Kind == event.Delay {
		if m == nil {
			m = r.joins.get(key)
		}
		r.joins.keep(m, e)
		return
	}
	if m == nil {
		return
	}
	if a := m.attemptOf(e.Recipient); a != nil && o.text("type") == "Expiration" && !a.done && a.diagnostic != "" {
		sender, id := e.Sender, e.MessageID
		a.fill(e)
		e.Sender, e.MessageID = sender, id
	}
	m.settle(e.Recipient)
	if len(m.waiting) == 1 {
		r.joins.end(m)
	}
}

// kumoComplained gives who complained: the recipient of the feedback report
// itself is our own mailbox for reports.
func kumoComplained(o object, recipients []string) []string {
	report := o.object("feedback_report")
	for _, name := range []string{"original_rcpto_to", "original_rcpt_to"} {
		if list := report.texts(name); len(list) > 0 {
			return list
		}
	}
	if len(report) > 0 {
		return nil
	}
	return recipients
}

// kumoFeedback puts into e what a feedback report tells.
func kumoFeedback(e *event.Event, report object) {
	e.FeedbackType = report.text("feedback_type")
	if from := report.text("original_mail_from"); from != "" {
		e.Sender = unbracket(from)
	}
	e.SourceIP = report.text("source_ip")
	mta := report.object("reporting_mta").text("name")
	if mta == "" {
		mta = report.text("reporting_mta")
	}
	e.ReportingMTA = mta
	if e.FeedbackType == "not-spam" {
		e.Kind = event.Other // the recipient took the complaint back
	}
}
