package maillog

import (
	"bytes"
	"strings"

	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/smtpcode"
)

// daemon is which of Postfix's programs speaks.
type daemon uint8

const (
	noDaemon daemon = iota
	delivers        // smtp, lmtp, local, virtual, pipe, error, discard, bounce, relay, retry ...
	manages         // qmgr and its kin
	cleans          // cleanup
	accepts         // smtpd, pickup, qmqpd: a queue id begins here
)

// postfixDaemon tells which program a tag names: "postfix/smtp",
// "postfix-out/smtp", "postfix/submission/smtpd", "mta2/lmtp". The name before
// the slash is the site's choice (syslog_name, multi_instance_name in
// postconf(5)).
func postfixDaemon(program []byte) daemon {
	slash := bytes.LastIndexByte(program, '/')
	if slash < 0 {
		return noDaemon
	}
	switch string(program[slash+1:]) {
	case "smtp", "lmtp", "local", "virtual", "pipe", "error", "retry", "discard", "bounce", "relay", "defer", "trace":
		return delivers
	case "qmgr", "nqmgr", "oqmgr":
		return manages
	case "cleanup":
		return cleans
	case "smtpd", "pickup", "qmqpd":
		return accepts
	}
	return noDaemon
}

// postfix reads one line of Postfix. All of interest begin with a queue id.
func (r *Reader) postfix(dst []event.Event, rec *record, d daemon) ([]event.Event, outcome) {
	id, text, ok := cutQueueID(rec.text)
	if !ok || len(text) < 5 {
		return dst, foreign
	}
	switch {
	case hasPrefix(text, "to="):
		return r.postfixRecipient(dst, rec, id, text)
	case hasPrefix(text, "from="):
		return r.postfixSender(dst, rec, id, text)
	case d == cleans:
		if value, ok := bytes.CutPrefix(text, []byte("message-id=")); ok {
			r.postfixMessageID(rec, id, value)
			return dst, matched
		}
	case d == manages && string(text) == "removed":
		if m := r.joins.find(r.queueKey('p', rec.host, id)); m != nil {
			r.joins.end(m)
		}
		return dst, matched
	case d == accepts && (hasPrefix(text, "client=") || hasPrefix(text, "uid=")):
		// Short queue ids are used again (postconf(5), enable_long_queue_ids).
		if m := r.joins.find(r.queueKey('p', rec.host, id)); m != nil {
			r.joins.clear(m)
		}
		return dst, matched
	}
	return dst, foreign
}

// queueKey makes the key of a message in a queue.
func (r *Reader) queueKey(family byte, host, id []byte) []byte {
	r.key = append(append(append(append(r.key[:0], family), host...), 0), id...)
	return r.key
}

// cutQueueID takes "QUEUEID: " off a text: short ids are hexadecimal, long ones
// in base 52 with digits (global/mail_queue.h).
func cutQueueID(text []byte) (id, rest []byte, ok bool) {
	n := 0
	for n < len(text) && n < 32 && isAlnum(text[n]) {
		n++
	}
	if n < 5 || n+2 >= len(text) || text[n] != ':' || text[n+1] != ' ' {
		return nil, nil, false
	}
	return text[:n], text[n+2:], string(text[:n]) != "NOQUEUE"
}

func (r *Reader) postfixMessageID(rec *record, id, value []byte) {
	m := r.joins.get(r.queueKey('p', rec.host, id))
	value = bytes.TrimSuffix(bytes.TrimPrefix(value, []byte("<")), []byte(">"))
	if m.ended || m.messageID != "" && m.messageID != string(value) {
		r.joins.clear(m)
	}
	m.messageID = string(value[:min(len(value), maxKept)])
}

// postfixSender reads "from=<sender>, size=1, nrcpt=1 (queue active)", which is
// written whenever a message becomes active, and "from=<sender>,
// status=expired, returned to sender".
func (r *Reader) postfixSender(dst []event.Event, rec *record, id, text []byte) ([]event.Event, outcome) {
	value, rest := text[5:], []byte(nil)
	if i := bytes.Index(value, []byte(">, ")); i >= 0 && value[0] == '<' {
		value, rest = value[1:i], value[i+3:]
	} else if i := bytes.Index(value, []byte(", ")); i >= 0 {
		value, rest = value[:i], value[i+2:]
	} else {
		return dst, foreign
	}
	expired := hasPrefix(rest, "status=expired") || hasPrefix(rest, "status=force-expired")
	if !expired && !hasPrefix(rest, "size=") {
		return dst, foreign
	}
	key := r.queueKey('p', rec.host, id)
	m := r.joins.find(key)
	if expired {
		return r.expire(dst, rec, m, Postfix, string(id), string(value))
	}
	if m == nil {
		m = r.joins.get(key)
	}
	if m.ended {
		r.joins.clear(m)
	}
	if m.sender != string(value) {
		m.sender = string(value[:min(len(value), maxKept)])
	}
	return dst, matched
}

// expire makes the final failures of a message that is given up: one for each
// recipient who still waits, with what the last attempt met with.
func (r *Reader) expire(dst []event.Event, rec *record, m *message, format Format, id, sender string) ([]event.Event, outcome) {
	n := len(dst)
	if m != nil {
		for i := range m.waiting {
			a := &m.waiting[i]
			if a.done {
				continue
			}
			a.done = true
			var e *event.Event
			dst, e = r.begin(dst, format, rec)
			as(e, event.Bounce)
			a.fill(e)
			e.Sender, e.MessageID = m.sender, m.messageID
			if sender != "" {
				e.Sender = sender
			}
			r.identify(e, id)
		}
	}
	if len(dst) == n {
		return dst, unjoined
	}
	return dst, matched
}

// postfixRecipient reads a delivery record (global/log_adhoc.c): "to=<r>,
// orig_to=<o>, relay=h[ip]:port, conn_use=2, delay=1, delays=0/0/0/1,
// dsn=5.1.1, status=bounced (text)".
func (r *Reader) postfixRecipient(dst []event.Event, rec *record, id, raw []byte) ([]event.Event, outcome) {
	f, o := parsePostfixFields(string(raw))
	if o != matched {
		return dst, o
	}
	kind, ok := postfixKind(f.status)
	if !ok {
		return dst, matched // an address verification probe
	}
	m := r.joins.find(r.queueKey('p', rec.host, id))
	if kind == event.Delivery && r.isHandOff(&f, rec.program) {
		if m != nil {
			m.settle(f.to)
		}
		return dst, matched
	}
	dst, e := r.begin(dst, Postfix, rec)
	as(e, kind)
	if f.status == "expanded" {
		e.Action = event.Expanded
	}
	e.Recipient, e.OriginalRecipient = f.to, f.origTo
	if m != nil {
		e.Sender, e.MessageID = m.sender, m.messageID
	}
	f.fill(e)
	r.identify(e, string(id))
	switch {
	case kind == event.Delay:
		if m == nil {
			m = r.joins.get(r.queueKey('p', rec.host, id))
		}
		r.joins.keep(m, e)
	case m != nil:
		m.settle(f.to)
	}
	return dst, matched
}

// postfixFields are the fields of a delivery record.
type postfixFields struct {
	to, origTo, relay, status, text string
	dsn                             smtpcode.Status
	cut                             bool // the line was cut off
}

// parsePostfixFields takes a delivery record apart.
func parsePostfixFields(s string) (postfixFields, outcome) {
	var f postfixFields
	var ok bool
	if f.to, s, ok = cutPostfixAddress(s[len("to="):]); !ok || f.to == "" {
		return f, damaged
	}
	if after, found := strings.CutPrefix(s, "orig_to="); found {
		if f.origTo, s, ok = cutPostfixAddress(after); !ok {
			return f, damaged
		}
	}
	for {
		if after, found := strings.CutPrefix(s, "status="); found {
			s = after
			break
		}
		field, rest, found := strings.Cut(s, ", ")
		if !found {
			return f, damaged
		}
		switch {
		case strings.HasPrefix(field, "relay="):
			f.relay = field[6:]
		case strings.HasPrefix(field, "dsn="):
			f.dsn = parseStatus(field[4:])
		}
		s = rest
	}
	f.status, f.text, _ = strings.Cut(s, " (")
	if n := len(f.text); n > 0 && f.text[n-1] == ')' {
		f.text = f.text[:n-1]
	} else {
		f.cut = true
	}
	if f.status == "" || len(f.status) > 40 {
		return f, damaged
	}
	return f, matched
}

// cutPostfixAddress reads "<address>, ". The address may hold anything, also
// ">, " in a quoted local part.
func cutPostfixAddress(s string) (address, rest string, ok bool) {
	if s == "" || s[0] != '<' {
		address, rest, ok = strings.Cut(s, ", ")
		return address, rest, ok
	}
	for from := 1; ; {
		i := strings.Index(s[from:], ">, ")
		if i < 0 {
			return "", "", false
		}
		end := from + i
		rest = s[end+3:]
		if strings.HasPrefix(rest, "relay=") || strings.HasPrefix(rest, "orig_to=") {
			return s[1:end], rest, true
		}
		from = end + 1
	}
}

// postfixKind says what a status means. Verification probes (address_verify in
// postconf(5), sendmail -bv) are no deliveries.
func postfixKind(status string) (event.Kind, bool) {
	switch status {
	case "sent", "expanded":
		return event.Delivery, true
	case "deferred", "SOFTBOUNCE":
		return event.Delay, true
	case "bounced", "expired", "force-expired":
		return event.Bounce, true
	}
	return "", false
}
