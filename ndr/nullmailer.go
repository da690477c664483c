package ndr

import "github.com/rebound-mail/rebound/event"

// nullmailer reads the text of nullmailer-dsn (src/dsn.cc), which only lists
// the recipients: what was said stands in the standard part.
var nullmailer = decoder{
	format: "nullmailer",
	marks:  []string{"this is the nullmailer delivery system"},
	read: func(m *Mail) (Report, bool) {
		_, list, ok := cutFold(m.Text, "one or more of the intended recipients:")
		if !ok {
			return Report{}, false
		}
		r := Report{ReportingMTA: m.host()}
		action := event.Failed
		if containsFold(m.Text, "has not been\ndelivered") || containsFold(m.Text, "has not been delivered") || containsFold(list, "continue to be attempted") {
			action = event.Delayed
		}
		c := cursor{text: list}
		for line, ok := c.next(); ok; line, ok = c.next() {
			if address, _, ok := bracketed(line); ok {
				r.Failures = append(r.Failures, Failure{Recipient: recipient(address, m.host()), Action: action})
			}
		}
		return r, len(r.Failures) > 0
	},
}
