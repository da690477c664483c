package maillog

import (
	"crypto/sha256"
	"encoding/base32"
	"strconv"
	"strings"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/smtpcode"
)

// said notes what was said, by the remote server or the MTA itself, and the
// codes in it. status is the MTA's own and counts only where the text has none.
func said(e *event.Event, text string, status smtpcode.Status) {
	e.Diagnostic = text
	e.ReplyCode, e.Status = codesIn(text)
	if e.Status.IsZero() {
		e.Status = status
	}
}

// codesIn gives the codes that smtpcode.Parse gives, without taking the text
// apart.
func codesIn(text string) (smtpcode.Code, smtpcode.Status) {
	var head smtpcode.Found
	var first, agrees smtpcode.Status
	for f := range smtpcode.All(text) {
		if !f.Status.IsZero() {
			if first.IsZero() {
				first = f.Status
			}
			if agrees.IsZero() && f.Status.Class == head.Code.Class() {
				agrees = f.Status
			}
		}
		if f.Code != 0 && (head.Code == 0 || head.Code.Class() < smtpcode.Transient && f.Code.Class() >= smtpcode.Transient) {
			head, agrees = f, smtpcode.Status{}
		}
	}
	switch {
	case !head.Status.IsZero():
		return head.Code, head.Status
	case first.Class == head.Code.Class() || agrees.IsZero():
		return head.Code, first
	}
	return head.Code, agrees
}

// parseStatus reads an enhanced status code, the zero value if s is none.
func parseStatus(s string) smtpcode.Status {
	if len(s) == 5 && s[1] == '.' && s[3] == '.' && isDigit(s[2]) && isDigit(s[4]) && (s[0] == '2' || s[0] == '4' || s[0] == '5') {
		return smtpcode.Status{Class: smtpcode.Class(s[0] - '0'), Subject: uint16(s[2] - '0'), Detail: uint16(s[4] - '0')}
	}
	status, err := smtpcode.ParseStatus(s)
	if err != nil {
		return smtpcode.Status{}
	}
	return status
}

// maxHintText is how much of an MTA's own words is searched.
const maxHintText = 4 << 10

// saying is a sentence by which an MTA tells its own reason, in lower case, and
// what it means.
type saying struct {
	words   string
	reason  codebook.Reason
	lasting codebook.Lasting
}

// hintOf gives what the first saying that occurs in text means.
func hintOf(text string, sayings []saying) event.Hint {
	text = text[:min(len(text), maxHintText)]
	for i := range sayings {
		if containsFold(text, sayings[i].words) {
			return event.Hint{Reason: sayings[i].reason, Lasting: sayings[i].lasting}
		}
	}
	return event.Hint{}
}

// settleLasting notes how long a failure lasts where no code tells: the MTA has
// given up at once, or goes on trying. It must not be called for messages whose
// time ran out.
func settleLasting(e *event.Event) {
	if e.ReplyCode != 0 || !e.Status.IsZero() || e.Hint.Lasting != "" && e.Hint.Lasting != codebook.LastingUnknown {
		return
	}
	switch e.Kind {
	case event.Bounce:
		e.Hint.Lasting = codebook.Permanent
	case event.Delay:
		e.Hint.Lasting = codebook.Temporary
	}
}

// as sets what kind of outcome e is.
func as(e *event.Event, kind event.Kind) {
	e.Kind = kind
	switch kind {
	case event.Bounce:
		e.Action = event.Failed
	case event.Delay:
		e.Action = event.Delayed
	case event.Delivery:
		e.Action = event.Delivered
	}
}

// begin appends an event of a format to dst, of the time and host of rec.
func (r *Reader) begin(dst []event.Event, format Format, rec *record) ([]event.Event, *event.Event) {
	dst = append(dst, event.Event{})
	e := &dst[len(dst)-1]
	e.Source.Format = string(format)
	e.Time = r.clock.time(rec.at)
	if len(rec.host) > 0 {
		if string(rec.host) != r.host {
			r.host = string(rec.host)
		}
		e.ReportingMTA = r.host
	} else {
		e.ReportingMTA = r.opt.Host
	}
	return dst, e
}

// idEncoding is that of package event.
var idEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// identify sets the id of e: event.ProviderID of the format and of what tells
// one record of a log from all others: host, queue id, recipient as delivered
// to and as addressed, kind, and second. The same line read again, also
// through another kind of log, gives the same id.
func (r *Reader) identify(e *event.Event, queueID string) {
	k := append(r.key[:0], e.ReportingMTA...)
	k = append(append(k, 0), queueID...)
	k = append(append(k, 0), e.Recipient...)
	k = append(append(k, 0), e.OriginalRecipient...)
	k = append(append(k, 0), e.Kind...)
	if !e.Time.IsZero() {
		k = strconv.AppendInt(append(k, 0), e.Time.Unix(), 10)
	}
	h := appendField(r.hashed[:0], "provider")
	h = append(strconv.AppendInt(appendField(h, e.Source.Format), int64(len(k)), 10), ':')
	h = append(h, k...)
	r.key, r.hashed = k, h
	sum := sha256.Sum256(h)
	var text [24]byte
	idEncoding.Encode(text[:], sum[:15])
	e.ID = string(text[:])
}

func appendField(k []byte, s string) []byte {
	k = append(strconv.AppendInt(k, int64(len(s)), 10), ':')
	return append(k, s...)
}

// hostName takes the address and the closing dot off the name of a host:
// "mx.example.com[192.0.2.1]:25", "mx.example.com. [192.0.2.1]".
func hostName(s string) string {
	if i := strings.IndexAny(s, "[ ("); i > 0 {
		s = s[:i]
	}
	return strings.TrimSuffix(strings.TrimSpace(s), ".")
}
