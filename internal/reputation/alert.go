package reputation

import (
	"time"

	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/policy"
)

// Kind is what an alert is about: the Kind of a store.Alert.
type Kind string

// The kinds.
const (
	BounceRate    Kind = "bounce-rate"    // too much bounces
	ComplaintRate Kind = "complaint-rate" // too many complain
	Blocked       Kind = "blocked"        // a provider refuses the sender
	Deferred      Kind = "deferred"       // a provider puts everything off
	UnknownTexts  Kind = "unknown-texts"  // more and more texts that nobody understands
	DeadLetters   Kind = "dead-letters"   // messages to others could not be delivered
	QueueLag      Kind = "queue-lag"      // reports wait for long to be processed
)

// Happening is what became of an alert.
type Happening string

// The happenings.
const (
	Raised  Happening = "raised"
	Changed Happening = "changed" // to another level
	Ended   Happening = "ended"
)

// Notice is what somebody is told of an alert: enough to act on, in itself.
type Notice struct {
	Happened Happening
	Time     time.Time
	Alert    store.Alert   // as it is now; Ended is set once it has ended
	Was      policy.Health // the level before; "" if it is new
	Finding  Finding
}

// Finding is what was found of one subject: the evidence of an alert.
type Finding struct {
	Kind      Kind            `json:"kind"`
	Dimension store.Dimension `json:"dimension,omitempty"` // "" for what has none
	Value     string          `json:"value,omitempty"`
	Name      string          `json:"name,omitempty"` // of the value, as people say it
	Level     policy.Health   `json:"level"`
	// Figure is the share, from 0 to 1, the number of dead letters, or the lag
	// in seconds. Line is the line that it crossed, in the same unit.
	Figure  float64       `json:"figure"`
	Line    float64       `json:"line"`
	Part    int64         `json:"part"`
	Of      int64         `json:"of"`
	Window  Window        `json:"window,omitempty"`
	Text    string        `json:"text"`              // all of it in a sentence or two
	Reasons []ReasonCount `json:"reasons,omitempty"` // the most frequent, three at most
	// Remedy is what to do about the most frequent reason, in steps.
	Remedy []string `json:"remedy,omitempty"`
}

// Subject is the Subject of a store.Alert: "total", "provider gmail", or "" for
// what is about the server itself.
func (f *Finding) Subject() string {
	if f.Dimension == "" || f.Dimension == store.ByTotal {
		return string(f.Dimension)
	}
	return string(f.Dimension) + " " + f.Value
}

// Announce makes messages of a notice, which are kept in the outbox with the
// alert. It must be quick, and pure. See package notify.
type Announce func(Notice) []store.Outgoing
