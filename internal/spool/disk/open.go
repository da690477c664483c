package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/rebound-mail/rebound/internal/durable"
	"github.com/rebound-mail/rebound/internal/spool"
)

// Names of files; see the package's comment.
const (
	segmentSuffix = ".seg"
	journalSuffix = ".log"
	damagedSuffix = ".damaged"
	parkedDir     = "parked"
)

// Disk is a spool in a directory.
type Disk struct {
	dir string
	set Settings

	lock    *os.File
	busy    sync.RWMutex  // held for reading by what Close has to wait for
	wake    chan struct{} // something is queued, or is to be tidied
	closing chan struct{}
	stopped chan struct{}

	mu       sync.Mutex
	closed   bool
	queue    []*request
	queued   int64 // bytes that the queue will take
	segments []*segment
	active   *segment // that is appended to, if any; only commit changes it
	number   uint64   // the highest that was ever used
	buffer   []byte   // for commit alone
	arrived  chan struct{}
	claims   map[string][]place
	parked   parkingLot
	stats    spool.Stats // Len, Bytes and counters
}

var _ spool.Spool = (*Disk)(nil)

// Open opens the spool in a directory, which is made if it is missing, and reads
// through what earlier processes left. What a crash or a broken disk did to it
// is no error: see Stats.Torn and Stats.Damaged. Errors wrap spool.ErrInUse,
// spool.ErrReadOnly, spool.ErrNewer, spool.ErrFull, or are those of reading.
func Open(dir string, settings Settings) (*Disk, error) {
	if err := os.MkdirAll(filepath.Join(dir, parkedDir), 0o700); err != nil {
		return nil, failure("making "+dir, err)
	}
	// What can be made durable of the directory's own name is; the parent may
	// belong to others.
	_ = errors.Join(durable.SyncFolder(dir), durable.SyncFolder(filepath.Dir(dir)))
	lock, err := lockDir(dir)
	if err != nil {
		return nil, err
	}
	s := &Disk{
		dir: dir, set: settings.withDefaults(), lock: lock,
		wake: make(chan struct{}, 1), closing: make(chan struct{}), stopped: make(chan struct{}), arrived: make(chan struct{}),
		claims: map[string][]place{},
	}
	if err := s.recover(); err != nil {
		return nil, errors.Join(err, s.closeFiles())
	}
	go s.run()
	return s, nil
}

// recover takes in what is in the directory.
func (s *Disk) recover() error {
	names, err := os.ReadDir(s.dir)
	if err != nil {
		return failure("reading "+s.dir, err)
	}
	var numbers []uint64
	logs := map[uint64]bool{}
	for _, entry := range names {
		number, suffix := splitName(entry.Name())
		s.number = max(s.number, number)
		switch suffix {
		case segmentSuffix:
			numbers = append(numbers, number)
		case journalSuffix:
			logs[number] = true
		case damagedSuffix:
			s.stats.DamagedFiles = append(s.stats.DamagedFiles, filepath.Join(s.dir, entry.Name()))
		}
	}
	slices.Sort(numbers)
	for _, number := range numbers {
		delete(logs, number)
		if err := s.recoverSegment(number); err != nil {
			return err
		}
	}
	for number := range logs {
		if err := removeFile(segmentName(s.dir, number, journalSuffix)); err != nil {
			return failure("removing what is left of a segment", err)
		}
	}
	return s.recoverParked()
}

// splitName takes the name of a file apart; the suffix is empty for others' files.
func splitName(name string) (number uint64, suffix string) {
	digits, suffix, _ := strings.Cut(name, ".")
	number, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || len(digits) != 16 {
		return 0, ""
	}
	return number, "." + suffix
}

// recoverSegment takes in a segment of an earlier process.
func (s *Disk) recoverSegment(number uint64) error {
	g := newSegment(s.dir, number, marker{})
	g.sealed = true
	if err := s.load(g); err != nil {
		return errors.Join(err, g.close())
	}
	if g.open == 0 {
		return s.remove(g)
	}
	s.segments = append(s.segments, g)
	s.stats.Len += g.open
	s.stats.Bytes += g.size
	if len(s.segments) > 1 {
		g.unload()
	}
	return g.release()
}

// release closes the file of a segment that nothing is read from yet.
func (g *segment) release() error {
	if g.slots != nil || g.file == nil {
		return nil
	}
	err := g.file.Close()
	g.file = nil
	return err
}

// load reads a sealed segment: what is in it, what became of that. It sets aside
// what is damaged and cuts off what was never finished. A segment without any
// readable header ends up empty.
func (s *Disk) load(g *segment) error {
	doing := "reading " + g.path
	if g.file == nil {
		f, err := os.OpenFile(g.path, os.O_RDWR, 0)
		if err != nil {
			return failure(doing, err)
		}
		g.file = f
	}
	size, err := sizeOf(g.path)
	if err != nil {
		return failure(doing, err)
	}
	found, err := scan(g.file, size)
	if errors.Is(err, errHeader) {
		return s.giveUp(g, size)
	}
	if err != nil {
		return failure(doing, err)
	}
	g.marker, g.journal.marker = found.marker, found.marker
	notes, err := readJournal(g.journal.path, g.marker)
	if err != nil {
		return failure("reading "+g.journal.path, err)
	}
	g.slots = slotsOf(&found)
	g.replay(notes)
	g.size = found.end
	if err := s.mend(g, &found); err != nil {
		return err
	}
	g.count()
	return nil
}

// slotsOf makes a slot of every ordinal. Those of damaged reports are fresh ones
// of no size until mend has dealt with them.
func slotsOf(found *findings) []slot {
	total := found.next()
	for _, d := range found.damaged {
		total = max(total, d.to)
	}
	slots := make([]slot, total)
	for _, e := range found.entries {
		slots[e.ordinal] = slot{frame: e.frame, offset: e.offset}
	}
	return slots
}

// giveUp sets a whole file aside.
func (s *Disk) giveUp(g *segment, size int64) error {
	g.slots = []slot{}
	g.count()
	if size < segmentHeaderSize { // the process died as it made the file
		s.stats.Torn += size
		return nil
	}
	if empty, err := (&window{file: g.file, size: size}).zeros(0); err != nil || empty {
		s.stats.Torn += size
		return failure("reading "+g.path, err)
	}
	return s.setAside(g, damage{length: size, to: 1}, 1)
}

func sizeOf(path string) (int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	if !info.Mode().IsRegular() {
		return 0, fmt.Errorf("%w: not a file", fs.ErrInvalid)
	}
	return info.Size(), nil
}

// remove removes a segment that nothing is left of. The journal goes last: while
// the segment is there it has to say so.
func (s *Disk) remove(g *segment) error {
	err := g.close()
	if gone := removeFile(g.path); gone != nil {
		return failure("removing a finished segment", errors.Join(err, gone))
	}
	return failure("removing a finished segment", errors.Join(err, removeFile(g.journal.path)))
}
