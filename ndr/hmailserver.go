package ndr

import (
	"strings"

	"github.com/rebound-mail/rebound/codebook"
)

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
