package ndr

import (
	"strings"
)

// statusLines reads servers that write one line a recipient, "<address>;
// Failed; 5.1.1 (bad destination mailbox address)", in the words of RFC 3463,
// and the remote reply further in below it.
var statusLines = decoder{
	format: "statuslines",
	marks:  []string{">; failed; ", ">; delayed; ", "smtp diagnostic:"},
	read:   readStatusLines,
}

var statusLinesList = listing{loose: true}

func readStatusLines(m *Mail) (Report, bool) {
	failures := statusLinesList.read(m.Text)
	kept := failures[:0]
	for _, f := range failures {
		word, own, found := strings.Cut(f.Diagnostic, "; ")
		action := actionField(word)
		if !found || action == "" {
			continue
		}
		f.Action = action
		f.said(own)
		if before, reply, found := cutFold(own, "smtp diagnostic:"); found {
			f.said(reply)
			if _, host, found := cutFold(before, "remote mta "); found {
				f.RemoteMTA = hostIn(host)
			}
		}
		kept = append(kept, f)
	}
	return settle(m, kept)
}
