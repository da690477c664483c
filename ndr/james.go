package ndr

import (
	"strings"
)

// james reads the text of Apache James: RemoteDelivery's Bouncer, which lists
// bare addresses and then the reason, the Bounce and DSNBounce mailets, which
// label both ("Failed recipient(s):", "Error message:"), and older notices of
// the Notify mailets with "Message details:" at their end.
var james = decoder{
	format: "james",
	marks: []string{
		"this is the james mail server at", "failed recipient(s):", "error message below:", "\nmessage details:\n",
		"remote mail server told me:",
	},
	read: readJames,
}

func readJames(m *Mail) (Report, bool) {
	r := Report{ReportingMTA: jamesHost(m.Text)}
	reason := jamesLabelled(&r, m.Text)
	if len(r.Failures) == 0 && containsFold(m.Text, "this is the james mail server") {
		reason = jamesBare(&r, m.Text)
	}
	for i := range r.Failures {
		r.Failures[i].said(reason)
	}
	return r, len(r.Failures) > 0
}

// jamesHost gives the host of "This is the James mail server at HOST."
func jamesHost(text string) string {
	_, after, ok := cutFold(text[:min(len(text), maxMarkText)], "james mail server at ")
	if !ok {
		return ""
	}
	return strings.TrimRight(firstWord(after), ".")
}

// jamesLabelled reads the labelled form and gives the reason.
func jamesLabelled(r *Report, text string) (reason string) {
	inRecipients, inReason := false, false
	var said []string
	c := cursor{text: text}
	for line, ok := c.next(); ok; line, ok = c.next() {
		trimmed := strings.TrimSpace(line)
		switch label := strings.ToLower(trimmed); {
		case strings.HasPrefix(label, "failed recipient(s):"):
			inRecipients, inReason = true, false
			jamesRecipients(r, trimmed[len("failed recipient(s):"):])
		case label == "error message:" || label == "error message below:":
			inRecipients, inReason = false, true
		case strings.HasPrefix(label, "message details:"):
			inRecipients, inReason = false, false
		case strings.HasPrefix(label, "rcpt to:") && len(r.Failures) == 0:
			jamesRecipients(r, trimmed[len("rcpt to:"):])
		case trimmed == "":
			inRecipients, inReason = inRecipients && len(r.Failures) == 0, inReason && len(said) == 0
		case inRecipients:
			jamesRecipients(r, trimmed)
		case inReason:
			said = append(said, trimmed)
		}
	}
	return strings.Join(said, "\n")
}

func jamesRecipients(r *Report, text string) {
	for _, address := range addresses(text) {
		r.Failures = append(r.Failures, Failure{Recipient: address})
	}
}

// jamesBare reads the form without labels: addresses, each on its line, and
// the reason below the last.
func jamesBare(r *Report, text string) (reason string) {
	_, list, _ := cutFold(text, "\n\n")
	var said []string
	c := cursor{text: list}
	for line, ok := c.next(); ok; line, ok = c.next() {
		trimmed := strings.TrimSpace(line)
		address := loneAddress(trimmed)
		switch {
		case address != "" && len(said) == 0:
			r.Failures = append(r.Failures, Failure{Recipient: address})
		case containsFold(trimmed, "remote mail server told me"), containsFold(trimmed, "the original message is attached"):
		case trimmed != "" && len(r.Failures) > 0:
			said = append(said, trimmed)
		}
	}
	return strings.Join(said, "\n")
}
