package ndr

import (
	"strings"
)

// xWall reads the gateway XWall: an indented header of the message, among it
// the recipient, then "Reason: words" and a sentence; the status stands in the
// subject.
var xWall = decoder{
	format: "xwall",
	marks:  []string{"\nx-mailer: xwall", "has encountered a delivery problem", "\nsubject: non delivery report: "},
	read:   readXWall,
}

func readXWall(m *Mail) (Report, bool) {
	head, reason, found := cutFold(m.Text, "encountered a delivery problem")
	if !found {
		return Report{}, false
	}
	var failures []Failure
	for line := range strings.Lines(head) {
		label, value := cutLabel(line)
		if !strings.EqualFold(label, "to") {
			continue
		}
		for _, address := range addresses(clip(value)) {
			f := Failure{Recipient: address}
			f.said(strings.TrimLeft(reason, ". \n"))
			if f.Status.IsZero() {
				_, f.Status = codesIn(m.Subject)
			}
			failures = append(failures, f)
		}
	}
	return settle(m, failures)
}
