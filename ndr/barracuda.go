package ndr

import (
	"strings"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
)

// barracuda reads the notice of Barracuda Spam Firewall to a sender whose mail
// it blocked: "Your message to: address was blocked by our Spam Firewall."
var barracuda = decoder{
	format: "barracuda",
	marks:  []string{"blocked by our spam", "blocked by our bulk email filter", "\nx-barracuda-"},
	read:   readBarracuda,
}

func readBarracuda(m *Mail) (Report, bool) {
	before, after, found := cutFold(m.Text, "was blocked by")
	if !found || !containsFold(after, "not been delivered") && !containsFold(after, "spam firewall") {
		return Report{}, false
	}
	_, names, found := cutFold(before, "message to")
	if !found {
		return Report{}, false
	}
	var failures []Failure
	for _, address := range addresses(clip(names)) {
		f := Failure{Recipient: address, Hint: event.Hint{Reason: codebook.SpamContent, Lasting: codebook.Permanent}}
		f.said("was blocked by " + strings.TrimSpace(firstParagraph(after)))
		failures = append(failures, f)
	}
	return settle(m, failures)
}
