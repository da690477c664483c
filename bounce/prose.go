package bounce

import (
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/mailpart"
	"github.com/rebound-mail/rebound/ndr"
)

// fromProse makes the events of a report in an MTA's own words.
func fromProse(r *ndr.Report, root *mailpart.Part) Report {
	common := shared(root, r.Returned.Header)
	common.ReportingMTA = r.ReportingMTA
	common.Source.Format = r.Format
	report := Report{Type: Prose, Format: r.Format}
	for i := range r.Failures {
		e := common
		fillFailure(&e, &r.Failures[i])
		if !r.Confident {
			e.Problems = append(e.Problems, event.Problem{Code: "generic", Detail: "an unknown form of report, read by the general rules"})
		}
		report.Events = append(report.Events, e)
	}
	return report
}

func fillFailure(e *Event, f *ndr.Failure) {
	e.Recipient, e.OriginalRecipient, e.Action = f.Recipient, f.Original, f.Action
	e.ReplyCode, e.Status, e.Diagnostic, e.Command = f.Code, f.Status, f.Diagnostic, f.Command
	e.RemoteMTA, e.Hint = f.RemoteMTA, f.Hint
	if f.ReportingMTA != "" {
		e.ReportingMTA = f.ReportingMTA
	}
	if !f.Time.IsZero() {
		e.Time = f.Time
	}
	switch f.Action {
	case event.Delayed:
		e.Kind = event.Delay
	case event.Delivered, event.Relayed, event.Expanded:
		e.Kind = event.Delivery
	default:
		e.Kind = event.Bounce
	}
}
