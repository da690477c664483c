package ndr

import (
	"strings"

	"github.com/rebound-mail/rebound/event"
)

// sendGrid reads the notices of SendGrid: "name:number:<address> : words" below
// "one of its intended recipients".
var sendGrid = decoder{
	format: "sendgrid",
	marks:  []string{"automatically generated message from sendgrid"},
	read:   readSendGrid,
}

func readSendGrid(m *Mail) (Report, bool) {
	var failures []Failure
	for line := range strings.Lines(m.Text) {
		lead, rest, found := strings.Cut(line, "<")
		if !found || strings.ContainsAny(lead, " \t") {
			continue
		}
		address, said, ok := bracketed("<" + rest)
		if !ok || strings.IndexByte(address, '@') < 0 {
			continue
		}
		f := Failure{Recipient: address}
		f.said(strings.TrimLeft(said, " :"))
		failures = append(failures, f)
	}
	return settle(m, failures)
}

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
	list := addresses(names)
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
