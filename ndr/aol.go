package ndr

import (
	"strings"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
)

// aol reads the reports of AOL on mail that its members refuse: screen names,
// without the domain, one a line, below the reason.
var aol = decoder{
	format: "aol",
	marks:  []string{"could not be delivered because they are not accepting", "are not accepting mail"},
	read:   readAOL,
}

func readAOL(m *Mail) (Report, bool) {
	before, after, found := cutFold(m.Text, "not accepting mail")
	domain := m.host()
	if !found || domain == "" {
		return Report{}, false
	}
	colon := strings.IndexByte(after, ':')
	if colon < 0 {
		return Report{}, false
	}
	said := before[strings.LastIndexByte(before, '.')+1:] + "not accepting mail" + after[:colon]
	var failures []Failure
	for line := range strings.Lines(after[colon+1:]) {
		name := strings.TrimSpace(line)
		if name == "" && len(failures) > 0 {
			break
		}
		if name == "" || strings.ContainsAny(name, " \t:") {
			continue
		}
		f := Failure{Recipient: recipient(name, domain), Hint: event.Hint{Reason: codebook.RecipientRestricted, Lasting: codebook.Permanent}}
		f.said(said)
		failures = append(failures, f)
	}
	return settle(m, failures)
}

// compuServe reads CompuServe, later of AOL: "Invalid receiver address:
// address" and the like, one a line.
var compuServe = decoder{
	format: "compuserve",
	marks:  []string{"invalid receiver address:", "receiver not found:"},
	read:   readCompuServe,
}

func readCompuServe(m *Mail) (Report, bool) {
	var failures []Failure
	c := cursor{text: m.Text}
	for line, ok := c.next(); ok && len(failures) < maxRecipients; line, ok = c.next() {
		label, value := cutLabel(line)
		address := loneAddress(value)
		if address == "" || !containsFold(label, "receiver") {
			continue
		}
		f := Failure{Recipient: address, Hint: event.Hint{Reason: codebook.UserUnknown, Lasting: codebook.Permanent}}
		f.said(line)
		failures = append(failures, f)
	}
	return settle(m, failures)
}
