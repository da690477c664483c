package ndr

// verizon reads the gateways of Verizon Wireless from mail to messages on
// telephones (vtext.com, vzwpix.com): the error in words, the reply, and the
// envelope in labelled lines below "Message details:" or "Message header:".
var verizon = decoder{
	format: "verizon",
	marks:  []string{"error message below:", "could not be delivered to mobile", "no valid recipients for this mm", "@vtext.com", "@vzwpix.com"},
	read:   readVerizon,
}

var verizonLabels = labelled{
	recipient: []string{"rcpt to"},
	reason:    []string{"error message below", "error"},
	other:     []string{"message details", "message header", "mail from", "subject", "from", "to", "cc"},
}

func readVerizon(m *Mail) (Report, bool) {
	if !containsFold(m.Text, "rcpt to:") {
		return Report{}, false
	}
	failures := verizonLabels.read(m.Text)
	if _, reply, found := cutFold(m.Text, "error message below:"); found {
		for i := range failures {
			failures[i].said(firstParagraph(reply))
		}
	}
	return settle(m, failures)
}
