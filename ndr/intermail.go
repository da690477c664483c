package ndr

import "strings"

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
		"did not receive this message:", "ezweb.ne.jp", "account is disabled.", "the user(s) account is", "\nsubject: mail system error - returned mail",
	},
	read: readInterMail,
}

var interMailLabels = labelled{
	recipient: []string{"recipient"},
	reason:    []string{"reason"},
}

var interMailList = listing{
	begin: []string{"did not receive your message:", "did not receive this message:", "account is disabled.", "account is temporarily disabled.", "account is over"},
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
	return settle(m, failures)
}

// interMailReasons reads lists of recipients below a reason; there may be
// several of both.
func interMailReasons(text string) []Failure {
	var failures []Failure
	for text != "" {
		at, words := -1, ""
		for _, w := range interMailList.begin {
			if i := indexFold(text, w); i >= 0 && (at < 0 || i < at) {
				at, words = i, w
			}
		}
		if at < 0 {
			break
		}
		above := text[:at]
		if _, reason, found := cutFold(above, "following reason"); found {
			above = strings.TrimLeft(reason, "s: \n")
		}
		text = text[at+len(words):]
		list := interMailList
		list.begin = nil
		for _, f := range list.read(firstParagraph(text)) {
			if f.Diagnostic == "" {
				f.said(above)
			} else {
				f.prefixed()
				f.Command = commandIn(f.Diagnostic)
			}
			failures = append(failures, f)
		}
	}
	return failures
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
		_, said, _ := cutFold(text, "each of the following")
		f.said("Each of the following" + firstParagraph(said))
		failures = append(failures, f)
	}
	return failures
}
