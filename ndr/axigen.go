package ndr

import (
	"strings"
)

// axigen reads Axigen: "The following recipients returned permanent errors:
// address. Reason: SMTP Server <192.0.2.1> refused to accept your message
// (DATA), with the following error message: [554 ...]".
var axigen = decoder{
	format: "axigen",
	marks:  []string{"recipients returned permanent errors", "recipients returned temporary errors", "we had trouble delivering your message", "recipients returned"},
	read:   readAxigen,
}

func readAxigen(m *Mail) (Report, bool) {
	var failures []Failure
	for rest := m.Text[:min(len(m.Text), maxSentences)]; ; {
		_, after, found := cutFold(rest, "recipients returned ")
		if !found {
			break
		}
		rest = after
		names, reason, found := cutFold(firstParagraph(after), "reason:")
		if !found {
			continue
		}
		for _, address := range addresses(clip(names)) {
			f := Failure{Recipient: address, Command: commandIn(reason)}
			if _, server, found := cutFold(reason, "smtp server <"); found {
				f.RemoteMTA, _, _ = strings.Cut(server, ">")
			}
			f.said(reason)
			if _, reply, found := cutFold(reason, "error message: ["); found {
				command := f.Command
				f.said(strings.TrimRight(reply, "] \n."))
				f.Command = command
			}
			failures = append(failures, f)
		}
	}
	return settle(m, failures)
}
