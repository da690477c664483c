package ndr

import (
	"strings"
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
