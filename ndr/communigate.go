package ndr

import (
	"strings"
)

// communiGate reads CommuniGate Pro: "Failed to deliver to 'address'" and
// "Delayed delivery to" with what the module says below it: "SMTP module(domain
// example.org) reports: host mx.example.org says: 550 ...".
var communiGate = decoder{
	format: "communigate",
	marks:  []string{"failed to deliver to '", "delivery to '", "module(domain ", "failed to deliver to <"},
	read:   readCommuniGate,
}

func readCommuniGate(m *Mail) (Report, bool) {
	var failures []Failure
	for rest := m.Text[:min(len(m.Text), maxSentences)]; ; {
		_, after, found := cutFold(rest, "deliver to ")
		if !found {
			break
		}
		rest = after
		line := after[:lineEnd(after, 0)]
		address, start, _ := nextAddress(line, 0)
		if address == "" || start > 2 {
			continue
		}
		said := after[len(line):]
		if next := indexFold(said, "deliver to "); next >= 0 {
			said = said[:max(strings.LastIndexByte(said[:next], '\n'), 0)]
		}
		f := Failure{Recipient: address}
		f.said(firstParagraph(said))
		if _, host, found := cutFold(f.Diagnostic, "host "); found {
			f.RemoteMTA = hostIn(firstWord(host))
		}
		if _, reply, found := cutFold(f.Diagnostic, " says:"); found {
			f.said(reply)
		}
		failures = append(failures, f)
	}
	return settle(m, failures)
}
