package event

import (
	"time"

	"github.com/rebound-mail/rebound/smtpcode"
)

// Kind says what a report tells of a recipient.
type Kind string

// The kinds of events.
const (
	Bounce      Kind = "bounce"      // delivery failed for good, or the sender gave up
	Delay       Kind = "delay"       // not delivered yet; the report says that delivery goes on
	Delivery    Kind = "delivery"    // delivered, relayed or expanded
	Complaint   Kind = "complaint"   // a feedback report (RFC 5965)
	AutoReply   Kind = "auto-reply"  // out of office and the like (RFC 3834), read receipts (RFC 8098)
	Challenge   Kind = "challenge"   // somebody's filter asks the sender to confirm
	Unsubscribe Kind = "unsubscribe" // the recipient wants no more mail
	Other       Kind = "other"
)

// Action is the action of a delivery report, RFC 3464 section 2.3.3.
type Action string

// The actions; the zero value means that the report names none.
const (
	Failed    Action = "failed"
	Delayed   Action = "delayed"
	Delivered Action = "delivered"
	Relayed   Action = "relayed"
	Expanded  Action = "expanded"
)

// Event is one recipient's outcome in one report.
type Event struct {
	// ID is the same for the same report of the same recipient however often
	// and by whichever way it arrives; see ComputeID.
	ID   string    `json:"id"`
	Time time.Time `json:"time,omitzero"` // when it happened, as the report says
	Kind Kind      `json:"kind"`

	Recipient         string `json:"recipient"`          // who failed: the final recipient
	OriginalRecipient string `json:"original_recipient"` // as first addressed, where the report says so
	Sender            string `json:"sender"`             // envelope sender of the original message
	MessageID         string `json:"message_id"`         // of the original message, without angle brackets
	Stream            string `json:"stream"`

	Action       Action          `json:"action"`
	ReplyCode    smtpcode.Code   `json:"reply_code"` // of the remote server; 0 if the report has none
	Status       smtpcode.Status `json:"status"`     // the remote server's, else the report's; never invented
	Diagnostic   string          `json:"diagnostic"` // what the remote server, or the reporting one, said
	Command      string          `json:"command"`    // the SMTP command that it answered
	ReportingMTA string          `json:"reporting_mta"`
	RemoteMTA    string          `json:"remote_mta"`
	SourceIP     string          `json:"source_ip"`
	FeedbackType string          `json:"feedback_type"`

	ListID   string    `json:"list_id,omitempty"` // List-Id of the original message, RFC 2919
	Subject  string    `json:"subject,omitempty"` // of the original message
	Problems []Problem `json:"problems,omitempty"`

	Source  Source   `json:"source"`
	Verdict *Verdict `json:"verdict,omitempty"` // nil until classified

	// Hint is what the decoder knows from the report's own prose where no
	// reply tells: evidence for the classifier, not part of the JSON.
	Hint Hint `json:"-"`
}

// Source says where an event was found.
type Source struct {
	File   string `json:"file"`
	Index  int    `json:"index"` // of the mail in an mbox, of the record in a log
	Line   int    `json:"line"`
	Format string `json:"format"` // dsn, arf, qmail, exim, postfix-log, ses ...
}

// Problem is a damage or contradiction that did not keep the event from being
// read. Code is a stable word, Detail is for people.
type Problem struct {
	Code   string `json:"code"`
	Detail string `json:"detail,omitempty"`
}
