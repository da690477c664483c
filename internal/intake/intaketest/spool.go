// Package intaketest has what tests of sources share.
package intaketest

import (
	"context"
	"sync"

	"github.com/rebound-mail/rebound/internal/spool"
)

// Spool keeps in memory what sources append, and refuses it as it is told. It is
// an intake.Spool.
type Spool struct {
	// Refuse is asked before reports are kept; nil refuses none. It is called
	// without a lock held, and may wait or panic. Set it before the spool is used.
	Refuse func(ctx context.Context, reports []spool.Report) error

	mu      sync.Mutex
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
	s.calls++
	for _, r := range reports {
		r.Body = append([]byte(nil), r.Body...)
		s.reports = append(s.reports, r)
	}
	return nil
}

// Reports returns what was kept so far.
func (s *Spool) Reports() []spool.Report {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]spool.Report(nil), s.reports...)
}

// Calls returns how many times something was kept.
func (s *Spool) Calls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls
}
