package storetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/policy"
)

func testSuppresses(t *testing.T, b *bench) {
	b.apply(t, Bounce("Kim@Example.org", codebook.UserUnknown, "1@s.example", began), Bounce("lee@example.org", codebook.MailboxFull, "1@s.example", began))
	if !b.suppressed(t, "kim@example.org", "") {
		t.Error("an unknown user is not suppressed")
	}
	if b.suppressed(t, "lee@example.org", "") {
		t.Error("one full mailbox is suppressed")
	}
	a := b.answer(t, "kim@example.org", "news")
	if a.Ground != policy.GroundAddress || a.Reason != codebook.UserUnknown || len(a.Evidence) != 1 || !a.Since.Equal(began) {
		t.Errorf("answer %+v", a)
	}
	r, err := b.Recipient(t.Context(), policy.Key{Recipient: "lee@example.org"})
	ok(t, err)
	if !r.Known || r.Events != 1 || r.Answer.Failures != 1 || !r.Last.Equal(began) {
		t.Errorf("recipient %+v", r)
	}
	r, err = b.Recipient(t.Context(), policy.Key{Recipient: "nobody@example.org"})
	ok(t, err)
	if r.Known || !r.Answer.MaySend {
		t.Errorf("somebody not known: %+v", r)
	}
	b.sound(t)
}

func testStreams(t *testing.T, b *bench) {
	b.apply(t, Kind(event.Unsubscribe, "kim@example.org", "news", "1@s.example", began), Kind(event.Complaint, "kim@example.org", "offers", "2@s.example", began.Add(time.Hour)))
	for stream, want := range map[string]bool{"news": true, "offers": true, "": true, "receipts": false} {
		if got := b.suppressed(t, "kim@example.org", stream); got != want {
			t.Errorf("stream %q: suppressed %v", stream, got)
		}
	}
	list, _, err := b.Suppressions(t.Context(), store.SuppressionFilter{}, "", 10)
	ok(t, err)
	if len(list) != 2 || list[0].Stream != "news" || list[0].Reason != codebook.Unsubscribe || list[1].Stream != "offers" || list[1].Reason != codebook.Complaint {
		t.Errorf("list %+v", list)
	}
	if list, _, err = b.Suppressions(t.Context(), store.SuppressionFilter{Stream: "news"}, "", 10); err != nil || len(list) != 1 {
		t.Errorf("of one stream %+v, %v", list, err)
	}
	b.apply(t, Bounce("kim@example.org", codebook.MailboxDisabled, "3@s.example", began.Add(2*time.Hour)))
	if list, _, err = b.Suppressions(t.Context(), store.SuppressionFilter{}, "", 10); err != nil || len(list) != 1 || list[0].Stream != "" {
		t.Errorf("when the address is gone for all streams: %+v, %v", list, err)
	}
	b.sound(t)
}

func testConsecutive(t *testing.T, b *bench) {
	for i := range 3 {
		if b.suppressed(t, "kim@example.org", "") {
			t.Fatalf("suppressed after %d failures", i)
		}
		b.apply(t, Bounce("kim@example.org", codebook.MailboxFull, fmt.Sprint(i, "@s.example"), began.Add(time.Duration(i)*time.Hour)))
	}
	b.pass(3 * time.Hour)
	if !b.suppressed(t, "kim@example.org", "") {
		t.Fatal("not suppressed after 3 failures")
	}
	b.pass(31 * 24 * time.Hour)
	if b.suppressed(t, "kim@example.org", "") {
		t.Error("suppressed after 31 days")
	}
	all, err := b.Check(t.Context(), []policy.Key{{Recipient: "kim@example.org"}})
	ok(t, err)
	if !all[0].Probation {
		t.Errorf("not on probation: %+v", all[0])
	}
	list, _, err := b.Suppressions(t.Context(), store.SuppressionFilter{}, "", 10)
	ok(t, err)
	with, _, err := b.Suppressions(t.Context(), store.SuppressionFilter{Probation: true}, "", 10)
	ok(t, err)
	if len(list) != 0 || len(with) != 1 || !with[0].Probation {
		t.Errorf("listed %+v, with probation %+v", list, with)
	}
	b.apply(t, Kind(event.Delivery, "kim@example.org", "", "9@s.example", b.now()))
	if with, _, err = b.Suppressions(t.Context(), store.SuppressionFilter{Probation: true}, "", 10); err != nil || len(with) != 0 {
		t.Errorf("after a delivery: %+v, %v", with, err)
	}
	b.sound(t)
}

func testOnce(t *testing.T, b *bench) {
	en := Bounce("kim@example.org", codebook.MailboxFull, "1@s.example", began)
	b.apply(t, en, en, en)
	b.apply(t, en)
	other := en // the same id counts, whatever else is said
	other.Event.Time = began.Add(time.Hour)
	other.Event.MessageID = "2@s.example"
	b.apply(t, other)
	r, err := b.Recipient(t.Context(), policy.Key{Recipient: "kim@example.org"})
	ok(t, err)
	if r.Events != 1 || r.Answer.Failures != 1 {
		t.Errorf("recipient %+v", r)
	}
	rates, err := b.Rates(t.Context(), store.RateQuery{Dimension: store.ByTotal})
	ok(t, err)
	if len(rates) != 1 || rates[0].Bounced() != 1 {
		t.Errorf("rates %+v", rates)
	}
	list, _, err := b.Events(t.Context(), store.EventFilter{}, "", 10)
	ok(t, err)
	if len(list) != 1 {
		t.Errorf("%d events", len(list))
	}
	noID := en
	noID.Event.ID = ""
	b.apply(t, noID)
	odd := en // ids need not be of the usual form
	odd.Event.ID = "provider's own/1"
	b.apply(t, odd, odd)
	if st, err := b.Stats(t.Context()); err != nil || st.Events != 2 || st.Recipients != 1 {
		t.Errorf("stats %+v, %v", st, err)
	}
	if rec, err := b.Event(t.Context(), "provider's own/1"); err != nil || rec.ID != "provider's own/1" {
		t.Errorf("%+v, %v", rec.ID, err)
	}
}

// history returns many events of few recipients.
func history(rng *rand.Rand, n int) []store.Entry {
	reasons := []codebook.Reason{codebook.MailboxFull, codebook.MailboxFull, codebook.UserUnknown, codebook.SystemError}
	kinds := []event.Kind{event.Delivery, event.Complaint, event.Unsubscribe, event.Delay}
	list := make([]store.Entry, n)
	for i := range list {
		who := fmt.Sprintf("r%d@example.org", rng.IntN(max(n/6, 1)))
		at := began.Add(-time.Duration(rng.IntN(1e6)) * time.Second)
		message := fmt.Sprintf("%d@s.example", i)
		if rng.IntN(3) == 0 {
			list[i] = Kind(kinds[rng.IntN(len(kinds))], who, []string{"", "news", "offers"}[rng.IntN(3)], message, at)
		} else {
			list[i] = Bounce(who, reasons[rng.IntN(len(reasons))], message, at)
		}
	}
	return list
}

// snapshot is what a store knows, as far as it does not depend on order.
func snapshot(t *testing.T, b *bench) []string {
	t.Helper()
	var out []string
	for i := range 60 {
		r, err := b.Recipient(t.Context(), policy.Key{Recipient: fmt.Sprintf("r%d@example.org", i)})
		ok(t, err)
		state, err := r.State.MarshalBinary()
		ok(t, err)
		out = append(out, fmt.Sprintf("%s %d %x %+v", r.Address, r.Events, state, r.Answer))
	}
	list, _, err := b.Suppressions(t.Context(), store.SuppressionFilter{Probation: true}, "", 1000)
	ok(t, err)
	for _, s := range list {
		out = append(out, fmt.Sprintf("%+v", s))
	}
	for _, d := range store.Dimensions() {
		rates, err := b.Rates(t.Context(), store.RateQuery{Dimension: d, Every: time.Hour})
		ok(t, err)
		for _, g := range rates {
			out = append(out, fmt.Sprintf("%s %+v", d, g))
		}
	}
	return out
}

func testOrder(t *testing.T, b *bench) {
	rng := rand.New(rand.NewPCG(1, 2))
	events := history(rng, 300)
	b.apply(t, events...)
	want := snapshot(t, b)
	for round := range 3 {
		other := newBench(t, b.make)
		again := slices.Concat(events, events[:100])
		rng.Shuffle(len(again), func(i, j int) { again[i], again[j] = again[j], again[i] })
		for batch := range slices.Chunk(again, 1+rng.IntN(60)) {
			other.apply(t, batch...)
		}
		got := snapshot(t, other)
		for i := range min(len(want), len(got)) {
			if got[i] != want[i] {
				t.Fatalf("round %d:\n got %s\nwant %s", round, got[i], want[i])
			}
		}
		if len(got) != len(want) {
			t.Fatalf("round %d: %d things known, want %d", round, len(got), len(want))
		}
		other.sound(t)
	}
}

func testConcurrent(t *testing.T, b *bench) {
	events := history(rand.New(rand.NewPCG(3, 4)), 400)
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			rng := rand.New(rand.NewPCG(5, uint64(worker)))
			for _, start := range rng.Perm(40) { // each event by each of them
				if err := b.Apply(t.Context(), events[start*10:start*10+10]); err != nil {
					t.Error(err)
				}
				_, err := b.Check(t.Context(), []policy.Key{{Recipient: "r1@example.org"}})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	st, err := b.Stats(t.Context())
	ok(t, err)
	if st.Events != int64(len(events)) {
		t.Errorf("%d events, want %d", st.Events, len(events))
	}
	b.sound(t)
}

func testUntrusted(t *testing.T, b *bench) {
	en := Bounce("kim@example.org", codebook.UserUnknown, "1@s.example", began)
	en.Trusted = false
	b.apply(t, en)
	if b.suppressed(t, "kim@example.org", "") {
		t.Error("suppressed")
	}
	rec, err := b.Event(t.Context(), en.Event.ID)
	ok(t, err)
	if rec.Trusted {
		t.Error("kept as trusted")
	}
	list, _, err := b.Events(t.Context(), store.EventFilter{Unverified: true}, "", 10)
	ok(t, err)
	rates, err := b.Rates(t.Context(), store.RateQuery{Dimension: store.ByTotal})
	ok(t, err)
	if len(list) != 1 || len(rates) != 0 {
		t.Errorf("%d events, rates %+v", len(list), rates)
	}
	b.sound(t)
}

func testNoAddress(t *testing.T, b *bench) {
	for _, recipient := range []string{"", "no address", "@example.org"} {
		en := Bounce(recipient, codebook.UserUnknown, "1@s.example", began)
		b.apply(t, en)
		rec, err := b.Event(t.Context(), en.Event.ID)
		ok(t, err)
		if rec.Recipient != recipient || rec.Key != "" {
			t.Errorf("%q: recipient %q, key %q", recipient, rec.Recipient, rec.Key)
		}
	}
	if st, err := b.Stats(t.Context()); err != nil || st.Events != 3 || st.Recipients != 0 {
		t.Errorf("stats %+v, %v", st, err)
	}
	b.sound(t)
}

func testOtherKey(t *testing.T, b *bench) {
	en := Bounce("kim@inner.example", codebook.UserUnknown, "1@s.example", began)
	en.Recipient = "Kim@example.org"
	b.apply(t, en)
	if !b.suppressed(t, "kim@example.org", "") || b.suppressed(t, "kim@inner.example", "") {
		t.Error("the wrong address is suppressed")
	}
	list, _, err := b.Events(t.Context(), store.EventFilter{Recipient: "kim@example.org"}, "", 10)
	ok(t, err)
	if len(list) != 1 || list[0].Key != "kim@example.org" || list[0].Recipient != "kim@inner.example" {
		t.Errorf("events %+v", list)
	}
}

func testReopen(t *testing.T, b *bench) {
	b.apply(t, history(rand.New(rand.NewPCG(7, 8)), 300)...)
	want := snapshot(t, b)
	b.reopen(t, nil)
	if got := snapshot(t, b); !slices.Equal(got, want) {
		t.Error("something is different")
	}
	b.sound(t)
}

func testSettings(t *testing.T, b *bench) {
	for i := range 2 {
		b.apply(t, Bounce("kim@example.org", codebook.MailboxFull, fmt.Sprint(i, "@s.example"), began.Add(-time.Hour)))
	}
	b.reopen(t, func(o *Options) { o.Settings.Consecutive = 2 })
	if !b.suppressed(t, "kim@example.org", "") {
		t.Error("not suppressed with 2 failures of 2")
	}
	b.sound(t)
	b.reopen(t, func(o *Options) { o.Settings.Consecutive = 5 })
	if b.suppressed(t, "kim@example.org", "") {
		t.Error("suppressed with 2 failures of 5")
	}
	if list, _, err := b.Suppressions(t.Context(), store.SuppressionFilter{}, "", 10); err != nil || len(list) != 0 {
		t.Errorf("list %+v, %v", list, err)
	}
	b.sound(t)
}
