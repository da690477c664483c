package maillog

import (
	"strings"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/smtpcode"
)

// exchange reads a record of a message tracking log (Microsoft, "Message
// tracking", event types in the message tracking log). The columns are those
// of the #Fields line.
func (r *Reader) exchange(dst []event.Event) ([]event.Event, outcome) {
	t := &r.table
	name := strings.ToUpper(t.value("event-id"))
	kind, ok := exchangeKind(name, t.old)
	if !ok {
		if name == "" {
			return dst, damaged
		}
		return dst, matched
	}
	recipients := strings.SplitN(t.value("recipient-address"), ";", maxRecipients+1)
	recipients = recipients[:min(len(recipients), maxRecipients)]
	statuses := splitStatuses(t.value("recipient-status"), len(recipients))
	rec := record{at: tableStamp(t.first("date-time", "date-time-utc")), host: []byte(t.first("server-hostname", "client-hostname"))}
	if name == "SEND" || name == "SENDEXTERNAL" {
		rec.host = []byte(t.first("client-hostname", "server-hostname")) // the client is who sends
	}
	n := len(dst)
	for i, to := range recipients {
		if to = unbracket(to); to == "" {
			continue
		}
		var e *event.Event
		dst, e = r.begin(dst, Exchange, &rec)
		as(e, kind)
		e.Recipient = to
		t.exchangeMessage(e)
		exchangeSaid(e, statuses[i])
		if kind == event.Delivery && name != "DELIVER" {
			e.RemoteMTA, e.SourceIP = t.value("server-hostname"), t.value("client-ip")
		}
		r.identify(e, t.first("internal-message-id", "network-message-id", "message-id")+name)
	}
	if len(dst) == n {
		return dst, damaged
	}
	return dst, matched
}

// exchangeMessage puts into e what the record tells of the message.
func (t *table) exchangeMessage(e *event.Event) {
	e.MessageID = unbracket(t.value("message-id"))
	e.Subject = t.value("message-subject")
	e.Sender = unbracket(t.value("return-path"))
	if t.value("return-path") == "" {
		e.Sender = unbracket(t.value("sender-address"))
	}
}

// exchangeKind says what an event means. SEND is mail passed on within the
// organisation since Exchange 2013, and out of it before.
func exchangeKind(name string, old bool) (event.Kind, bool) {
	switch name {
	case "DELIVER", "SENDEXTERNAL":
		return event.Delivery, true
	case "SEND":
		return event.Delivery, old
	case "FAIL", "BADMAIL":
		return event.Bounce, true
	case "DEFER":
		return event.Delay, true
	}
	return "", false
}

// splitStatuses parts the statuses of n recipients at ";". A status may hold
// semicolons itself: within braces, and before anything that begins no status.
func splitStatuses(s string, n int) []string {
	list := make([]string, n)
	if n <= 1 {
		return append(list[:0], s)
	}
	var parts []string
	depth, start := 0, 0
	for i := 0; i < len(s) && len(parts) < n; i++ {
		switch c := s[i]; {
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth = max(depth-1, 0)
		case c == ';' && depth == 0 && beginsStatus(s[i+1:]):
			parts = append(parts, s[start:i])
			start = i + 1
		}
	}
	parts = append(parts, s[start:])
	for i := range list {
		switch {
		case len(parts) == n:
			list[i] = parts[i]
		case len(parts) == 1:
			list[i] = s
		}
	}
	return list
}

// beginsStatus reports whether s begins with a reply code, a list in brackets,
// nothing, or another separator.
func beginsStatus(s string) bool {
	if s == "" || s[0] == ';' || s[0] == '[' || s[0] == '{' {
		return true
	}
	return len(s) >= 3 && isDigit(s[0]) && isDigit(s[1]) && isDigit(s[2])
}

// exchangeSaid notes a status: a reply, or "[{LED=550 ...};{MSG=...};
// {FQDN=mx.example.com};{IP=192.0.2.1};{LRT=...}]", in which LED is the last
// error.
func exchangeSaid(e *event.Event, status string) {
	if e.Kind == event.Delivery && (status == "" || !isDigit(status[0])) {
		return // the folder it went to
	}
	text := status
	if _, rest, ok := strings.Cut(status, "{LED="); ok {
		text = strings.TrimRight(rest, "}]")
		if end := strings.Index(rest, "};{"); end >= 0 {
			text = rest[:end]
		}
		e.RemoteMTA = exchangeDetail(rest, "{FQDN=")
		if e.RemoteMTA == "" {
			e.RemoteMTA = exchangeDetail(rest, "{IP=")
		}
	}
	said(e, strings.TrimSpace(text), smtpcode.Status{})
	if e.Kind != event.Delivery && e.ReplyCode == 0 {
		e.Hint = hintOf(e.Diagnostic, exchangeSayings)
	}
}

func exchangeDetail(s, name string) string {
	_, after, ok := strings.Cut(s, name)
	if !ok {
		return ""
	}
	value, _, _ := strings.Cut(after, "}")
	return value
}

// exchangeSayings are Exchange's own words where no reply code stands.
var exchangeSayings = []saying{
	{"recipientnotfound", codebook.UserUnknown, codebook.Permanent},
	{"domain not found", codebook.DomainUnknown, codebook.Permanent},
	{"message expired", codebook.Expired, codebook.LastingUnknown},
}
