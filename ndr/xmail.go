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
	var failures []Failure
	for rest := m.Text[:min(len(m.Text), maxSentences)]; ; {
		_, after, found := cutFold(rest, "rcpt=[")
		if !found {
			break
		}
		rest = after
		line := after[:lineEnd(after, 0)]
		f := Failure{Recipient: firstAddress(line)}
		if f.Recipient == "" {
			continue
		}
		if _, said, found := cutFold(line, "error=["); found {
			f.said(strings.TrimRight(said, "] \t\n"))
		}
		if _, server, found := cutFold(m.Text, "\nserver:"); found {
			f.RemoteMTA = hostIn(server[:lineEnd(server, 0)])
		}
		if _, said, found := cutFold(m.Text, "reason of the delivery failure was:"); found {
			f.said(firstParagraph(said))
		}
		failures = append(failures, f)
	}
	return settle(m, failures)
}
