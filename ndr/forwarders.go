package ndr

import (
	"strings"

	"github.com/rebound-mail/rebound/event"
)

// forwarders reads those that say "Your message wasn't delivered to ADDRESS"
// and give the reply below "The response was:" (ForwardEmail,
// helpers/create-bounce.js, and others that follow Gmail's words).
var forwarders = decoder{
	format: "forwarder",
	marks:  []string{"the response was:", "is delayed and will be retried later to", "wasn't delivered to"},
	read:   readForwarder,
}

func readForwarder(m *Mail) (Report, bool) {
	names, reply, found := cutFold(m.Text, "the response was:")
	if !found || !hasAnyFold(names, []string{"wasn't delivered", "not delivered", "couldn't be delivered", "is delayed", "could not be delivered"}) {
		return Report{}, false
	}
	list := addresses(clip(names))
	if len(list) != 1 {
		return Report{}, false
	}
	f := Failure{Recipient: list[0]}
	f.said(strings.TrimSpace(reply))
	if containsFold(names, "is delayed") {
		f.Action = event.Delayed
	}
	return settle(m, []Failure{f})
}
