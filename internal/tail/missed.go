package tail

import (
	"bytes"
	"errors"
	"io"
	"os"

	"github.com/rebound-mail/rebound/internal/intray"
)

// missed gives what was written behind the position into files that have been
// rotated away since. If none of them is the file of the position, nothing is
// given: it is not known what was read of them.
func (t *Tail) missed(give func(Lines) error) error {
	rotated := intray.Rotations(t.pos.Path)
	for i, f := range rotated {
		if !t.isIn(f.File) {
			continue
		}
		if err := t.rest(f.File, t.pos.Offset, t.pos.Line, give); err != nil {
			return err
		}
		for _, later := range rotated[i+1:] {
			if err := t.rest(later.File, 0, 0, give); err != nil {
				return err
			}
		}
		return nil
	}
	return nil
}

// isIn reports whether a file, unpacked, is the one of the position.
func (t *Tail) isIn(f intray.File) bool {
	file, err := intray.OpenFile(f)
	if err != nil {
		return false
	}
	defer file.Close()
	src, err := intray.Open(file, intray.Options{})
	if err != nil {
		return false
	}
	first, err := src.Next()
	return err == nil && t.pos.isOf(bytes.NewReader(first.Raw))
}

// rest gives the lines of a file, unpacked, behind so many bytes and lines.
func (t *Tail) rest(f intray.File, offset int64, line int, give func(Lines) error) error {
	file, err := intray.OpenFile(f)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	src, err := intray.Open(file, intray.Options{Written: f.Written})
	if err != nil {
		return nil // empty, or no log any more
	}
	begin := offset == 0
	for {
		r, err := src.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return nil // damaged: what came before was given
		}
		if offset >= r.Size {
			offset -= r.Size
			continue
		}
		text := r.Raw[offset:]
		if offset > 0 {
			offset = 0
		}
		if err := give(Lines{Text: text, First: line + 1, Begin: begin, Name: f.Name}); err != nil {
			return err
		}
		begin = false
		line += bytes.Count(text, []byte{'\n'})
	}
}
