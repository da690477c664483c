package policy

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/rebound-mail/rebound/codebook"
)

// The steps that the tables below are made of. Days count from start.

func failed(day float64, message string) step {
	return step{outcome: &Outcome{EventID: "f-" + message, MessageKey: message, Time: after(day), Effect: Counts, Reason: codebook.MailboxFull, Trusted: true}}
}

func delivered(day float64, message string) step {
	return step{outcome: &Outcome{EventID: "d-" + message, MessageKey: message, Time: after(day), Effect: Resets, Reason: codebook.Delivered, Trusted: true}}
}

func gone(day float64, message string) step {
	return step{outcome: &Outcome{EventID: "g-" + message, MessageKey: message, Time: after(day), Effect: Suppresses, Reason: codebook.UserUnknown, Trusted: true}}
}

func objects(day float64, reason codebook.Reason, stream string) step {
	return step{outcome: &Outcome{EventID: fmt.Sprint("o-", day), Time: after(day), Effect: Objects, Reason: reason, Stream: stream, Trusted: true}}
}

func lifted(day float64, stream string) step {
	return step{lift: &Lift{At: after(day), By: "kim", Note: "they called", Stream: stream}}
}

func blocked(day float64, stream string) step {
	return step{block: &Block{At: after(day), By: "jo", Note: "asked by phone", Stream: stream}}
}

func unverified(s step) step {
	o := *s.outcome
	o.Trusted = false
	return step{outcome: &o}
}

func TestDecide(t *testing.T) {
	tests := []struct {
		name   string
		steps  []step
		stream string
		now    float64
		want   string
	}{
		{"nothing known", nil, "", 0, "may"},
		{"a delivery", []step{delivered(1, "a")}, "", 2, "may"},

		{"unknown user", []step{gone(1, "a")}, "", 2, "address user-unknown since 1"},
		{"unknown user, for every stream", []step{gone(1, "a")}, "news", 2, "address user-unknown since 1"},
		{"unknown user, years later", []step{gone(1, "a")}, "", 4000, "address user-unknown since 1"},
		{"unknown user twice", []step{gone(3, "b"), gone(1, "a")}, "", 4, "address user-unknown since 1"},
		{"unknown user, then a delivery", []step{gone(1, "a"), delivered(2, "b")}, "", 3, "address user-unknown since 1"},
		{"unknown user, lifted", []step{gone(1, "a"), lifted(2, "")}, "", 3, "may"},
		{"unknown user, lifted, late old report", []step{lifted(2, ""), gone(1, "a")}, "", 3, "may"},
		{"unknown user, lifted, and again", []step{gone(1, "a"), lifted(2, ""), gone(3, "b")}, "", 4, "address user-unknown since 3"},
		{"unknown user, one stream lifted", []step{gone(1, "a"), lifted(2, "news")}, "news", 3, "address user-unknown since 1"},
		{"unknown user, clock set back", []step{gone(10, "a")}, "", 2, "address user-unknown since 10"},

		{"two failed", []step{failed(1, "a"), failed(2, "b")}, "", 3, "may failures 2"},
		{"three failed", []step{failed(1, "a"), failed(2, "b"), failed(3, "c")}, "", 4, "failures mailbox-full since 3 until 33 failures 3"},
		{"one message failed three times", []step{failed(1, "a"), failed(2, "a"), failed(3, "a")}, "", 4, "may failures 1"},
		{"a delivery between", []step{failed(1, "a"), failed(2, "b"), delivered(2.5, "x"), failed(3, "c")}, "", 4, "may failures 1"},
		{"a delivery before", []step{delivered(0.5, "x"), failed(1, "a"), failed(2, "b"), failed(3, "c")}, "", 4, "failures mailbox-full since 3 until 33 failures 3"},
		{"a later delivery ends it", []step{failed(1, "a"), failed(2, "b"), failed(3, "c"), delivered(4, "d")}, "", 5, "may"},
		{"a delivery that came back", []step{failed(1, "a"), failed(2, "b"), delivered(3, "c"), failed(3.001, "c")}, "", 4, "failures mailbox-full since 3.001 until 33.001 failures 3"},
		{"a delivery that came back, by clocks that differ", []step{failed(1, "a"), failed(2, "b"), delivered(3.001, "c"), failed(3, "c")}, "", 4, "failures mailbox-full since 3 until 33 failures 3"},
		{"delivered after all", []step{failed(1, "a"), failed(2, "b"), failed(3, "c"), delivered(3.5, "c")}, "", 4, "may"},
		{"failures over streams count together", []step{failed(1, "a"), failed(2, "b"), failed(3, "c")}, "news", 4, "failures mailbox-full since 3 until 33 failures 3"},
		{"in flight while suppressed", []step{failed(1, "a"), failed(2, "b"), failed(3, "c"), failed(4, "d"), failed(5, "e")}, "", 6, "failures mailbox-full since 3 until 33 failures 5"},
		{"probation", []step{failed(1, "a"), failed(2, "b"), failed(3, "c")}, "", 33, "may probation since 3 until 33 failures 3"},
		{"probation failed", []step{failed(1, "a"), failed(2, "b"), failed(3, "c"), failed(40, "d")}, "", 41, "failures mailbox-full since 40 until 100 failures 4 doublings 1"},
		{"probation again", []step{failed(1, "a"), failed(2, "b"), failed(3, "c"), failed(40, "d")}, "", 100, "may probation since 40 until 100 failures 4 doublings 1"},
		{"probation failed twice", []step{failed(1, "a"), failed(2, "b"), failed(3, "c"), failed(40, "d"), failed(101, "e")}, "", 102, "failures mailbox-full since 101 until 221 failures 5 doublings 2"},
		{"probation passed", []step{failed(1, "a"), failed(2, "b"), failed(3, "c"), delivered(40, "d")}, "", 41, "may"},
		{"probation passed, then one failure", []step{failed(1, "a"), failed(2, "b"), failed(3, "c"), delivered(40, "d"), failed(41, "e")}, "", 42, "may failures 1"},
		{"failures lifted", []step{failed(1, "a"), failed(2, "b"), failed(3, "c"), lifted(4, "")}, "", 5, "may"},
		{"failures lifted, late old one", []step{failed(1, "a"), failed(2, "b"), lifted(4, ""), failed(3, "c")}, "", 5, "may"},
		{"failures lifted, one new", []step{failed(1, "a"), failed(2, "b"), failed(3, "c"), lifted(4, ""), failed(5, "d")}, "", 6, "may failures 1"},
		{"a run long ago", []step{failed(1, "a"), failed(2, "b"), failed(300, "c")}, "", 301, "may failures 1"},
		{"a quiet probation is over", []step{failed(1, "a"), failed(2, "b"), failed(3, "c")}, "", 214, "may"},

		{"complaint", []step{objects(1, codebook.Complaint, "news")}, "news", 2, "objection complaint stream news since 1"},
		{"complaint, another stream", []step{objects(1, codebook.Complaint, "news")}, "receipts", 2, "may"},
		{"complaint, no stream asked", []step{objects(1, codebook.Complaint, "news")}, "", 2, "objection complaint stream news since 1"},
		{"complaint of an unknown stream", []step{objects(1, codebook.Complaint, "")}, "news", 2, "objection complaint since 1"},
		{"unsubscribed, then a delivery", []step{objects(1, codebook.Unsubscribe, "news"), delivered(2, "a")}, "news", 3, "objection unsubscribe stream news since 1"},
		{"unsubscribed, stream lifted", []step{objects(1, codebook.Unsubscribe, "news"), lifted(2, "news")}, "news", 3, "may"},
		{"unsubscribed, other stream lifted", []step{objects(1, codebook.Unsubscribe, "news"), lifted(2, "receipts")}, "news", 3, "objection unsubscribe stream news since 1"},
		{"unsubscribed, lifted, again", []step{objects(1, codebook.Unsubscribe, "news"), lifted(2, ""), objects(3, codebook.Complaint, "news")}, "news", 4, "objection complaint stream news since 3"},
		{"unknown stream lifted for one", []step{objects(1, codebook.Complaint, ""), lifted(2, "news")}, "news", 3, "may"},
		{"unknown stream lifted for one, other asked", []step{objects(1, codebook.Complaint, ""), lifted(2, "news")}, "receipts", 3, "objection complaint since 1"},

		{"blocked", []step{blocked(1, "")}, "news", 2, "block since 1"},
		{"blocked stream", []step{blocked(1, "news")}, "receipts", 2, "may"},
		{"blocked, delivered", []step{blocked(1, ""), delivered(2, "a")}, "", 3, "block since 1"},
		{"blocked, lifted", []step{lifted(2, ""), blocked(1, "")}, "", 3, "may"},
		{"lifted, blocked", []step{lifted(1, ""), blocked(2, "")}, "", 3, "block since 2"},

		{"the latest lifting stands", []step{lifted(1, ""), gone(2, "a"), lifted(3, "")}, "", 4, "may"},
		{"the latest block stands", []step{blocked(1, ""), lifted(2, ""), blocked(3, "")}, "", 4, "block since 3"},
		{"unknown user at the moment of lifting", []step{gone(1, "a"), lifted(1, "")}, "", 2, "may"},
		{"blocked at the moment of lifting", []step{blocked(1, ""), lifted(1, "")}, "", 2, "may"},
		{"complaint at the moment of lifting", []step{objects(1, codebook.Complaint, ""), lifted(1, "")}, "", 2, "may"},
		{"failed at the moment of a delivery", []step{failed(1, "a"), failed(2, "b"), delivered(2, "x")}, "", 3, "may"},
		{"failed when the suppression ended", []step{failed(1, "a"), failed(2, "b"), failed(3, "c"), failed(33, "d")}, "", 34, "failures mailbox-full since 33 until 93 failures 4 doublings 1"},
		{"a delivery that came back for good", []step{failed(1, "a"), failed(2, "b"), delivered(3, "c"), gone(3.5, "c")}, "", 4, "address user-unknown since 3.5 failures 2"},

		{"unverified unknown user", []step{unverified(gone(1, "a"))}, "", 2, "may"},
		{"unverified failures", []step{failed(1, "a"), failed(2, "b"), unverified(failed(3, "c"))}, "", 4, "may failures 2"},
		{"unverified complaint", []step{unverified(objects(1, codebook.Complaint, "news"))}, "news", 2, "may"},
		{"unverified delivery", []step{failed(1, "a"), failed(2, "b"), failed(3, "c"), unverified(delivered(3.5, "d"))}, "", 4, "failures mailbox-full since 3 until 33 failures 3"},

		{"the strongest ground first", []step{failed(1, "a"), failed(2, "b"), failed(3, "c"), objects(1, codebook.Complaint, ""), blocked(1, ""), gone(1, "z")}, "", 4, "address user-unknown since 1 failures 3"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := Decide(fold(tt.steps), tt.stream, Settings{}, after(tt.now))
			if got := brief(&a); got != tt.want {
				t.Errorf("got  %s\nwant %s\n%s", got, tt.want, a.Why)
			}
			slices.Reverse(tt.steps)
			if b := Decide(fold(tt.steps), tt.stream, Settings{}, after(tt.now)); fmt.Sprint(a) != fmt.Sprint(b) {
				t.Errorf("backwards: %+v\nforwards: %+v", b, a)
			}
		})
	}
}

// brief writes what of an answer the table above compares.
func brief(a *Answer) string {
	var b strings.Builder
	if a.MaySend {
		b.WriteString("may")
	} else {
		fmt.Fprint(&b, a.Ground)
		if a.Reason != "" {
			fmt.Fprint(&b, " ", a.Reason)
		}
	}
	days := func(t time.Time) float64 { return float64(t.Sub(start)/time.Millisecond) / (24 * 3600 * 1000) }
	for _, part := range []struct {
		show bool
		text string
	}{
		{a.Probation, " probation"},
		{a.Stream != "", " stream " + a.Stream},
		{!a.Since.IsZero(), fmt.Sprintf(" since %g", days(a.Since))},
		{!a.Until.IsZero(), fmt.Sprintf(" until %g", days(a.Until))},
		{a.Failures > 0, fmt.Sprintf(" failures %d", a.Failures)},
		{a.Doublings > 0, fmt.Sprintf(" doublings %d", a.Doublings)},
	} {
		if part.show {
			b.WriteString(part.text)
		}
	}
	return b.String()
}

func TestGroundsAreAllThatHold(t *testing.T) {
	tests := []struct {
		steps []step
		want  string
	}{
		{nil, ""},
		{[]step{failed(1, "a"), failed(2, "b"), delivered(3, "c")}, ""},
		{[]step{gone(1, "a"), lifted(2, "")}, ""},
		{
			[]step{failed(1, "a"), failed(2, "b"), failed(3, "c"), objects(1, codebook.Complaint, "news"), objects(2, codebook.Unsubscribe, "offers"), blocked(1, ""), gone(1, "z"), blocked(2, "x"), lifted(3, "x")},
			"address user-unknown since 1; block since 1; objection complaint stream news since 1; objection unsubscribe stream offers since 2; failures mailbox-full since 3 until 33 failures 3",
		},
		{[]step{failed(-31, "a"), failed(-32, "b"), failed(-33, "c")}, "may probation since -31 until -1 failures 3"},
	}
	for _, tt := range tests {
		var got []string
		for _, a := range Grounds(fold(tt.steps), Settings{}, after(4)) {
			got = append(got, brief(&a))
		}
		if strings.Join(got, "; ") != tt.want {
			t.Errorf("got  %s\nwant %s", strings.Join(got, "; "), tt.want)
		}
	}
}

func TestGroundsAgreeWithDecide(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, now := fold(drawSteps(t)), drawTime(t)
		a, grounds := Decide(s, "", Settings{}, now), Grounds(s, Settings{}, now)
		if (a.Suppressed || a.Probation) != (len(grounds) > 0) {
			t.Fatalf("%+v, but %d grounds", a, len(grounds))
		}
		if len(grounds) > 0 && grounds[0].Ground != a.Ground {
			t.Errorf("strongest ground %q, decided by %q", grounds[0].Ground, a.Ground)
		}
	})
}

func TestEveryAnswerSaysWhyInOneSentence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := Decide(fold(drawSteps(t)), drawStream(t), Settings{}, drawTime(t))
		switch {
		case a.MaySend == a.Suppressed, a.Suppressed != (a.Ground != ""), a.Suppressed && a.Since.IsZero(), a.Probation && !a.MaySend:
			t.Errorf("contradicts itself: %+v", a)
		case !strings.HasSuffix(a.Why, ".") || strings.ContainsAny(a.Why, "\r\n") || strings.Count(a.Why, ". ") > 0:
			t.Errorf("no sentence: %q", a.Why)
		case a.Suppressed && !strings.HasPrefix(a.Why, "Suppressed"), a.MaySend && strings.HasPrefix(a.Why, "Suppressed"):
			t.Errorf("says otherwise: %q", a.Why)
		case a.Ground == GroundFailures && (len(a.Evidence) == 0 || !a.Until.After(a.Since)):
			t.Errorf("without evidence or end: %+v", a)
		}
	})
}

func TestWhyNamesWhoAndWhenOnOneLine(t *testing.T) {
	s := State{}.Block(Block{At: start, By: "jo\r\nSubject: x", Note: "asked \x1b[31mby phone.\u202e"})
	if got, want := Decide(s, "", Settings{}, start).Why, `Suppressed by hand on 2026-03-01 12:00 UTC by jo Subject: x: asked \x1b[31mby phone.\u202e; until somebody lifts it.`; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	s = s.Lift(Lift{At: after(1), By: "kim", Note: "they called"})
	if got, want := Decide(s, "", Settings{}, after(2)).Why, "May be mailed: lifted by hand on 2026-03-02 12:00 UTC by kim (they called), and nothing speaks against it since."; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	s = State{}.Add(Outcome{EventID: "forged", Time: start, Effect: Suppresses})
	if got, want := Decide(s, "", Settings{}, after(2)).Why, "May be mailed: nothing speaks against it; the report forged of 2026-03-01 12:00 UTC does not count, as its source could not be verified."; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

func TestEvidenceNamesTheEvents(t *testing.T) {
	s := fold([]step{failed(1, "a"), failed(2, "b"), failed(3, "c"), delivered(0, "x")})
	if got := Decide(s, "", Settings{}, after(4)).Evidence; !slices.Equal(got, []string{"f-c", "f-b", "f-a"}) {
		t.Errorf("evidence %v", got)
	}
	s = fold([]step{gone(1, "a"), gone(2, "b"), gone(3, "c"), gone(4, "d"), gone(5, "e"), gone(6, "f")})
	if got := Decide(s, "", Settings{}, after(7)).Evidence; !slices.Equal(got, []string{"g-f", "g-e", "g-d", "g-c", "g-a"}) {
		t.Errorf("evidence %v", got)
	}
}

func TestSettingsAreHeeded(t *testing.T) {
	set := Settings{Consecutive: 2, SoftExpiry: 24 * time.Hour, MaxDoublings: 1}
	steps := []step{failed(1, "a"), failed(2, "b")}
	for _, want := range []string{
		"failures mailbox-full since 2 until 3 failures 2",
		"failures mailbox-full since 4 until 6 failures 3 doublings 1",
		"failures mailbox-full since 7 until 9 failures 4 doublings 1",
	} {
		now := steps[len(steps)-1].outcome.Time
		a := Decide(fold(steps), "", set, now)
		if got := brief(&a); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		next := 4 + 3*float64(len(steps)-2)
		steps = append(steps, failed(next, fmt.Sprint("m", next)))
	}
	set.MaxDoublings = -1
	a := Decide(fold(steps), "", set, after(7))
	if got := brief(&a); got != "failures mailbox-full since 10 until 11 failures 5" {
		t.Errorf("never doubled: %s", got)
	}
}

// A sender whose next hop takes everything and returns most of it: only what
// did not come back was delivered.
func TestDeliveriesThatAllCameBackHideNoFailure(t *testing.T) {
	var steps []step
	for i := range 12 {
		m := fmt.Sprint("m", i)
		steps = append(steps, delivered(float64(i), m), failed(float64(i)+0.01, m))
	}
	if a := Decide(fold(steps), "", Settings{}, after(12)); !a.Suppressed || a.Failures < keptDeliveries {
		t.Errorf("%s", a.Why)
	}
}

// Where the last true delivery is no longer known, what was before it must not
// be held against the recipient.
func TestDeliveriesThatFellOutErrTowardsMailing(t *testing.T) {
	var steps []step
	for i := range 8 {
		steps = append(steps, failed(float64(i)/10, fmt.Sprint("old", i)))
	}
	steps = append(steps, delivered(1, "good"))
	for i := range keptDeliveries {
		m := fmt.Sprint("m", i)
		steps = append(steps, delivered(float64(2+i), m), failed(float64(2+i)+0.01, m))
	}
	if a := Decide(fold(steps), "", Settings{Consecutive: 10}, after(9)); a.Suppressed || a.Failures != keptDeliveries {
		t.Errorf("%d failures: %s", a.Failures, a.Why)
	}
}

func TestValidate(t *testing.T) {
	if err := DefaultSettings().Validate(); err != nil {
		t.Error(err)
	}
	if err := (Settings{}).Validate(); err != nil {
		t.Error(err)
	}
	for _, s := range []Settings{
		{Consecutive: -1}, {Consecutive: MaxConsecutive + 1}, {SoftExpiry: -1}, {SoftExpiry: maxExpiry + 1}, {MaxDoublings: 17},
		{Forget: 1}, {Warn: 0.06}, {Warn: -1}, {Critical: 1.5},
	} {
		if s.Validate() == nil {
			t.Errorf("%+v is accepted", s)
		}
	}
}

func TestHealth(t *testing.T) {
	tests := []struct {
		bounced, attempted int64
		want               Health
	}{
		{0, 0, ""}, {5, 0, ""}, {0, 100, Healthy}, {199, 10000, Healthy}, {2, 100, Warning}, {499, 10000, Warning}, {5, 100, Critical}, {100, 100, Critical},
	}
	for _, tt := range tests {
		if got := (Settings{}).Health(tt.bounced, tt.attempted); got != tt.want {
			t.Errorf("%d of %d: %q, want %q", tt.bounced, tt.attempted, got, tt.want)
		}
	}
}
