package store

import (
	"context"
	"time"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
)

// Rates is how much was sent and how it fared.
type Rates interface {
	// Rates adds up counters. Groups come in the order of their value and time.
	Rates(ctx context.Context, q RateQuery) ([]RateGroup, error)
	// CountAttempts counts messages that were handed over for delivery, for those
	// whose deliveries are not reported. Attempts with an id known already are
	// not counted again for as long as rates are kept.
	CountAttempts(ctx context.Context, attempts []Attempts) error
}

// Dimension is what rates are told apart by.
type Dimension string

// The dimensions.
const (
	ByTotal        Dimension = "total"
	BySenderDomain Dimension = "sender-domain"
	ByIP           Dimension = "ip"
	ByProvider     Dimension = "provider"
	ByStream       Dimension = "stream"
)

// Dimensions returns all of them.
func Dimensions() []Dimension {
	return []Dimension{ByTotal, BySenderDomain, ByIP, ByProvider, ByStream}
}

// OtherValues is the value that those are counted under that come when a
// dimension has MaxValues values on one day (UTC) already: a flood of invented
// senders must not grow the store without bound.
const (
	OtherValues = "(other)"
	MaxValues   = 10_000
)

// RateBucket is the width of the time buckets that counters are kept in. After a
// week they may be told by the hour: all of an hour at its beginning.
const RateBucket = 10 * time.Minute

// RateQuery asks for counters.
type RateQuery struct {
	Dimension Dimension
	Value     string    // one value of the dimension; "" for all of them
	From, To  time.Time // buckets that begin at From or later and before To
	// Every is the width of the groups in time, a multiple of RateBucket; zero
	// makes one group of the whole time. Groups begin at multiples of it since
	// 1970, in UTC. Whole days and hours cost the least.
	Every time.Duration
}

// RateGroup is what was counted of one value in one span of time. Only what is
// trusted counts, and a message's failure counts once, however many reports of
// it come in, if they name the message.
type RateGroup struct {
	Value   string                    `json:"value"`
	From    time.Time                 `json:"from,omitzero"` // zero if the group is of the whole time
	Sent    int64                     `json:"sent"`          // told by CountAttempts
	Kinds   map[event.Kind]int64      `json:"kinds"`
	Reasons map[codebook.Reason]int64 `json:"reasons"` // of bounces
	Delays  map[codebook.Reason]int64 `json:"delays"`  // reasons of delays
}

// Bounced is how many messages bounced.
func (g *RateGroup) Bounced() int64 { return g.Kinds[event.Bounce] }

// Attempted is how many messages were attempted, as far as is known: those that
// were told of, or else those that came to an end.
func (g *RateGroup) Attempted() int64 {
	return max(g.Sent, g.Kinds[event.Bounce]+g.Kinds[event.Delivery])
}

// Attempts are messages handed over for delivery.
type Attempts struct {
	ID     string // of this count, so that it counts once
	Time   time.Time
	Sender string // envelope sender, or its domain
	IP     string
	Stream string
	// Provider is where the recipients are, where it is known.
	Provider string
	Count    int64
}
