package disk

import (
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/rebound-mail/rebound/internal/durable"
)

// mend sets aside what of a segment cannot be read, unless it was settled before,
// and cuts off what is behind its end.
func (s *Disk) mend(g *segment, found *findings) error {
	var notes []note
	for _, d := range found.damaged {
		lost := g.lost(d)
		if lost == 0 {
			continue
		}
		if err := s.setAside(g, d, lost); err != nil {
			return err
		}
		notes = append(notes, note{settled, d.from, d.to})
	}
	g.replay(notes)
	if len(notes) > 0 {
		if err := g.journal.add(notes); err != nil {
			return failure("writing "+g.journal.path, err)
		}
	}
	s.stats.Torn += found.torn
	if found.torn == 0 && !found.hasTail() {
		return nil
	}
	return failure("cutting the end of "+g.path, cut(g.file, found.end))
}

func (f *findings) hasTail() bool {
	return slices.ContainsFunc(f.damaged, func(d damage) bool { return d.tail })
}

func cut(f file, size int64) error {
	if err := f.Truncate(size); err != nil {
		return err
	}
	return f.Sync()
}

// lost is how many reports of a damaged region were not settled. Where the region
// has no end it is one at least.
func (g *segment) lost(d damage) int {
	n := 0
	for i := d.from; i < d.to; i++ {
		if g.slots[i].condition != gone {
			n++
		}
	}
	return n
}

// setAside copies a region of a segment to the segment's .damaged file, durably,
// behind a line that says what it is.
func (s *Disk) setAside(g *segment, d damage, lost int) error {
	path := segmentName(s.dir, g.number, damagedSuffix)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return failure("setting damaged reports aside", err)
	}
	defer f.Close()
	_, err = fmt.Fprintf(f, "rebound: %d bytes from offset %d of %s, reports lost: %d\n", d.length, d.offset, g.path, lost)
	if err == nil && g.file != nil {
		_, err = io.Copy(f, io.NewSectionReader(g.file, d.offset, d.length))
	}
	if err == nil {
		_, err = f.WriteString("\n")
	}
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = durable.SyncFolder(s.dir)
	}
	if err != nil {
		return failure("setting damaged reports aside", err)
	}
	s.stats.Damaged += int64(lost)
	s.noteDamagedFile(path)
	return nil
}

func (s *Disk) noteDamagedFile(path string) {
	if !slices.Contains(s.stats.DamagedFiles, path) {
		s.stats.DamagedFiles = append(s.stats.DamagedFiles, path)
	}
}

// setAsidePlaces sets aside claimed reports that turned out to be damaged when
// they were read.
func (s *Disk) setAsidePlaces(places []place) error {
	if len(places) == 0 {
		return nil
	}
	s.mu.Lock()
	for _, p := range places {
		d := damage{offset: p.slot().offset, length: p.slot().size(), from: p.ordinal, to: p.ordinal + 1}
		if err := s.setAside(p.segment, d, 1); err != nil {
			s.putBackLocked(places)
			s.mu.Unlock()
			return err
		}
	}
	s.mu.Unlock()
	return s.settle(places)
}

func (s *Disk) putBackLocked(places []place) {
	for _, p := range places {
		p.putBack()
	}
	s.announce()
}

// announce tells those who wait in Claim to look again.
func (s *Disk) announce() {
	close(s.arrived)
	s.arrived = make(chan struct{})
}
