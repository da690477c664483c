package disk

import (
	"context"
	"errors"
	"slices"

	"github.com/rebound-mail/rebound/internal/spool"
)

// Done implements spool.Spool.
func (s *Disk) Done(ctx context.Context, ids ...string) error {
	s.busy.RLock()
	defer s.busy.RUnlock()
	places, err := s.unclaim(ids)
	if err != nil {
		return err
	}
	err = s.settle(places)
	s.mu.Lock()
	s.stats.Done += int64(len(places))
	s.mu.Unlock()
	return err
}

// Release implements spool.Spool.
func (s *Disk) Release(ctx context.Context, ids ...string) error {
	s.busy.RLock()
	defer s.busy.RUnlock()
	places, err := s.unclaim(ids)
	if err != nil || len(places) == 0 {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.putBackLocked(places)
	return nil
}

// unclaim takes reports from the claims, for one caller only.
func (s *Disk) unclaim(ids []string) ([]place, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, spool.ErrClosed
	}
	var places []place
	for _, id := range ids {
		places = append(places, s.claims[id]...)
		delete(s.claims, id)
	}
	s.stats.Claimed -= len(places)
	return places, nil
}

// settle notes that reports are settled and removes segments of which none is
// left. Reports are settled for this process even if noting it fails.
func (s *Disk) settle(places []place) error {
	err := addNotes(settled, places)
	s.mu.Lock()
	var finished []*segment
	for _, p := range places {
		p.settle()
		p.segment.keep = p.segment.keep || err != nil
		if s.dropFinished(p.segment) {
			finished = append(finished, p.segment)
		}
	}
	s.stats.Len -= len(places)
	retire := s.active != nil && s.active.open == 0
	s.mu.Unlock()
	for _, g := range finished {
		err = errors.Join(err, s.remove(g))
	}
	if retire {
		s.nudge()
	}
	return err
}

// addNotes writes to the journals that something happened to reports.
func addNotes(what act, places []place) error {
	var errs []error
	for g, notes := range notesOf(what, places) {
		if err := g.journal.add(notes); err != nil {
			errs = append(errs, failure("writing "+g.journal.path, err))
		}
	}
	return errors.Join(errs...)
}

// notesOf joins ordinals that follow each other.
func notesOf(what act, places []place) map[*segment][]note {
	ordinals := map[*segment][]uint32{}
	for _, p := range places {
		ordinals[p.segment] = append(ordinals[p.segment], p.ordinal)
	}
	all := make(map[*segment][]note, len(ordinals))
	for g, list := range ordinals {
		slices.Sort(list)
		var notes []note
		for _, o := range list {
			if n := len(notes); n > 0 && notes[n-1].to == o {
				notes[n-1].to++
				continue
			}
			notes = append(notes, note{what, o, o + 1})
		}
		all[g] = notes
	}
	return all
}
