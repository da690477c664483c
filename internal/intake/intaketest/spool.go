// Package intaketest has what tests of sources share.
package intaketest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/rebound-mail/rebound/internal/spool"
)

// Spool keeps in memory what sources append, and refuses it as it is told. It is
// an intake.Spool.
type Spool struct {
	// Refuse is asked before reports are kept; nil refuses none. It is called
	// without a lock held, and may wait or panic. Set it before the spool is used.
	Refuse func(ctx context.Context, reports []spool.Report) error

	mu      sync.Mutex
	fail    func(spool.Report) error
	reports []spool.Report
	calls   int
}

// Append implements intake.Spool.
func (s *Spool) Append(ctx context.Context, reports ...spool.Report) error {
	if s.Refuse != nil {
		if err := s.Refuse(ctx, reports); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range reports {
		if s.fail == nil {
			break
		}
		if err := s.fail(r); err != nil {
			return err
		}
	}
	s.calls++
	for _, r := range reports {
		r.Body = append([]byte(nil), r.Body...)
		s.reports = append(s.reports, r)
	}
	return nil
}

// Fail changes, also while the spool is used, what is asked of each report before
// any is kept; nil refuses none.
func (s *Spool) Fail(fail func(spool.Report) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = fail
}

// Reports returns what was kept so far.
func (s *Spool) Reports() []spool.Report {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]spool.Report(nil), s.reports...)
}

// Bodies returns the bodies of what was kept so far, sorted.
func (s *Spool) Bodies() []string {
	var list []string
	for _, r := range s.Reports() {
		list = append(list, string(r.Body))
	}
	slices.Sort(list)
	return list
}

// Wants waits until certain bodies were kept, and checks that no others were.
func (s *Spool) Wants(t testing.TB, bodies []string) {
	t.Helper()
	want := slices.Sorted(slices.Values(bodies))
	Eventually(t, fmt.Sprintf("the spool has %d reports", len(want)), func() bool { return len(s.Reports()) >= len(want) })
	if got := s.Bodies(); !slices.Equal(got, want) {
		t.Errorf("taken:\n%q\nwant\n%q", got, want)
	}
}

// Calls returns how many times something was kept.
func (s *Spool) Calls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls
}
