package ndr

import (
	"github.com/rebound-mail/rebound/codebook"
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
