package maillog

import (
	"strconv"
	"strings"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
)

// powermta reads a record of an accounting file (PowerMTA User's Guide, chapter
// "Accounting"). The columns are the site's choice (record-fields), so the
// header alone says what stands where.
func (r *Reader) powermta(dst []event.Event) ([]event.Event, outcome) {
	t := &r.table
	kind, ok := powermtaKind(t)
	if !ok {
		if knownPowerMTAType(t.value("type")) {
			return dst, matched
		}
		return dst, damaged
	}
	to := t.value("rcpt")
	if to == "" {
		_, to, _ = strings.Cut(t.value("orcpt"), ";")
	}
	if to == "" {
		return dst, damaged
	}
	rec := record{at: tableStamp(t.first("timelogged", "timequeued", "timefirstattempt"))}
	dst, e := r.begin(dst, PowerMTA, &rec)
	as(e, kind)
	e.Recipient, e.Sender = unbracket(to), unbracket(t.value("orig"))
	if _, original, ok := strings.Cut(t.value("orcpt"), ";"); ok && !strings.EqualFold(original, e.Recipient) {
		e.OriginalRecipient = original
	}
	e.MessageID = unbracket(t.value("header-message-id"))
	e.Subject, e.ListID = t.value("header-subject"), listID(t.value("header-list-id"))
	if kind == event.Complaint {
		e.FeedbackType, e.ReportingMTA, e.SourceIP = "abuse", t.value("reportingmta"), t.value("sourceip")
	} else {
		t.powermtaOutcome(e)
	}
	r.identify(e, t.value("type")+t.first("envid", "header-message-id", "timequeued")+t.value("dsndiag"))
	return dst, matched
}

// powermtaOutcome puts into e what a delivery met with.
func (t *table) powermtaOutcome(e *event.Event) {
	status, _, _ := strings.Cut(t.value("dsnstatus"), " ")
	_, diagnostic, ok := strings.Cut(t.value("dsndiag"), ";")
	if !ok {
		diagnostic = t.value("dsndiag")
	}
	said(e, strings.TrimSpace(diagnostic), parseStatus(status))
	e.RemoteMTA = hostName(t.value("dsnmta"))
	e.SourceIP = t.value("dlvsourceip")
	switch strings.ToLower(t.value("dsnaction")) {
	case "relayed":
		e.Action = event.Relayed
	case "expanded":
		e.Action = event.Expanded
	}
	if e.Kind != event.Delivery {
		e.Hint = powermtaHint(t.value("bouncecat"))
	}
}

// powermtaKind says what the type of a record means. A remote status tells by
// its action; a file of bounces alone may leave the type out.
func powermtaKind(t *table) (event.Kind, bool) {
	switch t.value("type") {
	case "d":
		return event.Delivery, true
	case "b", "rb":
		return event.Bounce, true
	case "t", "tq":
		return event.Delay, true
	case "f":
		return event.Complaint, true
	case "rs", "":
		switch strings.ToLower(t.value("dsnaction")) {
		case "failed":
			return event.Bounce, true
		case "delayed":
			return event.Delay, true
		case "delivered", "relayed", "expanded":
			return event.Delivery, true
		}
		if t.value("type") == "" && t.value("bouncecat") != "" {
			return event.Bounce, true
		}
	}
	return "", false
}

func knownPowerMTAType(kind string) bool { return kind == "r" || kind == "rs" || kind == "p" }

// tableStamp reads "2006-01-02 15:04:05-0700", with "T" and a fraction too, or
// Unix seconds.
func tableStamp(s string) stamp {
	if isDate([]byte(s)) {
		return stamp{form: stampISO, text: []byte(s)}
	}
	whole, _, _ := strings.Cut(s, ".")
	if n, err := strconv.ParseInt(whole, 10, 64); err == nil && n > 0 && n < 1<<40 {
		return stamp{form: stampUnix, unix: n}
	}
	return stamp{}
}

// listID gives the identifier between the angle brackets (RFC 2919).
func listID(s string) string {
	if i := strings.LastIndexByte(s, '<'); i >= 0 {
		return strings.TrimRight(s[i+1:], "> ")
	}
	return strings.TrimSpace(s)
}

// powermtaHint says what a bounce category means. PowerMTA derives it from the
// text by patterns (smtp-pattern-list, bounce-category-patterns), so it weighs
// less than the text.
func powermtaHint(category string) event.Hint {
	var reason codebook.Reason
	switch category {
	case "bad-mailbox":
		reason = codebook.UserUnknown
	case "inactive-mailbox":
		reason = codebook.MailboxDisabled
	case "bad-domain":
		reason = codebook.DomainUnknown
	case "quota-issues":
		reason = codebook.MailboxFull
	case "bad-connection", "no-answer-from-host":
		reason = codebook.ConnectionFailed
	case "spam-related":
		reason = codebook.SpamContent
	case "content-related":
		reason = codebook.ContentRejected
	case "virus-related":
		reason = codebook.Virus
	case "invalid-sender":
		reason = codebook.SenderRejected
	case "message-expired":
		reason = codebook.Expired
	case "policy-related":
		reason = codebook.PolicyViolation
	case "protocol-errors":
		reason = codebook.ProtocolError
	case "relaying-issues":
		reason = codebook.RelayDenied
	case "routing-errors":
		reason = codebook.RoutingFailed
	case "bad-configuration":
		reason = codebook.SystemError
	default:
		return event.Hint{}
	}
	return event.Hint{Reason: reason, Weak: true}
}
