package ndr

import (
	"strings"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
)

// courier reads the text of the Courier mail server (courier/module.dsn,
// cdsn templates): "<address>:", the remote host on a line of its own, then
// ">>> " and "<<< " lines; failures of its own stand behind "<<< " alone.
var courier = decoder{
	format: "courier",
	marks: []string{
		"running the courier mail server", "your message to the following recipients cannot be delivered",
		"\nsubject: notice: mail delivery status", "your message to the following recipients has not yet been delivered",
		"\nsubject: warning: delayed mail", "delivery\nstatus is not included in this report",
	},
	read: readCourier,
}

func readCourier(m *Mail) (Report, bool) {
	r := Report{ReportingMTA: courierHost(m.Text)}
	action := event.Failed
	if containsFold(m.Text, "delayed mail") || containsFold(m.Text, "has not yet been delivered") {
		action = event.Delayed
	}
	var text strings.Builder
	flush := func() {
		if len(r.Failures) > 0 {
			courierSaid(&r.Failures[len(r.Failures)-1], text.String())
		}
		text.Reset()
	}
	c := cursor{text: m.Text}
	for line, ok := c.next(); ok; line, ok = c.next() {
		address, after, ok := bracketed(line)
		switch {
		case ok && strings.TrimSpace(after) == ":" && !strings.HasPrefix(line, "<<"):
			flush()
			r.Failures = append(r.Failures, Failure{Recipient: recipient(address, m.host()), Action: action})
		case isFramed(line) && !strings.HasPrefix(line, "<<") && !strings.HasPrefix(line, ">>"):
			flush()
			if len(r.Failures) > 0 {
				return r, true
			}
		default:
			text.WriteString(line + "\n")
		}
	}
	flush()
	return r, len(r.Failures) > 0
}

// courierHost gives the host of "delivery status notification from HOST,".
func courierHost(text string) string {
	_, after, found := cutFold(text[:min(len(text), maxMarkText)], "delivery status notification from ")
	if !found {
		return ""
	}
	return strings.TrimRight(firstWord(after), ",.")
}

func courierSaid(f *Failure, text string) {
	list := readTranscript(text)
	host := firstWord(text)
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].local {
			continue
		}
		f.fill(&list[i])
		break
	}
	if f.Diagnostic == "" {
		f.said(text)
	}
	if strings.IndexByte(host, '.') > 0 {
		f.RemoteMTA = host
	}
	if f.Code == 0 {
		f.Hint = hintOf(f.Diagnostic, courierSayings)
	}
}

// courierSayings are Courier's own words (module.esmtp/courieresmtp.c,
// module.local).
var courierSayings = []saying{
	{"dns lookup failed", codebook.DNSFailure, codebook.Temporary},
	{"no such domain", codebook.DomainUnknown, codebook.Permanent},
	{"does not exist", codebook.DomainUnknown, codebook.Permanent},
	{"user unknown", codebook.UserUnknown, codebook.Permanent},
	{"connection refused", codebook.ConnectionFailed, codebook.Temporary},
	{"connection timed out", codebook.ConnectionFailed, codebook.Temporary},
	{"connection closed", codebook.ConnectionFailed, codebook.Temporary},
	{"quota exceeded", codebook.MailboxFull, codebook.LastingUnknown},
	{"over quota", codebook.MailboxFull, codebook.LastingUnknown},
}
