package policy

import (
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/rebound-mail/rebound/codebook"
)

// ErrState is wrapped by the errors of what is no encoded state.
var ErrState = errors.New("policy: not a state")

// stateVersion is the first byte of an encoded state. A later version that adds
// parts takes another number and reads this one.
const stateVersion = 1

// The parts that follow, in this order, by the bits of the second byte.
const (
	partFailures = 1 << iota
	partDeliveries
	partHard
	partUnverified
	partObjections
	partBlocks
	partLifts
	partMany // one more byte: which lists are of many streams
)

const (
	manyObjections = 1
	manyBlocks     = 2
)

// idEncoding is how package event writes ids; such ids are kept in 15 bytes.
var idEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

const (
	packedID = 15
	textID   = 24
)

// AppendBinary appends the encoded state to b. Equal states have equal
// encodings. The error is always nil.
func (s State) AppendBinary(b []byte) ([]byte, error) {
	var parts, many byte
	has := func(bit byte, present bool) {
		if present {
			parts |= bit
		}
	}
	has(partFailures, len(s.failures) > 0)
	has(partDeliveries, len(s.deliveries) > 0)
	has(partHard, len(s.hard) > 0)
	has(partUnverified, !s.unverified.isZero())
	has(partObjections, len(s.objections) > 0)
	has(partBlocks, len(s.blocks) > 0)
	has(partLifts, len(s.lifts) > 0)
	if s.manyObjections {
		many |= manyObjections
	}
	if s.manyBlocks {
		many |= manyBlocks
	}
	has(partMany, many != 0)
	b = append(b, stateVersion, parts)
	b = appendMarks(b, s.failures, true)
	b = appendMarks(b, s.deliveries, false)
	if b = appendMarks(b, s.hard, true); len(s.hard) > 0 {
		b = appendMark(b, s.firstHard, s.hard[0].at, true)
	}
	if !s.unverified.isZero() {
		b = appendMark(b, s.unverified, 0, true)
	}
	b = appendObjections(b, s.objections)
	b = appendHands(b, s.blocks)
	b = appendHands(b, s.lifts)
	if many != 0 {
		b = append(b, many)
	}
	return b, nil
}

// MarshalBinary returns the encoded state.
func (s State) MarshalBinary() ([]byte, error) { return s.AppendBinary(nil) }

func appendMarks(b []byte, marks []mark, withEvent bool) []byte {
	if len(marks) == 0 {
		return b
	}
	b = append(b, byte(len(marks)))
	var before int64
	for _, m := range marks {
		b = appendMark(b, m, before, withEvent)
		before = m.at
	}
	return b
}

// appendMark writes a mark's time as the difference to another one.
func appendMark(b []byte, m mark, before int64, withEvent bool) []byte {
	b = binary.AppendVarint(b, m.at-before)
	b = append(b, byte(m.key>>40), byte(m.key>>32), byte(m.key>>24), byte(m.key>>16), byte(m.key>>8), byte(m.key))
	if !withEvent {
		return b
	}
	return appendText(appendID(b, m.id), string(m.reason))
}

// appendID writes an id: its length and text, or 0xff and 15 bytes.
func appendID(b []byte, id string) []byte {
	if len(id) == textID {
		if packed, err := idEncoding.DecodeString(id); err == nil && idEncoding.EncodeToString(packed) == id {
			return append(append(b, 0xff), packed...)
		}
	}
	return append(append(b, byte(len(id))), id...)
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendObjections(b []byte, list []objection) []byte {
	if len(list) == 0 {
		return b
	}
	b = append(b, byte(len(list)))
	for _, o := range list {
		b = appendText(b, o.stream)
		b = appendMark(b, o.last, 0, true)
		b = appendMark(b, o.first, o.last.at, true)
	}
	return b
}

func appendHands(b []byte, list []byHand) []byte {
	if len(list) == 0 {
		return b
	}
	b = append(b, byte(len(list)))
	for _, h := range list {
		b = binary.AppendVarint(appendText(b, h.stream), h.at)
		b = appendText(appendText(appendText(b, h.by), h.note), string(h.reason))
	}
	return b
}

// UnmarshalBinary reads an encoded state. What [State.AppendBinary] cannot have
// written is refused with an error that wraps ErrState, and s is then as before.
// b is not kept.
func (s *State) UnmarshalBinary(b []byte) error {
	if len(b) < 2 || b[0] != stateVersion {
		return fmt.Errorf("%w: no version that is known", ErrState)
	}
	r := reader{rest: b[2:]}
	parts, many := b[1], byte(0)
	var t State
	if parts&partFailures != 0 {
		t.failures = r.marks(keptFailures, true)
	}
	if parts&partDeliveries != 0 {
		t.deliveries = r.marks(keptDeliveries, false)
	}
	if parts&partHard != 0 {
		if t.hard = r.marks(keptHard, true); !r.bad {
			t.firstHard = r.mark(t.hard[0].at, true)
			r.must(!t.firstHard.isZero() && t.firstHard.order(t.hard[len(t.hard)-1]) <= 0)
		}
	}
	if parts&partUnverified != 0 {
		t.unverified = r.mark(0, true)
		r.must(!t.unverified.isZero())
	}
	if parts&partObjections != 0 {
		t.objections = readList(&r, keptStreams, reader.objection)
	}
	if parts&partBlocks != 0 {
		t.blocks = readList(&r, keptStreams, reader.byHand)
	}
	if parts&partLifts != 0 {
		t.lifts = readList(&r, keptStreams+1, reader.byHand)
		r.must(len(t.lifts) <= keptStreams || t.lifts[0].stream == "")
	}
	if parts&partMany != 0 {
		many = r.byte()
		r.must(many != 0 && many < 4)
	}
	t.manyObjections, t.manyBlocks = many&manyObjections != 0, many&manyBlocks != 0
	r.must(!t.manyObjections || len(t.objections) == 1 && t.objections[0].stream == "")
	r.must(!t.manyBlocks || len(t.blocks) == 1 && t.blocks[0].stream == "")
	if r.bad || len(r.rest) > 0 {
		return fmt.Errorf("%w: damaged, %d of %d bytes read", ErrState, len(b)-len(r.rest), len(b))
	}
	*s = t
	return nil
}

// reader reads the parts of an encoded state. Once something is wrong it is
// bad, and gives zero values.
type reader struct {
	rest []byte
	bad  bool
}

func (r *reader) must(ok bool) {
	if !ok {
		r.bad, r.rest = true, nil
	}
}

func (r *reader) take(n int) []byte {
	r.must(len(r.rest) >= n)
	if r.bad {
		return nil
	}
	out := r.rest[:n]
	r.rest = r.rest[n:]
	return out
}

func (r *reader) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.rest)
	r.must(n > 0 && n == len(binary.AppendVarint(nil, v)))
	if !r.bad {
		r.rest = r.rest[n:]
	}
	return v
}

func (r *reader) text(limit int) string {
	v, n := binary.Uvarint(r.rest)
	r.must(n > 0 && v <= uint64(limit) && n == len(binary.AppendUvarint(nil, v)))
	if r.bad {
		return ""
	}
	r.rest = r.rest[n:]
	return r.utf8(int(v))
}

func (r *reader) utf8(n int) string {
	b := r.take(n)
	r.must(utf8.Valid(b))
	if r.bad {
		return ""
	}
	return string(b)
}

func (r *reader) id() string {
	n := r.byte()
	if n == 0xff {
		return idEncoding.EncodeToString(r.take(packedID))
	}
	r.must(n <= maxID)
	id := r.utf8(int(n))
	if len(id) == textID { // it would have been packed
		packed, err := idEncoding.DecodeString(id)
		r.must(err != nil || idEncoding.EncodeToString(packed) != id)
	}
	return id
}

func (r *reader) at(before int64) int64 {
	d := r.varint()
	r.must(d > -2*maxMillis && d < 2*maxMillis)
	at := before + d
	r.must(at >= minMillis && at <= maxMillis)
	return at
}

func (r *reader) mark(before int64, withEvent bool) mark {
	m := mark{at: r.at(before)}
	for _, b := range r.take(6) {
		m.key = m.key<<8 | uint64(b)
	}
	if withEvent {
		m.id, m.reason = r.id(), codebook.Reason(r.text(maxID))
	}
	return m
}

// marks reads a list: the latest first, each message once.
func (r *reader) marks(limit int, withEvent bool) []mark {
	n := int(r.byte())
	r.must(n > 0 && n <= limit)
	var out []mark
	var before int64
	for range n {
		m := r.mark(before, withEvent)
		r.must(len(out) == 0 || out[len(out)-1].order(m) > 0 && !holds(out, m.key))
		if r.bad {
			return nil
		}
		out, before = append(out, m), m.at
	}
	return out
}

func (r reader) objection() (objection, reader) {
	o := objection{stream: r.stream()}
	o.last = r.mark(0, true)
	o.first = r.mark(o.last.at, true)
	r.must(!o.first.isZero() && o.first.order(o.last) <= 0)
	return o, r
}

func (r reader) byHand() (byHand, reader) {
	h := byHand{stream: r.stream(), at: r.at(0)}
	h.by, h.note, h.reason = r.text(maxBy), r.text(maxNote), codebook.Reason(r.text(maxID))
	return h, r
}

func (r *reader) stream() string {
	s := r.text(maxStream)
	r.must(s == StreamName(s))
	return s
}

// readList reads a list that is sorted by stream, each stream once.
func readList[T perStream[T]](r *reader, limit int, read func(reader) (T, reader)) []T {
	n := int(r.byte())
	r.must(n > 0 && n <= limit)
	var out []T
	for range n {
		if r.bad {
			return nil
		}
		var x T
		x, *r = read(*r)
		out = append(out, x)
	}
	r.must(slices.IsSortedFunc(out, func(a, b T) int { return strings.Compare(a.of(), b.of()) }))
	for i := 1; i < len(out); i++ {
		r.must(out[i-1].of() != out[i].of())
	}
	return out
}
