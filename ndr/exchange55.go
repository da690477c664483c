package ndr

import (
	"strings"

	"github.com/rebound-mail/rebound/codebook"
)

// exchange55 reads the prose of the Internet Mail Service of Exchange 5.5: the
// recipient and the time on one line, further in what it means, the X.400
// identifier of the message, and the code with its words behind "MSEXCH:".
// Recipients may be X.400 addresses with an SMTP one in a domain-defined
// attribute, "dda:SMTP=a(a)b".
var exchange55 = decoder{
	format: "exchange55",
	marks:  []string{"did not reach the following recipient", "msexch:", "the mts-id of the original message", "\nx-mailer: internet mail service (5"},
	read:   readExchange55,
}

func readExchange55(m *Mail) (Report, bool) {
	_, list, found := cutFold(m.Text, "following recipient(s):")
	if !found {
		if !containsFold(m.Text, "msexch:") {
			return Report{}, false
		}
		list = m.Text
	}
	var failures []Failure
	said := ""
	flush := func() {
		if n := len(failures); n > 0 {
			failures[n-1].said(said)
			failures[n-1].Hint = hintOf(said, exchange55Sayings)
		}
		said = ""
	}
	c := cursor{text: list}
	for line, ok := c.next(); ok && len(failures) < maxRecipients; line, ok = c.next() {
		switch {
		case strings.TrimSpace(line) == "" || containsFold(line, "mts-id") || strings.HasPrefix(line, ";"):
		case strings.HasPrefix(line, "----"):
			c.pos = len(c.text) + 1 // the next part of a multipart that nobody declared
		case indentOf(line) == 0 && exchange55Address(line) != "":
			flush()
			failures = append(failures, Failure{Recipient: exchange55Address(line)})
		case indentOf(line) > 0 && len(said) < maxDiagnostic:
			said += " " + strings.TrimSpace(line)
		}
	}
	flush()
	return Report{Failures: failures}, len(failures) > 0 && mayReport(m)
}

// exchange55Address gives the recipient that a line begins with.
func exchange55Address(line string) string {
	if _, smtp, found := cutFold(line, "smtp="); found {
		return x400SMTP(smtp)
	}
	address, _, _ := recipientAt(line)
	return address
}

// exchange55Sayings are the words behind the codes.
var exchange55Sayings = []saying{
	{"unknown recipient", codebook.UserUnknown, codebook.Permanent},
	{"recipient name is not recognized", codebook.UserUnknown, codebook.Permanent},
	{"ambiguous recipient", codebook.AddressAmbiguous, codebook.Permanent},
	{"host unknown", codebook.DomainUnknown, codebook.Permanent},
	{"too many hops", codebook.RoutingLoop, codebook.Permanent},
	{"unable to relay", codebook.RelayDenied, codebook.Permanent},
	{"message exceeds size limit", codebook.MessageTooLarge, codebook.Permanent},
	{"too many recipients", codebook.TooManyRecipients, codebook.LastingUnknown},
}
