package ndr

import (
	"strings"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
)

// opensmtpd reads the text of OpenSMTPD (smtpd/bounce.c): a line "address:
// text" a recipient, behind one of three introductions.
//
// QUIRK: its message/delivery-status part says "Action: delayed" on final
// expiry too; only the introduction tells.
var opensmtpd = decoder{
	format: "opensmtpd",
	marks: []string{
		"this is the mailer-daemon, please do not reply to this", "while attempting to deliver a message for",
		"list of recipients:", "was successfully delivered to these recipients", "\nsubject: delivery status notification: error",
		"\nsubject: delivery status notification: warning",
	},
	read: readOpenSMTPD,
}

func readOpenSMTPD(m *Mail) (Report, bool) {
	action := event.Failed
	intro, list, ok := cutFold(m.Text, "list of recipients:")
	if !ok {
		_, list, ok = cutFold(m.Text, "was successfully delivered to these recipients")
		action = event.Delivered
	}
	if !ok {
		return Report{}, false
	}
	if containsFold(intro, "is delayed for more than") {
		action = event.Delayed
	}
	r := Report{ReportingMTA: m.host()}
	for line := range strings.SplitSeq(firstParagraph(strings.TrimLeft(list, ".")), "\n") {
		opensmtpdLine(&r, line, action)
	}
	return r, len(r.Failures) > 0
}

// opensmtpdLine reads "address: text". Lines of other forms fold the one
// before.
func opensmtpdLine(r *Report, line string, action event.Action) {
	address, start, end := nextAddress(line, 0)
	if address == "" || strings.TrimSpace(line[:start]) != "" || !strings.HasPrefix(line[end:], ":") {
		if n := len(r.Failures); n > 0 {
			r.Failures[n-1].add(line)
		}
		return
	}
	f := Failure{Recipient: address, Action: action}
	f.said(line[end+1:])
	if f.Code == 0 {
		f.Hint = hintOf(f.Diagnostic, opensmtpdSayings)
	}
	r.Failures = append(r.Failures, f)
}

// opensmtpdSayings are OpenSMTPD's own words (mta.c, mta_session.c, bounce.c).
var opensmtpdSayings = []saying{
	{"no mx found", codebook.DomainUnknown, codebook.Permanent},
	{"domain does not accept mail", codebook.DomainNoMail, codebook.Permanent},
	{"domain does not exist", codebook.DomainUnknown, codebook.Permanent},
	{"invalid domain name", codebook.DomainUnknown, codebook.Permanent},
	{"temporary failure in mx lookup", codebook.DNSFailure, codebook.Temporary},
	{"temporary failure in", codebook.DNSFailure, codebook.Temporary},
	{"loop detected", codebook.RoutingLoop, codebook.Permanent},
	{"network error on destination", codebook.ConnectionFailed, codebook.Temporary},
	{"connection closed", codebook.ConnectionFailed, codebook.Temporary},
	{"connection timeout", codebook.ConnectionFailed, codebook.Temporary},
	{"bad destination", codebook.ConnectionFailed, codebook.Temporary},
	{"no valid route to ", codebook.RoutingFailed, codebook.LastingUnknown},
	{"envelope expired", codebook.Expired, codebook.LastingUnknown},
	{"expired", codebook.Expired, codebook.LastingUnknown},
}
