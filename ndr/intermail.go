package ndr

import (
	"strings"

	"github.com/rebound-mail/rebound/codebook"
)

// interMail reads Openwave (Software.com) InterMail and Email Mx, and carriers
// that run them, such as au (EZweb): "Each of the following recipients was
// rejected by a remote mail server", then "Recipient: <address>" with "Reason:"
// or the session below it; or "The following recipients did not receive your
// message:" or "could not be delivered to", the reason above. The address may
// stand alone before the sentence.
var interMail = decoder{
	format: "intermail",
	marks: []string{
		"each of the following recipients was rejected", "this message was undeliverable due to the following reason", "did not receive your message:",
		"did not receive this message:", "destination addresses were unknown", "ezweb.ne.jp", "account is disabled.", "the user(s) account is", "\nsubject: mail system error - returned mail",
	},
	read: readInterMail,
}

var interMailLabels = labelled{
	recipient: []string{"recipient"},
	reason:    []string{"reason"},
}

var interMailList = listing{
	begin: []string{"did not receive your message:", "did not receive this message:", "account is disabled.", "account is temporarily disabled.", "account is over", "temporarily over quota", "destination addresses were unknown"},
	end:   []string{"please reply to", "your message was", "your message for"},
}

func readInterMail(m *Mail) (Report, bool) {
	failures := interMailLabels.read(m.Text)
	turns := dialogue(m.Text)
	for i := range failures {
		if failures[i].answered(turns) {
			continue
		}
		failures[i].prefixed()
	}
	if len(failures) == 0 {
		failures = interMailReasons(m.Text)
	}
	if len(failures) == 0 && containsFold(m.Text, "each of the following recipients was rejected") {
		failures = interMailBare(m.Text)
	}
	for i := range failures {
		if failures[i].Code == 0 {
			failures[i].Hint = hintOf(failures[i].Diagnostic, interMailSayings)
		}
	}
	return settle(m, failures)
}

// interMailSayings are InterMail's own words.
var interMailSayings = []saying{
	{"account is disabled", codebook.MailboxDisabled, codebook.Permanent},
	{"account is temporarily disabled", codebook.MailboxDisabled, codebook.Temporary},
	{"account is over", codebook.MailboxFull, codebook.LastingUnknown},
	{"addresses were unknown", codebook.UserUnknown, codebook.Permanent},
	{"over quota", codebook.MailboxFull, codebook.LastingUnknown},
	{"invalid recipient", codebook.UserUnknown, codebook.Permanent},
	{"no such user", codebook.UserUnknown, codebook.Permanent},
	{"is not responding", codebook.ConnectionFailed, codebook.Temporary},
	{"not reachable within the allowed queue period", codebook.ConnectionFailed, codebook.Temporary},
	{"domain name is not valid", codebook.DomainUnknown, codebook.Permanent},
	{"unknown host", codebook.DomainUnknown, codebook.Permanent},
}

// interMailReasons reads lists of recipients below a reason; there may be
// several of both, and lists without a reason of their own.
func interMailReasons(text string) []Failure {
	var failures []Failure
	var above []string // lines of a reason
	reason, inList := "", false
	c := cursor{text: text}
	for line, ok := c.next(); ok; line, ok = c.next() {
		switch {
		case hasAnyFold(line, interMailList.end) && inList:
			inList = false
		case hasAnyFold(line, interMailList.begin):
			if containsFold(line, "account") || containsFold(line, "unknown") { // the line is the reason
				above = append(above, line)
			}
			if text := strings.Join(above, "\n"); strings.TrimSpace(text) != "" {
				reason = text
			}
			above, inList = nil, true
		case !inList && len(above) < maxReasonLines:
			above = append(above, line)
		case !inList:
		default:
			if address, rest, ok := recipientAt(line); ok {
				failures = append(failures, interMailFailure(address, rest, reason))
			}
		}
	}
	return failures
}

// interMailFailure makes the failure of one recipient on such a list.
func interMailFailure(address, rest, reason string) Failure {
	f := Failure{Recipient: address}
	if rest == "" {
		if _, after, found := cutFold(reason, "following reason"); found && len(after) > 4 {
			reason = strings.TrimLeft(after, "s: \n")
		}
		f.said(reason)
		return f
	}
	f.said(rest)
	f.prefixed()
	f.Command = commandIn(rest)
	return f
}

// interMailBare reads the form that says nothing but the address.
func interMailBare(text string) []Failure {
	var failures []Failure
	for line := range strings.Lines(text) {
		address, rest, ok := bracketed(line)
		if !ok || strings.TrimSpace(rest) != "" {
			continue
		}
		f := Failure{Recipient: address}
		f.said(interMailSentence(text))
		failures = append(failures, f)
	}
	return failures
}

// interMailSentence gives the sentence that tells of a rejection.
func interMailSentence(text string) string {
	i := indexFold(text, "each of the following")
	if i < 0 {
		return ""
	}
	sentence, _, _ := strings.Cut(firstParagraph(text[i:]), "\n--")
	return sentence
}
