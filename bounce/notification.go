package bounce

import (
	"strings"

	"github.com/rebound-mail/rebound/dsn"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/mailpart"
	"github.com/rebound-mail/rebound/ndr"
)

// fromNotification makes the events of a delivery status notification, and
// fills in what only its text for people says.
func fromNotification(r *dsn.Report, root *mailpart.Part) Report {
	common := shared(root, headerOf(r.Returned))
	report := Report{Type: DSN, Format: string(DSN), Events: fromDSN(r, &common)}
	for _, p := range r.Problems {
		report.Problems = append(report.Problems, event.Problem{Code: "dsn", Detail: p.String()})
	}
	if lacksReply(report.Events) || lacksMailbox(r) {
		fillFromProse(report.Events, ndr.Prose(ndr.NewMail(root)))
	}
	dropShortened(report.Events)
	return report
}

// withoutRecipients gives the one event of a notification that names nobody, so
// that it is not lost.
func withoutRecipients(r *dsn.Report, root *mailpart.Part) Report {
	e := shared(root, headerOf(r.Returned))
	e.Kind, e.ReportingMTA, e.Source.Format = event.Other, r.ReportingMTA.Name, string(DSN)
	e.Problems = []event.Problem{{Code: "no-recipient", Detail: "the notification names no recipient"}}
	return Report{Type: DSN, Format: string(DSN), Events: []Event{e}}
}

// lacksReply reports whether a failure among events has no reply of a server.
func lacksReply(events []Event) bool {
	for i := range events {
		e := &events[i]
		if (e.Kind == event.Bounce || e.Kind == event.Delay) && (e.Diagnostic == "" || e.ReplyCode == 0) {
			return true
		}
	}
	return false
}

// lacksMailbox reports whether a recipient is named by nobody's address alone.
func lacksMailbox(r *dsn.Report) bool {
	for i := range r.Recipients {
		if !isMailbox(r.Recipients[i].Final) && !isMailbox(r.Recipients[i].Original) {
			return true
		}
	}
	return false
}

// dropShortened takes away addresses that somebody cut short: they are nobody's,
// and what failed for them says nothing of any address that could be mailed.
func dropShortened(events []Event) {
	for i := range events {
		e := &events[i]
		if a, _ := dsn.ParseAddress("rfc822;" + e.Recipient); !a.IsShortened() {
			continue
		}
		e.Problems = append(e.Problems, event.Problem{Code: "recipient-shortened", Detail: "the report names " + e.Recipient + ", which was cut short"})
		e.Recipient, e.Kind = "", event.Other
	}
}

// fillFromProse takes from the text for people what the machine-readable part
// leaves out.
func fillFromProse(events []Event, failures []ndr.Failure) {
	for i := range events {
		e := &events[i]
		f := failureOf(e, failures, len(events) == 1)
		if f == nil {
			continue
		}
		if a, _ := dsn.ParseAddress("rfc822;" + e.Recipient); !isMailbox(a) && f.Recipient != "" {
			e.Recipient = f.Recipient
		}
		if e.ReplyCode == 0 && f.Code != 0 {
			e.ReplyCode = f.Code
			if !f.Status.IsZero() {
				e.Status = f.Status
			}
			e.Diagnostic = f.Diagnostic
		}
		if e.Diagnostic == "" {
			e.Diagnostic = f.Diagnostic
		}
		if e.Status.IsZero() {
			e.Status = f.Status
		}
		if e.RemoteMTA == "" {
			e.RemoteMTA = f.RemoteMTA
		}
		if e.Command == "" {
			e.Command = f.Command
		}
		e.Hint = f.Hint
	}
}

// failureOf finds what the prose says of the event's recipient; where both
// sides speak of one recipient alone, it is the same.
func failureOf(e *Event, failures []ndr.Failure, alone bool) *ndr.Failure {
	for i := range failures {
		f := &failures[i]
		if strings.EqualFold(f.Recipient, e.Recipient) || f.Original != "" && strings.EqualFold(f.Original, e.Recipient) || e.OriginalRecipient != "" && strings.EqualFold(f.Recipient, e.OriginalRecipient) {
			return f
		}
	}
	if alone && len(failures) == 1 {
		return &failures[0]
	}
	return nil
}
