package disk

import (
	"errors"
	"slices"

	"github.com/rebound-mail/rebound/internal/spool"
)

// Stats implements spool.Spool.
func (s *Disk) Stats() spool.Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	stats := s.stats
	stats.Limit = s.set.MaxBytes
	stats.Parked = len(s.parked.list)
	stats.DamagedFiles = slices.Clone(stats.DamagedFiles)
	for _, g := range s.segments {
		if g.open > 0 {
			stats.Oldest = unstamp(g.first())
			break
		}
	}
	return stats
}

// Close implements spool.Spool.
func (s *Disk) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	close(s.closing)
	s.mu.Unlock()
	<-s.stopped
	s.busy.Lock()
	defer s.busy.Unlock()
	s.retire()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closeFiles()
}

// closeFiles gives all files up, the lock last.
func (s *Disk) closeFiles() error {
	var errs []error
	for _, g := range s.segments {
		errs = append(errs, g.close())
	}
	return failure("closing "+s.dir, errors.Join(append(errs, s.lock.Close())...))
}
