package intray

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"errors"
	"io"
	"os"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// bufferSize is how much is read at once.
const bufferSize = 128 << 10

// maxLayers is how often something may be compressed.
const maxLayers = 3

// zstdWindow bounds the memory of the zstd decoder; zstd itself refuses more
// unless told otherwise.
const zstdWindow = 128 << 20

// Open tells what r holds and returns its records. The errors are [ErrEmpty],
// [*UnreadableError], [*DamagedError], or what r failed with.
func Open(r io.Reader, opt Options) (Source, error) {
	in := bufio.NewReaderSize(r, bufferSize)
	for range maxLayers {
		next, err := decompress(in)
		if err != nil {
			return nil, err
		}
		if next == nil {
			return newSource(in, opt)
		}
		in = bufio.NewReaderSize(next, bufferSize)
		opt.FileSize = 0 // what it unpacks to is another matter
	}
	return nil, &UnreadableError{What: "data compressed more than three times"}
}

// OpenBytes is Open for a file that is in memory. The record of a single mail is
// data itself.
func OpenBytes(data []byte, opt Options) (Source, error) {
	head := data[:min(len(data), sniffed)]
	packed := isPacked(head) || utf16Order(head) != nil
	if packed || int64(len(data)) > opt.maxRecord() {
		return Open(bytes.NewReader(data), opt)
	}
	found, err := sniff(head, len(head) == len(data), func() []byte { return data[:min(len(data), bufferSize)] })
	if err != nil {
		return nil, err
	}
	if found.kind == Mail {
		return &bytesSource{data}, nil
	}
	return found.source(bufio.NewReaderSize(bytes.NewReader(data), min(bufferSize, len(data)+1)), head, opt), nil
}

func newSource(in *bufio.Reader, opt Options) (Source, error) {
	head, err := in.Peek(sniffed)
	if err != nil && !errors.Is(err, io.EOF) && len(head) == 0 {
		return nil, err
	}
	whole := err != nil
	if u := utf16Order(head); u != nil {
		in = bufio.NewReaderSize(newUTF16Reader(in, u), bufferSize)
		head, err = in.Peek(sniffed)
		whole = err != nil
	}
	found, err := sniff(head, whole, func() []byte {
		wide, _ := in.Peek(bufferSize)
		return wide
	})
	if err != nil {
		return nil, err
	}
	return found.source(in, head, opt), nil
}

// source returns the records of what was found.
func (f finding) source(in *bufio.Reader, head []byte, opt Options) Source {
	switch f.kind {
	case Mbox:
		return newMboxSource(in, head, opt)
	case Text:
		return newTextSource(in, opt)
	case Log:
		return newLogSource(in, head, opt)
	case Payload:
		return newPayloadSource(in, f.provider, f.form, opt)
	}
	return &singleSource{in: in, opt: opt}
}

// decompress returns what is below one layer of compression, nil if there is
// none.
func decompress(in *bufio.Reader) (io.Reader, error) {
	head, _ := in.Peek(4)
	switch {
	case isGzip(head):
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, &DamagedError{"gzip", err}
		}
		return &layer{z, "gzip"}, nil
	case isZstd(head):
		z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(zstdWindow))
		if err != nil {
			return nil, &DamagedError{"zstd", err}
		}
		return &layer{z, "zstd"}, nil
	case isBzip2(head):
		return &layer{bzip2.NewReader(in), "bzip2"}, nil
	}
	return nil, nil
}

// IsPacked reports whether a file is compressed. One that cannot be read is not.
func IsPacked(path string) bool {
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	var head [4]byte
	n, _ := io.ReadFull(file, head[:])
	return isPacked(head[:n])
}

func isPacked(head []byte) bool { return isGzip(head) || isZstd(head) || isBzip2(head) }

// isGzip: RFC 1952 section 2.3.1.
func isGzip(head []byte) bool {
	return len(head) >= 3 && head[0] == 0x1f && head[1] == 0x8b && head[2] == 8
}

func isBzip2(head []byte) bool {
	return len(head) >= 4 && string(head[:3]) == "BZh" && '1' <= head[3] && head[3] <= '9'
}

// isZstd reports a frame, or a frame to be skipped (RFC 8878 sections 3.1.1 and
// 3.1.2).
func isZstd(head []byte) bool {
	if len(head) < 4 {
		return false
	}
	return string(head[:4]) == "\x28\xb5\x2f\xfd" || head[0]&0xf0 == 0x50 && string(head[1:4]) == "\x2a\x4d\x18"
}

// layer names the format in the errors of a decoder.
type layer struct {
	r      io.Reader
	format string
}

func (l *layer) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	if err != nil && err != io.EOF {
		err = &DamagedError{l.format, err}
	}
	return n, err
}
