package follow

import (
	"bytes"
	"io"
	"os"
	"slices"

	"github.com/rebound-mail/rebound/internal/intray"
	"github.com/rebound-mail/rebound/internal/tail"
)

// remember shows the reader what stands before the place, without taking events
// of it: senders and Message-IDs of mails that are under way stand there. Where
// the file begins not far before the place, the one that was rotated away before
// it comes first; where the file itself was rotated away since, it is looked for.
// Compressed ones are passed over.
func (l *Log) remember() error {
	pos := l.tail.Position()
	before, err := l.tail.Before(SeenAgain)
	if err != nil {
		return err
	}
	rotated := intray.Rotations(l.opt.Path)
	switch {
	case pos.Offset > 0 && len(before) == 0:
		before = gone(pos, rotated)
	case pos.Offset < SeenAgain && len(rotated) > 0:
		l.show(ending(rotated[len(rotated)-1].Name, SeenAgain-pos.Offset))
	}
	l.show(before)
	l.told, l.events, l.panics = l.reader.Stats(), l.events[:0], 0
	return nil
}

// show gives lines to the reader.
func (l *Log) show(text []byte) {
	for line := range bytes.Lines(text) {
		l.line(line)
		l.events = l.events[:0]
	}
}

// gone returns what stands before a place in a file that has been renamed.
func gone(pos tail.Position, rotated []intray.LogFile) []byte {
	for _, file := range slices.Backward(rotated) {
		pos.Path = file.Name
		if text, err := tail.New(pos).Before(SeenAgain); err == nil && len(text) > 0 {
			return text
		}
	}
	return nil
}

// ending returns whole lines from the end of a file, n bytes at most, or none if
// it cannot be read or is compressed.
func ending(path string, n int64) []byte {
	if intray.IsPacked(path) {
		return nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil
	}
	from := max(0, info.Size()-n)
	text, err := io.ReadAll(io.NewSectionReader(file, from, n))
	if err != nil {
		return nil
	}
	if from > 0 {
		_, text, _ = bytes.Cut(text, []byte{'\n'})
	}
	return text
}
