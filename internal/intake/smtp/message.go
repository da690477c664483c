package smtp

import (
	"errors"
	"io"

	gosmtp "github.com/emersion/go-smtp"
)

// message is one that is being received.
type message struct {
	memory *budget
	most   int64 // bytes
	body   []byte
	taken  int64
}

// firstPiece is how much memory a message has at first.
const firstPiece = 16 << 10

// read reads a message to its end. Errors are replies.
func (m *message) read(r io.Reader) error {
	for {
		if len(m.body) == cap(m.body) {
			if err := m.grow(); err != nil {
				return err
			}
		}
		n, err := r.Read(m.body[len(m.body):cap(m.body)])
		m.body = m.body[:len(m.body)+n]
		switch {
		case errors.Is(err, io.EOF) && len(m.body) == 0:
			return errEmpty
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, gosmtp.ErrDataTooLarge):
			return errTooLarge
		case err != nil:
			return errBroken
		}
	}
}

// grow doubles the memory.
func (m *message) grow() error {
	if int64(len(m.body)) > m.most {
		return errTooLarge
	}
	size := min(max(firstPiece, 2*int64(cap(m.body))), m.most+1)
	if !m.memory.take(size) {
		return errMemory
	}
	bigger := make([]byte, len(m.body), size)
	copy(bigger, m.body)
	m.memory.give(m.taken)
	m.body, m.taken = bigger, size
	return nil
}

// free gives the memory back.
func (m *message) free() {
	m.memory.give(m.taken)
	m.body, m.taken = nil, 0
}
