package ndr

import (
	"strings"

	"github.com/rebound-mail/rebound/event"
)

// powermta reads the text of PowerMTA: a line "<address>  what became of it" a
// recipient, which is all it says: the reply stands in the standard part.
var powermta = decoder{
	format: "powermta",
	marks:  []string{"hello, this is the mail server on", "delivery failed; will not continue trying", "inform you on the delivery status of a"},
	read: func(m *Mail) (Report, bool) {
		r := Report{}
		if _, host, ok := cutFold(m.Text, "this is the mail server on "); ok {
			r.ReportingMTA = strings.TrimRight(firstWord(host), ".")
		}
		c := cursor{text: m.Text}
		for line, ok := c.next(); ok; line, ok = c.next() {
			address, outcome, ok := bracketed(line)
			if !ok || strings.IndexByte(address, '@') < 0 {
				continue
			}
			if action := powermtaAction(outcome); action != "" {
				r.Failures = append(r.Failures, Failure{Recipient: address, Action: action})
			}
		}
		return r, len(r.Failures) > 0
	},
}

func powermtaAction(outcome string) event.Action {
	switch {
	case containsFold(outcome, "will not continue trying"), containsFold(outcome, "failed"):
		return event.Failed
	case containsFold(outcome, "delayed"), containsFold(outcome, "will continue trying"), containsFold(outcome, "temporar"):
		return event.Delayed
	case containsFold(outcome, "relayed"):
		return event.Relayed
	case containsFold(outcome, "expanded"):
		return event.Expanded
	case containsFold(outcome, "delivered"):
		return event.Delivered
	}
	return ""
}
