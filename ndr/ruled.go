package ndr

import (
	"strings"
)

// ruledSections reads reports with rows of "=" between their sections:
// "Delivery to the following recipients failed permanently:", the recipients
// behind asterisks, and "Technical details:".
var ruledSections = decoder{
	format: "ruled",
	marks:  []string{"delivery to the following recipients failed permanently", "delevery to the following recipients", "to the following recipients was aborted after", "technical details:\n"},
	read:   readRuled,
}

var ruledList = listing{
	begin: []string{"to the following recipients"},
	end:   []string{"====="},
}

func readRuled(m *Mail) (Report, bool) {
	failures := ruledList.read(m.Text)
	_, details, found := cutFold(m.Text, "technical details:")
	if !found {
		return Report{}, false
	}
	details = details[:min(len(details), 4<<10)]
	for i := range failures {
		failures[i].said(ruledDetail(details, failures[i].Recipient))
		failures[i].Command = commandIn(ruledStage(failures[i].Diagnostic))
		failures[i].prefixed()
	}
	return settle(m, failures)
}

// ruledDetail gives the detail that names the recipient, else the first.
func ruledDetail(details, address string) string {
	first := ""
	for line := range strings.Lines(details) {
		line = strings.TrimSpace(line)
		if line == "" || strings.Trim(line, "=") == "" {
			continue
		}
		if containsFold(line, strings.ToLower(address)) {
			return line
		}
		if first == "" {
			first = line
		}
	}
	return first
}

// ruledStage gives the command of "SMTP:RCPT host".
func ruledStage(detail string) string {
	_, stage, found := cutFold(detail[:min(len(detail), 16)], "smtp:")
	if !found {
		return ""
	}
	stage = firstWord(stage)
	if stage == "RCPT" {
		return "rcpt to"
	}
	if stage == "MAIL" {
		return "mail from"
	}
	return stage + " command"
}
