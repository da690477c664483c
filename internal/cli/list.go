package cli

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"io"

	"golang.org/x/text/encoding/unicode"
)

// readList reads a list as people have it: packed by gzip, or in UTF-16, as
// spreadsheets write it. What holds no text is refused: otherwise no line would be
// found in it, and that would look like success.
func readList(name string, in io.Reader) (io.Reader, error) {
	buffered := bufio.NewReader(in)
	first, _ := buffered.Peek(4) // an error comes again when it is read
	switch {
	case bytes.HasPrefix(first, []byte("\x1f\x8b")):
		unpacked, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, usage("%s: damaged, or no gzip: %v", name, err)
		}
		return unpacked, nil
	case bytes.HasPrefix(first, []byte("PK\x03\x04")):
		return nil, usage("%s is a ZIP archive or a spreadsheet; save the list in it as CSV", name)
	case bytes.HasPrefix(first, []byte("\xff\xfe")), bytes.HasPrefix(first, []byte("\xfe\xff")):
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Reader(buffered), nil
	case bytes.IndexByte(first, 0) >= 0:
		return nil, usage("%s is no text; save the list as CSV", name)
	}
	return buffered, nil
}
