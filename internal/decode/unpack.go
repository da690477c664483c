package decode

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// maxLayers is how often a report may be compressed: a log that was compressed
// when it was rotated, and once more on its way.
const maxLayers = 2

// zstdWindow bounds the memory of the zstd decoder.
const zstdWindow = 32 << 20

// unpack returns what is below the compression of a report, bounded. packed says
// that there was any.
func unpack(body []byte) (src io.Reader, packed bool, err error) {
	src = bytes.NewReader(body)
	if packing(body) == "" {
		return src, false, nil
	}
	for range maxLayers {
		in := bufio.NewReaderSize(src, 64<<10)
		head, _ := in.Peek(4)
		next, err := layer(packing(head), in)
		if err != nil {
			return nil, true, fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		if next == nil {
			return &bounded{in: in, room: MaxUnpacked}, true, nil
		}
		src = next
	}
	in := bufio.NewReaderSize(src, 64<<10)
	if head, _ := in.Peek(4); packing(head) != "" {
		return nil, true, fmt.Errorf("%w: compressed more than %d times", ErrUnreadable, maxLayers)
	}
	return &bounded{in: in, room: MaxUnpacked}, true, nil
}

// packing names the compression that data begins with, "" for none: RFC 1952
// section 2.3.1, RFC 8878 section 3.1.1, bzip2.
func packing(head []byte) string {
	switch {
	case len(head) >= 3 && head[0] == 0x1f && head[1] == 0x8b && head[2] == 8:
		return "gzip"
	case bytes.HasPrefix(head, []byte("\x28\xb5\x2f\xfd")):
		return "zstd"
	case bytes.HasPrefix(head, []byte("BZh")) && len(head) >= 4 && '1' <= head[3] && head[3] <= '9':
		return "bzip2"
	}
	return ""
}

// layer undoes one compression; nil for none.
func layer(format string, in io.Reader) (io.Reader, error) {
	switch format {
	case "gzip":
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, err
		}
		return &unpacker{z, format}, nil
	case "zstd":
		z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(zstdWindow))
		if err != nil {
			return nil, err
		}
		return &unpacker{z, format}, nil
	case "bzip2":
		return &unpacker{bzip2.NewReader(in), format}, nil
	}
	return nil, nil
}

// damagedError is that compressed data ends early or is corrupt.
type damagedError struct {
	format string
	err    error
}

func (e *damagedError) Error() string { return "damaged " + e.format + " data: " + e.err.Error() }

func (e *damagedError) Unwrap() error { return e.err }

// unpacker names the format in the errors of a decoder.
type unpacker struct {
	in     io.Reader
	format string
}

func (u *unpacker) Read(p []byte) (int, error) {
	n, err := u.in.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = &damagedError{u.format, err}
	}
	return n, err
}

var errTooLong = fmt.Errorf("only the first %d bytes were read", MaxUnpacked)

// bounded reads no more than there is room for: what is small when compressed may
// be without end.
type bounded struct {
	in   io.Reader
	room int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.room <= 0 {
		return 0, errTooLong
	}
	n, err := b.in.Read(p[:min(int64(len(p)), b.room)])
	b.room -= int64(n)
	return n, err
}
