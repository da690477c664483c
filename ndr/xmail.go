package ndr

import "strings"

// xMail reads XMail (SvrUtils.cpp): numbered sections, the first of which is
// "XMail bounce: Rcpt=[address];Error=[words]".
var xMail = decoder{
	format: "xmail",
	marks:  []string{"xmail bounce: rcpt=[", "[<00>] xmail"},
	read:   readXMail,
}

func readXMail(m *Mail) (Report, bool) {
	text := m.Text[:min(len(m.Text), maxSentences)]
	remote, reason := "", ""
	if _, server, found := cutFold(text, "\nserver:"); found {
		remote = hostIn(server[:lineEnd(server, 0)])
	}
	if _, said, found := cutFold(text, "reason of the delivery failure was:"); found {
		reason = firstParagraph(said)
	}
	var failures []Failure
	for {
		_, after, found := cutFold(text, "rcpt=[")
		if !found {
			return settle(m, failures)
		}
		text = after
		line := after[:lineEnd(after, 0)]
		f := Failure{Recipient: firstAddress(line)}
		if f.Recipient == "" {
			continue
		}
		_, said, _ := cutFold(line, "error=[")
		if reason != "" {
			said = reason
		}
		f.said(strings.TrimRight(said, "] \t\n"))
		f.RemoteMTA = remote
		failures = append(failures, f)
	}
}
