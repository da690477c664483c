package ndr

import (
	"strings"

	"github.com/rebound-mail/rebound/codebook"
)

// imail reads the reports of Ipswitch IMail (SMTP32): one line a recipient,
// words then address, and the remote reply, if there was one, below "Body of
// message generated response:".
var imail = decoder{
	format: "imail",
	marks: []string{
		"\nx-mailer: <smtp32", "invalid final delivery userid", "user mailbox exceeds allowed size", "body of message generated response", "\nsubject: undeliverable mail",
	},
	read: readIMail,
}

// imailWords begin the lines that name a recipient.
var imailWords = []string{
	"unknown host", "unknown user", "invalid final delivery userid", "user mailbox exceeds allowed size", "delivery failed", "undeliverable to",
	"undeliverable", "mailbox", "no such user", "invalid user", "user is over", "cannot deliver", "could not deliver", "bad address", "rejected",
}

func readIMail(m *Mail) (Report, bool) {
	var failures []Failure
	var said []string
	flush := func() {
		if n := len(failures); n > 0 && len(said) > 0 {
			failures[n-1].said(strings.Join(said, "\n"))
		}
		said = nil
	}
	c := cursor{text: m.Text}
	for line, ok := c.next(); ok; line, ok = c.next() {
		trimmed := strings.TrimSpace(line)
		if address := imailAddress(trimmed); address != "" {
			flush()
			failures = append(failures, Failure{Recipient: address})
			said = append(said, trimmed)
			continue
		}
		if containsFold(trimmed, "generated response") && len(failures) > 0 {
			said = nil // the reply tells more than "undeliverable"
			continue
		}
		if len(failures) > 0 && trimmed != "" {
			said = append(said, trimmed)
		}
	}
	flush()
	for i := range failures {
		if failures[i].Code == 0 {
			failures[i].Hint = hintOf(failures[i].Diagnostic, imailSayings)
		}
	}
	return settle(m, failures)
}

// imailSayings are IMail's own words.
var imailSayings = []saying{
	{"mailbox exceeds allowed size", codebook.MailboxFull, codebook.LastingUnknown},
	{"unknown host", codebook.DomainUnknown, codebook.Permanent},
	{"unknown user", codebook.UserUnknown, codebook.Permanent},
	{"invalid final delivery userid", codebook.UserUnknown, codebook.Permanent},
	{"delivery failed", codebook.Expired, codebook.LastingUnknown}, // "Delivery failed 20 attempts"
}

// imailAddress gives the address that a line ends with behind words of IMail.
func imailAddress(line string) string {
	if !hasAnyPrefixFold(line, imailWords) {
		return ""
	}
	address, start, end := nextAddress(line, 0)
	lead := strings.TrimRight(line[:min(start, len(line))], "<")
	if !strings.HasSuffix(lead, ": ") && !strings.HasSuffix(lead, ":") && !hasPrefixFold(lead, "undeliverable to") {
		return ""
	}
	if address == "" || strings.Trim(line[end:], ">). ") != "" {
		return ""
	}
	return address
}
