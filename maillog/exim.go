package maillog

import (
	"bytes"
	"strings"

	"github.com/rebound-mail/rebound/event"
)

// eximRecord takes the head off a line of Exim's main log: "2006-01-02
// 15:04:05[.999][ +0100] [pid] " where it is there (log_selector, and
// syslog_timestamp), then the message id.
func (r *Reader) eximRecord(line []byte, rec *record) (id, text []byte, ok bool) {
	if isDate(line) && line[10] == ' ' {
		n := isoEnd(line)
		rec.at = stamp{form: stampISO, text: line[:n]}
		if n >= len(line) || line[n] != ' ' {
			return nil, nil, false
		}
		line = line[n+1:]
	}
	if len(line) > 0 && line[0] == '[' {
		end := bytes.IndexByte(line, ']')
		if end < 0 || end > 12 || end+2 > len(line) {
			return nil, nil, false
		}
		line = bytes.TrimLeft(line[end+1:], " ")
	}
	n := eximIDLength(line)
	if n == 0 || n >= len(line) || line[n] != ' ' {
		return nil, nil, false
	}
	return line[:n], line[n+1:], true
}

// eximIDLength gives the length of the message id that b begins with: base 62,
// 6-6-2 digits, or 6-11-4 since release 4.97 (Exim specification, section
// "Message identification").
func eximIDLength(b []byte) int {
	for _, form := range [...][3]int{{6, 13, 16}, {6, 18, 23}} {
		if len(b) < form[2] || b[form[0]] != '-' || b[form[1]] != '-' {
			continue
		}
		n := 0
		for n < form[2] && (isAlnum(b[n]) || n == form[0] || n == form[1]) {
			n++
		}
		if n == form[2] && (len(b) == n || !isAlnum(b[n])) {
			return n
		}
	}
	return 0
}

// exim reads what follows the message id (Exim specification, chapter "Log
// files"). The first word is a flag.
func (r *Reader) exim(dst []event.Event, rec *record, id, text []byte) ([]event.Event, outcome) {
	flag, rest := cutBlank(text)
	switch string(flag) {
	case "<=":
		return dst, r.eximArrival(rec, id, string(rest))
	case "=>", "->", ">>":
		return r.eximRecipient(dst, rec, id, string(rest), event.Delivery)
	case "**":
		return r.eximRecipient(dst, rec, id, string(rest), event.Bounce)
	case "==":
		return r.eximRecipient(dst, rec, id, string(rest), event.Delay)
	case "*>", "Frozen", "Unfrozen", "Unfreezing":
		return dst, matched // *> is not delivered because of -N
	case "Completed", "removed", "cancelled":
		if m := r.joins.find(r.queueKey('x', rec.host, id)); m != nil {
			r.joins.end(m)
		}
		return dst, matched
	}
	return dst, foreign
}

// eximArrival reads "sender H=... P=esmtp S=1 id=message-id T="subject" for a b".
func (r *Reader) eximArrival(rec *record, id []byte, s string) outcome {
	if s == "" {
		return damaged
	}
	m := r.joins.fresh(r.queueKey('x', rec.host, id))
	sender, s := eximWord(s)
	if sender != "<>" {
		m.sender = strings.Clone(kept(unbracket(sender)))
	}
	for s != "" {
		var field string
		field, s = eximWord(s)
		if value, ok := strings.CutPrefix(field, "id="); ok {
			m.messageID = strings.Clone(kept(unbracket(value)))
			return matched
		}
		if field == "from" || field == "for" {
			break
		}
	}
	return matched
}

// eximWord cuts a word off s. A quoted value, KEY="a b", is one word.
func eximWord(s string) (word, rest string) {
	i := 0
	for i < len(s) && s[i] != ' ' {
		if s[i] == '"' && i > 0 && s[i-1] == '=' {
			i = quotedEnd(s, i)
			continue
		}
		i++
	}
	return s[:i], strings.TrimLeft(s[i:], " ")
}

// quotedEnd gives the end of the quoted text that begins at s[start]. A quote
// that is never closed ends at the next blank.
func quotedEnd(s string, start int) int {
	for i := start + 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	if i := strings.IndexByte(s[start:], ' '); i >= 0 {
		return start + i
	}
	return len(s)
}

// eximRecipient reads a delivery, a failure or a deferral.
func (r *Reader) eximRecipient(dst []event.Event, rec *record, id []byte, s string, kind event.Kind) ([]event.Event, outcome) {
	f, ok := parseEximFields(s, kind)
	if !ok {
		return dst, damaged
	}
	m := r.joins.find(r.queueKey('x', rec.host, id))
	if kind == event.Delivery && r.isEximHandOff(&f) {
		m.settle(f.to)
		return dst, matched
	}
	dst, e := r.begin(dst, Exim, rec)
	as(e, kind)
	e.Recipient, e.OriginalRecipient, e.RemoteMTA = f.to, f.original, hostName(f.host)
	if m != nil {
		e.Sender, e.MessageID = m.sender, m.messageID
	}
	if f.sender != "" {
		e.Sender = unbracket(f.sender)
	}
	e.SourceIP = f.source
	if kind == event.Delivery {
		said(e, unescapeExim(f.said), parseStatus(""))
	} else {
		eximSaid(e, unescapeExim(f.text))
		eximGiveUp(e, m)
	}
	r.identify(e, string(id))
	switch {
	case kind == event.Delay:
		if m == nil {
			m = r.joins.get(r.queueKey('x', rec.host, id))
		}
		r.joins.keep(m, e)
	default:
		m.settle(f.to)
	}
	return dst, matched
}

// eximGiveUp completes the failure of a recipient whose retry time ran out with
// what the last attempt met with, where the line itself does not tell.
func eximGiveUp(e *event.Event, m *message) {
	if e.Kind != event.Bounce || e.ReplyCode != 0 || !containsFold(e.Diagnostic, "retry timeout exceeded") {
		return
	}
	a := m.attemptOf(e.Recipient)
	if a == nil || a.done || a.diagnostic == "" || isEximWaiting(a.diagnostic) {
		return
	}
	sender, id := e.Sender, e.MessageID
	original := e.OriginalRecipient
	a.fill(e)
	e.Sender, e.MessageID = sender, id
	if original != "" {
		e.OriginalRecipient = original
	}
}

// isEximWaiting reports whether a deferral only says that it was too early for
// another attempt.
func isEximWaiting(text string) bool {
	return containsFold(text, "retry time not") && containsFold(text, "reached")
}

// isEximHandOff reports whether a delivery only passed the message on to a
// content filter on this host, which submits it again, or one named in the
// options.
func (r *Reader) isEximHandOff(f *eximFields) bool {
	if len(r.opt.Filters) > 0 && (r.isFilter(hostName(f.host)) || r.isFilter(f.transport)) {
		return true
	}
	if !loopback(f.host) && !loopback(f.address) {
		return false
	}
	// "from MTA(" is how amavis passes on the reply of the next server.
	return containsFold(f.said, "queued as ") || containsFold(f.said, "from mta(") || isFilterPort(f.port)
}
