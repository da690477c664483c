package policy

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/rebound-mail/rebound/codebook"
)

// How much of a recipient's history a state keeps.
const (
	keptFailures   = 16 // the latest failed messages that count
	keptDeliveries = 6  // the latest delivered messages
	keptHard       = 4  // the latest failures that suppress at once, beside the first
	keptStreams    = 16 // streams that are objected to, blocked or lifted
)

// MaxConsecutive is the largest Settings.Consecutive: a state knows of no more
// failed messages.
const MaxConsecutive = keptFailures

// State is a summary of the outcomes seen of one recipient. It is a value: the
// methods that add to it return another one and leave it as it was. The zero
// value is the state of a recipient of whom nothing is known.
//
// What is kept of all outcomes is a fixed choice among them, the same in
// whatever order they come:
//
//   - the 16 latest failed messages that count, the 6 latest delivered ones and
//     the 4 latest failures that suppress at once, each message with its latest
//     report; and the first of the failures that suppress at once
//   - of each stream the first and the latest objection; of more than 16 streams
//     those of all of them together, which then hold for every stream
//   - of each stream the latest block and the latest lifting by hand, blocks of
//     more than 16 streams together, liftings of the 16 latest and of "all"
//   - the latest report whose source is not trusted
//
// Times are kept to the millisecond.
type State struct {
	failures   []mark // latest first, a message once
	deliveries []mark // likewise; without id and reason
	hard       []mark // likewise
	firstHard  mark
	unverified mark

	objections []objection // sorted by stream
	blocks     []byHand
	lifts      []byHand

	manyObjections, manyBlocks bool // of more than keptStreams streams: held as stream ""
}

// Lift ends by hand what holds against a recipient: everything that happened
// until At no longer counts, also if it is reported later.
type Lift struct {
	At     time.Time
	By     string // who did it
	Note   string // why
	Stream string // only the objections and blocks of that stream; "" for everything
}

// Block suppresses an address by hand, or because another system's list does.
type Block struct {
	At     time.Time
	By     string
	Note   string
	Reason codebook.Reason // "" if there is none but the note
	Stream string          // "" for every stream
}

// Add returns the state with one more outcome.
func (s State) Add(o Outcome) State {
	return Merge(s, stateOf(&o))
}

// Lift returns the state with a lifting by hand. Of several liftings of the same
// stream the latest stands.
func (s State) Lift(l Lift) State {
	return Merge(s, State{lifts: []byHand{{stream: StreamName(l.Stream), at: millis(l.At), by: cut(l.By, maxBy), note: cut(l.Note, maxNote)}}})
}

// Block returns the state with a block by hand. Of several blocks of the same
// stream the latest stands.
func (s State) Block(b Block) State {
	return Merge(s, State{blocks: []byHand{{
		stream: StreamName(b.Stream), at: millis(b.At), by: cut(b.By, maxBy), note: cut(b.Note, maxNote), reason: codebook.Reason(cut(string(b.Reason), maxID)),
	}}})
}

// stateOf returns the state that one outcome makes.
func stateOf(o *Outcome) State {
	m := mark{at: millis(o.Time), key: messageKey(o), id: cut(o.EventID, maxID), reason: codebook.Reason(cut(string(o.Reason), maxID))}
	if !o.Trusted {
		if o.Effect == NoEffect || o.Effect == Resets {
			return State{}
		}
		return State{unverified: m}
	}
	switch o.Effect {
	case Suppresses:
		return State{hard: []mark{m}, firstHard: m}
	case Counts:
		return State{failures: []mark{m}}
	case Resets:
		return State{deliveries: []mark{{at: m.at, key: m.key}}}
	case Objects:
		return State{objections: []objection{{stream: StreamName(o.Stream), first: m, last: m}}}
	}
	return State{}
}

// Merge returns the state of all that either state is a summary of. It is
// commutative, associative and idempotent.
func Merge(a, b State) State {
	s := State{
		failures:   latest(a.failures, b.failures, keptFailures),
		deliveries: latest(a.deliveries, b.deliveries, keptDeliveries),
		hard:       latest(a.hard, b.hard, keptHard),
		firstHard:  earlier(a.firstHard, b.firstHard),
		unverified: later(a.unverified, b.unverified),
	}
	s.objections, s.manyObjections = together(join(a.objections, b.objections), a.manyObjections || b.manyObjections)
	s.blocks, s.manyBlocks = together(join(a.blocks, b.blocks), a.manyBlocks || b.manyBlocks)
	s.lifts = latestLifts(join(a.lifts, b.lifts))
	return s
}

// IsZero reports whether nothing is known of the recipient.
func (s State) IsZero() bool {
	return s.Equal(State{})
}

// Equal reports whether two states are the same.
func (s State) Equal(t State) bool {
	return slices.Equal(s.failures, t.failures) && slices.Equal(s.deliveries, t.deliveries) && slices.Equal(s.hard, t.hard) &&
		s.firstHard == t.firstHard && s.unverified == t.unverified &&
		slices.Equal(s.objections, t.objections) && slices.Equal(s.blocks, t.blocks) && slices.Equal(s.lifts, t.lifts) &&
		s.manyObjections == t.manyObjections && s.manyBlocks == t.manyBlocks
}

// objection is that a recipient wants no more mail of a stream.
type objection struct {
	stream      string
	first, last mark
}

// byHand is what somebody did: a block or a lifting.
type byHand struct {
	stream   string
	at       int64
	by, note string
	reason   codebook.Reason
}

func (h byHand) isZero() bool    { return h == byHand{} }
func (h byHand) time() time.Time { return time.UnixMilli(h.at).UTC() }

func (h byHand) order(g byHand) int {
	return cmp.Or(cmp.Compare(h.at, g.at), strings.Compare(h.by, g.by), strings.Compare(h.note, g.note), strings.Compare(string(h.reason), string(g.reason)))
}

// perStream is an entry of a list with one entry a stream.
type perStream[T any] interface {
	comparable
	of() string
	in(stream string) T // the same entry, of another stream
	with(T) T           // both entries of one stream as one
}

func (o objection) of() string { return o.stream }
func (h byHand) of() string    { return h.stream }

func (o objection) in(stream string) objection { o.stream = stream; return o }
func (h byHand) in(stream string) byHand       { h.stream = stream; return h }

func (o objection) with(p objection) objection {
	return objection{o.stream, earlier(o.first, p.first), later(o.last, p.last)}
}

func (h byHand) with(g byHand) byHand {
	if h.order(g) >= 0 {
		return h
	}
	return g
}

// join merges two lists that are sorted by stream.
func join[T perStream[T]](a, b []T) []T {
	if len(b) == 0 {
		return a
	}
	if len(a) == 0 {
		return b
	}
	out := make([]T, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		switch strings.Compare(a[0].of(), b[0].of()) {
		case -1:
			out, a = append(out, a[0]), a[1:]
		case 1:
			out, b = append(out, b[0]), b[1:]
		default:
			out, a, b = append(out, a[0].with(b[0])), a[1:], b[1:]
		}
	}
	return append(append(out, a...), b...)
}

// together makes one entry for every stream of a list with more than
// keptStreams; many says that this has happened before.
func together[T perStream[T]](list []T, many bool) ([]T, bool) {
	many = many || len(list) > keptStreams
	if !many || len(list) == 0 {
		return list, many
	}
	all := list[0].in("")
	for _, x := range list[1:] {
		all = all.with(x.in(""))
	}
	return []T{all}, true
}

// latestLifts keeps the lifting of everything and the keptStreams latest others.
func latestLifts(list []byHand) []byHand {
	named := list
	if len(named) > 0 && named[0].stream == "" {
		named = named[1:]
	}
	if len(named) <= keptStreams {
		return list
	}
	byTime := slices.Clone(named)
	slices.SortFunc(byTime, func(a, b byHand) int { return cmp.Or(b.order(a), strings.Compare(a.stream, b.stream)) })
	kept := byTime[:keptStreams]
	slices.SortFunc(kept, func(a, b byHand) int { return strings.Compare(a.stream, b.stream) })
	if len(named) < len(list) {
		kept = append([]byHand{list[0]}, kept...)
	}
	return kept
}
