package policy

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/rebound-mail/rebound/codebook"
)

// start is when the tests' world begins.
var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func after(days float64) time.Time {
	return start.Add(time.Duration(days * 24 * float64(time.Hour)))
}

// step is one thing that happens to a state.
type step struct {
	outcome *Outcome
	lift    *Lift
	block   *Block
}

func (st step) apply(s State) State {
	switch {
	case st.outcome != nil:
		return s.Add(*st.outcome)
	case st.lift != nil:
		return s.Lift(*st.lift)
	}
	return s.Block(*st.block)
}

func (st step) String() string {
	switch {
	case st.outcome != nil:
		return fmt.Sprintf("outcome %+v", *st.outcome)
	case st.lift != nil:
		return fmt.Sprintf("lift %+v", *st.lift)
	}
	return fmt.Sprintf("block %+v", *st.block)
}

func drawTime(t *rapid.T) time.Time {
	return start.Add(time.Duration(rapid.IntRange(0, 400*24).Draw(t, "hour")) * time.Hour)
}

func drawStream(t *rapid.T) string {
	n := rapid.IntRange(0, rapid.SampledFrom([]int{0, 2, 40}).Draw(t, "streams")).Draw(t, "stream")
	if n == 0 {
		return ""
	}
	return fmt.Sprint("stream-", n)
}

func drawStep(t *rapid.T) step {
	switch rapid.IntRange(0, 9).Draw(t, "kind") {
	case 0:
		return step{lift: &Lift{At: drawTime(t), By: rapid.SampledFrom([]string{"", "kim", "jo"}).Draw(t, "by"), Stream: drawStream(t)}}
	case 1:
		return step{block: &Block{At: drawTime(t), Note: rapid.SampledFrom([]string{"", "asked by phone"}).Draw(t, "note"), Stream: drawStream(t)}}
	}
	return step{outcome: &Outcome{
		EventID:    fmt.Sprint("e", rapid.IntRange(0, 99).Draw(t, "event")),
		MessageKey: rapid.SampledFrom([]string{"", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "m9"}).Draw(t, "message"),
		Time:       drawTime(t),
		Effect:     rapid.SampledFrom([]Effect{NoEffect, Suppresses, Counts, Counts, Counts, Resets, Resets, Objects, Objects}).Draw(t, "effect"),
		Reason:     rapid.SampledFrom([]codebook.Reason{codebook.UserUnknown, codebook.MailboxFull, codebook.Complaint, codebook.Unsubscribe}).Draw(t, "reason"),
		Stream:     drawStream(t),
		Trusted:    rapid.IntRange(0, 9).Draw(t, "trusted") > 0,
	}}
}

func drawSteps(t *rapid.T) []step {
	return rapid.SliceOfN(rapid.Custom(drawStep), 0, rapid.SampledFrom([]int{3, 12, 80}).Draw(t, "most")).Draw(t, "steps")
}

func fold(steps []step) State {
	var s State
	for _, st := range steps {
		s = st.apply(s)
	}
	return s
}

// scatter folds the steps another way: shuffled, some twice, in parts that are
// merged in the shape of a random tree.
func scatter(t *rapid.T, steps []step) State {
	if len(steps) == 0 {
		return State{}
	}
	again := rapid.SliceOfN(rapid.SampledFrom(steps), 0, len(steps)).Draw(t, "again")
	all := rapid.Permutation(append(append([]step(nil), steps...), again...)).Draw(t, "order")
	parts := make([]State, rapid.IntRange(1, 6).Draw(t, "parts"))
	for _, st := range all {
		i := rapid.IntRange(0, len(parts)-1).Draw(t, "part")
		parts[i] = st.apply(parts[i])
	}
	for len(parts) > 1 {
		i := rapid.IntRange(1, len(parts)-1).Draw(t, "merge")
		parts[i-1] = Merge(parts[i-1], parts[i])
		parts = append(parts[:i], parts[i+1:]...)
	}
	return parts[0]
}

func TestStateDoesNotDependOnOrderRepetitionOrPartition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		steps := drawSteps(t)
		a, b := fold(steps), scatter(t, steps)
		if !a.Equal(b) {
			t.Fatalf("states differ:\n%+v\n%+v", a, b)
		}
		ea, _ := a.MarshalBinary()
		eb, _ := b.MarshalBinary()
		if !bytes.Equal(ea, eb) {
			t.Fatalf("encodings differ: %x %x", ea, eb)
		}
		stream, now := drawStream(t), drawTime(t)
		if x, y := Decide(a, stream, Settings{}, now), Decide(b, stream, Settings{}, now); fmt.Sprint(x) != fmt.Sprint(y) {
			t.Fatalf("answers differ:\n%+v\n%+v", x, y)
		}
	})
}

func TestMergeIsCommutativeAssociativeIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := fold(drawSteps(t)), fold(drawSteps(t)), fold(drawSteps(t))
		if !Merge(a, b).Equal(Merge(b, a)) {
			t.Error("not commutative")
		}
		if !Merge(Merge(a, b), c).Equal(Merge(a, Merge(b, c))) {
			t.Error("not associative")
		}
		if !Merge(a, a).Equal(a) || !Merge(Merge(a, b), b).Equal(Merge(a, b)) {
			t.Error("not idempotent")
		}
		if !Merge(a, State{}).Equal(a) || !Merge(State{}, a).Equal(a) {
			t.Error("the zero state changes another")
		}
	})
}

func TestAddLeavesTheOldStateAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := fold(drawSteps(t))
		before, _ := s.MarshalBinary()
		one, two := drawStep(t).apply(s), drawStep(t).apply(s)
		first, _ := one.MarshalBinary()
		_ = drawStep(t).apply(two)
		if now, _ := s.MarshalBinary(); !bytes.Equal(before, now) {
			t.Error("the old state has changed")
		}
		if now, _ := one.MarshalBinary(); !bytes.Equal(first, now) {
			t.Error("a sibling state has changed")
		}
	})
}

func TestStateStaysSmallHoweverMuchHappens(t *testing.T) {
	var s State
	for i := range 5000 {
		at := start.Add(time.Duration(i) * time.Minute)
		for _, effect := range []Effect{Suppresses, Counts, Resets, Objects} {
			s = s.Add(Outcome{EventID: fmt.Sprintf("%024d", i), MessageKey: fmt.Sprint(i), Time: at, Effect: effect, Reason: codebook.RecipientRestricted, Stream: fmt.Sprint("s", i), Trusted: true})
		}
		s = s.Lift(Lift{At: at, Stream: fmt.Sprint("s", i)}).Block(Block{At: at, Stream: fmt.Sprint("s", i)})
	}
	b, _ := s.MarshalBinary()
	if len(b) > 2500 {
		t.Errorf("the state has %d bytes", len(b))
	}
	if len(s.failures) != keptFailures || len(s.deliveries) != keptDeliveries || len(s.hard) != keptHard || len(s.objections) != 1 || len(s.blocks) != 1 || len(s.lifts) != keptStreams {
		t.Errorf("kept: %d failures, %d deliveries, %d hard, %d objections, %d blocks, %d lifts",
			len(s.failures), len(s.deliveries), len(s.hard), len(s.objections), len(s.blocks), len(s.lifts))
	}
	if s.firstHard.time() != start {
		t.Errorf("first hard failure is of %v", s.firstHard.time())
	}
}

func TestEncodingReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := fold(drawSteps(t))
		b, err := s.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		var back State
		if err := back.UnmarshalBinary(b); err != nil {
			t.Fatal(err)
		}
		if !back.Equal(s) {
			t.Fatalf("read back:\n%+v\n%+v", back, s)
		}
		for n := range b {
			if err := new(State).UnmarshalBinary(b[:n]); err == nil {
				t.Fatalf("the first %d of %d bytes are read as a state", n, len(b))
			}
		}
	})
}

func TestUsualStatesTakeFewBytes(t *testing.T) {
	for _, tt := range []struct {
		state State
		most  int
	}{
		{State{}, 2},
		{State{}.Add(Outcome{EventID: "abcdefghijklmnopqrstuvwx", MessageKey: "m", Time: start, Effect: Resets, Trusted: true}), 15},
		{State{}.Add(Outcome{EventID: "abcdefghijklmnopqrstuvwx", MessageKey: "m", Time: start, Effect: Counts, Reason: codebook.MailboxFull, Trusted: true}), 50},
	} {
		if b, _ := tt.state.MarshalBinary(); len(b) > tt.most {
			t.Errorf("%+v takes %d bytes", tt.state, len(b))
		}
	}
}

func TestTextsAndTimesAtTheirLimits(t *testing.T) {
	long := string(bytes.Repeat([]byte("ä"), 2000))
	for _, at := range []time.Time{{}, time.Date(-5000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(200000, 1, 1, 0, 0, 0, 0, time.UTC), time.Unix(1<<62, 0), time.Unix(-1<<62, 0)} {
		for _, text := range []string{"", long, "a\xffb", "\x00\n\r", "  x  "} {
			s := State{}.Lift(Lift{At: at, By: text, Note: text, Stream: text}).Block(Block{At: at, By: text, Note: text, Reason: codebook.Reason(text), Stream: text}).
				Add(Outcome{EventID: text, MessageKey: text, Time: at, Effect: Objects, Stream: text, Reason: codebook.Reason(text), Trusted: true}).
				Add(Outcome{EventID: text, MessageKey: text, Time: at, Effect: Suppresses, Stream: text, Reason: codebook.Reason(text), Trusted: true}).
				Add(Outcome{EventID: text, MessageKey: text, Time: at, Effect: Counts, Stream: text, Reason: codebook.Reason(text)})
			b, _ := s.MarshalBinary()
			var back State
			if err := back.UnmarshalBinary(b); err != nil || !back.Equal(s) {
				t.Errorf("%v %q: %v", at, text[:min(5, len(text))], err)
			}
			Decide(s, text, Settings{}, at)
		}
	}
}

func TestEncodingsThatNoStateHasAreRefused(t *testing.T) {
	a, b := mark{at: 2, key: 7}, mark{at: 1, key: 7}
	c := mark{at: 1, key: 8}
	for name, s := range map[string]State{
		"a message twice":              {failures: []mark{a, b}},
		"the latest last":              {failures: []mark{c, a}},
		"first after latest":           {hard: []mark{b}, firstHard: a},
		"a stream twice":               {lifts: []byHand{{stream: "x"}, {stream: "x"}}},
		"streams not sorted":           {blocks: []byHand{{stream: "y"}, {stream: "x"}}},
		"many streams, yet one by one": {objections: []objection{{stream: "x", first: a, last: a}}, manyObjections: true},
		"a time out of range":          {failures: []mark{{at: maxMillis + 1, key: 1}}},
		"a name that is not trimmed":   {lifts: []byHand{{stream: " x"}}},
	} {
		b, _ := s.MarshalBinary()
		if err := new(State).UnmarshalBinary(b); !errors.Is(err, ErrState) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, b := range [][]byte{nil, {}, {1}, {0, 0}, {2, 0}, {1, 0, 0}, {1, 255}} {
		if err := new(State).UnmarshalBinary(b); !errors.Is(err, ErrState) {
			t.Errorf("%x: %v", b, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	full := State{}.Lift(Lift{At: start, By: "kim", Note: "called"}).Block(Block{At: after(1), Stream: "news", Reason: codebook.Unsubscribe})
	for i, effect := range []Effect{Suppresses, Counts, Counts, Resets, Objects} {
		full = full.Add(Outcome{EventID: "abcdefghijklmnopqrstuvwx", MessageKey: fmt.Sprint(i), Time: after(float64(i)), Effect: effect, Reason: codebook.MailboxFull, Trusted: i != 2})
	}
	for _, s := range []State{{}, full, State{}.Add(Outcome{Time: start, Effect: Resets, Trusted: true})} {
		b, _ := s.MarshalBinary()
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var s State
		if err := s.UnmarshalBinary(b); err != nil {
			if !s.IsZero() {
				t.Error("a refused encoding has changed the state")
			}
			return
		}
		again, _ := s.MarshalBinary()
		if !bytes.Equal(again, b) {
			t.Errorf("%x is read as the state of %x", b, again)
		}
		if !Merge(s, s).Equal(s) {
			t.Error("merged with itself, a state that was read changes")
		}
		a := Decide(s, "news", Settings{}, start)
		if a.MaySend == a.Suppressed || a.Why == "" {
			t.Errorf("answer %+v", a)
		}
	})
}
