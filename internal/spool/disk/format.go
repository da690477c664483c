package disk

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"time"

	"github.com/rebound-mail/rebound/internal/spool"
)

// Sizes of what a segment is made of, in bytes.
const (
	segmentHeaderSize = 32
	frameHeaderSize   = 32
	markerSize        = 8
)

const (
	segmentMagic  = "RBSPOOL\n"
	formatVersion = 1
)

// noTime stands for a report that does not say when it was received.
const noTime = math.MinInt64

// errHeader is that the header of a segment cannot be read.
var errHeader = errors.New("the header of the segment is damaged")

// castagnoli returns the table of CRC-32C; the library keeps one.
func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// marker is what every frame of a segment begins with.
type marker [markerSize]byte

func newMarker() marker {
	var m marker
	_, _ = rand.Read(m[:]) // never fails
	return m
}

// appendSegmentHeader writes magic, version, marker, eight bytes for later, CRC.
func appendSegmentHeader(b []byte, m marker) []byte {
	begin := len(b)
	b = append(b, segmentMagic...)
	b = binary.LittleEndian.AppendUint32(b, formatVersion)
	b = append(b, m[:]...)
	b = append(b, make([]byte, 8)...)
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b[begin:], castagnoli()))
}

// parseSegmentHeader returns errHeader, or an error that wraps spool.ErrNewer.
func parseSegmentHeader(b []byte) (marker, error) {
	if len(b) < segmentHeaderSize || string(b[:8]) != segmentMagic {
		return marker{}, errHeader
	}
	if crc32.Checksum(b[:28], castagnoli()) != binary.LittleEndian.Uint32(b[28:]) {
		return marker{}, errHeader
	}
	if v := binary.LittleEndian.Uint32(b[8:]); v != formatVersion {
		return marker{}, fmt.Errorf("%w: format %d, this one knows %d", spool.ErrNewer, v, formatVersion)
	}
	return marker(b[12:20]), nil
}

// frame is the header of a report in a segment.
type frame struct {
	length   uint32 // of the payload, which follows
	ordinal  uint32 // counts from 0 within the segment
	received int64  // Unix time in nanoseconds, or noTime
	sum      uint32 // CRC-32C of the payload
}

// size is what the frame takes in the file.
func (f *frame) size() int64 { return frameHeaderSize + int64(f.length) }

func appendFrameHeader(b []byte, m marker, f frame) []byte {
	begin := len(b)
	b = append(b, m[:]...)
	b = binary.LittleEndian.AppendUint32(b, f.length)
	b = binary.LittleEndian.AppendUint32(b, f.ordinal)
	b = binary.LittleEndian.AppendUint64(b, uint64(f.received))
	b = binary.LittleEndian.AppendUint32(b, f.sum)
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b[begin:], castagnoli()))
}

// parseFrameHeader reports false for what is no header of this segment.
func parseFrameHeader(b []byte, m marker) (frame, bool) {
	if len(b) < frameHeaderSize || !bytes.Equal(b[:markerSize], m[:]) {
		return frame{}, false
	}
	if crc32.Checksum(b[:28], castagnoli()) != binary.LittleEndian.Uint32(b[28:]) {
		return frame{}, false
	}
	return frame{
		length:   binary.LittleEndian.Uint32(b[8:]),
		ordinal:  binary.LittleEndian.Uint32(b[12:]),
		received: int64(binary.LittleEndian.Uint64(b[16:])),
		sum:      binary.LittleEndian.Uint32(b[24:]),
	}, true
}

// stamp is the time of receipt as a frame has it. Times too far off for it are
// brought near; the payload has them in full.
func stamp(t time.Time) int64 {
	switch {
	case t.IsZero():
		return noTime
	case t.Year() < 1700:
		return noTime + 1
	case t.Year() > 2200:
		return math.MaxInt64
	}
	return t.UnixNano()
}

func unstamp(n int64) time.Time {
	if n == noTime {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}
