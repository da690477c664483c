package ndr

import (
	"strings"

	"github.com/rebound-mail/rebound/smtpcode"
)

// ironPort reads Cisco (IronPort) ESA, as Amazon used it: "The following
// message to <address> was undeliverable." and below "The reason for the
// problem:" a status, its words, and the reply in quotes.
var ironPort = decoder{
	format: "ironport",
	marks:  []string{"the reason for the problem:", "was undeliverable.\nthe reason", "the following message to <"},
	read:   readIronPort,
}

func readIronPort(m *Mail) (Report, bool) {
	_, after, found := cutFold(m.Text, "the following message to ")
	if !found {
		return Report{}, false
	}
	names, reason, found := cutFold(after, "was undeliverable")
	if !found {
		return Report{}, false
	}
	_, reason, found = cutFold(reason, "the reason for the problem:")
	if !found {
		return Report{}, false
	}
	reason = firstParagraph(reason)
	var failures []Failure
	for _, address := range addresses(clip(names)) {
		f := Failure{Recipient: address}
		f.said(reason)
		ironPortReply(&f, reason)
		failures = append(failures, f)
	}
	return settle(m, failures)
}

// ironPortReply reads "5.1.0 - Unknown address error 550-'5.1.1 no such user'":
// the appliance's own status and class, then the reply code, a hyphen, and the
// reply in quotes.
func ironPortReply(f *Failure, reason string) {
	before, quoted, found := strings.Cut(reason, "-'")
	if !found || len(before) < 3 {
		return
	}
	code, err := smtpcode.ParseCode(before[len(before)-3:])
	if err != nil {
		return
	}
	f.Code = code
	if _, status := codesIn(quoted); !status.IsZero() {
		f.Status = status
	}
}
