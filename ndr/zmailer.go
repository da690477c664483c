package ndr

import (
	"strings"

	"github.com/rebound-mail/rebound/event"
)

// zmailer reads the text of ZMailer (scheduler/msgerror.c): one block a
// recipient, "FAILED:" and the like before fields whose values stand on the
// next lines, and at the end the session, with its arrows turned.
var zmailer = decoder{
	format: "zmailer",
	marks:  []string{"this is a collection of reports about email", "\n  original recipient:", "\n  control data:", "\n  diagnostic texts:"},
	read:   readZMailer,
}

// zmailerActions are the titles of the blocks.
var zmailerActions = map[string]event.Action{
	"FAILED:": event.Failed, "DELAYED:": event.Delayed, "EXPIRED:": event.Failed, "SUCCESSFUL:": event.Delivered,
	"DELIVERED:": event.Delivered, "RELAYED:": event.Relayed, "EXPANDED:": event.Expanded,
}

func readZMailer(m *Mail) (Report, bool) {
	var r Report
	var field string
	var session, values strings.Builder
	flushField := func() {
		if n := len(r.Failures); n > 0 {
			zmailerField(&r.Failures[n-1], field, unfold(values.String()))
		}
		values.Reset()
	}
	flush := func() {
		flushField()
		field = ""
		if n := len(r.Failures); n > 0 {
			zmailerSession(&r.Failures[n-1], session.String())
		}
		session.Reset()
	}
	c := cursor{text: m.Text}
	for line, ok := c.next(); ok; line, ok = c.next() {
		trimmed := strings.TrimSpace(line)
		action, isBlock := zmailerActions[trimmed]
		switch {
		case isBlock && indentOf(line) == 0:
			flush()
			r.Failures = append(r.Failures, Failure{Action: action})
		case len(r.Failures) == 0:
			if host, ok := strings.CutPrefix(trimmed, "Reporting-MTA: dns; "); ok {
				r.ReportingMTA = host
			}
		case indentOf(line) == 2 && strings.HasSuffix(trimmed, ":"):
			flushField()
			field = strings.ToLower(strings.TrimSuffix(trimmed, ":"))
		case field == "diagnostic texts":
			session.WriteString(line + "\n")
		default:
			values.WriteString(line + "\n")
		}
	}
	flush()
	return r, zmailerKeep(&r)
}

// zmailerKeep drops blocks that name nobody.
func zmailerKeep(r *Report) bool {
	kept := r.Failures[:0]
	for _, f := range r.Failures {
		if f.Recipient == "" {
			f.Recipient, f.Original = f.Original, ""
		}
		if f.Recipient != "" {
			kept = append(kept, f)
		}
	}
	r.Failures = kept
	return len(kept) > 0
}

// zmailerField notes one field of a block.
func zmailerField(f *Failure, field, value string) {
	if value == "" {
		return
	}
	_, typed, ok := strings.Cut(value, ";")
	if !ok {
		typed = value
	}
	typed = strings.TrimSpace(typed)
	switch field {
	case "original recipient":
		f.Original = firstAddress(typed)
	case "final recipient":
		f.Recipient = firstAddress(typed)
	case "control data": // "smtp host user@domain uid"
		if address := firstAddress(value); address != "" && f.Recipient == "" {
			f.Recipient = address
		}
	case "remote mta":
		f.RemoteMTA = firstWord(typed)
	case "diagnostic code":
		f.said(typed)
	case "status":
		if _, status := codesIn(value); f.Status.IsZero() {
			f.Status = status
		}
	}
}

// zmailerSession notes the last failing reply of the session, which says more
// than the Diagnostic-Code: that is cut off and put in brackets.
func zmailerSession(f *Failure, text string) {
	list := readTranscript(text)
	for i := len(list) - 1; i >= 0; i-- {
		if x := &list[i]; !x.local && x.failed() {
			remote := f.RemoteMTA
			f.fill(x)
			f.RemoteMTA = remote
			return
		}
	}
	if f.Diagnostic == "" {
		f.said(text)
	}
}
