package maillog

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"github.com/rebound-mail/rebound/event"
)

// Read feeds the lines of src, to its end, and gives the events to yield as
// they are completed. What yield gets is only valid until it returns. An error
// of yield ends the reading and is returned; an error of src is wrapped. Lines
// longer than MaxLine are cut off; UTF-16 with a byte order mark is decoded. State for joins stays for further files; see
// File.
func (r *Reader) Read(src io.Reader, yield func(*event.Event) error) error {
	var dst []event.Event
	give := func() error {
		for i := range dst {
			if err := yield(&dst[i]); err != nil {
				return err
			}
		}
		dst = dst[:0]
		return nil
	}
	in := decoded(src)
	for {
		line, err := in.ReadSlice('\n')
		if len(line) > 0 {
			dst = r.Line(dst, line)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			err = skipLine(in)
		}
		if giveErr := give(); giveErr != nil {
			return giveErr
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return fmt.Errorf("maillog: reading line %d: %w", r.line+1, err)
		}
	}
	dst = r.Flush(dst)
	return give()
}

// decoded buffers src, and makes UTF-8 of UTF-16, in which the admin centre of
// Microsoft 365 writes its exports. A byte order mark tells.
func decoded(src io.Reader) *bufio.Reader {
	in := bufio.NewReaderSize(src, MaxLine)
	if mark, _ := in.Peek(2); isUTF16(mark) {
		return bufio.NewReaderSize(transform.NewReader(in, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder()), MaxLine)
	}
	return in
}

func isUTF16(b []byte) bool { return hasPrefix(b, "\xff\xfe") || hasPrefix(b, "\xfe\xff") }

// skipLine passes over the rest of a line.
func skipLine(in *bufio.Reader) error {
	for {
		piece, err := in.ReadSlice('\n')
		if !errors.Is(err, bufio.ErrBufferFull) || bytes.HasSuffix(piece, []byte("\n")) {
			return err
		}
	}
}
