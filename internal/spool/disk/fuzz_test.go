package disk

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rebound-mail/rebound/internal/spool"
)

func sumOf(b []byte) []byte {
	return binary.LittleEndian.AppendUint32(nil, crc32.Checksum(b, castagnoli()))
}

// FuzzSegment damages a good segment and reads it: whatever is found must be one
// of the reports that were written, or be made of input that nobody wrote.
func FuzzSegment(f *testing.F) {
	w := write(f, 0, "", " one", " two", "")
	f.Add(uint16(0), []byte{}, uint16(0))
	f.Add(uint16(40), []byte{0xff}, uint16(1))
	f.Add(uint16(100), []byte("inserted"), uint16(0))
	f.Add(uint16(33), []byte{}, uint16(120))
	f.Add(uint16(len(w.segment)), make([]byte, 100), uint16(0))
	f.Add(uint16(32), w.segment[32:], uint16(0))
	f.Fuzz(func(t *testing.T, at uint16, instead []byte, cut uint16) {
		i := min(int(at), len(w.segment))
		j := min(i+int(cut), len(w.segment))
		b := append(append(bytes.Clone(w.segment[:i]), instead...), w.segment[j:]...)
		found := mustScan(t, b)
		for _, e := range found.entries {
			if !bytes.Contains(w.segment, b[e.offset:e.offset+e.size()]) {
				t.Errorf("found a report that was never written at %d", e.offset)
			}
		}
	})
}

// FuzzSegmentBytes reads anything.
func FuzzSegmentBytes(f *testing.F) {
	w := write(f, 0, "", " one")
	f.Add(w.segment)
	f.Add(w.segment[:70])
	f.Add([]byte("RBSPOOL\n"))
	f.Fuzz(func(t *testing.T, b []byte) { mustScan(t, b) })
}

// mustScan reads a segment and checks what has to hold for any.
func mustScan(t *testing.T, b []byte) findings {
	t.Helper()
	found, err := scan(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		if !errors.Is(err, errHeader) && !errors.Is(err, spool.ErrNewer) {
			t.Fatal(err)
		}
		return findings{}
	}
	if found.end+found.torn > int64(len(b)) {
		t.Fatalf("the end is at %d, torn are %d, of %d", found.end, found.torn, len(b))
	}
	covered, next := int64(segmentHeaderSize)+found.torn, uint32(0)
	for _, e := range found.entries {
		if e.ordinal < next || e.offset+e.size() > found.end {
			t.Fatalf("entry %+v behind %d", e, next)
		}
		next = e.ordinal + 1
		covered += e.size()
	}
	for _, d := range found.damaged {
		if d.from > d.to || d.offset+d.length > int64(len(b)) {
			t.Fatalf("damage %+v", d)
		}
		covered += d.length
	}
	if len(b) >= segmentHeaderSize && covered != int64(len(b)) {
		t.Fatalf("%d of %d bytes are accounted for: %+v", covered, len(b), found)
	}
	if n := len(slotsOf(&found)); n > len(b) {
		t.Fatalf("%d slots for %d bytes", n, len(b))
	}
	return found
}

// FuzzPayload decodes anything; what decodes encodes to the same again.
func FuzzPayload(f *testing.F) {
	p := spool.Parked{Report: report("id", "body"), Reason: "why", ParkedAt: received(), Size: 4}
	f.Add(append(appendPayloadHead(nil, &p), p.Body...))
	f.Add([]byte{1, 1, 'a', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := decodePayload(b)
		if err != nil {
			return
		}
		again, err := decodePayload(append(appendPayloadHead(nil, &p), p.Body...))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(p, again); diff != "" {
			t.Error(diff)
		}
	})
}

// FuzzJournal reads anything and applies it.
func FuzzJournal(f *testing.F) {
	w := write(f, 2, "", "", "")
	f.Add(w.journal)
	f.Add(append(bytes.Clone(w.journal), w.journal[16:]...))
	f.Fuzz(func(t *testing.T, b []byte) {
		g := segment{slots: make([]slot, 3)}
		g.replay(parseJournal(b, w.found.marker))
		g.count()
		if g.open > 3 || g.open < 0 {
			t.Errorf("%d open", g.open)
		}
	})
}
