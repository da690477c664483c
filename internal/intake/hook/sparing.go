package hook

import (
	"sync"
	"time"
)

// logEvery is how often the same thing is told to the operator.
const logEvery = time.Minute

// sparing keeps those who are refused from filling the log.
type sparing struct {
	now func() time.Time

	mu   sync.Mutex
	last map[string]time.Time // bounded: by provider and reason
}

func newSparing(now func() time.Time) *sparing {
	return &sparing{now: now, last: map[string]time.Time{}}
}

// may reports whether something may be told again.
func (s *sparing) may(what string) bool {
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if last, ok := s.last[what]; ok && now.Sub(last) < logEvery && !now.Before(last) {
		return false
	}
	s.last[what] = now
	return true
}
