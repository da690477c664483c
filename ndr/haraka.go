package ndr

import "strings"

// haraka reads the text of Haraka's template (config/outbound.bounce_message):
// qmail's first paragraph, then "Intended Recipients:" and "Failure Reason:".
var haraka = decoder{
	format: "haraka",
	marks:  []string{"this is the haraka mailer program", "intended recipients: "},
	read: func(m *Mail) (Report, bool) {
		_, list, ok := cutFold(m.Text, "intended recipients:")
		if !ok {
			return Report{}, false
		}
		list, reason, _ := cutFold(list, "failure reason:")
		r := Report{ReportingMTA: qmailHost(m.Text)}
		for _, address := range addresses(list) {
			f := Failure{Recipient: address}
			f.said(harakaReason(reason))
			r.Failures = append(r.Failures, f)
		}
		return r, len(r.Failures) > 0
	},
}

// harakaReason ends the reason where the template goes on.
func harakaReason(text string) string {
	for paragraph := range paragraphs(text) {
		return strings.TrimSpace(paragraph)
	}
	return ""
}
