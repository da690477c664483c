package ndr

import "strings"

// surfControl reads SurfControl E-mail Filter: "Addressed To:" names the
// recipients, the transcript has "address: [192.0.2.1], 554 reply" of each
// attempt.
var surfControl = decoder{
	format: "surfcontrol",
	marks:  []string{"\nx-mailer: surfcontrol", "a transcript of the attempts to send the message follows", "the number of attempts made:"},
	read:   readSurfControl,
}

func readSurfControl(m *Mail) (Report, bool) {
	_, after, found := cutFold(m.Text, "addressed to:")
	if !found {
		return Report{}, false
	}
	after = after[:min(len(after), maxSentences)]
	names := clip(after[:lineEnd(after, 0)])
	var failures []Failure
	for _, address := range addresses(names) {
		f := Failure{Recipient: address}
		last := ""
		for line := range strings.Lines(after[len(names):]) {
			if hasPrefixFold(strings.TrimSpace(line), strings.ToLower(address)) {
				last = strings.TrimSpace(line)[len(address):]
			}
		}
		f.said(strings.TrimLeft(last, ": "))
		if f.Diagnostic != "" {
			f.RemoteMTA = firstIP(f.Diagnostic)
			if _, reply, found := strings.Cut(f.Diagnostic, "], "); found {
				f.said(reply)
			}
		}
		failures = append(failures, f)
	}
	return settle(m, failures)
}
