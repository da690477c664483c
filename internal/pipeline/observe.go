package pipeline

import (
	"strings"
	"sync"
	"time"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/decode"
	"github.com/rebound-mail/rebound/internal/spool"
)

// Outcome is what became of a report.
type Outcome string

// The outcomes.
const (
	Applied  Outcome = "applied"   // its events are in the store
	NoReport Outcome = "no-report" // it tells of no outcome: a letter, clicks, lines of other programs
	Refused  Outcome = "refused"   // somebody unknown sent what cannot be read
	Parked   Outcome = "parked"    // it is kept aside, see Cause
)

// Cause is why a report was parked.
type Cause string

// The causes.
const (
	CauseUnreadable Cause = "unreadable" // nothing can be made of it
	CausePanic      Cause = "panic"      // a defect of this program
	CauseTries      Cause = "tries"      // it was handed out again and again, and never settled
	CauseStore      Cause = "store"      // the store refuses its events, and takes others
)

// Observer is told what the pipeline does, for metrics. Its methods are called by
// several workers at once and must be quick. What is done twice is told twice.
type Observer interface {
	// Processed is that a report was settled: what it was taken for, what became
	// of it, how long reading took, and how long it was since it was accepted.
	Processed(source spool.Source, kind decode.Kind, outcome Outcome, took, lag time.Duration)
	// Parked is that a report was parked.
	Parked(source spool.Source, cause Cause)
	// Verdict is that an event is in the store.
	Verdict(kind event.Kind, reason codebook.Reason, provider string, trusted bool)
	// Unknown is that an event is in the store whose words nobody understood.
	Unknown()
	// Stored is that a transaction is durable.
	Stored(events int, took time.Duration)
	// Trouble is that spool or store fail, nil that they work again.
	Trouble(err error)
}

// nobody observes nothing.
type nobody struct{}

func (nobody) Processed(spool.Source, decode.Kind, Outcome, time.Duration, time.Duration) {}
func (nobody) Parked(spool.Source, Cause)                                                 {}
func (nobody) Verdict(event.Kind, codebook.Reason, string, bool)                          {}
func (nobody) Unknown()                                                                   {}
func (nobody) Stored(int, time.Duration)                                                  {}
func (nobody) Trouble(error)                                                              {}

// isUnknown reports events whose words nobody understood.
func isUnknown(e *event.Event) bool {
	if e.Kind != event.Bounce && e.Kind != event.Delay || strings.TrimSpace(e.Diagnostic) == "" || e.Verdict == nil {
		return false
	}
	return e.Verdict.Reason == codebook.Undetermined || e.Verdict.Confidence == event.Guess
}

// Status is how a pipeline fares. Counters begin with zero when it is made.
type Status struct {
	Reports      int64     `json:"reports"` // settled, those parked included
	Events       int64     `json:"events"`  // brought into the store, repeated ones included
	Parked       int64     `json:"parked"`
	Refused      int64     `json:"refused"`
	Last         time.Time `json:"last,omitzero"` // when a report was settled
	Problem      string    `json:"problem"`       // why nothing can be processed now; "" if there is nothing wrong
	ProblemSince time.Time `json:"problem_since,omitzero"`
}

// Status says how the pipeline fares.
func (p *Pipeline) Status() Status { return p.status.read() }

// gauge keeps a Status.
type gauge struct {
	mu sync.Mutex
	s  Status
}

func (g *gauge) read() Status {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.s
}

func (g *gauge) count(change func(*Status)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	change(&g.s)
}

// trouble notes a problem, nil that there is none, and reports whether that is new.
func (g *gauge) trouble(err error, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	text := ""
	if err != nil {
		text = err.Error()
	}
	fresh := g.s.Problem != text
	switch {
	case text == "":
		g.s.ProblemSince = time.Time{}
	case g.s.Problem == "":
		g.s.ProblemSince = now
	}
	g.s.Problem = text
	return fresh
}

// trouble tells everybody of a problem, once, and of its end.
func (p *Pipeline) trouble(err error) {
	if !p.status.trouble(err, p.opt.Now()) {
		return
	}
	p.opt.Observer.Trouble(err)
	if err == nil {
		p.opt.Logger.Info("reports are processed again")
		return
	}
	p.opt.Logger.Error("reports cannot be processed now and wait in the spool", "error", err)
}
