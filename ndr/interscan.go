package ndr

import "strings"

// interScan reads the reports of Trend Micro InterScan: "Unable to deliver
// message to <address>", with the SMTP session above it where there was one,
// "Sent >>> RCPT TO:<address>" and "Received <<< 550 ...". Of the other
// recipients in the same domain, which it does not name, nothing is known.
var interScan = decoder{
	format: "interscan",
	marks: []string{
		"interscan", "sent >>> rcpt", "received <<<", "unable to deliver message to <", "\nx-imss-",
	},
	read: readInterScan,
}

func readInterScan(m *Mail) (Report, bool) {
	if !containsFold(m.Text, "interscan") && !containsFold(m.Text, "sent >>>") && !containsFold(m.Root.Header.Get("From"), "interscan") &&
		!containsFold(m.Subject, "mail could not be delivered") {
		return Report{}, false
	}
	turns := dialogue(m.Text)
	var failures []Failure
	for rest := m.Text[:min(len(m.Text), maxSentences)]; ; {
		_, after, found := cutFold(rest, "unable to deliver message to")
		if !found {
			break
		}
		rest = after
		address, told, ok := bracketed(after)
		if !ok || byAddress(failures, address) != nil {
			continue
		}
		f := Failure{Recipient: address}
		if !f.answered(turns) {
			f.said(firstParagraph(strings.TrimLeft(told, " .")))
		}
		failures = append(failures, f)
		if len(failures) >= 1000 {
			break
		}
	}
	return settle(m, failures)
}
