package storetest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/store"
)

func rates(t *testing.T, b *bench, q store.RateQuery) []store.RateGroup {
	t.Helper()
	groups, err := b.Rates(t.Context(), q)
	ok(t, err)
	return groups
}

func testRates(t *testing.T, b *bench) {
	for i := range 10 {
		at := began.Add(-time.Duration(i) * 20 * time.Minute)
		b.apply(t, Bounce(fmt.Sprintf("r%d@example.org", i), codebook.MailboxFull, "1@s.example", at))
		delivery := Kind(event.Delivery, fmt.Sprintf("d%d@example.org", i), "news", "1@s.example", at)
		delivery.Event.Sender = "x@other.example"
		b.apply(t, delivery)
	}
	all := rates(t, b, store.RateQuery{Dimension: store.ByTotal})
	want := []store.RateGroup{{Kinds: map[event.Kind]int64{event.Bounce: 10, event.Delivery: 10}, Reasons: map[codebook.Reason]int64{codebook.MailboxFull: 10}, Delays: map[codebook.Reason]int64{}}}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Error(diff)
	}
	if all[0].Attempted() != 20 || all[0].Bounced() != 10 {
		t.Errorf("%d of %d", all[0].Bounced(), all[0].Attempted())
	}
	senders := rates(t, b, store.RateQuery{Dimension: store.BySenderDomain})
	if len(senders) != 2 || senders[0].Value != "other.example" || senders[0].Bounced() != 0 || senders[1].Value != "sender.example" || senders[1].Bounced() != 10 {
		t.Errorf("senders %+v", senders)
	}
	hours := rates(t, b, store.RateQuery{Dimension: store.BySenderDomain, Value: "sender.example", Every: time.Hour})
	var counts []int64
	for _, g := range hours {
		counts = append(counts, g.Bounced())
	}
	if diff := cmp.Diff([]int64{3, 3, 3, 1}, counts); diff != "" || !hours[3].From.Equal(began) {
		t.Errorf("by the hour %+v", hours)
	}
	window := rates(t, b, store.RateQuery{Dimension: store.ByIP, From: began.Add(-time.Hour), To: began.Add(-30 * time.Minute)})
	if len(window) != 1 || window[0].Value != "192.0.2.1" || window[0].Bounced() != 2 {
		t.Errorf("in a window %+v", window)
	}
	if p := rates(t, b, store.RateQuery{Dimension: store.ByProvider}); len(p) != 1 || p[0].Value != "example" {
		t.Errorf("providers %+v", p)
	}
	if s := rates(t, b, store.RateQuery{Dimension: store.ByStream}); len(s) != 2 || s[0].Value != "" || s[1].Value != "news" || s[1].Kinds[event.Delivery] != 10 {
		t.Errorf("streams %+v", s)
	}
	if _, err := b.Rates(t.Context(), store.RateQuery{Dimension: "none"}); err == nil {
		t.Error("a dimension that there is not")
	}
	if _, err := b.Rates(t.Context(), store.RateQuery{Dimension: store.ByTotal, Every: time.Minute}); err == nil {
		t.Error("groups of a minute")
	}
}

func testRatesOnce(t *testing.T, b *bench) {
	log := Bounce("kim@example.org", codebook.MailboxFull, "1@s.example", began)
	dsn := Bounce("kim@example.org", codebook.MailboxFull, "<1@s.example>", began.Add(time.Second))
	next := Bounce("kim@example.org", codebook.MailboxFull, "2@s.example", began.Add(time.Minute))
	b.apply(t, log, dsn)
	b.apply(t, next)
	if got := rates(t, b, store.RateQuery{Dimension: store.ByTotal}); got[0].Bounced() != 2 {
		t.Errorf("%d bounced, want 2", got[0].Bounced())
	}
}

func testRatesBounded(t *testing.T, b *bench) {
	const extra = 50
	entries := make([]store.Entry, 0, store.MaxValues+extra)
	for i := range store.MaxValues + extra {
		en := Bounce(fmt.Sprintf("r%d@example.org", i), codebook.MailboxFull, "1@s.example", began)
		en.Event.Sender = fmt.Sprintf("x@s%d.example", i)
		en.Event.SourceIP = strings.Repeat("long", 100)
		entries = append(entries, en)
	}
	for len(entries) > 0 {
		n := min(len(entries), 2000)
		b.apply(t, entries[:n]...)
		entries = entries[n:]
	}
	groups := rates(t, b, store.RateQuery{Dimension: store.BySenderDomain})
	other := rates(t, b, store.RateQuery{Dimension: store.BySenderDomain, Value: store.OtherValues})
	if len(groups) != store.MaxValues+1 || len(other) != 1 || other[0].Bounced() != extra {
		t.Errorf("%d values, others %+v", len(groups), other)
	}
	b.reopen(t, nil) // what is full stays full
	en := Bounce("late@example.org", codebook.MailboxFull, "1@s.example", began)
	en.Event.Sender = "x@late.example"
	b.apply(t, en)
	if other = rates(t, b, store.RateQuery{Dimension: store.BySenderDomain, Value: store.OtherValues}); other[0].Bounced() != extra+1 {
		t.Errorf("others %+v", other)
	}
}

func testAttempts(t *testing.T, b *bench) {
	sent := []store.Attempts{
		{ID: "1", Time: began, Sender: "news@Sender.example", IP: "192.0.2.1", Stream: "news", Count: 100},
		{ID: "2", Time: began, Sender: "sender.example", Count: 50},
	}
	ok(t, b.CountAttempts(t.Context(), sent))
	ok(t, b.CountAttempts(t.Context(), sent[:1]))
	b.apply(t, Bounce("kim@example.org", codebook.MailboxFull, "1@s.example", began))
	groups := rates(t, b, store.RateQuery{Dimension: store.BySenderDomain})
	if len(groups) != 1 || groups[0].Sent != 150 || groups[0].Attempted() != 150 || groups[0].Bounced() != 1 {
		t.Errorf("%+v", groups)
	}
	if err := b.CountAttempts(t.Context(), []store.Attempts{{Time: began, Count: 1}}); err == nil {
		t.Error("attempts without an id")
	}
}

func testUnknowns(t *testing.T, b *bench) {
	b.reopen(t, func(o *Options) { o.MaxUnknowns = 50 })
	say := func(text string, n int) {
		en := Bounce("kim@example.org", codebook.Undetermined, fmt.Sprintf("%d-%s@s.example", n, text[:5]), b.now())
		en.Event.Diagnostic, en.Event.RemoteMTA = text, "mx.example"
		en.Event.ID = ""
		b.apply(t, en)
	}
	say("550 5.7.1 Zorg 77182 refused kim@example.org at 192.0.2.1", 1)
	b.pass(time.Hour)
	say("550 5.7.1 zorg 91 refused  lee@example.org at 198.51.100.7", 2)
	b.apply(t, Bounce("kim@example.org", codebook.UserUnknown, "7@s.example", began)) // this one is known
	list, err := b.Unknowns(t.Context(), 10)
	ok(t, err)
	if len(list) != 1 || list[0].Count != 2 || list[0].Text != "550 5.7.1 zorg # refused <address> at <ip>" || !list[0].First.Equal(began) ||
		!list[0].Last.Equal(began.Add(time.Hour)) || list[0].Example != "550 5.7.1 Zorg 77182 refused kim@example.org at 192.0.2.1" || list[0].Host != "mx.example" {
		t.Errorf("%+v", list)
	}
	for i := range 200 {
		say("550 other words "+strings.Repeat("x", i+1), i)
	}
	list, err = b.Unknowns(t.Context(), 1000)
	ok(t, err)
	if len(list) > 50 || len(list) < 40 || list[0].Count != 2 {
		t.Errorf("%d texts, the first %+v", len(list), list[0])
	}
	ok(t, b.DropUnknown(t.Context(), list[0].Text))
	if after, err := b.Unknowns(t.Context(), 1000); err != nil || len(after) != len(list)-1 {
		t.Errorf("%d texts left, %v", len(after), err)
	}
}

func testRolled(t *testing.T, b *bench) {
	for i := range 6 {
		b.apply(t, Bounce(fmt.Sprintf("r%d@example.org", i), codebook.MailboxFull, "1@s.example", began.Add(time.Duration(i)*10*time.Minute-24*time.Hour)))
	}
	before := rates(t, b, store.RateQuery{Dimension: store.ByIP, Every: time.Hour})
	b.pass(30 * 24 * time.Hour)
	prune(t, b)
	if diff := cmp.Diff(before, rates(t, b, store.RateQuery{Dimension: store.ByIP, Every: time.Hour})); diff != "" {
		t.Error(diff)
	}
	b.apply(t, Bounce("late@example.org", codebook.MailboxFull, "1@s.example", began.Add(-24*time.Hour+20*time.Minute)))
	prune(t, b)
	if after := rates(t, b, store.RateQuery{Dimension: store.ByIP, Every: time.Hour}); after[0].Bounced() != 7 {
		t.Errorf("a late one: %+v", after)
	}
	b.sound(t)
}

func prune(t *testing.T, b *bench) {
	t.Helper()
	for range 1000 {
		more, err := b.Prune(t.Context())
		ok(t, err)
		if !more {
			return
		}
	}
	t.Fatal("pruning does not end")
}

// testRatesOfAnyTime asks for times that begin and end anywhere, and compares
// with what was counted.
func testRatesOfAnyTime(t *testing.T, b *bench) {
	const span = 40 * 24 * time.Hour
	rng := rand.New(rand.NewPCG(1, 2))
	sum := map[int64]int64{} // by bucket
	for batch := range 4 {
		var entries []store.Entry
		for i := range 500 {
			at := began.Add(-time.Duration(rng.Int64N(int64(span))))
			en := Bounce(fmt.Sprintf("r%d@example.org", i), codebook.MailboxFull, fmt.Sprintf("%d.%d@s.example", batch, i), at)
			entries = append(entries, en)
			sum[at.Truncate(store.RateBucket).Unix()]++
		}
		b.apply(t, entries...)
		if batch == 1 {
			prune(t, b) // in between, so that some of what comes later is of long ago
		}
	}
	for range 300 {
		from := began.Add(-time.Duration(rng.Int64N(int64(span)))).Truncate(store.RateBucket)
		to := from.Add(time.Duration(rng.Int64N(int64(20 * 24 * time.Hour)))).Truncate(store.RateBucket)
		if from.Before(began.Add(-6 * 24 * time.Hour)) { // told by the hour
			from, to = from.Truncate(time.Hour), to.Truncate(time.Hour)
		}
		var want int64
		for at, n := range sum {
			if at >= from.Unix() && at < to.Unix() {
				want += n
			}
		}
		q := store.RateQuery{Dimension: store.BySenderDomain, From: from, To: to, Every: []time.Duration{0, time.Hour, 24 * time.Hour, 72 * time.Hour}[rng.IntN(4)]}
		if rng.IntN(2) == 0 {
			q.Value = "sender.example"
		}
		var got int64
		for _, g := range rates(t, b, q) {
			got += g.Bounced()
			if q.Every > 0 && g.From.Unix()%int64(q.Every/time.Second) != 0 {
				t.Errorf("%+v: a group begins at %v", q, g.From)
			}
		}
		if got != want {
			t.Errorf("%+v: %d bounced, want %d", q, got, want)
		}
	}
	prune(t, b)
	b.sound(t)
}

func testDelayReasons(t *testing.T, b *bench) {
	en := Bounce("kim@example.org", codebook.RateLimited, "1@s.example", began)
	en.Event.Kind, en.Event.ID = event.Delay, ""
	b.apply(t, en, Bounce("kim@example.org", codebook.RateLimited, "2@s.example", began))
	got := rates(t, b, store.RateQuery{Dimension: store.ByTotal})
	if len(got) != 1 || got[0].Kinds[event.Delay] != 1 || got[0].Delays[codebook.RateLimited] != 1 || got[0].Reasons[codebook.RateLimited] != 1 {
		t.Errorf("%+v", got)
	}
}
