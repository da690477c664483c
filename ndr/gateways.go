package ndr

import (
	"strings"

	"github.com/rebound-mail/rebound/mailpart"
	"github.com/rebound-mail/rebound/smtpcode"
)

// mailFoundry reads the appliance MailFoundry: "Unable to deliver message to:
// <address>", then "Delivery failed for the following reason:" and the server's
// reply.
var mailFoundry = listedAs("mailfoundry", listing{
	begin: []string{"unable to deliver message to:"},
	end:   []string{"this has been a"},
	skip:  []string{"delivery failed for the following reason"},
}, "unable to deliver message to: <", "delivery failed for the following reason")

// messagingServices reads the reports with rows of "=" around them:
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

// ironPort reads Cisco (IronPort) ESA, as Amazon used it: "The following
// message to <address> was undeliverable." and below "The reason for the
// problem:" a status, its words, and the reply in quotes.
var ironPort = decoder{
	format: "ironport",
	marks:  []string{"the reason for the problem:", "was undeliverable.\nthe reason", "the following message to <"},
	read:   readIronPort,
}

func readIronPort(m *Mail) (Report, bool) {
	_, after, found := cutFold(m.Text, "the following message to ")
	if !found {
		return Report{}, false
	}
	names, reason, found := cutFold(after, "was undeliverable")
	if !found {
		return Report{}, false
	}
	_, reason, found = cutFold(reason, "the reason for the problem:")
	if !found {
		return Report{}, false
	}
	reason = firstParagraph(reason)
	var failures []Failure
	for _, address := range addresses(names) {
		f := Failure{Recipient: address}
		f.said(reason)
		ironPortReply(&f, reason)
		failures = append(failures, f)
	}
	return settle(m, failures)
}

// workMail reads Amazon WorkMail, which writes the fields of a delivery report
// into the text below "Technical report:".
var workMail = decoder{
	format: "workmail",
	marks:  []string{"technical report:", "\nx-mailer: amazon workmail", "an error occurred while trying to deliver the mail"},
	read:   readWorkMail,
}

func readWorkMail(m *Mail) (Report, bool) {
	_, report, found := cutFold(m.Text, "technical report:")
	if !found {
		failures := workMailList.read(m.Text)
		return settle(m, failures)
	}
	r, ok := fieldsInText(report)
	return r, ok && mayReport(m)
}

var workMailList = listing{begin: []string{"to the following recipient"}, end: []string{"technical report"}}

// fieldsInText reads the fields of a delivery report (RFC 3464) that stand in a
// text: several systems write them for people to read.
func fieldsInText(text string) (Report, bool) {
	var r Report
	for _, block := range mailpart.ParseBlocks([]byte(strings.TrimLeft(text[:min(len(text), maxReturnedHeader)], "\n"))) {
		if mta := typed(block.Get("Reporting-MTA")); mta != "" {
			r.ReportingMTA = mta
		}
		address := typed(block.Get("Final-Recipient"))
		if address == "" {
			address = typed(block.Get("Original-Recipient"))
		}
		if address == "" {
			continue
		}
		f := Failure{Recipient: address, Action: actionField(block.Get("Action")), RemoteMTA: typed(block.Get("Remote-MTA"))}
		f.said(typed(block.Get("Diagnostic-Code")))
		if f.Status.IsZero() {
			_, f.Status = codesIn(block.Get("Status"))
		}
		r.Failures = append(r.Failures, f)
	}
	return r, len(r.Failures) > 0
}

// ironPortReply reads "5.1.0 - Unknown address error 550-'5.1.1 no such user'":
// the appliance's own status and class, then the reply code, a hyphen, and the
// reply in quotes.
func ironPortReply(f *Failure, reason string) {
	before, quoted, found := strings.Cut(reason, "-'")
	if !found || len(before) < 3 {
		return
	}
	code, err := smtpcode.ParseCode(before[len(before)-3:])
	if err != nil {
		return
	}
	f.Code = code
	if _, status := codesIn(quoted); !status.IsZero() {
		f.Status = status
	}
}
