package tail

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/rebound-mail/rebound/maillog"
)

// Lines are some whole lines of a file.
type Lines struct {
	Text  []byte // valid until give returns
	First int    // the number of the first line, from 1
	Begin bool   // they are the first of another file than those before
	Name  string // of the file: the path, or what it was renamed to
}

// Tail follows one file. It is not safe for concurrent use.
type Tail struct {
	pos     Position
	file    *os.File // nil as long as there is none
	info    os.FileInfo
	buf     []byte
	have    int  // bytes in buf, of an unfinished line
	long    bool // the rest of a long line is to be passed over
	skipped int64
	fresh   bool // no lines of this file were given, only of others
	resume  bool // pos is of an earlier run and was not compared yet
}

// New follows a file from a position on, of which Path must be set; only the
// path means from the beginning. The file need not exist.
func New(from Position) *Tail {
	return &Tail{pos: from, resume: from.HeadBytes > 0}
}

// Position returns how far the file was read.
func (t *Tail) Position() Position { return t.pos }

// Close closes the file.
func (t *Tail) Close() error {
	if t.file == nil {
		return nil
	}
	err := t.file.Close()
	t.file = nil
	return err
}

// errGone ends a poll of a file that is not there.
var errGone = errors.New("tail: no such file")

// Poll gives the lines that were written since, and returns when there are no
// more. An error of give is returned; its lines will be given again. Other errors
// are of reading; Poll may be called again. A file that does not exist has no
// lines.
func (t *Tail) Poll(give func(Lines) error) error {
	if t.file == nil {
		if err := t.open(give); err != nil {
			if errors.Is(err, errGone) {
				return nil
			}
			return err
		}
	}
	if err := t.checkTruncated(give); err != nil {
		return err
	}
	grew, err := t.drain(give)
	if err != nil {
		return err
	}
	now, err := os.Stat(t.pos.Path)
	switch {
	case err != nil, os.SameFile(now, t.info):
		return nil // renamed: until another one stands there, it may go on growing
	case now.Size() == 0 || grew:
		return nil // who writes it may not know of the other one yet
	}
	return t.change(give)
}

// change goes on with the file that stands now where the other one stood.
func (t *Tail) change(give func(Lines) error) error {
	if _, err := t.drain(give); err != nil {
		return err
	}
	if err := t.lastLine(give); err != nil {
		return err
	}
	if err := t.Close(); err != nil {
		return err
	}
	t.restart()
	if err := t.open(give); err != nil {
		if errors.Is(err, errGone) {
			return nil
		}
		return err
	}
	_, err := t.drain(give)
	return err
}

// restart begins another file.
func (t *Tail) restart() {
	t.pos = Position{Path: t.pos.Path}
	t.have, t.skipped, t.long, t.fresh = 0, 0, false, true
}

// open opens the file. If it is not the one that was read in an earlier run, what
// became of that one is read first.
func (t *Tail) open(give func(Lines) error) error {
	file, err := os.Open(t.pos.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return errGone
	}
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err == nil && t.resume && (info.Size() < t.pos.Offset || !t.pos.isOf(io.NewSectionReader(file, 0, headBytes))) {
		if err = t.missed(give); err == nil {
			t.restart()
		}
	}
	if err != nil {
		file.Close()
		return err
	}
	t.file, t.info, t.resume = file, info, false
	return nil
}

// checkTruncated begins anew if the file has become shorter, or another one
// within the same file.
func (t *Tail) checkTruncated(give func(Lines) error) error {
	info, err := t.file.Stat()
	if err != nil {
		return err
	}
	if info.Size() >= t.at() && t.pos.isOf(io.NewSectionReader(t.file, 0, headBytes)) {
		return nil
	}
	if err := t.missed(give); err != nil {
		return err
	}
	t.restart()
	return nil
}

// at returns how many bytes were read.
func (t *Tail) at() int64 { return t.pos.Offset + t.skipped + int64(t.have) }

// bufferSize holds a line of any length that is read, and many usual ones.
const bufferSize = 2 * maillog.MaxLine

// drain gives the whole lines that there are.
func (t *Tail) drain(give func(Lines) error) (grew bool, err error) {
	if t.buf == nil {
		t.buf = make([]byte, bufferSize)
	}
	for {
		n, err := t.file.ReadAt(t.buf[t.have:], t.at())
		if n == 0 {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return grew, err
		}
		grew = true
		if err := t.take(n, give); err != nil {
			return grew, err
		}
	}
}

// take gives the whole lines among those read before and n more bytes.
func (t *Tail) take(n int, give func(Lines) error) error {
	if t.long {
		end := bytes.IndexByte(t.buf[t.have:t.have+n], '\n')
		if end < 0 {
			t.skipped += int64(n)
			return nil
		}
		t.skipped += int64(end + 1)
		return t.give(t.buf[:t.have], int64(t.have)+t.skipped, give)
	}
	end := bytes.LastIndexByte(t.buf[t.have:t.have+n], '\n')
	if end >= 0 {
		end += t.have + 1
		return t.give(t.buf[:end], int64(end), give)
	}
	t.have += n
	if t.have >= maillog.MaxLine {
		t.skipped += int64(t.have - maillog.MaxLine)
		t.have, t.long = maillog.MaxLine, true
		t.buf[t.have-1] = '\n'
	}
	return nil
}

// give gives lines that took so many bytes of the file. Bytes behind them are
// read again.
func (t *Tail) give(text []byte, size int64, give func(Lines) error) error {
	have := t.have
	t.have = 0
	lines := Lines{Text: text, First: t.pos.Line + 1, Begin: t.fresh, Name: t.pos.Path}
	if err := give(lines); err != nil {
		if t.long {
			t.have = have
			t.skipped = 0 // the rest of the line will be passed over again
		}
		return err
	}
	t.fresh = false
	t.pos.Offset += size
	t.pos.Line += bytes.Count(text, []byte{'\n'})
	t.skipped, t.long = 0, false
	return t.remember()
}

// remember notes the head of the file.
func (t *Tail) remember() error {
	n := min(t.pos.Offset, headBytes)
	if n == t.pos.HeadBytes {
		return nil
	}
	head := hashHead(io.NewSectionReader(t.file, 0, n), n)
	if head == "" {
		return errors.New("tail: the file became shorter while it was read")
	}
	t.pos.Head, t.pos.HeadBytes = head, n
	return nil
}

// lastLine gives what stands behind the last line end of a file that is complete.
func (t *Tail) lastLine(give func(Lines) error) error {
	if t.have == 0 {
		return nil
	}
	return t.give(t.buf[:t.have], int64(t.have)+t.skipped, give)
}

// Before returns whole lines of the file before the position, n bytes of them at
// most, and before these its first lines, where columns may be named: what a
// reader that remembers has to see again. There are none if the file was rotated
// away.
func (t *Tail) Before(n int64) ([]byte, error) {
	file, err := os.Open(t.pos.Path)
	if err != nil || t.pos.Offset == 0 {
		return nil, nil
	}
	defer file.Close()
	if !t.pos.isOf(io.NewSectionReader(file, 0, headBytes)) {
		return nil, nil
	}
	from := max(0, t.pos.Offset-n)
	text := make([]byte, t.pos.Offset-from)
	if _, err := file.ReadAt(text, from); err != nil {
		if errors.Is(err, io.EOF) {
			err = nil // it was truncated
		}
		return nil, err
	}
	if from == 0 {
		return text, nil
	}
	first := make([]byte, min(from, firstLines))
	if _, err := file.ReadAt(first, 0); err != nil {
		return nil, err
	}
	_, text, _ = bytes.Cut(text, []byte{'\n'})
	return append(first[:bytes.LastIndexByte(first, '\n')+1], text...), nil
}

// firstLines is how many bytes of first lines Before returns.
const firstLines = 8 << 10

// End moves the position of a tail that was not polled yet to the end of the
// file, so that only what is written from now on is given.
func (t *Tail) End() error {
	file, err := os.Open(t.pos.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	in, whole := &lineCounter{}, int64(0)
	if whole, err = io.Copy(in, file); err != nil {
		return err
	}
	t.pos.Offset, t.pos.Line = whole-in.behind, in.lines
	t.pos.HeadBytes = min(t.pos.Offset, headBytes)
	t.pos.Head = hashHead(io.NewSectionReader(file, 0, headBytes), t.pos.HeadBytes)
	return nil
}

// lineCounter counts lines and the bytes behind the last line end.
type lineCounter struct {
	lines  int
	behind int64
}

func (c *lineCounter) Write(b []byte) (int, error) {
	c.lines += bytes.Count(b, []byte{'\n'})
	if end := bytes.LastIndexByte(b, '\n'); end >= 0 {
		c.behind = int64(len(b) - end - 1)
		return len(b), nil
	}
	c.behind += int64(len(b))
	return len(b), nil
}
