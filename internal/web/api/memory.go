package api

import (
	"errors"
	"io"
	"sync/atomic"
	"time"
)

// memory bounds what all bodies that are held at once may take: each is bounded by
// itself, but there is no bound to how many come.
type memory struct{ left atomic.Int64 }

// held is a body in memory.
type held struct {
	of    *memory
	bytes []byte
	took  int64
}

// read reads a body to its end. The memory that it takes grows with what comes,
// whatever the header promised. The caller frees it when it is done with it.
func (m *memory) read(r io.Reader) (*held, error) {
	h := &held{of: m}
	for {
		if len(h.bytes) == cap(h.bytes) {
			if err := h.grow(); err != nil {
				return nil, err
			}
		}
		n, err := r.Read(h.bytes[len(h.bytes):cap(h.bytes)])
		h.bytes = h.bytes[:len(h.bytes)+n]
		if errors.Is(err, io.EOF) {
			return h, nil
		}
		if err != nil {
			h.free()
			return nil, err
		}
	}
}

// grow takes twice as much memory.
func (h *held) grow() error {
	size := max(2*cap(h.bytes), 4096)
	if h.of.left.Add(-int64(size)) < 0 {
		h.of.left.Add(int64(size))
		h.free()
		return newProblem(busy, "Too much is being received at the moment. Try again soon.").retry(time.Second)
	}
	before := h.took
	h.bytes = append(make([]byte, 0, size), h.bytes...)
	h.took = int64(size)
	h.of.left.Add(before)
	return nil
}

// free gives the memory back. It may be called twice.
func (h *held) free() {
	if h == nil {
		return
	}
	h.of.left.Add(h.took)
	h.took = 0
}
