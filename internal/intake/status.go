package intake

import (
	"sync"
	"time"

	"github.com/rebound-mail/rebound/internal/spool"
)

// State says what a source is doing.
type State string

// The states.
const (
	Starting  State = "starting"  // Run was not called yet, or is setting up
	Listening State = "listening" // for others to connect or push
	Polling   State = "polling"   // looking for reports now and then, without trouble
	Waiting   State = "waiting"   // for the next attempt after a problem
	Stopped   State = "stopped"   // Run has returned
)

// Status is how a source fares.
type Status struct {
	Name     string       `json:"name"` // as configured; tells it from others of its kind
	Kind     spool.Source `json:"kind"`
	State    State        `json:"state"`
	Accepted int64        `json:"accepted"`      // reports that the spool took since the start
	Refused  int64        `json:"refused"`       // reports refused, skipped or left where they are, once each
	Last     time.Time    `json:"last,omitzero"` // when a report was last accepted
	// Problem is what keeps the source, or a report, from being read: what, where
	// and what to do, without secrets and without addresses of recipients. It is
	// empty as long as all goes well.
	Problem      string    `json:"problem,omitempty"`
	ProblemSince time.Time `json:"problem_since,omitzero"`
}

// Gauge keeps the status of a source. All methods may be called from several
// goroutines.
type Gauge struct {
	now func() time.Time

	mu     sync.Mutex
	status Status
}

// NewGauge returns the gauge of a source that is starting. A nil now is time.Now.
func NewGauge(name string, kind spool.Source, now func() time.Time) *Gauge {
	if now == nil {
		now = time.Now
	}
	return &Gauge{now: now, status: Status{Name: name, Kind: kind, State: Starting}}
}

// Status returns the status. It is that of Source.
func (g *Gauge) Status() Status {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.status
}

// Enter changes the state.
func (g *Gauge) Enter(state State) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.status.State = state
}

// Accept counts reports that the spool took.
func (g *Gauge) Accept(n int) {
	if n <= 0 {
		return
	}
	at := g.now()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.status.Accepted += int64(n)
	g.status.Last = at
}

// Refuse counts reports that were refused or left where they are.
func (g *Gauge) Refuse(n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.status.Refused += int64(n)
}

// Trouble notes a problem. One that stays, even in other words, keeps its time.
// It reports whether the words are new, so that they can be logged once.
func (g *Gauge) Trouble(problem string) (isNew bool) {
	at := g.now()
	g.mu.Lock()
	defer g.mu.Unlock()
	isNew = g.status.Problem != problem
	if g.status.Problem == "" {
		g.status.ProblemSince = at
	}
	g.status.Problem = problem
	if problem == "" {
		g.status.ProblemSince = time.Time{}
	}
	return isNew && problem != ""
}

// Fine notes that there is no problem any more, and reports whether there was one.
func (g *Gauge) Fine() (was bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	was = g.status.Problem != ""
	g.status.Problem, g.status.ProblemSince = "", time.Time{}
	return was
}
