package maillog

import (
	"strings"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/smtpcode"
)

// sendmail reads one line of Sendmail (deliver.c, logdelivery; envelope.c,
// logsender; savemail.c, returntosender). All of interest begin with a queue
// id.
func (r *Reader) sendmail(dst []event.Event, rec *record) ([]event.Event, outcome) {
	id, text, ok := cutQueueID(rec.text)
	if !ok {
		return dst, foreign
	}
	switch {
	case hasPrefix(text, "to="):
		return r.sendmailRecipients(dst, rec, id, string(text))
	case hasPrefix(text, "from="):
		return dst, r.sendmailSender(rec, id, string(text))
	}
	// "QUEUEID: QUEUEID2: sender notify: Cannot send message for 5 days": what
	// still waits is given up and a notification QUEUEID2 written.
	if _, report, ok := cutQueueID(text); ok && isSendmailExpiry(string(report)) {
		m := r.joins.find(r.queueKey('s', rec.host, id))
		return r.expire(dst, rec, m, Sendmail, string(id), "")
	}
	return dst, foreign
}

// isSendmailExpiry reports whether a message was returned because its time ran
// out.
func isSendmailExpiry(report string) bool {
	_, why, ok := strings.Cut(report, ": ")
	return ok && strings.HasPrefix(why, "Cannot send message") && !strings.HasPrefix(report, "postmaster notify")
}

// sendmailFields are the fields of a line.
type sendmailFields struct {
	to, from, controlling, relay, stat, reply, msgid, mailer string
	dsn                                                      smtpcode.Status
}

// sendmailKeys are the names of fields, before which a value ends.
var sendmailKeys = []string{
	"to", "ctladdr", "delay", "xdelay", "mailer", "pri", "relay", "dsn", "ntries", "reply", "stat", "quarantine", "tls_verify", "rcpts", "tls",
	"from", "size", "class", "nrcpts", "msgid", "bodytype", "proto", "daemon", "auth", "bcchdr", "locktime",
}

// parseSendmailFields takes "key=value, key=value" apart. Values may hold
// commas; stat is the last one and goes on to the end.
func parseSendmailFields(s string) sendmailFields {
	var f sendmailFields
	for s != "" {
		key, rest, ok := strings.Cut(s, "=")
		if !ok {
			return f
		}
		end := len(rest)
		if key != "stat" {
			end = sendmailValueEnd(rest)
		}
		f.set(key, rest[:end])
		s = strings.TrimPrefix(rest[end:], ", ")
	}
	return f
}

// sendmailValueEnd gives where ", key=" begins with a known key.
func sendmailValueEnd(s string) int {
	for from := 0; ; {
		i := strings.Index(s[from:], ", ")
		if i < 0 {
			return len(s)
		}
		from += i + 2
		eq := strings.IndexByte(s[from:min(len(s), from+12)], '=')
		if eq <= 0 {
			continue
		}
		for _, key := range sendmailKeys {
			if s[from:from+eq] == key {
				return from - 2
			}
		}
	}
}

func (f *sendmailFields) set(key, value string) {
	switch key {
	case "to":
		f.to = value
	case "from":
		f.from = value
	case "ctladdr":
		f.controlling, _, _ = strings.Cut(value, " (")
	case "relay":
		f.relay = value
	case "mailer":
		f.mailer = value
	case "dsn":
		f.dsn = parseStatus(value)
	case "stat":
		f.stat = value
	case "reply":
		f.reply = value
	case "msgid":
		f.msgid = value
	}
}

func (r *Reader) sendmailSender(rec *record, id []byte, s string) outcome {
	f := parseSendmailFields(s)
	m := r.joins.fresh(r.queueKey('s', rec.host, id))
	m.sender = strings.Clone(kept(unbracket(f.from)))
	m.messageID = strings.Clone(kept(unbracket(f.msgid)))
	return matched
}

// sendmailRecipients reads a delivery record, which may name several
// recipients.
func (r *Reader) sendmailRecipients(dst []event.Event, rec *record, id []byte, s string) ([]event.Event, outcome) {
	f := parseSendmailFields(s)
	if f.stat == "" {
		return dst, damaged
	}
	kind, ok := f.kind()
	if !ok {
		return dst, matched
	}
	m := r.joins.find(r.queueKey('s', rec.host, id))
	if kind == event.Delivery && r.isSendmailHandOff(&f) {
		eachRecipient(f.to, m.settle)
		return dst, matched
	}
	n := len(dst)
	eachRecipient(f.to, func(to string) {
		var e *event.Event
		dst, e = r.begin(dst, Sendmail, rec)
		as(e, kind)
		e.Recipient = to
		if !isAddress(to) && isAddress(unbracket(f.controlling)) && strings.ContainsAny(to, "|/\"\\:") {
			e.Recipient = unbracket(f.controlling) // a pipe or file: the alias that led there failed
		}
		f.fill(e)
		if m != nil {
			e.Sender, e.MessageID = m.sender, m.messageID
		}
		r.identify(e, string(id))
		if kind != event.Delay {
			m.settle(e.Recipient)
			return
		}
		if m == nil {
			m = r.joins.get(r.queueKey('s', rec.host, id))
		}
		r.joins.keep(m, e)
	})
	if len(dst) == n {
		return dst, damaged
	}
	return dst, matched
}

// eachRecipient gives the recipients of "<a@b>,<c@d>" one by one. Commas within
// quotes and angle brackets do not part them.
func eachRecipient(s string, yield func(string)) {
	start, quoted, depth, count := 0, false, 0, 0
	for i := 0; i <= len(s) && count < maxRecipients; i++ {
		if i < len(s) && (s[i] != ',' || quoted || depth > 0) {
			switch s[i] {
			case '\\':
				i++
			case '"':
				quoted = !quoted
			case '<':
				depth = 1
			case '>':
				depth = 0
			}
			continue
		}
		end := min(i, len(s))
		if to := unbracket(s[start:end]); to != "" {
			yield(to)
			count++
		}
		start = i + 1
	}
}

// kind says what a stat tells (the texts of sysexits in sysexits.c, and those
// of deliver.c).
func (f *sendmailFields) kind() (event.Kind, bool) {
	switch {
	case strings.HasPrefix(f.stat, "Sent"), strings.HasPrefix(f.stat, "delivered"):
		return event.Delivery, true
	case strings.HasPrefix(f.stat, "Deferred"), strings.HasPrefix(f.stat, "Transient"):
		return event.Delay, true
	case strings.HasPrefix(f.stat, "queued"), strings.HasPrefix(f.stat, "headers"), strings.HasPrefix(f.stat, "quarantine"):
		return "", false
	}
	switch f.dsn.Class {
	case smtpcode.Success:
		return event.Delivery, true
	case smtpcode.Transient:
		return event.Delay, true
	case smtpcode.Permanent:
		return event.Bounce, true
	}
	if strings.Contains(f.stat, "unknown") || strings.Contains(f.stat, "unavailable") || strings.Contains(f.stat, "error") {
		return event.Bounce, true
	}
	return "", false
}

// fill puts into e what the record tells of the outcome.
func (f *sendmailFields) fill(e *event.Event) {
	e.RemoteMTA = hostName(f.relay)
	text := f.stat
	if e.Kind == event.Delivery {
		text = strings.TrimPrefix(text, "Sent ")
		if n := len(text); n > 1 && text[0] == '(' && text[n-1] == ')' {
			text = text[1 : n-1]
		}
	} else {
		text = strings.TrimPrefix(text, "Deferred: ")
	}
	if f.reply != "" {
		text = f.reply
	}
	said(e, text, f.dsn)
	if e.Kind == event.Delivery || e.ReplyCode != 0 {
		return
	}
	if isSysexit(text) {
		// Only a name for the class of the failure; the status says more.
		e.Diagnostic = ""
		return
	}
	e.Hint = hintOf(text, sendmailSayings)
}

// isSysexit reports the texts that Sendmail has for whatever reply it has no
// better name for.
func isSysexit(text string) bool {
	return text == "Service unavailable" || text == "Deferred"
}

// isSendmailHandOff reports whether the queue runner for submissions passed the
// message to the daemon on the same host, or the message went to a filter.
func (r *Reader) isSendmailHandOff(f *sendmailFields) bool {
	if len(r.opt.Filters) > 0 && (r.isFilter(hostName(f.relay)) || r.isFilter(f.mailer)) {
		return true
	}
	_, ip, _ := strings.Cut(f.relay, "[")
	if !loopback(f.relay) && !loopback(ip) {
		return false
	}
	return containsFold(f.stat, "queued as ") || containsFold(f.stat, "message accepted for delivery")
}

// sendmailSayings are Sendmail's own words (sysexits.c, deliver.c, domain.c,
// usersmtp.c).
var sendmailSayings = []saying{
	{"user unknown", codebook.UserUnknown, codebook.Permanent},
	{"host unknown", codebook.DomainUnknown, codebook.Permanent},
	{"host not found", codebook.DomainUnknown, codebook.Permanent},
	{"name server: ", codebook.DNSFailure, codebook.LastingUnknown},
	{"connection refused", codebook.ConnectionFailed, codebook.Temporary},
	{"connection timed out", codebook.ConnectionFailed, codebook.Temporary},
	{"connection reset", codebook.ConnectionFailed, codebook.Temporary},
	{"no route to host", codebook.ConnectionFailed, codebook.Temporary},
	{"network is unreachable", codebook.ConnectionFailed, codebook.Temporary},
	{"i/o error", codebook.ConnectionFailed, codebook.Temporary},
	{"local configuration error", codebook.RoutingLoop, codebook.Permanent},
	{"too many hops", codebook.RoutingLoop, codebook.Permanent},
	{"can't create output", codebook.SystemError, codebook.LastingUnknown},
	{"insufficient disk space", codebook.SystemFull, codebook.Temporary},
	{"message size exceeds", codebook.MessageTooLarge, codebook.Permanent},
}
