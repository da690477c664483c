package disk

import (
	"errors"
	"fmt"
	"path/filepath"
)

// condition is how far a report has come.
type condition uint8

const (
	fresh   condition = iota // nobody has it
	claimed                  // handed out
	gone                     // settled, or never there
)

// slot is what is kept in memory of a report in a segment.
type slot struct {
	frame
	offset    int64
	condition condition
	tries     uint16 // how often it was handed out
}

// maxTries is how far tries are counted, and noted.
const maxTries = 1000

// segment is a file of reports. Its fields are guarded by Disk.mu, except those
// that never change.
type segment struct {
	number  uint64
	path    string // never changes, as the next two
	marker  marker
	journal *journal

	file   file   // nil until it is needed
	size   int64  // of what is durable
	total  uint32 // ordinals used
	open   int    // reports not settled
	ready  int    // reports of these that are not claimed
	oldest int64  // received of the first of these, as of the last load; see Disk.oldest
	sealed bool   // nothing is appended any more

	// Slots by ordinal are there for segments that are written to or handed out
	// from; others are but numbers.
	slots []slot
	keep  bool   // the slots know what the journal does not
	low   uint32 // below it all are gone
	next  uint32 // below it none is fresh
}

// place is where a report is.
type place struct {
	segment *segment
	ordinal uint32
}

func (p place) slot() *slot { return &p.segment.slots[p.ordinal] }

// segmentName is a file name that sorts as its number does.
func segmentName(dir string, number uint64, suffix string) string {
	return filepath.Join(dir, fmt.Sprintf("%016d%s", number, suffix))
}

func newSegment(dir string, number uint64, m marker) *segment {
	return &segment{
		number: number, path: segmentName(dir, number, segmentSuffix), marker: m,
		journal: &journal{path: segmentName(dir, number, journalSuffix), marker: m},
	}
}

// add takes in slots that were made durable.
func (g *segment) add(slots []slot, size int64) {
	if g.open == 0 && len(slots) > 0 {
		g.oldest = slots[0].received
	}
	g.slots = append(g.slots, slots...)
	g.total = uint32(len(g.slots))
	g.open += len(slots)
	g.ready += len(slots)
	g.size = size
}

// replay says of the slots what the journal knows.
func (g *segment) replay(notes []note) {
	for _, n := range notes {
		for i := n.from; i < min(n.to, uint32(len(g.slots))); i++ {
			switch s := &g.slots[i]; n.act {
			case handedOut:
				s.tries = min(s.tries+1, maxTries)
			case settled:
				s.condition = gone
			}
		}
	}
}

// count brings the numbers in line with the slots after a replay, when nothing is
// claimed.
func (g *segment) count() {
	g.open, g.ready, g.oldest, g.total, g.low, g.next = 0, 0, noTime, uint32(len(g.slots)), 0, 0
	for i := range g.slots {
		if g.slots[i].condition == gone {
			continue
		}
		if g.open == 0 {
			g.oldest = g.slots[i].received
		}
		g.open++
		g.ready++
	}
}

// first is when the first report not settled was received.
func (g *segment) first() int64 {
	if g.slots == nil {
		return g.oldest
	}
	for ; g.low < g.total; g.low++ {
		if s := &g.slots[g.low]; s.condition != gone {
			return s.received
		}
	}
	return noTime
}

// take marks the next fresh report as claimed.
func (g *segment) take() (place, bool) {
	for ; g.next < g.total; g.next++ {
		if s := &g.slots[g.next]; s.condition == fresh {
			s.condition = claimed
			s.tries = min(s.tries+1, maxTries)
			g.ready--
			g.next++
			return place{g, g.next - 1}, true
		}
	}
	return place{}, false
}

// putBack makes a claimed report fresh again.
func (p place) putBack() {
	p.slot().condition = fresh
	p.segment.ready++
	p.segment.next = min(p.segment.next, p.ordinal)
}

// settle removes a claimed report.
func (p place) settle() {
	p.slot().condition = gone
	p.segment.open--
}

// unload forgets the slots, which a segment far back in the line does not need.
func (g *segment) unload() {
	if g.ready != g.open || g.slots == nil || g.keep {
		return
	}
	g.oldest = g.first()
	g.slots, g.low, g.next = nil, 0, 0
}

// close gives the files up.
func (g *segment) close() error {
	err := g.journal.close()
	if g.file != nil {
		err = errors.Join(err, g.file.Close())
		g.file = nil
	}
	return err
}
