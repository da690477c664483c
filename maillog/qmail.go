package maillog

import (
	"bytes"
	"strings"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/smtpcode"
)

// isQmailText reports whether a text is one that qmail-send writes about
// messages (qmail-log(5)).
func isQmailText(b []byte) bool {
	if len(b) < 8 {
		return false
	}
	switch b[0] {
	case 'n':
		return hasPrefix(b, "new msg ")
	case 'i':
		return hasPrefix(b, "info msg ")
	case 's':
		return hasPrefix(b, "starting delivery ")
	case 'd':
		return len(b) > 9 && hasPrefix(b, "delivery ") && isDigit(b[9])
	case 'e':
		return hasPrefix(b, "end msg ")
	case 'b':
		return hasPrefix(b, "bounce msg ")
	}
	return false
}

// qmail reads one line of qmail-send. Through splogger there are Unix seconds
// before the text.
func (r *Reader) qmail(dst []event.Event, rec *record) ([]event.Event, outcome) {
	if at, n, ok := parseUnix(rec.text); ok && n < len(rec.text) && rec.text[n] == ' ' {
		rec.at, rec.text = at, rec.text[n+1:]
	} else if at, n, ok := parseTAI64N(rec.text); ok && n < len(rec.text) {
		rec.at, rec.text = at, rec.text[n+1:]
	}
	text := rec.text
	if !isQmailText(text) {
		return dst, foreign
	}
	verb, rest := cutBlank(text)
	switch string(verb) {
	case "delivery":
		return r.qmailDelivery(dst, rec, rest)
	case "starting":
		_, rest = cutBlank(rest)
		return dst, r.qmailStarting(rec, rest)
	}
	_, rest = cutBlank(rest) // "msg"
	number, rest := cutQmailNumber(rest)
	if len(number) == 0 {
		return dst, damaged
	}
	key := r.queueKey('q', rec.host, number)
	switch string(verb) {
	case "new":
		// Message numbers are inodes and used again.
		r.joins.fresh(key)
	case "info":
		m := r.joins.get(key)
		m.sender = qmailSender(string(rest))
	case "end":
		if m := r.joins.find(key); m != nil {
			r.joins.end(m)
		}
	}
	return dst, matched
}

// cutQmailNumber takes a number and the punctuation behind it off b.
func cutQmailNumber(b []byte) (number, rest []byte) {
	n := 0
	for n < len(b) && n < 20 && isDigit(b[n]) {
		n++
	}
	return b[:n], bytes.TrimLeft(b[n:], ": ")
}

// qmailSender reads "bytes 123 from <sender> qp 1 uid 2".
func qmailSender(s string) string {
	_, s, _ = strings.Cut(s, " from <")
	if i := strings.LastIndex(s, "> qp "); i >= 0 {
		s = s[:i]
	}
	s = strings.TrimSuffix(s, ">")
	if s == "#@[]" { // the sender of double bounces
		return ""
	}
	return strings.Clone(kept(s))
}

// qmailStarting reads "7: msg 123 to remote a@b". Delivery numbers are used
// again.
func (r *Reader) qmailStarting(rec *record, b []byte) outcome {
	delivery, rest := cutQmailNumber(b)
	_, rest = cutBlank(rest) // "msg"
	number, rest := cutQmailNumber(rest)
	to, ok := bytes.CutPrefix(rest, []byte("to "))
	_, address := cutBlank(to) // "local" or "remote"
	if !ok || len(delivery) == 0 || len(number) == 0 || len(address) == 0 {
		return damaged
	}
	d := r.joins.fresh(r.queueKey('d', rec.host, delivery))
	d.sender = string(address[:min(len(address), maxKept)])
	d.messageID = string(number)
	return matched
}

// qmailDelivery reads "7: failure: Text_with_underscores/". What the message
// and the recipient are stands in lines before.
func (r *Reader) qmailDelivery(dst []event.Event, rec *record, b []byte) ([]event.Event, outcome) {
	delivery, rest := cutQmailNumber(b)
	result, text := cutBlank(rest)
	kind, ok := qmailKind(result)
	if !ok || len(delivery) == 0 {
		return dst, damaged
	}
	d := r.joins.find(r.queueKey('d', rec.host, delivery))
	if d == nil || d.ended || d.sender == "" {
		return dst, unjoined
	}
	recipient, number := d.sender, d.messageID
	r.joins.end(d)
	m := r.joins.find(r.queueKey('q', rec.host, []byte(number)))
	words := qmailText(text)
	if kind == event.Delivery && r.isQmailHandOff(words) {
		return dst, matched
	}
	dst, e := r.begin(dst, Qmail, rec)
	as(e, kind)
	e.Recipient = recipient
	if m != nil {
		e.Sender = m.sender
	}
	qmailSaid(e, words)
	r.identify(e, number)
	return dst, matched
}

// isQmailHandOff reports whether mail went to a filter on this host, which
// queues it again.
func (r *Reader) isQmailHandOff(text string) bool {
	host := qmailPeer(text)
	if len(r.opt.Filters) > 0 && r.isFilter(host) {
		return true
	}
	return loopback(host) && containsFold(text, "queued as ")
}

func qmailKind(result []byte) (event.Kind, bool) {
	switch string(result) {
	case "success:":
		return event.Delivery, true
	case "failure:":
		return event.Bounce, true
	case "deferral:":
		return event.Delay, true
	}
	return "", false
}

// qmailText undoes what qmail-send.c does to the reports of deliveries:
// underscores stand for blanks, slashes for line ends. A slash within a word,
// as in URLs, stays.
func qmailText(b []byte) string {
	text := make([]byte, 0, len(b))
	for i, c := range b {
		switch {
		case c == '_':
			c = ' '
		case c == '/' && i+1 == len(b):
			c = ' '
		case c == '/' && b[i-min(i, 1)] != '/' && b[i-min(i, 1)] != ':' && b[i+1] != '/' && isLineEnd(b[:i], b[i+1:]):
			c = ' '
		}
		text = append(text, c)
	}
	return strings.TrimSpace(string(text))
}

// isLineEnd reports whether a slash between before and after stands for a line
// end: behind the end of a sentence, or before words of qmail-remote.
func isLineEnd(before, after []byte) bool {
	if len(before) == 0 {
		return true
	}
	for _, words := range []string{"Remote_host_said:", "Giving_up_on_", "I'm_not_going_to_try_again", "STARTTLS_proto", "did_", "I'm_"} {
		if hasPrefix(after, words) {
			return true
		}
	}
	// A reply of several lines: its code begins each.
	if len(after) > 3 && (after[0] == '4' || after[0] == '5' || after[0] == '2') && isDigit(after[1]) && isDigit(after[2]) && (after[3] == '-' || after[3] == '_') {
		return true
	}
	switch before[len(before)-1] {
	case '.', ')', '!', '?', ';', ',':
		return true
	}
	return false
}

// qmailSaid notes what a delivery met with: words of qmail-remote.c, with the
// remote host's reply between "Remote host said:" and "Giving up on", or of
// qmail-local and other delivery programs.
func qmailSaid(e *event.Event, text string) {
	e.RemoteMTA = qmailPeer(text)
	before, reply, remote := strings.Cut(text, "Remote host said: ")
	if !remote {
		said(e, text, smtpcode.Status{})
		if e.Kind != event.Delivery {
			e.Hint = hintOf(text, qmailSayings)
			if !containsFold(text, "in the queue too long") {
				settleLasting(e)
			}
		}
		return
	}
	reply, after, _ := strings.Cut(reply, "Giving up on ")
	reply, _, _ = strings.Cut(reply, "I'm not going to try again; this message")
	said(e, strings.TrimSpace(reply), smtpcode.Status{})
	if e.ReplyCode == 0 && e.Status.IsZero() {
		_, e.Status = codesIn(after)
	}
	if e.Kind != event.Delivery {
		e.Command = qmailCommand(before)
	}
}

// qmailPeer gives the IP address that the words of qmail-remote name:
// "192.0.2.1 does not like recipient.", "Connected to 192.0.2.1 but ...",
// "192.0.2.1 accepted message.".
func qmailPeer(text string) string {
	head := strings.TrimPrefix(text[:min(len(text), 120)], "Connected to ")
	word, _, _ := strings.Cut(head, " ")
	word = strings.Trim(word, "[]():,")
	if word == "" || !strings.ContainsAny(word, ".:") || strings.Trim(word, "0123456789abcdefABCDEF.:") != "" {
		return ""
	}
	return word
}

// qmailCommand names the command that qmail-remote.c tells of.
func qmailCommand(before string) string {
	for _, s := range [...]struct{ words, command string }{
		{"does not like recipient", "RCPT TO"}, {"sender was rejected", "MAIL FROM"}, {"does not like sender", "MAIL FROM"},
		{"failed after i sent the message", "end of DATA"}, {"failed on data command", "DATA"}, {"greeting failed", "CONNECT"},
		{"my name was rejected", "HELO"}, {"starttls", "STARTTLS"}, {"authentication", "AUTH"},
	} {
		if containsFold(before, s.words) {
			return s.command
		}
	}
	return ""
}

// qmailSayings are qmail's own words (qmail-remote.c, qmail-local.c,
// qmail-send.c, vdelivermail.c).
var qmailSayings = []saying{
	{"couldn't find any host", codebook.DomainUnknown, codebook.Permanent},
	{"couldn't find a mail exchanger or ip address", codebook.DomainUnknown, codebook.Permanent},
	{"cname lookup failed", codebook.DNSFailure, codebook.Temporary},
	{"wasn't able to establish an smtp connection", codebook.ConnectionFailed, codebook.Temporary},
	{"but connection died", codebook.ConnectionFailed, codebook.Temporary},
	{"this message is looping", codebook.RoutingLoop, codebook.Permanent},
	{"i'm listed as a best-preference mx", codebook.RoutingLoop, codebook.Permanent},
	{"no mailbox here by that name", codebook.UserUnknown, codebook.Permanent},
	{"mailfolder is full", codebook.MailboxFull, codebook.LastingUnknown},
	{"quota exceeded", codebook.MailboxFull, codebook.LastingUnknown},
	{"over quota", codebook.MailboxFull, codebook.LastingUnknown},
	{"disk quota", codebook.MailboxFull, codebook.LastingUnknown},
	{"account has been disabled", codebook.MailboxDisabled, codebook.Permanent},
	{"in the queue too long", codebook.Expired, codebook.LastingUnknown},
}
