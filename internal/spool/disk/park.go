package disk

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rebound-mail/rebound/internal/durable"
	"github.com/rebound-mail/rebound/internal/spool"
)

// maxReason bounds what is kept of why a report was parked.
const maxReason = 4096

// parkingLot is what is known of the files in parked/, in the order of their
// numbers.
type parkingLot struct {
	number uint64 // the highest that was ever used
	list   []parkedFile
}

type parkedFile struct {
	spool.Parked // without its body
	number       uint64
	path         string
	bytes        int64
}

// find returns the first file of a report.
func (l *parkingLot) find(id string) (parkedFile, bool) {
	i := slices.IndexFunc(l.list, func(f parkedFile) bool { return f.ID == id })
	if i < 0 {
		return parkedFile{}, false
	}
	return l.list[i], true
}

// Park implements spool.Spool.
func (s *Disk) Park(ctx context.Context, id, reason string, at time.Time) error {
	s.busy.RLock()
	defer s.busy.RUnlock()
	places, err := s.unclaim([]string{id})
	if err != nil {
		return err
	}
	if len(places) == 0 {
		return fmt.Errorf("%w claimed: %q", spool.ErrNotFound, id)
	}
	if err := s.park(places[0], reason, at); err != nil {
		s.mu.Lock()
		s.claims[id] = places // the claim stays
		s.stats.Claimed += len(places)
		s.mu.Unlock()
		return err
	}
	return s.settle(places)
}

func (s *Disk) park(p place, reason string, at time.Time) error {
	parked, err := s.read(p)
	if err != nil {
		return failure("reading "+p.segment.path, err)
	}
	parked.Reason, parked.ParkedAt = strings.Clone(reason[:min(len(reason), maxReason)]), at
	s.mu.Lock()
	s.parked.number++
	number := s.parked.number
	s.mu.Unlock()

	m, piece := newMarker(), pieceOf(&parked)
	head := appendFrameHeader(appendSegmentHeader(nil, m), m, piece.frame)
	f := parkedFile{Parked: parked, number: number, path: segmentName(filepath.Join(s.dir, parkedDir), number, segmentSuffix)}
	f.bytes = int64(len(head) + len(piece.head) + len(piece.body))
	f.Body = nil
	if err := durable.Write(f.path, head, piece.head, piece.body); err != nil {
		return failure("parking a report", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parked.list = append(s.parked.list, f)
	s.stats.Bytes += f.bytes
	return nil
}

// Parked implements spool.Spool. Its cursor is the number of the last file listed.
func (s *Disk) Parked(ctx context.Context, cursor string, limit int) ([]spool.Parked, string, error) {
	after := uint64(0)
	if cursor != "" {
		n, err := strconv.ParseUint(cursor, 10, 64)
		if err != nil {
			return nil, "", fmt.Errorf("%w: cursor %q", spool.ErrInvalid, cursor)
		}
		after = n
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []spool.Parked
	for _, f := range s.parked.list {
		if f.number <= after {
			continue
		}
		if len(list) == max(1, limit) {
			return list, strconv.FormatUint(after, 10), nil
		}
		list = append(list, f.Parked)
		after = f.number
	}
	return list, "", nil
}

// ParkedReport implements spool.Spool.
func (s *Disk) ParkedReport(ctx context.Context, id string) (spool.Parked, error) {
	f, err := s.findParked(id)
	if err != nil {
		return spool.Parked{}, err
	}
	p, _, err := readParked(f.path)
	if errors.Is(err, os.ErrNotExist) {
		return spool.Parked{}, fmt.Errorf("%w parked: %q", spool.ErrNotFound, id)
	}
	return p, failure("reading "+f.path, err)
}

func (s *Disk) findParked(id string) (parkedFile, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return parkedFile{}, spool.ErrClosed
	}
	f, ok := s.parked.find(id)
	if !ok {
		return parkedFile{}, fmt.Errorf("%w parked: %q", spool.ErrNotFound, id)
	}
	return f, nil
}

// Requeue implements spool.Spool. The report may go beyond the bound for the
// moment that it is there twice.
func (s *Disk) Requeue(ctx context.Context, id string) error {
	s.busy.RLock()
	defer s.busy.RUnlock()
	p, err := s.ParkedReport(ctx, id)
	if err != nil {
		return err
	}
	one := pieceOf(&spool.Parked{Report: p.Report})
	r := &request{done: make(chan error, 1), pieces: []piece{one}, bytes: one.size()}
	if err := s.submit(ctx, r, math.MaxInt64); err != nil {
		return err
	}
	return s.drop(id)
}

// Drop implements spool.Spool.
func (s *Disk) Drop(ctx context.Context, id string) error {
	s.busy.RLock()
	defer s.busy.RUnlock()
	return s.drop(id)
}

func (s *Disk) drop(id string) error {
	f, err := s.findParked(id)
	if err != nil {
		return err
	}
	if err := removeFile(f.path); err != nil {
		return failure("dropping a parked report", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	before := len(s.parked.list)
	s.parked.list = slices.DeleteFunc(s.parked.list, func(g parkedFile) bool { return g.number == f.number })
	if len(s.parked.list) < before { // else another call was faster
		s.stats.Bytes -= f.bytes
	}
	return nil
}

// readParked reads a file of parked/.
func readParked(path string) (spool.Parked, int64, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return spool.Parked{}, 0, err
	}
	m, err := parseSegmentHeader(b)
	if err != nil {
		return spool.Parked{}, 0, err
	}
	f, ok := parseFrameHeader(b[segmentHeaderSize:], m)
	if !ok || int64(len(b)) != segmentHeaderSize+f.size() {
		return spool.Parked{}, 0, errPayload
	}
	payload := b[segmentHeaderSize+frameHeaderSize:]
	if crc32.Checksum(payload, castagnoli()) != f.sum {
		return spool.Parked{}, 0, errPayload
	}
	p, err := decodePayload(payload)
	return p, int64(len(b)), err
}

// recoverParked takes in what earlier processes parked. A file that cannot be
// read is set aside under another name.
func (s *Disk) recoverParked() error {
	dir := filepath.Join(s.dir, parkedDir)
	names, err := os.ReadDir(dir) // sorted
	if err != nil {
		return failure("reading "+dir, err)
	}
	for _, entry := range names {
		path := filepath.Join(dir, entry.Name())
		number, suffix := splitName(entry.Name())
		s.parked.number = max(s.parked.number, number)
		switch suffix {
		case segmentSuffix + ".tmp": // the process died before the report was parked
			err = removeFile(path)
		case damagedSuffix:
			s.noteDamagedFile(path)
		case segmentSuffix:
			err = s.recoverParkedFile(path, number)
		}
		if err != nil {
			return failure("reading "+path, err)
		}
	}
	return nil
}

func (s *Disk) recoverParkedFile(path string, number uint64) error {
	p, bytes, err := readParked(path)
	if errors.Is(err, errHeader) || errors.Is(err, errPayload) {
		aside := strings.TrimSuffix(path, segmentSuffix) + damagedSuffix
		s.stats.Damaged++
		s.noteDamagedFile(aside)
		return os.Rename(path, aside)
	}
	if err != nil {
		return err
	}
	p.Body = nil
	s.parked.list = append(s.parked.list, parkedFile{Parked: p, number: number, path: path, bytes: bytes})
	s.stats.Bytes += bytes
	return nil
}
