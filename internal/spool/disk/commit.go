package disk

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"time"

	"github.com/rebound-mail/rebound/internal/durable"
	"github.com/rebound-mail/rebound/internal/spool"
)

// request is a call of Append that waits to be made durable.
type request struct {
	pieces []piece
	bytes  int64
	done   chan error // holds one
}

// piece is a report ready to be written, but for what the segment adds.
type piece struct {
	frame
	head, body []byte
}

func pieceOf(p *spool.Parked) piece {
	head := appendPayloadHead(make([]byte, 0, 256), p)
	sum := crc32.Update(crc32.Checksum(head, castagnoli()), castagnoli(), p.Body)
	f := frame{length: uint32(len(head) + len(p.Body)), received: stamp(p.Received), sum: sum}
	return piece{frame: f, head: head, body: p.Body}
}

// Append implements spool.Spool.
func (s *Disk) Append(ctx context.Context, reports ...spool.Report) error {
	r := &request{done: make(chan error, 1), pieces: make([]piece, len(reports))}
	for i := range reports {
		if err := validate(&reports[i], s.set.MaxReport); err != nil {
			return err
		}
		r.pieces[i] = pieceOf(&spool.Parked{Report: reports[i]})
		r.bytes += r.pieces[i].size()
	}
	if len(reports) == 0 {
		return ctx.Err()
	}
	if r.bytes > s.set.MaxBytes {
		return fmt.Errorf("%w: %d bytes at once, the spool holds %d", spool.ErrTooLarge, r.bytes, s.set.MaxBytes)
	}
	return s.submit(ctx, r, s.set.MaxBytes)
}

// submit queues a request and waits for it.
func (s *Disk) submit(ctx context.Context, r *request, limit int64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := s.enqueue(r, limit); err != nil {
		return err
	}
	s.nudge()
	select {
	case err := <-r.done:
		return err
	case <-ctx.Done():
	}
	if s.withdraw(r) {
		return ctx.Err()
	}
	return <-r.done // it is being written: soon it is known how that went
}

func (s *Disk) enqueue(r *request, limit int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return spool.ErrClosed
	}
	if used := s.stats.Bytes + s.queued; used+r.bytes > limit {
		return fmt.Errorf("%w: %d of %d bytes are used, %d more do not fit", spool.ErrFull, used, limit, r.bytes)
	}
	s.queue = append(s.queue, r)
	s.queued += r.bytes
	return nil
}

// withdraw takes a request back that nobody has begun to write.
func (s *Disk) withdraw(r *request) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.Index(s.queue, r)
	if i < 0 {
		return false
	}
	s.queue = slices.Delete(s.queue, i, i+1)
	s.queued -= r.bytes
	return true
}

// nudge wakes the goroutine that writes.
func (s *Disk) nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// run writes what is queued until the spool is closed. What is queued while one
// fsync is under way shares the next.
func (s *Disk) run() {
	defer close(s.stopped)
	idle := time.NewTimer(s.set.Linger)
	defer idle.Stop()
	for {
		select {
		case <-s.wake:
			s.commitQueue()
			idle.Reset(s.set.Linger)
		case <-idle.C:
			s.retire()
		case <-s.closing:
			s.commitQueue()
			return
		}
	}
}

func (s *Disk) commitQueue() {
	for {
		batch, bytes := s.takeBatch()
		if len(batch) == 0 {
			return
		}
		err := s.commit(batch)
		s.mu.Lock()
		s.queued -= bytes
		s.mu.Unlock()
		for _, r := range batch {
			r.done <- err
		}
	}
}

// takeBatch takes what shares one fsync from the queue: about a segment at most.
func (s *Disk) takeBatch() (batch []*request, bytes int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for n < len(s.queue) && (n == 0 || bytes+s.queue[n].bytes <= s.set.SegmentBytes) {
		bytes += s.queue[n].bytes
		n++
	}
	batch = slices.Clone(s.queue[:n])
	s.queue = slices.Delete(s.queue, 0, n)
	return batch, bytes
}

// commit makes requests durable, all or none.
func (s *Disk) commit(batch []*request) error {
	g, err := s.segmentToWrite()
	if err != nil {
		return err
	}
	slots, size, err := s.writeBatch(g, batch)
	if err == nil {
		err = g.file.Sync()
	}
	if err != nil {
		s.takeBack(g)
		return failure("writing "+g.path, err)
	}
	s.mu.Lock()
	s.stats.Bytes += size - g.size
	s.stats.Len += len(slots)
	s.stats.Appended += int64(len(slots))
	s.stats.Commits++
	g.add(slots, size)
	s.announce()
	s.mu.Unlock()
	if size >= s.set.SegmentBytes {
		s.seal(g)
	}
	return nil
}

// takeBack undoes a write that failed. After a failed fsync nobody knows what is
// on the disk: the segment is not used any further. Should the file not let
// itself be cut, reports that were refused may turn up after a restart.
func (s *Disk) takeBack(g *segment) {
	_ = cut(g.file, g.size)
	s.seal(g)
}

// segmentToWrite returns the active segment, a new one where there is none.
func (s *Disk) segmentToWrite() (*segment, error) {
	if s.active != nil {
		return s.active, nil
	}
	if free, known := s.set.free(s.dir); known && free < s.set.MinFree {
		return nil, fmt.Errorf("%w: %w: %d bytes are free on the disk of %s, %d are left to others", spool.ErrFull, spool.ErrDiskFull, free, s.dir, s.set.MinFree)
	}
	s.number++
	g := newSegment(s.dir, s.number, newMarker())
	header := appendSegmentHeader(nil, g.marker)
	f, err := s.set.create(g.path)
	if err != nil {
		return nil, failure("making a segment", err)
	}
	g.file, g.size, g.slots = f, int64(len(header)), []slot{}
	if _, err = f.WriteAt(header, 0); err == nil {
		err = durable.SyncFolder(s.dir)
	}
	if err != nil {
		return nil, errors.Join(failure("making a segment", err), s.remove(g))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.active = g
	s.segments = append(s.segments, g)
	s.stats.Bytes += g.size
	return g, nil
}

// flushAt is how much is gathered before it is written.
const flushAt = 1 << 20

// writeBatch writes requests behind what a segment has. It changes nothing of
// the segment but its file.
func (s *Disk) writeBatch(g *segment, batch []*request) (slots []slot, size int64, err error) {
	w := writer{file: g.file, at: g.size, buf: s.buffer[:0]}
	ordinal := g.total
	for _, r := range batch {
		for i := range r.pieces {
			p := &r.pieces[i]
			p.ordinal = ordinal
			slots = append(slots, slot{frame: p.frame, offset: w.at + int64(len(w.buf))})
			w.buf = append(appendFrameHeader(w.buf, g.marker, p.frame), p.head...)
			w.write(p.body)
			ordinal++
		}
	}
	w.flush()
	s.buffer = w.buf
	return slots, w.at, w.err
}

// writer gathers small writes; after the first that fails it writes nothing.
type writer struct {
	file file
	at   int64 // where buf goes
	buf  []byte
	err  error
}

func (w *writer) write(b []byte) {
	if len(b) < flushAt/4 {
		w.buf = append(w.buf, b...)
		if len(w.buf) >= flushAt {
			w.flush()
		}
		return
	}
	w.flush()
	w.put(b)
}

func (w *writer) flush() {
	w.put(w.buf)
	w.buf = w.buf[:0]
}

func (w *writer) put(b []byte) {
	if w.err == nil {
		_, w.err = w.file.WriteAt(b, w.at)
	}
	w.at += int64(len(b))
}

// seal closes a segment to further reports, and removes it if none is left.
func (s *Disk) seal(g *segment) {
	s.mu.Lock()
	g.sealed = true
	if s.active == g {
		s.active = nil
	}
	finished := s.dropFinished(g)
	if !finished && s.segments[0] != g {
		g.unload()
		_ = g.release()
	}
	s.mu.Unlock()
	if finished {
		_ = s.remove(g) // what stays is removed when the spool is opened again
	}
}

// retire removes the active segment if all of its reports are done.
func (s *Disk) retire() {
	s.mu.Lock()
	g := s.active
	done := g != nil && g.open == 0
	s.mu.Unlock()
	if done {
		s.seal(g)
	}
}

// dropFinished takes a segment off the list if it is sealed and nothing of it is
// left.
func (s *Disk) dropFinished(g *segment) bool {
	if !g.sealed || g.open > 0 {
		return false
	}
	i := slices.Index(s.segments, g)
	if i < 0 {
		return false
	}
	s.segments = slices.Delete(s.segments, i, i+1)
	s.stats.Bytes -= g.size
	return true
}
