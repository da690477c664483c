package ndr

import (
	"strings"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
)

// amavis reads what amavisd-new tells senders of mail that it did not pass on:
// the recipients behind "-> ", or in angle brackets, and why in the sentence
// below.
var amavis = decoder{
	format: "amavis",
	marks: []string{
		"considered unsolicited bulk e", "our internal reference code for your message", "the message was not relayed to", "the message was not delivered to",
		"was blocked because", "first upstream smtp client ip", "apparently from you", "\nx-amavis-",
	},
	read: readAmavis,
}

var amavisLists = listing{
	begin: []string{"> to:", "> to :", "was not relayed to", "was not delivered to", "to the following recipient"},
	end:   []string{"our internal reference", "was considered", "delivery of the email was stopped", "the message has been", "for your reference", "first upstream", "contains "},
}

func readAmavis(m *Mail) (Report, bool) {
	if !containsFold(m.Text, "internal reference code") && !containsFold(m.Text, "upstream smtp client") && !containsFold(m.Text, "content checker found") &&
		!containsFold(m.Root.Header.Get("From"), "content-filter") {
		return Report{}, false
	}
	failures := amavisLists.read(m.Text)
	for i := range failures {
		f := &failures[i]
		if f.Code != 0 {
			continue
		}
		f.Hint = hintOf(m.Text, amavisSayings)
		if f.Diagnostic == "" {
			f.said(amavisReason(m.Text))
		}
	}
	return settle(m, failures)
}

// amavisReason gives the sentence that tells why.
func amavisReason(text string) string {
	for paragraph := range paragraphs(text) {
		if hasAnyFold(paragraph, []string{"was considered", "contains ", "found", "banned", "not properly", "invalid"}) {
			return paragraph
		}
	}
	return ""
}

var amavisSayings = []saying{
	{"unsolicited bulk", codebook.SpamContent, codebook.Permanent},
	{"virus", codebook.Virus, codebook.Permanent},
	{"banned", codebook.AttachmentRejected, codebook.Permanent},
	{"invalid header", codebook.NotRFCCompliant, codebook.Permanent},
	{"bad header", codebook.NotRFCCompliant, codebook.Permanent},
}

// barracuda reads the notice of Barracuda Spam Firewall to a sender whose mail
// it blocked: "Your message to: address was blocked by our Spam Firewall."
var barracuda = decoder{
	format: "barracuda",
	marks:  []string{"blocked by our spam firewall", "\nx-barracuda-"},
	read:   readBarracuda,
}

func readBarracuda(m *Mail) (Report, bool) {
	before, after, found := cutFold(m.Text, "was blocked by")
	if !found || !containsFold(after, "not been delivered") && !containsFold(after, "spam firewall") {
		return Report{}, false
	}
	_, names, found := cutFold(before, "message to")
	if !found {
		return Report{}, false
	}
	var failures []Failure
	for _, address := range addresses(names) {
		f := Failure{Recipient: address, Hint: event.Hint{Reason: codebook.SpamContent, Lasting: codebook.Permanent}}
		f.said("was blocked by " + strings.TrimSpace(firstParagraph(after)))
		failures = append(failures, f)
	}
	return settle(m, failures)
}

// xWall reads the gateway XWall: an indented header of the message, among it
// the recipient, then "Reason: words" and a sentence; the status stands in the
// subject.
var xWall = decoder{
	format: "xwall",
	marks:  []string{"\nx-mailer: xwall", "has encountered a delivery problem", "\nsubject: non delivery report: "},
	read:   readXWall,
}

func readXWall(m *Mail) (Report, bool) {
	head, reason, found := cutFold(m.Text, "encountered a delivery problem")
	if !found {
		return Report{}, false
	}
	var failures []Failure
	for line := range strings.Lines(head) {
		label, value := cutLabel(line)
		if !strings.EqualFold(label, "to") {
			continue
		}
		for _, address := range addresses(value) {
			f := Failure{Recipient: address}
			f.said(strings.TrimLeft(reason, ". \n"))
			if f.Status.IsZero() {
				_, f.Status = codesIn(m.Subject)
			}
			failures = append(failures, f)
		}
	}
	return settle(m, failures)
}
