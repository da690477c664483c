package ndr

import (
	"strings"

	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/mailpart"
)

// fieldsAsText reads a delivery report (RFC 3464) whose fields stand in the text
// because the mail's structure is broken or its writer knows no better.
var fieldsAsText = decoder{
	format: "dsn-text",
	marks:  []string{"\nfinal-recipient: rfc822;", "\nfinal-recipient:rfc822;", "final-recipient: rfc822;"},
	read:   readFieldsAsText,
}

func readFieldsAsText(m *Mail) (Report, bool) {
	start := -1
	for _, name := range []string{"\nreporting-mta:", "\noriginal-recipient:", "\nfinal-recipient:", "\naction:"} {
		if i := indexFold(m.Text, name); i >= 0 && (start < 0 || i < start) {
			start = i
		}
	}
	if start < 0 || !mayReport(m) {
		return Report{}, false
	}
	return fieldsInText(m.Text[start:])
}

// typed gives the value behind the type of a delivery report's field: "rfc822;
// a@b.example", "dns; mx.example".
func typed(value string) string {
	if kind, after, found := strings.Cut(value, ";"); found && len(kind) < 12 && !strings.ContainsAny(kind, " @") {
		value = after
	}
	return strings.TrimSpace(value)
}

// actionField reads the Action field, RFC 3464 section 2.3.3.
func actionField(value string) event.Action {
	switch word := strings.ToLower(firstWord(value)); event.Action(word) {
	case event.Failed, event.Delayed, event.Delivered, event.Relayed, event.Expanded:
		return event.Action(word)
	}
	return ""
}

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
