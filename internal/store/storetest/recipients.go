package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/policy"
)

func testCheck(t *testing.T, b *bench) {
	b.apply(t, history(rand.New(rand.NewPCG(9, 10)), 400)...)
	var keys []policy.Key
	for i := range 80 {
		for _, stream := range []string{"", "news", "other"} {
			keys = append(keys, policy.Key{Recipient: fmt.Sprintf("r%d@example.org", i), Stream: stream})
		}
	}
	answers, err := b.Check(t.Context(), keys)
	ok(t, err)
	suppressed := 0
	for i, key := range keys {
		want := b.answer(t, key.Recipient, key.Stream)
		got := answers[i]
		if got.MaySend != want.MaySend || got.Suppressed != want.Suppressed || got.Probation != want.Probation || got.Why == "" {
			t.Errorf("%v: check says %+v, recipient says %+v", key, got, want)
		}
		if got.Suppressed {
			suppressed++
			if got.Why != want.Why {
				t.Errorf("%v: %q and %q", key, got.Why, want.Why)
			}
		}
	}
	if suppressed == 0 || suppressed == len(keys) {
		t.Fatalf("%d of %d suppressed: the test tests nothing", suppressed, len(keys))
	}
	if none, err := b.Check(t.Context(), nil); err != nil || len(none) != 0 {
		t.Errorf("no keys: %v, %v", none, err)
	}
}

func testForget(t *testing.T, b *bench) {
	en := Bounce("kim@example.org", codebook.UserUnknown, "1@s.example", began)
	en.Report = &store.Report{ID: "report-1", Body: []byte("To: kim@example.org\r\n")}
	b.apply(t, en, Bounce("kim@example.org", codebook.MailboxFull, "2@s.example", began), Bounce("lee@example.org", codebook.UserUnknown, "1@s.example", began))
	n, err := b.Forget(t.Context(), "kim@example.org")
	ok(t, err)
	if n != 2 {
		t.Errorf("%d events removed", n)
	}
	r, err := b.Recipient(t.Context(), policy.Key{Recipient: "kim@example.org"})
	ok(t, err)
	if r.Known || r.Events != 0 || b.suppressed(t, "kim@example.org", "") {
		t.Errorf("still known: %+v", r)
	}
	if _, err := b.Event(t.Context(), en.Event.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("event: %v", err)
	}
	if _, err := b.Evidence(t.Context(), "report-1"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("evidence: %v", err)
	}
	if !b.suppressed(t, "lee@example.org", "") {
		t.Error("somebody else was forgotten")
	}
	b.sound(t)
	b.apply(t, Bounce("kim@example.org", codebook.UserUnknown, "3@s.example", began))
	if !b.suppressed(t, "kim@example.org", "") {
		t.Error("not suppressed after coming back")
	}
	if n, err = b.Forget(t.Context(), "nobody@example.org"); err != nil || n != 0 {
		t.Errorf("forgetting nobody: %d, %v", n, err)
	}
	b.sound(t)
}

func testAnnounce(t *testing.T, b *bench) {
	b.reopen(t, func(o *Options) {
		o.Announce = func(c store.Change) []store.Outgoing {
			what := "changed"
			if c.Began() {
				what = "suppressed"
			} else if c.Ended() {
				what = "released"
			}
			return []store.Outgoing{{ID: what + " " + c.Recipient + c.EventID, Target: "hook", Kind: what, Body: []byte(c.Is.Why)}}
		}
	})
	first := Bounce("kim@example.org", codebook.UserUnknown, "1@s.example", began)
	b.apply(t, first, Bounce("lee@example.org", codebook.MailboxFull, "1@s.example", began))
	b.apply(t, first)
	b.apply(t, Bounce("kim@example.org", codebook.UserUnknown, "2@s.example", began.Add(time.Second)))
	_, err := b.Release(t.Context(), "kim@example.org", policy.Lift{By: "ops"})
	ok(t, err)
	list, err := b.ClaimOutgoing(t.Context(), "hook", 10, time.Minute)
	ok(t, err)
	if len(list) != 2 || list[0].Kind != "suppressed" || list[0].ID != "suppressed kim@example.org"+first.Event.ID || list[1].Kind != "released" {
		t.Errorf("announced %+v", list)
	}
}

func testCancelled(t *testing.T, b *bench) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.Apply(ctx, []store.Entry{Bounce("kim@example.org", codebook.UserUnknown, "1@s.example", began)}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if b.suppressed(t, "kim@example.org", "") {
		t.Error("applied all the same")
	}
	ok(t, b.Apply(t.Context(), nil))
}

func testClockBack(t *testing.T, b *bench) {
	late := Bounce("kim@example.org", codebook.UserUnknown, "1@s.example", began)
	b.apply(t, late)
	_, err := b.AddSuppressions(t.Context(), []store.Block{{Recipient: "lee@example.org"}})
	ok(t, err)
	b.pass(-400 * 24 * time.Hour)
	if !b.suppressed(t, "kim@example.org", "") || !b.suppressed(t, "lee@example.org", "") {
		t.Error("no longer suppressed")
	}
	// What is done by hand holds, though it seems to be done before the rest.
	for _, who := range []string{"kim@example.org", "lee@example.org"} {
		a, err := b.Release(t.Context(), who, policy.Lift{})
		ok(t, err)
		if a.Suppressed || b.suppressed(t, who, "") {
			t.Errorf("%s: not released: %+v", who, a)
		}
		_, err = b.AddSuppressions(t.Context(), []store.Block{{Recipient: who}})
		ok(t, err)
		if !b.suppressed(t, who, "") {
			t.Errorf("%s: not suppressed again", who)
		}
	}
	ok(t, b.Enqueue(t.Context(), []store.Outgoing{{ID: "1", Target: "hook"}}))
	b.pass(time.Hour)
	if list, err := b.ClaimOutgoing(t.Context(), "hook", 10, time.Minute); err != nil || len(list) != 1 {
		t.Fatalf("claimed %+v, %v", list, err)
	}
	ok(t, b.SettleOutgoing(t.Context(), []store.Attempt{{ID: "1", Next: b.now().Add(time.Hour)}}))
	b.pass(-24 * time.Hour)
	if list, err := b.ClaimOutgoing(t.Context(), "hook", 10, time.Minute); err != nil || len(list) != 1 {
		t.Errorf("a message waits for a time that is far away: %+v, %v", list, err)
	}
	b.apply(t, Bounce("max@example.org", codebook.UserUnknown, "2@s.example", began)) // received by another clock
	if !b.suppressed(t, "max@example.org", "") {
		t.Error("not suppressed")
	}
	_, err = b.Prune(t.Context())
	ok(t, err)
	b.sound(t)
}
