package ndr

import (
	"strings"

	"github.com/rebound-mail/rebound/event"
)

// mmdf reads the reports of MMDF II (src/deliver, lib/util/ml_*): the
// recipient stands in single quotes, with host and queue in brackets behind
// it, and so does the reason:
//
//	'user@domain (host: domain) (queue: smtp)' for the following
//	reason:  ' User unknown'
var mmdf = decoder{
	format: "mmdf",
	marks: []string{
		" (queue: ", "\nsubject: failed mail  (msg.", "\nsubject: failed mail (msg.", "\nsubject: waiting mail  (msg.",
		"\nsubject: waiting mail (msg.", "your message could not be delivered to\n'",
	},
	read: readMMDF,
}

func readMMDF(m *Mail) (Report, bool) {
	r := Report{ReportingMTA: m.host()}
	text := m.Text
	action := event.Failed
	if containsFold(text, "not yet been delivered") || containsFold(text, "could not be fully") || containsFold(m.Subject, "waiting mail") {
		action = event.Delayed
	}
	if !containsFold(text, "for the following") {
		return r, false
	}
	for {
		i := strings.Index(text, "'")
		if i < 0 {
			break
		}
		quoted, rest, ok := strings.Cut(text[i+1:], "'")
		text = rest
		if !ok {
			break
		}
		name, _, hasHost := strings.Cut(quoted, " (host: ")
		address := loneAddress(name)
		if address == "" && !hasHost {
			continue
		}
		f := Failure{Recipient: recipient(name, m.host()), Action: action}
		if before, _, ok := cutFold(rest[:min(len(rest), 200)], "reason:"); ok && len(before) < 60 {
			reason, behind, _ := strings.Cut(strings.TrimLeft(rest[len(before)+len("reason:"):], " \n\t'"), "'")
			f.said(reason)
			text = behind
		}
		r.Failures = append(r.Failures, f)
	}
	return r, len(r.Failures) > 0
}
