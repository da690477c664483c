package disk

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/rebound-mail/rebound/internal/spool"
)

// Bounds of what a report carries beside its body.
const (
	maxIDLength  = 512
	maxMetaCount = 256
	maxMetaBytes = 1 << 20
)

const payloadVersion = 1

// errPayload is that a payload with a good sum says nothing that is understood.
var errPayload = errors.New("the report cannot be decoded")

// validate says why a report cannot be kept.
func validate(r *spool.Report, maxBody int64) error {
	if r.ID == "" || len(r.ID) > maxIDLength {
		return fmt.Errorf("%w: its id has %d bytes, 1 to %d are taken", spool.ErrInvalid, len(r.ID), maxIDLength)
	}
	if int64(len(r.Body)) > maxBody {
		return fmt.Errorf("%w: %d bytes, %d are taken", spool.ErrTooLarge, len(r.Body), maxBody)
	}
	size := len(r.Source) + len(r.Trust) + len(r.Kind)
	for key, value := range r.Meta {
		size += len(key) + len(value)
	}
	if len(r.Meta) > maxMetaCount || size > maxMetaBytes {
		return fmt.Errorf("%w: %d entries and %d bytes beside the body, %d and %d are taken", spool.ErrInvalid, len(r.Meta), size, maxMetaCount, maxMetaBytes)
	}
	return nil
}

// appendPayloadHead writes everything of a report but its body, which follows.
func appendPayloadHead(b []byte, p *spool.Parked) []byte {
	b = append(b, payloadVersion)
	b = appendText(b, p.ID)
	b = appendText(b, string(p.Source))
	b = appendText(b, string(p.Trust))
	b = appendText(b, string(p.Kind))
	b = appendTime(b, p.Received)
	b = binary.AppendUvarint(b, uint64(len(p.Meta)))
	for _, key := range slices.Sorted(maps.Keys(p.Meta)) {
		b = appendText(appendText(b, key), p.Meta[key])
	}
	b = appendText(b, p.Reason)
	b = appendTime(b, p.ParkedAt)
	return binary.AppendUvarint(b, uint64(len(p.Body)))
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// appendTime keeps a time to the nanosecond; the zone becomes UTC.
func appendTime(b []byte, t time.Time) []byte {
	b = binary.AppendVarint(b, t.Unix())
	return binary.AppendUvarint(b, uint64(t.Nanosecond()))
}

// decodePayload reads a report. Its body is a part of b.
func decodePayload(b []byte) (spool.Parked, error) {
	d := decoder{rest: b}
	var p spool.Parked
	if d.octet() != payloadVersion {
		d.bad = true
	}
	p.ID = d.text()
	p.Source, p.Trust, p.Kind = spool.Source(d.text()), spool.Trust(d.text()), spool.Kind(d.text())
	p.Received = d.time()
	if n := d.number(); n > 0 && n <= maxMetaCount {
		p.Meta = make(map[string]string, n)
		for range n {
			key := d.text()
			p.Meta[key] = d.text()
		}
	} else if n != 0 {
		d.bad = true
	}
	p.Reason = d.text()
	p.ParkedAt = d.time()
	if d.number() != uint64(len(d.rest)) {
		d.bad = true
	}
	if d.bad || p.ID == "" {
		return spool.Parked{}, errPayload
	}
	p.Body, p.Size = d.rest, len(d.rest)
	return p, nil
}

// decoder reads fields from the front of rest; after the first that is not there
// all are empty.
type decoder struct {
	rest []byte
	bad  bool
}

func (d *decoder) octet() byte {
	if len(d.rest) == 0 {
		d.bad = true
		return 0
	}
	c := d.rest[0]
	d.rest = d.rest[1:]
	return c
}

func (d *decoder) number() uint64 {
	n, size := binary.Uvarint(d.rest)
	if size <= 0 {
		d.fail()
		return 0
	}
	d.rest = d.rest[size:]
	return n
}

func (d *decoder) text() string {
	n := d.number()
	if n > uint64(len(d.rest)) {
		d.fail()
		return ""
	}
	s := string(d.rest[:n])
	d.rest = d.rest[n:]
	return s
}

func (d *decoder) time() time.Time {
	seconds, size := binary.Varint(d.rest)
	if size <= 0 {
		d.fail()
		return time.Time{}
	}
	d.rest = d.rest[size:]
	nanos := d.number()
	if nanos >= uint64(time.Second) {
		d.fail()
		return time.Time{}
	}
	return time.Unix(seconds, int64(nanos)).UTC()
}

func (d *decoder) fail() { d.rest, d.bad = nil, true }
