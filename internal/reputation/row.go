package reputation

import (
	"time"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/policy"
)

// Rate is a part of a whole.
type Rate struct {
	Part int64 `json:"part"`
	Of   int64 `json:"of"`
	// Share is Part out of Of, nil if the whole is not known or nothing.
	Share *float64 `json:"share"`
	// Health is how the share stands to its lines, "" if there is none or there
	// are too few messages to speak of.
	Health policy.Health `json:"health,omitempty"`
}

// ReasonCount is how often something happened for a reason.
type ReasonCount struct {
	Reason   codebook.Reason   `json:"reason"`
	Category codebook.Category `json:"category"`
	Title    string            `json:"title"`
	Count    int64             `json:"count"`
}

// Row is how the mail of one value of a dimension fared in one span of time.
type Row struct {
	Dimension store.Dimension `json:"dimension"`
	// Value is the sender domain, IP address, provider's id or stream; "" in all,
	// and for mail of no named stream.
	Value string `json:"value"`
	// Name is the value as people say it: a provider's name, or Value.
	Name string    `json:"name"`
	From time.Time `json:"from"`
	To   time.Time `json:"to"`

	Attempted    int64 `json:"attempted"` // as far as is known; see store.RateGroup
	Delivered    int64 `json:"delivered"`
	Bounced      int64 `json:"bounced"`
	Delayed      int64 `json:"delayed"`
	Complained   int64 `json:"complained"`
	Unsubscribed int64 `json:"unsubscribed"`
	Unknown      int64 `json:"unknown"` // bounces whose texts nobody understands

	BounceRate    Rate `json:"bounce_rate"`    // bounced out of attempted
	ComplaintRate Rate `json:"complaint_rate"` // complained out of delivered
	// BlockRate is what was refused or put off because of who sends, out of what
	// was attempted.
	BlockRate   Rate `json:"block_rate"`
	UnknownRate Rate `json:"unknown_rate"` // out of bounced
	// Health is the worst of bounces and complaints.
	Health policy.Health `json:"health,omitempty"`

	Reasons []ReasonCount `json:"reasons"` // of bounces, the most frequent first
	Delays  []ReasonCount `json:"delays"`  // of delays, the most frequent first
}

// Change is how a row differs from the one before it.
type Change struct {
	Row    Row `json:"row"`
	Before Row `json:"before,omitzero"` // the same span of time before; zero if it was not asked for
}
