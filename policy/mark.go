package policy

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/rebound-mail/rebound/codebook"
)

// mark is one message's outcome as a state remembers it.
type mark struct {
	at     int64  // milliseconds since 1970
	key    uint64 // 48 bits that stand for the message
	id     string // of the event
	reason codebook.Reason
}

// order is a total order: by time, then by all the rest, so that of several
// reports of one message always the same one stands.
func (m mark) order(n mark) int {
	return cmp.Or(cmp.Compare(m.at, n.at), cmp.Compare(m.key, n.key), strings.Compare(m.id, n.id), strings.Compare(string(m.reason), string(n.reason)))
}

func (m mark) isZero() bool    { return m == mark{} }
func (m mark) time() time.Time { return time.UnixMilli(m.at).UTC() }

// later returns the later of two marks, earlier the earlier; the zero mark is
// no mark.
func later(m, n mark) mark {
	if m.isZero() || !n.isZero() && n.order(m) > 0 {
		return n
	}
	return m
}

func earlier(m, n mark) mark {
	if m.isZero() || !n.isZero() && n.order(m) < 0 {
		return n
	}
	return m
}

// latest merges two lists of marks, each with one mark a message and the latest
// first, to the latest of both, at most limit.
//
// This is what keeps a state bounded and yet free of order: of the set of all
// marks, it is the limit latest messages, each with its latest mark. A mark that
// falls out has limit later messages before it, in every larger set as well.
func latest(a, b []mark, limit int) []mark {
	if len(b) == 0 {
		return a
	}
	if len(a) == 0 {
		return b
	}
	out := make([]mark, 0, min(limit, len(a)+len(b)))
	for len(out) < limit && (len(a) > 0 || len(b) > 0) {
		var next mark
		if len(b) == 0 || len(a) > 0 && a[0].order(b[0]) >= 0 {
			next, a = a[0], a[1:]
		} else {
			next, b = b[0], b[1:]
		}
		if !holds(out, next.key) {
			out = append(out, next)
		}
	}
	return out
}

func holds(marks []mark, key uint64) bool {
	for i := range marks {
		if marks[i].key == key {
			return true
		}
	}
	return false
}

// The times that a state can hold: years 1 to 9999.
const (
	minMillis = -62135596800000
	maxMillis = 253402300799999
)

func millis(t time.Time) int64 {
	switch y := t.Year(); {
	case y < 1:
		return minMillis
	case y > 9999:
		return maxMillis
	}
	return min(max(t.UnixMilli(), minMillis), maxMillis)
}

// maxKey is the largest message key.
const maxKey = 1<<48 - 1

// messageKey hashes what names a message to 48 bits: a state compares a few
// messages of one recipient, not all messages there are.
func messageKey(o *Outcome) uint64 {
	name := "m" + o.MessageKey
	if o.MessageKey == "" {
		name = "e" + o.EventID
	}
	sum := sha256.Sum256([]byte(name))
	return binary.BigEndian.Uint64(sum[:8]) & maxKey
}

// The longest texts that a state holds, in bytes.
const (
	maxID     = 64
	maxStream = 128
	maxBy     = 128
	maxNote   = 512
)

// StreamName returns the name by which a stream is known: trimmed and, where it
// is longer than 128 bytes, cut and told apart by a hash.
func StreamName(s string) string {
	s = strings.ToValidUTF8(strings.TrimSpace(s), "\uFFFD")
	if len(s) <= maxStream {
		return s
	}
	sum := sha256.Sum256([]byte(s))
	return cut(s, maxStream-17) + "#" + hex.EncodeToString(sum[:8])
}

// cut shortens s to n bytes, at the start of a character.
func cut(s string, n int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
