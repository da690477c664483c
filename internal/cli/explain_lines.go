package cli

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"
)

// A batch of lines is what one core works on at a time.
const (
	batchLines = 512
	batchBytes = 256 << 10
)

// maxLine is how much of a line is kept; the classifier looks at less.
const maxLine = 1 << 20

// batch is lines of input, joined, and where each ends.
type batch struct {
	text []byte
	ends []int
}

// lines gives one verdict a line, in order. Memory does not grow with the input.
// A batch goes out as soon as no more input waits, so that a program may talk to
// this one line by line.
func (x *explainer) lines(in io.Reader, out io.Writer, asJSON bool) error {
	var readErr error
	err := ordered(func(give func(*batch) bool) {
		readErr = readBatches(in, give)
	}, func(b *batch) []byte {
		if asJSON {
			return x.jsonLines(b)
		}
		return x.plainLines(b)
	}, func(b []byte) error {
		_, err := out.Write(b)
		return err
	})
	if err != nil {
		return err
	}
	return readErr
}

// readBatches cuts the input into batches until it ends or give refuses.
func readBatches(in io.Reader, give func(*batch) bool) error {
	r := bufio.NewReaderSize(in, 64<<10)
	for {
		b, err := readBatch(r)
		if len(b.ends) > 0 && !give(b) {
			return nil
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func readBatch(r *bufio.Reader) (*batch, error) {
	b := &batch{text: make([]byte, 0, 8<<10)}
	for {
		err := b.readLine(r)
		if err != nil || len(b.ends) >= batchLines || len(b.text) >= batchBytes || r.Buffered() == 0 {
			return b, err
		}
	}
}

// readLine adds one line without its end; what is longer than maxLine is dropped.
func (b *batch) readLine(r *bufio.Reader) error {
	start, read := len(b.text), 0
	for {
		piece, err := r.ReadSlice('\n')
		read += len(piece)
		if room := maxLine - (len(b.text) - start); room > 0 {
			b.text = append(b.text, piece[:min(room, len(piece))]...)
		}
		if err == bufio.ErrBufferFull {
			continue
		}
		if read > 0 {
			b.text = append(b.text[:start], bytes.TrimRight(b.text[start:], "\r\n")...)
			b.ends = append(b.ends, len(b.text))
		}
		return err
	}
}

// each gives the lines.
func (b *batch) each(yield func(line string)) {
	start := 0
	for _, end := range b.ends {
		yield(string(b.text[start:end]))
		start = end
	}
}

func (x *explainer) jsonLines(b *batch) []byte {
	w := newJSONWriter()
	dst := make([]byte, 0, 400*len(b.ends))
	b.each(func(line string) {
		l := x.Line(x.hints.input(line))
		l.Text, l.Remedy = cutText(line), nil
		dst, _ = w.append(dst, &l) // strings and numbers: it cannot fail
	})
	return dst
}

// plainLines writes reason, lasting, decision and the text, parted by tabs.
func (x *explainer) plainLines(b *batch) []byte {
	var dst []byte
	b.each(func(line string) {
		v := x.Line(x.hints.input(line))
		dst = fmt.Appendf(dst, "%s\t%s\t%s\t%s", v.Reason, v.Lasting, v.Decision, printable(strings.ReplaceAll(cutText(line), "\t", " ")))
		for _, system := range x.Systems {
			dst = fmt.Appendf(dst, "\t%s", v.As[system])
		}
		dst = append(dst, '\n')
	})
	return dst
}

// cutText shortens a text to what is worth repeating in an answer.
func cutText(text string) string {
	const most = 4 << 10
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + " ..."
}
