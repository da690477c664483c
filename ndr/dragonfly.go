package ndr

import (
	"strings"

	"github.com/rebound-mail/rebound/codebook"
)

// dragonfly reads the text of dma, the DragonFly Mail Agent (mail.c, bounce;
// net.c for what remote hosts said): one recipient a report.
var dragonfly = decoder{
	format: "dragonfly",
	marks:  []string{"this is the dragonfly mail agent", "there was an error delivering your mail to <", " did not like our "},
	read:   readDragonfly,
}

func readDragonfly(m *Mail) (Report, bool) {
	head, rest, ok := cutFold(m.Text, "error delivering your mail to ")
	if !ok {
		return Report{}, false
	}
	address, after, ok := bracketed(rest)
	if !ok {
		return Report{}, false
	}
	_, host, _ := cutFold(head, " at ")
	r := Report{ReportingMTA: strings.TrimRight(firstWord(host), ".")}
	f := Failure{Recipient: recipient(address, r.ReportingMTA)}
	text := strings.TrimLeft(after, ". \n\t")
	if said, reply, ok := cutFold(text, " did not like our "); ok {
		f.RemoteMTA = strings.TrimSpace(firstWord(lastLine(said)))
		stage, reply, _ := strings.Cut(reply, "\n")
		f.Command = dragonflyCommand(stage)
		f.said(reply)
	} else {
		f.said(text)
	}
	if f.Code == 0 {
		f.Hint = hintOf(f.Diagnostic, dragonflySayings)
	}
	r.Failures = []Failure{f}
	return r, true
}

func lastLine(text string) string {
	return text[strings.LastIndexByte(text, '\n')+1:]
}

// dragonflyCommand names a stage as net.c calls it: "connect", "EHLO", "MAIL
// FROM", "RCPT TO", "DATA", "final DATA".
func dragonflyCommand(stage string) string {
	switch stage = strings.ToUpper(strings.TrimRight(stage, ": ")); stage {
	case "FINAL DATA":
		return "end of DATA"
	case "EHLO", "HELO", "MAIL FROM", "RCPT TO", "DATA", "STARTTLS", "CONNECT":
		return stage
	}
	return commandIn(stage)
}

// dragonflySayings are dma's own words (net.c, local.c, dns.c, mail.c).
var dragonflySayings = []saying{
	{"no such user", codebook.UserUnknown, codebook.Permanent},
	{"unknown user", codebook.UserUnknown, codebook.Permanent},
	{"dns lookup failure: host ", codebook.DomainUnknown, codebook.Permanent},
	{"not found", codebook.DomainUnknown, codebook.Permanent},
	{"dns lookup", codebook.DNSFailure, codebook.Temporary},
	{"could not deliver for the last", codebook.Expired, codebook.LastingUnknown},
	{"could not connect", codebook.ConnectionFailed, codebook.Temporary},
	{"connection", codebook.ConnectionFailed, codebook.Temporary},
	{"can not write mail to mailbox", codebook.SystemError, codebook.LastingUnknown},
}
