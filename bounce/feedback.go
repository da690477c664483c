package bounce

import (
	"github.com/rebound-mail/rebound/arf"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/mailpart"
)

// fromFeedback makes the events of a feedback report, one for each recipient
// named; one without recipient if the report names nobody, as most redact it.
func fromFeedback(r *arf.Report, root *mailpart.Part) Report {
	e := shared(root, headerOf(r.Returned))
	if r.MessageID != "" {
		e.MessageID = trimID(r.MessageID)
	}
	if r.OriginalMailFrom != "" {
		e.Sender = r.OriginalMailFrom
	}
	if r.SourceIP.IsValid() {
		e.SourceIP = r.SourceIP.String()
	}
	if t, ok := r.ArrivalDate.Time(); ok {
		e.Time = t
	}
	e.Kind, e.FeedbackType, e.ReportingMTA = kindOfFeedback(r.Type), feedbackType(r), r.ReportingMTA
	e.Source.Format = string(Feedback)
	report := Report{Type: Feedback, Format: string(Feedback)}
	for _, p := range r.Problems {
		report.Problems = append(report.Problems, event.Problem{Code: "arf", Detail: p.String()})
	}
	for _, rc := range r.Recipients {
		one := e
		one.Recipient = rc.Address
		report.Events = append(report.Events, one)
	}
	if len(r.Recipients) == 0 {
		report.Events = []Event{e}
	}
	return report
}

// kindOfFeedback says which reports are complaints: those of a recipient. That
// a message failed to authenticate (RFC 6591), or that it was no spam after
// all (RFC 6430), is no recipient's complaint.
func kindOfFeedback(t arf.FeedbackType) event.Kind {
	switch t {
	case arf.NotSpam, arf.AuthFailed, arf.DMARC:
		return event.Other
	case arf.OptOut, arf.OptOutList:
		return event.Unsubscribe
	}
	return event.Complaint
}

func feedbackType(r *arf.Report) string {
	if r.Type == arf.TypeUnknown {
		return r.TypeText
	}
	return r.Type.String()
}
