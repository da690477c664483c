package store

import (
	"context"
	"time"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
)

// Events is what was reported.
type Events interface {
	// Event returns an event by its id, or ErrNotFound.
	Event(ctx context.Context, id string) (Record, error)
	// Events lists events, the last applied first. The cursor "" begins. A call
	// looks at a bounded number of events: it may return fewer than limit, even
	// none, with a next cursor to go on from; next is "" at the end.
	Events(ctx context.Context, f EventFilter, cursor string, limit int) (list []Record, next string, err error)
	// Evidence returns the report that an event was found in, as it came in, or
	// ErrNotFound if it was not kept, or is no longer.
	Evidence(ctx context.Context, reportID string) ([]byte, error)
}

// Record is an event as it is stored.
type Record struct {
	event.Event
	Key      string    `json:"key,omitempty"`       // the recipient whose state it counts for
	ReportID string    `json:"report_id,omitempty"` // see Events.Evidence
	Received time.Time `json:"received"`
	Trusted  bool      `json:"trusted"`
}

// EventFilter chooses events; a field that is zero chooses all.
type EventFilter struct {
	Recipient    string // normalised: the key the event counts for
	Kind         event.Kind
	Reason       codebook.Reason
	Provider     string
	Stream       string
	SenderDomain string
	MessageID    string
	Text         string    // occurs in the diagnostic, in any case
	From, To     time.Time // received at From or later, and before To
	Unverified   bool      // only those that are not trusted
}

// Match reports whether a record is one of those chosen.
func (f *EventFilter) Match(r *Record) bool {
	if f.Unverified && r.Trusted || f.Recipient != "" && r.Key != f.Recipient || f.Kind != "" && r.Kind != f.Kind {
		return false
	}
	if !f.From.IsZero() && r.Received.Before(f.From) || !f.To.IsZero() && !r.Received.Before(f.To) {
		return false
	}
	if f.Reason != "" && (r.Verdict == nil || r.Verdict.Reason != f.Reason) {
		return false
	}
	if f.Provider != "" && (r.Verdict == nil || r.Verdict.Provider != f.Provider) {
		return false
	}
	return f.matchText(r)
}

func (f *EventFilter) matchText(r *Record) bool {
	if f.Stream != "" && r.Stream != f.Stream || f.MessageID != "" && r.MessageID != trimID(f.MessageID) {
		return false
	}
	if f.SenderDomain != "" && SenderDomain(r.Sender) != DomainOf("@"+f.SenderDomain) {
		return false
	}
	return f.Text == "" || containsFold(r.Diagnostic, f.Text)
}
