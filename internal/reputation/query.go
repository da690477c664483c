package reputation

import (
	"errors"
	"time"

	"github.com/rebound-mail/rebound/internal/store"
)

// ErrQuery is wrapped by the errors of queries that cannot be answered.
var ErrQuery = errors.New("reputation: not a question that can be answered")

// Query asks for figures.
type Query struct {
	Dimension store.Dimension // "" stands for the total
	Value     string          // one value of the dimension; "" for all of them
	// Window ends at Now; "" stands for Day. From and To, if they are set, are
	// taken instead. They count in whole buckets of store.RateBucket.
	Window   Window
	From, To time.Time
	// Every is the width of a series' points; zero chooses one that suits the time.
	Every time.Duration
	// Limit is how many rows a table has at most; zero stands for 100.
	Limit int
	// Order is what the rows of a table are ordered by; "" stands for ByBounced.
	Order Order
	// Compare adds to each row the span of time before.
	Compare bool
}

// Order is what the rows of a table are ordered by, the largest first.
type Order string

// The orders.
const (
	ByBounced       Order = "bounced"
	ByAttempted     Order = "attempted"
	ByBounceRate    Order = "bounce-rate"
	ByComplaintRate Order = "complaint-rate"
	ByBlockRate     Order = "block-rate"
	ByValue         Order = "value"
)

// Table is how the values of a dimension fared.
type Table struct {
	Dimension store.Dimension `json:"dimension"`
	Window    Window          `json:"window,omitempty"` // "" if it was asked by time
	From      time.Time       `json:"from"`
	To        time.Time       `json:"to"`
	Rows      []Change        `json:"rows"` // Before is zero if it was not asked for
	Left      int             `json:"left"` // how many rows the limit left off
}

// Series is how a value fared over time. There are points for times in which
// nothing happened.
type Series struct {
	Dimension store.Dimension `json:"dimension"`
	Value     string          `json:"value"`
	Name      string          `json:"name"`
	Window    Window          `json:"window,omitempty"`
	From      time.Time       `json:"from"`
	To        time.Time       `json:"to"`
	Every     time.Duration   `json:"-"`
	Seconds   int64           `json:"every_seconds"` // Every
	Points    []Row           `json:"points"`
}

// Overview is what a dashboard shows first.
type Overview struct {
	Time    time.Time `json:"time"`
	Windows []Row     `json:"windows"` // the total, in each of Windows()
	// Day is the last 24 hours beside the 24 before them.
	Day    Change        `json:"day"`
	Tables []Table       `json:"tables"` // of Day by each dimension but the total, compared
	Hours  Series        `json:"hours"`  // of Day
	Days   Series        `json:"days"`   // of Month
	Open   []store.Alert `json:"open"`   // alerts
	Lines  struct {
		Bounces    Lines `json:"bounces"`
		Complaints Lines `json:"complaints"`
	} `json:"lines"`
}
