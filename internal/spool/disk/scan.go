package disk

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// entry is a report in a segment.
type entry struct {
	frame
	offset int64 // of its frame
}

// damage is a region of a segment that holds no readable frame.
type damage struct {
	offset, length int64
	from, to       uint32 // ordinals of the reports that are missing: from <= n < to
	tail           bool   // it reaches to the end of the file: to is a guess
}

// findings are what a segment holds.
type findings struct {
	marker  marker
	entries []entry // ordinals grow
	damaged []damage
	end     int64 // where the readable part ends
	torn    int64 // bytes behind it that are an interrupted write
}

// next is the ordinal behind the last one found.
func (f *findings) next() uint32 {
	if n := len(f.entries); n > 0 {
		return f.entries[n-1].ordinal + 1
	}
	return 0
}

// scanner reads a segment front to back, in time linear to its size.
type scanner struct {
	window
	size  int64
	found findings
}

// scan reads a segment of a certain size. Damage is no error but a finding;
// errors are those of reading, errHeader if not even a marker is to be found,
// and spool.ErrNewer.
func scan(r io.ReaderAt, size int64) (findings, error) {
	s := scanner{window: window{file: r, size: size}, size: size}
	m, err := s.marker()
	if err != nil {
		return findings{}, err
	}
	s.found.marker = m
	for at := int64(segmentHeaderSize); at < size; {
		if at, err = s.step(at); err != nil {
			return findings{}, err
		}
	}
	if s.found.end == 0 {
		s.found.end = size
	}
	return s.found, nil
}

// marker takes the marker from the header, or else from the first frame if that
// one is whole.
func (s *scanner) marker() (marker, error) {
	head, err := s.read(0, segmentHeaderSize+frameHeaderSize)
	if err != nil {
		return marker{}, err
	}
	m, err := parseSegmentHeader(head)
	if !errors.Is(err, errHeader) || len(head) < segmentHeaderSize+frameHeaderSize {
		return m, err
	}
	m = marker(head[segmentHeaderSize:])
	if _, ok := parseFrameHeader(head[segmentHeaderSize:], m); !ok {
		return marker{}, errHeader
	}
	return m, nil
}

// step reads what is at an offset and returns the offset behind it.
func (s *scanner) step(at int64) (int64, error) {
	head, err := s.read(at, frameHeaderSize)
	if err != nil {
		return 0, err
	}
	f, ok := parseFrameHeader(head, s.found.marker)
	if !ok || !s.plausible(f, at) {
		return s.skip(at, head)
	}
	if at+f.size() > s.size {
		s.found.end, s.found.torn = at, s.size-at
		return s.size, nil
	}
	payload, err := s.read(at+frameHeaderSize, int(f.length))
	if err != nil {
		return 0, err
	}
	if crc32.Checksum(payload, castagnoli()) != f.sum {
		s.lose(damage{offset: at, length: f.size(), from: s.expected(), to: f.ordinal + 1})
		return at + f.size(), nil
	}
	if expected := s.expected(); f.ordinal > expected {
		s.lose(damage{offset: at, from: expected, to: f.ordinal})
	}
	s.found.entries = append(s.found.entries, entry{f, at})
	return at + f.size(), nil
}

// plausible reports whether a frame may stand at an offset: ordinals grow, and no
// faster than there is room for frames.
func (s *scanner) plausible(f frame, at int64) bool {
	return f.ordinal >= s.expected() && int64(f.ordinal) <= (at-segmentHeaderSize)/frameHeaderSize
}

// expected is the ordinal behind the last one found or known to be lost.
func (s *scanner) expected() uint32 {
	next := s.found.next()
	if n := len(s.found.damaged); n > 0 {
		next = max(next, s.found.damaged[n-1].to)
	}
	return next
}

// lose notes damage; what follows on damage without a break is one with it.
func (s *scanner) lose(d damage) {
	if n := len(s.found.damaged); n > 0 {
		last := &s.found.damaged[n-1]
		if last.offset+last.length == d.offset && last.to == d.from {
			last.length, last.to = last.length+d.length, d.to
			return
		}
	}
	s.found.damaged = append(s.found.damaged, d)
}

// skip looks for the next frame behind something that is none.
func (s *scanner) skip(at int64, head []byte) (int64, error) {
	for from := at + 1; ; {
		hit, err := s.find(from, s.found.marker[:])
		if err != nil {
			return 0, err
		}
		if hit < 0 {
			return s.skipTail(at, head)
		}
		next, err := s.read(hit, frameHeaderSize)
		if err != nil {
			return 0, err
		}
		if f, ok := parseFrameHeader(next, s.found.marker); ok && s.plausible(f, hit) {
			s.lose(damage{offset: at, length: hit - at, from: s.expected(), to: f.ordinal})
			return hit, nil
		}
		from = hit + 1
	}
}

// skipTail tells an interrupted write from damage where no frame follows. Of an
// interrupted write the beginning of a frame is left, or nothing but zeros that
// the file system had set aside for it.
func (s *scanner) skipTail(at int64, head []byte) (int64, error) {
	s.found.end = at
	short := len(head) < frameHeaderSize && bytes.HasPrefix(head, s.found.marker[:min(len(head), markerSize)])
	empty, err := s.zeros(at)
	if err != nil {
		return 0, err
	}
	if short || empty {
		s.found.torn = s.size - at
		return s.size, nil
	}
	s.lose(damage{offset: at, length: s.size - at, from: s.expected(), to: s.expected() + 1, tail: true})
	return s.size, nil
}

// windowSize is how much of a file is read at once.
const windowSize = 1 << 20

// window reads a file through a buffer that moves forwards.
type window struct {
	file io.ReaderAt
	size int64
	at   int64 // offset of buf
	buf  []byte
}

// read returns n bytes at an offset, fewer at the end of the file. They hold
// until the next call.
func (w *window) read(at int64, n int) ([]byte, error) {
	n = int(min(int64(n), w.size-at))
	if n <= 0 {
		return nil, nil
	}
	if at < w.at || at+int64(n) > w.at+int64(len(w.buf)) {
		want := int(min(int64(max(n, windowSize)), w.size-at))
		if cap(w.buf) < want {
			w.buf = make([]byte, want)
		}
		w.buf, w.at = w.buf[:want], at
		if got, err := w.file.ReadAt(w.buf, at); got < want {
			w.buf = nil
			return nil, fmt.Errorf("reading at %d: %w", at, err)
		}
	}
	return w.buf[at-w.at:][:n], nil
}

// find returns the offset of the first place of some bytes, or -1.
func (w *window) find(at int64, what []byte) (int64, error) {
	for at < w.size {
		n := int(w.at + int64(len(w.buf)) - at)
		if at < w.at || n < len(what) {
			n = windowSize
		}
		b, err := w.read(at, n)
		if err != nil {
			return 0, err
		}
		if i := bytes.Index(b, what); i >= 0 {
			return at + int64(i), nil
		}
		if at+int64(len(b)) == w.size {
			break
		}
		at += int64(len(b) - len(what) + 1)
	}
	return -1, nil
}

// zeros reports whether there is nothing but zeros from an offset on.
func (w *window) zeros(at int64) (bool, error) {
	for at < w.size {
		b, err := w.read(at, windowSize)
		if err != nil || len(bytes.TrimLeft(b, "\x00")) > 0 {
			return false, err
		}
		at += int64(len(b))
	}
	return true, nil
}
