package ndr

import (
	"strings"

	"github.com/rebound-mail/rebound/event"
)

// messagingServer reads the text of PMDF and its successors (Sun ONE, iPlanet,
// Oracle Communications Messaging Server): the returned header first, then for
// each recipient the lines "Recipient address:", "Original address:",
// "Reason:", "Diagnostic code:", "Remote system:".
var messagingServer = decoder{
	format: "messagingserver",
	marks: []string{
		"this report relates to a message you sent with the following", "\n  recipient address: ", "\n  recipient address:",
		"message cannot be delivered to the following recipients", "been enqueued and undeliverable for",
		"\nsubject: delivery notification: delivery has", "\nrecipient address: ",
	},
	read: readMessagingServer,
}

func readMessagingServer(m *Mail) (Report, bool) {
	var r Report
	action := event.Failed
	field := ""
	c := cursor{text: m.Text}
	for line, ok := c.next(); ok; line, ok = c.next() {
		label, value, found := strings.Cut(strings.TrimSpace(line), ":")
		label = strings.ToLower(label)
		value = strings.TrimSpace(value)
		if a := messagingAction(line); a != "" {
			action = a
		}
		switch {
		case found && label == "recipient address":
			r.Failures = append(r.Failures, Failure{Recipient: messagingAddress(value, m.host()), Action: action})
			field = label
		case len(r.Failures) == 0:
		case found && isMessagingLabel(label):
			field = label
			messagingField(&r.Failures[len(r.Failures)-1], label, value)
		case strings.TrimSpace(line) == "":
			field = ""
		case field == "reason" || field == "diagnostic code":
			messagingField(&r.Failures[len(r.Failures)-1], field, strings.TrimSpace(line))
		}
	}
	for i := range r.Failures {
		f := &r.Failures[i]
		if i := strings.IndexByte(f.Diagnostic, ';'); i >= 0 && i < 16 {
			f.said(f.Diagnostic[i+1:]) // "smtp;550 ..."
		}
	}
	return r, len(r.Failures) > 0
}

// messagingAction tells what the recipients that follow a line met with; ""
// if the line says nothing of it.
func messagingAction(line string) event.Action {
	switch {
	case containsFold(line, "continue to try to deliver"), containsFold(line, "message has been enqueued and undeliverable"):
		return event.Delayed
	case containsFold(line, "cannot be delivered"), containsFold(line, "message is being returned"):
		return event.Failed
	case containsFold(line, "was successfully relayed"), containsFold(line, "has been successfully relayed"):
		return event.Relayed
	case containsFold(line, "was successfully delivered"), containsFold(line, "has been successfully delivered"):
		return event.Delivered
	}
	return ""
}

func isMessagingLabel(label string) bool {
	switch label {
	case "original address", "reason", "diagnostic code", "remote system", "delivery attempt history", "status":
		return true
	}
	return false
}

// messagingField notes one field; a diagnostic code outweighs the reason.
func messagingField(f *Failure, label, value string) {
	switch label {
	case "original address":
		f.Original = firstAddress(value)
		// QUIRK: behind a source route the recipient is a mailbox of an internal
		// store ("@smtp.example.net:john@server"), which nobody else can use.
		if strings.HasPrefix(f.Recipient, "@") && f.Original != "" {
			f.Recipient, f.Original = f.Original, f.Recipient
		}
	case "reason":
		f.add(value)
	case "diagnostic code":
		if strings.IndexByte(value, ';') > 0 {
			f.Diagnostic = ""
		}
		f.add(value)
	case "remote system":
		if _, host, ok := strings.Cut(value, ";"); ok {
			f.RemoteMTA = firstWord(host)
		}
	}
}

func messagingAddress(value, host string) string {
	if strings.HasPrefix(value, "@") {
		return value
	}
	return recipient(value, host)
}
