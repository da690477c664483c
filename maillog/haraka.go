package maillog

import (
	"bytes"
	"strings"
	"time"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/smtpcode"
)

// harakaLevels are the levels of Haraka's logger.js.
var harakaLevels = []string{"NOTICE", "INFO", "WARN", "ERROR", "CRIT", "ALERT", "EMERG", "DEBUG", "PROTOCOL", "DATA"}

// harakaLogfmt begins the lines of the logfmt form.
const harakaLogfmt = "level="

// isHarakaLine reports whether a line begins as Haraka's do: "[NOTICE] [UUID]
// [plugin] ", or "level=NOTICE uuid=".
func isHarakaLine(b []byte) bool {
	if hasPrefix(b, harakaLogfmt) {
		return bytes.Contains(b[:min(len(b), 80)], []byte(" uuid="))
	}
	if len(b) < 12 || b[0] != '[' {
		return false
	}
	for _, level := range harakaLevels {
		if rest := b[1:]; hasPrefix(rest, level) && hasPrefix(rest[len(level):], "] [") {
			return true
		}
	}
	return false
}

// harakaLine is what one line says, whichever form the log has.
type harakaLine struct {
	uuid, source, text string
}

// haraka reads a line in Haraka's plain form, with "[level] [uuid] [plugin] "
// before the text.
func (r *Reader) haraka(dst []event.Event, rec *record) ([]event.Event, outcome) {
	if isDate(rec.text) {
		if n := isoEnd(rec.text); n+1 < len(rec.text) {
			rec.at, rec.text = stamp{form: stampISO, text: rec.text[:n]}, bytes.TrimLeft(rec.text[n:], " ")
		}
	}
	if hasPrefix(rec.text, harakaLogfmt) {
		o := make(object)
		for key, value := range harakaFields(string(rec.text)) {
			o[key] = value
		}
		return r.harakaObject(dst, rec, o)
	}
	if !isHarakaLine(rec.text) {
		return dst, foreign
	}
	_, rest, _ := strings.Cut(string(rec.text), "] [")
	uuid, rest, ok := strings.Cut(rest, "] [")
	source, text, ok2 := strings.Cut(rest, "] ")
	if !ok || !ok2 {
		return dst, foreign
	}
	return r.harakaText(dst, rec, harakaLine{uuid, source, text})
}

// harakaText reads what the outbound queue says (outbound/hmail.js), and what
// the core says of the messages that go there (connection.js, server.js).
func (r *Reader) harakaText(dst []event.Event, rec *record, l harakaLine) ([]event.Event, outcome) {
	if l.source != "outbound" {
		return dst, r.harakaArrival(rec, &l)
	}
	if text, ok := strings.CutPrefix(l.text, "recipient "); ok {
		return r.harakaRecipient(dst, rec, &l, text)
	}
	if strings.HasPrefix(l.text, "delivered file=") {
		return r.harakaDelivered(dst, rec, &l, harakaFields(l.text[len("delivered "):]))
	}
	if why, ok := strings.CutPrefix(l.text, "bouncing mail: "); ok {
		return r.harakaAll(dst, rec, &l, event.Bounce, why)
	}
	if rest, ok := strings.CutPrefix(l.text, "Temp failing "); ok {
		if _, why, ok := strings.Cut(rest, " seconds: "); ok {
			return r.harakaAll(dst, rec, &l, event.Delay, why)
		}
	}
	return dst, foreign
}

// harakaKey is the key of the transaction that a uuid belongs to: outbound
// counts its parts, one a domain, behind a further dot.
func (r *Reader) harakaKey(rec *record, l *harakaLine) []byte {
	uuid := l.uuid
	if strings.Count(uuid, ".") > 1 {
		uuid = uuid[:strings.LastIndexByte(uuid, '.')]
	}
	return r.queueKey('h', rec.host, []byte(uuid))
}

// harakaArrival notes sender, recipients and Message-ID of a transaction.
func (r *Reader) harakaArrival(rec *record, l *harakaLine) outcome {
	verb, rest, _ := strings.Cut(l.text, " ")
	if len(l.uuid) < 4 {
		return foreign
	}
	switch {
	case verb == "sender" && strings.HasPrefix(rest, "<"):
		m := r.joins.fresh(r.harakaKey(rec, l))
		m.sender = strings.Clone(kept(harakaAddress(rest)))
	case verb == "recipient" && strings.HasPrefix(rest, "<") && (strings.Contains(rest, "code=OK") || strings.Contains(rest, "code=CONT")):
		m := r.joins.get(r.harakaKey(rec, l))
		e := event.Event{Recipient: strings.Clone(kept(harakaAddress(rest)))}
		if m.attemptOf(e.Recipient) == nil {
			r.joins.keep(m, &e)
		}
	case verb == "message" && strings.Contains(rest, "mid="):
		m := r.joins.get(r.harakaKey(rec, l))
		m.messageID = strings.Clone(kept(unbracket(harakaFields(rest)["mid"])))
	default:
		return foreign
	}
	return matched
}

// harakaAddress gives the address that s begins with, in angle brackets.
func harakaAddress(s string) string {
	if i := strings.Index(s, "> "); i >= 0 {
		s = s[:i+1]
	}
	return unbracket(s)
}

// harakaRecipient reads "<r> deferred: reply" and "<r> rejected: reply".
func (r *Reader) harakaRecipient(dst []event.Event, rec *record, l *harakaLine, s string) ([]event.Event, outcome) {
	for _, way := range [...]struct {
		words string
		kind  event.Kind
	}{{" rejected: ", event.Bounce}, {" deferred: ", event.Delay}} {
		to, reply, ok := strings.Cut(s, way.words)
		if !ok {
			continue
		}
		m := r.joins.find(r.harakaKey(rec, l))
		dst = r.harakaEvent(dst, rec, l, m, way.kind, unbracket(to))
		e := &dst[len(dst)-1]
		said(e, reply, smtpcode.Status{})
		e.Command = "RCPT TO"
		r.harakaSettle(rec, l, m, e)
		return dst, matched
	}
	return dst, foreign
}

func (r *Reader) harakaEvent(dst []event.Event, rec *record, l *harakaLine, m *message, kind event.Kind, to string) []event.Event {
	dst, e := r.begin(dst, Haraka, rec)
	as(e, kind)
	e.Recipient = to
	if m != nil {
		e.Sender, e.MessageID = m.sender, m.messageID
	}
	r.identify(e, l.uuid)
	return dst
}

// harakaSettle remembers a failed attempt, or that the recipient does not wait
// any more.
func (r *Reader) harakaSettle(rec *record, l *harakaLine, m *message, e *event.Event) {
	if e.Kind != event.Delay {
		m.settle(e.Recipient)
		return
	}
	if m == nil {
		m = r.joins.get(r.harakaKey(rec, l))
	}
	r.joins.keep(m, e)
}

// harakaDelivered makes a delivery for each recipient in the domain who has not
// been refused. The line itself names the domain alone.
func (r *Reader) harakaDelivered(dst []event.Event, rec *record, l *harakaLine, f map[string]string) ([]event.Event, outcome) {
	m := r.joins.find(r.harakaKey(rec, l))
	host, n := f["host"], len(dst)
	if m != nil {
		waiting := m.waiting
		for i := range waiting {
			a := &waiting[i]
			_, domain, _ := strings.Cut(a.recipient, "@")
			if a.done || !strings.EqualFold(domain, f["domain"]) {
				continue
			}
			// Deferred for itself in this attempt: "rcpts=1/1/0" tells how many.
			if a.diagnostic != "" && a.command == "RCPT TO" && !strings.HasSuffix(strings.TrimSuffix(f["rcpts"], "/0"), "/0") {
				continue
			}
			a.done = true
			dst = r.harakaEvent(dst, rec, l, m, event.Delivery, a.recipient)
			e := &dst[len(dst)-1]
			said(e, f["response"], smtpcode.Status{})
			e.RemoteMTA = host
		}
	}
	if len(dst) == n {
		return dst, unjoined
	}
	return dst, matched
}

// harakaAll makes an event for each recipient of a transaction who still waits:
// the failure is not about one of them.
func (r *Reader) harakaAll(dst []event.Event, rec *record, l *harakaLine, kind event.Kind, why string) ([]event.Event, outcome) {
	if strings.HasPrefix(why, "Some recipients ") {
		return dst, matched // told for each of them before
	}
	m := r.joins.find(r.harakaKey(rec, l))
	if m == nil {
		return dst, unjoined
	}
	inner, gaveUp := strings.CutPrefix(why, "Too many failures (")
	inner = strings.TrimPrefix(strings.TrimSuffix(inner, ")"), "Upstream error: ")
	waiting, n := m.waiting, len(dst)
	for i := range waiting {
		a := &waiting[i]
		if a.done {
			continue
		}
		last := *a
		dst = r.harakaEvent(dst, rec, l, m, kind, a.recipient)
		e := &dst[len(dst)-1]
		if gaveUp && last.diagnostic != "" && strings.HasPrefix(inner, "Some recipients ") {
			last.fill(e)
		} else {
			said(e, inner, smtpcode.Status{})
		}
		if e.ReplyCode == 0 {
			e.Hint = hintOf(e.Diagnostic, harakaSayings)
		}
		r.harakaSettle(rec, l, m, e)
	}
	if len(dst) == n {
		return dst, unjoined
	}
	return dst, matched
}

// harakaFields reads key=value pairs; values may be in quotes.
func harakaFields(s string) map[string]string {
	f := make(map[string]string)
	for s != "" && len(f) < 64 {
		key, rest, ok := strings.Cut(s, "=")
		if !ok {
			break
		}
		value := ""
		if strings.HasPrefix(rest, "\"") {
			end := quotedEnd(rest, 0)
			value, rest = strings.TrimPrefix(rest[:end], "\""), rest[end:]
			value = strings.TrimSuffix(value, "\"")
			value = strings.ReplaceAll(value, "\\\"", "\"")
		} else {
			value, rest, _ = strings.Cut(rest, " ")
		}
		f[strings.TrimSpace(key)] = value
		s = strings.TrimLeft(rest, " ")
	}
	return f
}

// harakaObject reads a line of the JSON or logfmt form (log.ini, format), in
// which the parts of a text have names of their own.
func (r *Reader) harakaObject(dst []event.Event, rec *record, o object) ([]event.Event, outcome) {
	l := harakaLine{uuid: o.text("uuid"), source: o.text("source"), text: o.text("message")}
	if l.source == "" {
		l.source = o.text("plugin")
	}
	if t, err := time.Parse(time.RFC3339Nano, o.text("timestamp")); err == nil {
		rec.at = stamp{form: stampUnix, unix: t.Unix(), nano: int64(t.Nanosecond())}
	}
	for _, key := range []string{"code", "mid"} {
		if value := o.text(key); value != "" && !strings.Contains(l.text, key+"=") {
			l.text += " " + key + "=" + value
		}
	}
	if o.text("delivered file") != "" {
		f := make(map[string]string)
		for _, key := range []string{"domain", "host", "response", "rcpts"} {
			f[key] = o.text(key)
		}
		return r.harakaDelivered(dst, rec, &l, f)
	}
	return r.harakaText(dst, rec, l)
}

// harakaSayings are Haraka's own words (outbound/hmail.js).
var harakaSayings = []saying{
	{"no such domain", codebook.DomainUnknown, codebook.Permanent},
	{"null mx", codebook.DomainNoMail, codebook.Permanent},
	{"nowhere to deliver mail to", codebook.DomainUnknown, codebook.Permanent},
	{"no mx for", codebook.DomainUnknown, codebook.Permanent},
	{"dns lookup failure", codebook.DNSFailure, codebook.Temporary},
	{"mx lookup error", codebook.DNSFailure, codebook.Temporary},
	{"tried all mxs", codebook.ConnectionFailed, codebook.Temporary},
	{"no tls available", codebook.TLSRequired, codebook.LastingUnknown},
	{"too many failures", codebook.Expired, codebook.LastingUnknown},
}
