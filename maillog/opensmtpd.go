package maillog

import (
	"strings"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/smtpcode"
)

// opensmtpd reads one line of OpenSMTPD. Since 5.9 deliveries are written as
// "SESSION mta delivery evpid=... from=<s> to=<r> ..." or "SESSION mta
// event=delivery evpid=..." (mta.c, mta_log; mda.c, mda_log), before that, and
// what the queue itself decides until today, as "relay: Ok for EVPID:
// from=<s>, to=<r>, ..." (queue.c, queue_log).
func (r *Reader) opensmtpd(dst []event.Event, rec *record) ([]event.Event, outcome) {
	text := string(rec.text)
	for _, words := range [...]string{" delivery evpid=", " event=delivery evpid="} {
		head, _, ok := strings.Cut(text[:min(len(text), 64)], words)
		if !ok {
			continue
		}
		_, agent, _ := strings.Cut(head, " ")
		if agent != "mta" && agent != "mda" {
			return dst, foreign
		}
		envelope, fields, _ := strings.Cut(text[len(head)+len(words):], " ")
		f := parseOpenSMTPDFields(fields)
		return r.opensmtpdEvent(dst, rec, envelope, &f)
	}
	agent, rest, ok := strings.Cut(text, ": ")
	if !ok || agent != "relay" && agent != "delivery" {
		return dst, foreign
	}
	result, rest, ok := strings.Cut(rest, " for ")
	envelope, rest, ok2 := strings.Cut(rest, ": ")
	if !ok || !ok2 || len(envelope) != 16 {
		return dst, foreign
	}
	f := parseOpenSMTPDFields(rest)
	f.result = result
	return r.opensmtpdEvent(dst, rec, envelope, &f)
}

// opensmtpdFields are the fields of a delivery line.
type opensmtpdFields struct {
	from, to, rcpt, source, relay, result, stat string
	cut                                         bool
}

// parseOpenSMTPDFields reads key=value pairs parted by blanks or commas. Values
// in angle brackets and quotes may hold blanks; stat goes on to the end.
func parseOpenSMTPDFields(s string) (f opensmtpdFields) {
	for s != "" {
		key, rest, ok := strings.Cut(s, "=")
		if !ok {
			return f
		}
		if key == "stat" {
			f.stat, f.cut = opensmtpdText(rest)
			return f
		}
		var value string
		value, s = opensmtpdValue(rest)
		switch key {
		case "from":
			f.from = value
		case "to":
			f.to = value
		case "rcpt":
			f.rcpt = value
		case "source":
			f.source = value
		case "relay":
			f.relay = value
		case "result":
			f.result = value
		}
	}
	return f
}

// opensmtpdText reads the last field, in quotes or not.
func opensmtpdText(s string) (text string, cut bool) {
	if s == "" || s[0] != '"' {
		return s, false
	}
	if n := len(s); n > 1 && s[n-1] == '"' {
		return s[1 : n-1], false
	}
	return s[1:], true
}

func opensmtpdValue(s string) (value, rest string) {
	end := -1
	switch {
	case s == "":
		return "", ""
	case s[0] == '<':
		end = strings.Index(s, "> ")
		if i := strings.Index(s, ">, "); i >= 0 && (end < 0 || i < end) {
			end = i
		}
	case s[0] == '"':
		if i := strings.Index(s[1:], "\" "); i >= 0 {
			end = i + 1
		}
	}
	if end > 0 {
		return s[1:end], strings.TrimLeft(s[end+1:], ", ")
	}
	// Plain values may hold blanks before commas: "relay=192.0.2.1 (host), ".
	value, rest, _ = strings.Cut(s, " ")
	if !strings.HasSuffix(value, ",") && strings.HasPrefix(rest, "(") {
		more, after, _ := strings.Cut(rest, " ")
		value, rest = value+" "+more, after
	}
	return strings.TrimSuffix(value, ","), rest
}

func (r *Reader) opensmtpdEvent(dst []event.Event, rec *record, envelope string, f *opensmtpdFields) ([]event.Event, outcome) {
	var kind event.Kind
	switch f.result {
	case "Ok":
		kind = event.Delivery
	case "TempFail":
		kind = event.Delay
	case "PermFail", "Expire", "Loop":
		kind = event.Bounce
	case "Remove", "Discard":
		return dst, matched
	default:
		return dst, damaged
	}
	if f.to == "" {
		return dst, damaged
	}
	key := r.queueKey('o', rec.host, []byte(envelope))
	m := r.joins.find(key)
	if f.result == "Expire" && m != nil && m.attemptOf(f.to) != nil {
		return r.expire(dst, rec, m, OpenSMTPD, envelope, f.from)
	}
	if kind == event.Delivery && r.isOpenSMTPDHandOff(f) {
		return dst, matched
	}
	dst, e := r.begin(dst, OpenSMTPD, rec)
	as(e, kind)
	e.Recipient, e.Sender = f.to, f.from
	if f.rcpt != "-" && f.rcpt != f.to {
		e.OriginalRecipient = f.rcpt
	}
	if f.source != "-" {
		e.SourceIP = f.source
	}
	e.RemoteMTA = opensmtpdRelay(f.relay)
	f.fill(e)
	r.identify(e, envelope)
	switch {
	case kind == event.Delay:
		if m == nil {
			m = r.joins.get(r.queueKey('o', rec.host, []byte(envelope)))
		}
		r.joins.keep(m, e)
	case m != nil:
		m.settle(f.to)
		r.joins.end(m) // an envelope has one recipient
	}
	return dst, matched
}

// fill puts into e what the line tells of the outcome.
func (f *opensmtpdFields) fill(e *event.Event) {
	said(e, f.stat, smtpcode.Status{})
	if f.cut {
		e.Problems = append(e.Problems, event.Problem{Code: "truncated", Detail: "the line is cut off"})
	}
	if e.Kind != event.Delivery && e.ReplyCode == 0 {
		e.Hint = hintOf(f.stat, opensmtpdSayings)
		if f.result != "Expire" {
			settleLasting(e)
		}
	}
}

// opensmtpdRelay gives the host of "192.0.2.1 (mx.example.com)".
func opensmtpdRelay(s string) string {
	ip, name, ok := strings.Cut(s, " (")
	name = strings.TrimSuffix(name, ")")
	if ok && name != "" && name != "<unknown>" {
		return name
	}
	if ip == "-" {
		return ""
	}
	return ip
}

// isOpenSMTPDHandOff reports whether mail went to a filter on this host, which
// submits it again.
func (r *Reader) isOpenSMTPDHandOff(f *opensmtpdFields) bool {
	if len(r.opt.Filters) > 0 && r.isFilter(opensmtpdRelay(f.relay)) {
		return true
	}
	return loopback(f.relay) && (containsFold(f.stat, "queued as ") || containsFold(f.stat, "message accepted for delivery"))
}

// opensmtpdSayings are OpenSMTPD's own words (mta.c, mta_session.c, mda.c,
// queue.c).
var opensmtpdSayings = []saying{
	{"domain does not exist", codebook.DomainUnknown, codebook.Permanent},
	{"no mx found for", codebook.DomainUnknown, codebook.Permanent},
	{"no mail exchanger", codebook.DomainUnknown, codebook.Permanent},
	{"does not accept mail", codebook.DomainNoMail, codebook.Permanent},
	{"temporary failure in mx lookup", codebook.DNSFailure, codebook.Temporary},
	{"loop detected", codebook.RoutingLoop, codebook.Permanent},
	{"envelope expired", codebook.Expired, codebook.LastingUnknown},
	{"network error on destination", codebook.ConnectionFailed, codebook.Temporary},
	{"connection closed", codebook.ConnectionFailed, codebook.Temporary},
	{"timeout", codebook.ConnectionFailed, codebook.Temporary},
	{"no valid route", codebook.RoutingFailed, codebook.Temporary},
	{"could not retrieve", codebook.SystemError, codebook.LastingUnknown},
	{"user unknown", codebook.UserUnknown, codebook.Permanent},
}
