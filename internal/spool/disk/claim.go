package disk

import (
	"context"
	"errors"
	"hash/crc32"

	"github.com/rebound-mail/rebound/internal/spool"
)

// claimBytes is how much is handed out at once, if it is more than one report.
const claimBytes = 8 << 20

// Claim implements spool.Spool.
func (s *Disk) Claim(ctx context.Context, limit int) ([]spool.Claimed, error) {
	for {
		places, err := s.takePlaces(ctx, max(1, limit))
		if err != nil {
			return nil, err
		}
		s.noteTries(places)
		list, err := s.readPlaces(places)
		if err != nil || len(list) > 0 {
			return list, err
		}
	}
}

// taken is a place as it was when it was claimed.
type taken struct {
	place
	was slot
}

// noteTries writes down that reports were handed out. Without it only the count
// of tries suffers if the process dies; beyond maxTries nobody counts.
func (s *Disk) noteTries(list []taken) {
	var places []place
	for _, t := range list {
		if t.was.tries < maxTries {
			places = append(places, t.place)
		}
	}
	_ = addNotes(handedOut, places)
}

// takePlaces waits for reports and marks them as claimed.
func (s *Disk) takePlaces(ctx context.Context, limit int) ([]taken, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		s.mu.Lock()
		places, err := s.takeLocked(limit)
		arrived := s.arrived
		s.mu.Unlock()
		if err != nil || len(places) > 0 {
			return places, err
		}
		select {
		case <-arrived:
		case <-s.closing:
		case <-ctx.Done():
		}
	}
}

func (s *Disk) takeLocked(limit int) ([]taken, error) {
	if s.closed {
		return nil, spool.ErrClosed
	}
	var places []taken
	var bytes int64
	for i := 0; i < len(s.segments); i++ {
		g := s.segments[i]
		if g.ready == 0 {
			continue
		}
		if g.slots == nil {
			if len(places) > 0 {
				break // a segment is read when it is its turn
			}
			if err := s.reload(g); err != nil {
				return nil, err
			}
			if s.dropFinished(g) { // all of it is damaged
				_ = s.remove(g)
				i--
				continue
			}
		}
		for len(places) < limit && bytes < claimBytes {
			p, ok := g.take()
			if !ok {
				break
			}
			places = append(places, taken{p, *p.slot()})
			bytes += p.slot().size()
		}
	}
	return places, nil
}

// reload reads a segment again whose slots were forgotten.
func (s *Disk) reload(g *segment) error {
	open, size := g.open, g.size
	if err := s.load(g); err != nil {
		g.slots = nil
		return err
	}
	s.stats.Len += g.open - open
	s.stats.Bytes += g.size - size
	return nil
}

// readPlaces reads what was claimed. What is damaged is set aside; where reading
// fails otherwise the claim is undone.
func (s *Disk) readPlaces(places []taken) ([]spool.Claimed, error) {
	list := make([]spool.Claimed, 0, len(places))
	var good, bad []place
	for _, p := range places {
		r, err := s.read(p.place)
		switch {
		case errors.Is(err, errPayload):
			bad = append(bad, p.place)
		case err != nil:
			s.mu.Lock()
			defer s.mu.Unlock()
			for _, p := range places {
				p.putBack()
			}
			s.announce()
			return nil, failure("reading "+p.segment.path, err)
		default:
			good = append(good, p.place)
			list = append(list, spool.Claimed{Report: r.Report, Tries: int(p.was.tries)})
		}
	}
	s.mu.Lock()
	for i, p := range good {
		s.claims[list[i].ID] = append(s.claims[list[i].ID], p)
	}
	s.stats.Claimed += len(good)
	s.mu.Unlock()
	if err := s.setAsidePlaces(bad); err != nil && len(list) == 0 {
		return nil, err // else the next to claim them will tell
	}
	return list, nil
}

// read reads a claimed report.
func (s *Disk) read(p place) (spool.Parked, error) {
	s.mu.Lock()
	f, at := p.segment.file, *p.slot()
	s.mu.Unlock()
	if f == nil {
		return spool.Parked{}, spool.ErrClosed
	}
	payload := make([]byte, at.length)
	if _, err := f.ReadAt(payload, at.offset+frameHeaderSize); err != nil {
		return spool.Parked{}, err
	}
	if crc32.Checksum(payload, castagnoli()) != at.sum {
		return spool.Parked{}, errPayload
	}
	return decodePayload(payload)
}
