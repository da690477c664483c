package intray

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// utf16Order returns the byte order of a text in UTF-16 with a byte order mark,
// as some Windows programs save mails; nil for anything else.
func utf16Order(head []byte) binary.ByteOrder {
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		return binary.LittleEndian
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		return binary.BigEndian
	}
	return nil
}

// utf16Reader turns UTF-16 into UTF-8. Halves of surrogate pairs become U+FFFD.
type utf16Reader struct {
	in    *bufio.Reader
	order binary.ByteOrder
	out   []byte // not yet read
	buf   [4 * utf8.UTFMax]byte
}

func newUTF16Reader(in *bufio.Reader, order binary.ByteOrder) *utf16Reader {
	in.Discard(2) // the mark, peeked at before
	return &utf16Reader{in: in, order: order}
}

func (u *utf16Reader) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		if len(u.out) == 0 {
			if err := u.decode(); err != nil {
				return n, err
			}
		}
		m := copy(p[n:], u.out)
		u.out = u.out[m:]
		n += m
	}
	return n, nil
}

// decode reads one character.
func (u *utf16Reader) decode() error {
	unit, err := u.unit()
	if err != nil {
		return err
	}
	r := rune(unit)
	if utf16.IsSurrogate(r) {
		low, err := u.in.Peek(2)
		r = utf8.RuneError
		if err == nil {
			r = utf16.DecodeRune(rune(unit), rune(u.order.Uint16(low)))
		}
		if r != utf8.RuneError {
			u.in.Discard(2)
		}
	}
	u.out = utf8.AppendRune(u.buf[:0], r)
	return nil
}

func (u *utf16Reader) unit() (uint16, error) {
	var b [2]byte
	_, err := io.ReadFull(u.in, b[:])
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return 0, io.EOF
	}
	return u.order.Uint16(b[:]), err
}
