package ndr

import (
	"strings"

	"github.com/rebound-mail/rebound/codebook"
)

// mailEnable reads MailEnable: "Recipient: [SMTP:address]" and "Reason: words",
// behind "Message could not be delivered to some recipients."
var mailEnable = labelledAs("mailenable", labelled{
	recipient: []string{"recipient"},
	reason:    []string{"reason"},
	end:       []string{"message headers follow"},
}, "mailenable", "following recipient(s) could not be reached:\n\n\trecipient:")

// smarterMail reads SmarterTools SmarterMail and its kin: "Failed Recipient:
// address" and "Reason: Remote host said: 550 ...".
var smarterMail = labelledAs("smartermail", labelled{
	recipient: []string{"failed recipient", "delayed recipient"},
	reason:    []string{"reason"},
	end:       []string{"the header and top", "-- the message header"},
}, "failed recipient:", "delayed recipient:", "deliver message to the following recipient(s)")

// hotPOP reads the provider HotPOP: "Undeliverable Address: address" and
// "Reason: words".
var hotPOP = labelledAs("hotpop", labelled{
	recipient: []string{"undeliverable address"},
	reason:    []string{"reason"},
	other:     []string{"system contact"},
}, "undeliverable address:")

// hMailServer reads hMailServer (ExternalDelivery.cpp and the server message
// SEND_FAILED_NOTIFICATION): the recipient alone on a line, then indented
// "Error Type: SMTP", the remote server, what was sent, and "Remote server
// replied: 550 ...".
var hMailServer = decoder{
	format: "hmailserver",
	marks:  []string{"hmailserver", "error type: smtp", "remote server replied:"},
	read:   readHMailServer,
}

var hMailServerList = listing{
	begin: []string{"could not be reached", "error occurred"},
	end:   []string{"\x00"},
	loose: true,
}

func readHMailServer(m *Mail) (Report, bool) {
	if !containsFold(m.Text, "hmailserver") && !containsFold(m.Text, "error type:") {
		return Report{}, false
	}
	failures := hMailServerList.read(m.Text)
	for i := range failures {
		text := strings.TrimSuffix(failures[i].Diagnostic, "hMailServer")
		failures[i].said(text)
		if _, sent, found := cutFold(text, "hmailserver sent:"); found {
			failures[i].Command = commandIn(sent[:min(len(sent), 20)])
		}
		if _, remote, found := cutFold(text, "remote server ("); found {
			if failures[i].RemoteMTA = hostIn(remote); failures[i].RemoteMTA == "" {
				failures[i].RemoteMTA = firstIP(remote[:min(len(remote), 80)])
			}
		}
		if _, reply, found := cutFold(text, "remote server replied:"); found {
			command := failures[i].Command
			failures[i].said(reply)
			failures[i].Command = command
		}
		failures[i].Hint = hintOf(text, hMailServerSayings)
	}
	return settle(m, failures)
}

// hMailServerSayings are hMailServer's own words (ExternalDelivery.cpp).
var hMailServerSayings = []saying{
	{"no mail servers appear to exist", codebook.DomainUnknown, codebook.LastingUnknown},
	{"could not connect to", codebook.ConnectionFailed, codebook.Temporary},
}

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
		for _, address := range addresses(names) {
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
