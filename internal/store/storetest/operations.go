package storetest

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/policy"
)

func testPrune(t *testing.T, b *bench) {
	const day = 24 * time.Hour
	b.reopen(t, func(o *Options) {
		o.Retention = store.Retention{Events: 20 * day, Evidence: 10 * day, Rates: 20 * day, Unknowns: 20 * day, Dead: 20 * day}
	})
	old := Bounce("kim@example.org", codebook.Undetermined, "1@s.example", b.now())
	old.Report = &store.Report{ID: "old", Body: []byte("old")}
	hard := Bounce("kim@example.org", codebook.UserUnknown, "2@s.example", b.now())
	b.apply(t, old, hard)
	ok(t, b.Enqueue(t.Context(), []store.Outgoing{{ID: "m", Target: "hook"}}))
	ok(t, b.SettleOutgoing(t.Context(), []store.Attempt{{ID: "m"}}))
	b.pass(15 * day)
	young := Bounce("kim@example.org", codebook.MailboxFull, "3@s.example", b.now())
	young.Report = &store.Report{ID: "young", Body: []byte("young")}
	b.apply(t, young)
	prune(t, b)
	if _, err := b.Evidence(t.Context(), "old"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("evidence of 15 days: %v", err)
	}
	if _, err := b.Event(t.Context(), old.Event.ID); err != nil {
		t.Errorf("an event of 15 days: %v", err)
	}
	b.pass(10 * day)
	prune(t, b)
	list := searchAll(t, b, store.EventFilter{}, 10)
	chain := searchAll(t, b, store.EventFilter{Recipient: "kim@example.org"}, 10)
	if len(list) != 1 || list[0].ID != young.Event.ID || len(chain) != 1 {
		t.Errorf("left are %d, of the recipient %d", len(list), len(chain))
	}
	if got := rates(t, b, store.RateQuery{Dimension: store.ByTotal}); len(got) != 1 || got[0].Bounced() != 1 {
		t.Errorf("rates %+v", got)
	}
	unknown, err := b.Unknowns(t.Context(), 10)
	ok(t, err)
	dead, _, err := b.DeadLetters(t.Context(), "", 10)
	ok(t, err)
	if len(unknown) != 0 || len(dead) != 0 {
		t.Errorf("%d unknown texts, %d dead letters", len(unknown), len(dead))
	}
	if !b.suppressed(t, "kim@example.org", "") {
		t.Error("who is suppressed stays so when the events are gone")
	}
	b.apply(t, Bounce("kim@example.org", codebook.MailboxFull, "4@s.example", b.now()))
	if chain = searchAll(t, b, store.EventFilter{Recipient: "kim@example.org"}, 1); len(chain) != 2 {
		t.Errorf("the chain has %d", len(chain))
	}
	b.pass(100 * day)
	prune(t, b)
	b.apply(t, Bounce("lee@example.org", codebook.MailboxFull, "5@s.example", b.now()))
	if chain = searchAll(t, b, store.EventFilter{Recipient: "kim@example.org"}, 1); len(chain) != 0 {
		t.Errorf("a chain leads to another's events: %+v", chain)
	}
	b.sound(t)
}

func testRequests(t *testing.T, b *bench) {
	ctx := t.Context()
	saved, err := b.BeginRequest(ctx, "key", []byte("a"))
	ok(t, err)
	if saved != nil {
		t.Fatalf("the first: %+v", saved)
	}
	if _, err = b.BeginRequest(ctx, "key", []byte("a")); !errors.Is(err, store.ErrRequestRuns) {
		t.Errorf("while it runs: %v", err)
	}
	response := &store.SavedResponse{Status: 201, Type: "application/json", Body: []byte("{}")}
	ok(t, b.FinishRequest(ctx, "key", response))
	if saved, err = b.BeginRequest(ctx, "key", []byte("a")); err != nil || !cmp.Equal(saved, response) {
		t.Errorf("again: %+v, %v", saved, err)
	}
	if _, err = b.BeginRequest(ctx, "key", []byte("b")); !errors.Is(err, store.ErrRequestDiffers) {
		t.Errorf("another request: %v", err)
	}
	_, err = b.BeginRequest(ctx, "given up", []byte("a"))
	ok(t, err)
	ok(t, b.FinishRequest(ctx, "given up", nil))
	if saved, err = b.BeginRequest(ctx, "given up", []byte("a")); err != nil || saved != nil {
		t.Errorf("after it was given up: %+v, %v", saved, err)
	}
	b.pass(store.RequestRuns + time.Second)
	if saved, err = b.BeginRequest(ctx, "given up", []byte("a")); err != nil || saved != nil {
		t.Errorf("after it never finished: %+v, %v", saved, err)
	}
	b.pass(store.RequestKept)
	prune(t, b)
	if saved, err = b.BeginRequest(ctx, "key", []byte("b")); err != nil || saved != nil {
		t.Errorf("after a day: %+v, %v", saved, err)
	}
}

func testTokens(t *testing.T, b *bench) {
	ctx := t.Context()
	secret, tok := store.NewToken("shop", []store.Scope{store.ScopeRead, store.ScopeIngest}, b.now())
	ok(t, b.AddToken(ctx, tok))
	if err := b.AddToken(ctx, tok); !errors.Is(err, store.ErrExists) {
		t.Errorf("twice: %v", err)
	}
	got, err := b.Token(ctx, store.TokenID(secret))
	ok(t, err)
	if diff := cmp.Diff(tok, got); diff != "" {
		t.Error(diff)
	}
	if !got.Allows(secret, store.ScopeRead, b.now()) || got.Allows(secret, store.ScopeAdmin, b.now()) || got.Allows(secret+"x", store.ScopeRead, b.now()) {
		t.Error("the token allows the wrong things")
	}
	b.pass(time.Hour)
	ok(t, b.TouchToken(ctx, tok.ID, b.now()))
	ok(t, b.TouchToken(ctx, tok.ID, b.now().Add(time.Second)))
	if got, err = b.Token(ctx, tok.ID); err != nil || !got.Used.Equal(b.now()) {
		t.Errorf("used %v, %v", got.Used, err)
	}
	ok(t, b.RevokeToken(ctx, tok.ID))
	b.reopen(t, nil)
	list, err := b.Tokens(ctx)
	ok(t, err)
	if len(list) != 1 || list[0].Valid(b.now()) || list[0].Allows(secret, store.ScopeRead, b.now()) {
		t.Errorf("after revoking: %+v", list)
	}
	if err := b.RevokeToken(ctx, "none"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("revoking none: %v", err)
	}
	if _, err := b.Token(ctx, "none"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("none: %v", err)
	}
}

func claim(t *testing.T, b *bench) []string {
	t.Helper()
	list, err := b.ClaimOutgoing(t.Context(), "hook", 10, time.Minute)
	ok(t, err)
	var ids []string
	for _, m := range list {
		ids = append(ids, fmt.Sprint(m.ID, m.Tries))
	}
	return ids
}

func testOutbox(t *testing.T, b *bench) {
	ctx := t.Context()
	ok(t, b.Enqueue(ctx, []store.Outgoing{{ID: "a", Target: "hook", Kind: "k", Body: []byte("1")}, {ID: "b", Target: "hook"}, {ID: "a", Target: "again"}}))
	ok(t, b.Enqueue(ctx, []store.Outgoing{{ID: "o", Target: "other"}, {ID: "given up", Target: "nobody"}}))
	ok(t, b.SettleOutgoing(ctx, []store.Attempt{{ID: "given up"}}))
	ok(t, b.Revive(ctx, []string{"given up"}))
	if names, err := b.OutgoingTargets(ctx); err != nil || !slices.Equal(names, []string{"hook", "nobody", "other"}) {
		t.Errorf("messages wait for %q, %v", names, err)
	}
	ok(t, b.SettleOutgoing(ctx, []store.Attempt{{ID: "given up", Delivered: true}}))
	expect := func(what string, want ...string) {
		t.Helper()
		if got := claim(t, b); !slices.Equal(got, want) {
			t.Errorf("%s: claimed %v, want %v", what, got, want)
		}
	}
	expect("at first", "a0", "b0")
	expect("while they are leased")
	b.pass(2 * time.Minute)
	expect("when the lease is over", "a0", "b0")
	ok(t, b.SettleOutgoing(ctx, []store.Attempt{{ID: "a", Delivered: true}, {ID: "b", Error: "refused", Next: b.now().Add(time.Hour)}}))
	b.pass(30 * time.Minute)
	expect("before it is due")
	b.pass(time.Hour)
	b.reopen(t, nil)
	expect("when it is due", "b1")
	ok(t, b.SettleOutgoing(ctx, []store.Attempt{{ID: "b", Error: "gone"}}))
	b.pass(24 * time.Hour)
	expect("when it was given up")
	ok(t, b.Enqueue(ctx, []store.Outgoing{{ID: "c", Target: "hook"}}))
	ok(t, b.SettleOutgoing(ctx, []store.Attempt{{ID: "c", Error: "gone too"}}))
	first, next, err := b.DeadLetters(ctx, "", 1)
	ok(t, err)
	if len(first) != 1 || first[0].ID != "c" || next == "" {
		t.Fatalf("dead letters %+v, %q", first, next)
	}
	second, _, err := b.DeadLetters(ctx, next, 1)
	ok(t, err)
	if len(second) != 1 || second[0].ID != "b" || second[0].Error != "gone" || second[0].Dead.IsZero() {
		t.Errorf("dead letters %+v", second)
	}
	if st, err := b.Stats(ctx); err != nil || st.DeadLetters != 2 || st.Outgoing != 1 {
		t.Errorf("stats %+v, %v", st, err)
	}
	if names, err := b.OutgoingTargets(ctx); err != nil || !slices.Equal(names, []string{"other"}) {
		t.Errorf("messages wait for %q, %v", names, err)
	}
	ok(t, b.Revive(ctx, []string{"b"}))
	expect("when it was revived", "b0")
	if err := b.Revive(ctx, []string{"c", "none"}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("reviving none: %v", err)
	}
	expect("all or none")
	if err := b.Enqueue(ctx, []store.Outgoing{{ID: "d"}, {}}); err == nil {
		t.Error("a message without an id")
	}
	expect("all or none of those")
}

func testAlerts(t *testing.T, b *bench) {
	ctx := t.Context()
	a := store.Alert{Kind: "bounce-rate", Subject: "ip 192.0.2.1", Level: "warning", Text: "2.5 %", Value: 0.025}
	note := func(id string) []store.Outgoing { return []store.Outgoing{{ID: id, Target: "hook"}} }
	raise := func(level, id string, want bool) {
		t.Helper()
		a.Level = level
		if changed, err := b.RaiseAlert(ctx, a, note(id)); err != nil || changed != want {
			t.Errorf("%s: changed %v, %v", id, changed, err)
		}
	}
	raise("warning", "1", true)
	raise("warning", "2", false)
	b.pass(time.Hour)
	raise("critical", "3", true)
	open, err := b.Alerts(ctx, true, 10)
	ok(t, err)
	if len(open) != 1 || open[0].Level != "critical" || !open[0].Began.Equal(began) || !open[0].Changed.Equal(b.now()) {
		t.Errorf("open %+v", open)
	}
	for _, want := range []bool{true, false} {
		if changed, err := b.EndAlert(ctx, a.Kind, a.Subject, note("4")); err != nil || changed != want {
			t.Errorf("ended: %v, %v", changed, err)
		}
	}
	raise("warning", "5", true)
	all, err := b.Alerts(ctx, false, 10)
	ok(t, err)
	if len(all) != 2 || !all[0].Ended.IsZero() || !all[1].Ended.Equal(b.now()) {
		t.Errorf("all %+v", all)
	}
	if got := claim(t, b); !slices.Equal(got, []string{"10", "30", "40", "50"}) {
		t.Errorf("told %v", got)
	}
}

func testBackup(t *testing.T, b *bench) {
	b.apply(t, Bounce("kim@example.org", codebook.UserUnknown, "1@s.example", began))
	path := filepath.Join(t.TempDir(), "backup of today?.db")
	stop, done := make(chan struct{}), make(chan error, 1)
	go func() { // the store goes on working
		for i := 0; ; i++ {
			select {
			case <-stop:
				done <- nil
				return
			default:
			}
			if err := b.Apply(t.Context(), []store.Entry{Bounce(fmt.Sprintf("r%d@example.org", i), codebook.UserUnknown, "1@s.example", began)}); err != nil {
				done <- err
				return
			}
		}
	}()
	err := b.Backup(t.Context(), path)
	close(stop)
	ok(t, <-done)
	ok(t, err)
	if err := b.Backup(t.Context(), path); !errors.Is(err, store.ErrExists) {
		t.Errorf("over an older one: %v", err)
	}
	b.apply(t, Bounce("lee@example.org", codebook.UserUnknown, "1@s.example", began))
	copied := b.home.Restore(t, path, b.opts)
	defer copied.Close()
	answers, err := copied.Check(t.Context(), []policy.Key{{Recipient: "kim@example.org"}, {Recipient: "lee@example.org"}})
	ok(t, err)
	if !answers[0].Suppressed || answers[1].Suppressed {
		t.Errorf("the copy says %+v", answers)
	}
	problems, err := copied.Verify(t.Context())
	ok(t, err)
	if len(problems) > 0 {
		t.Errorf("the copy is not sound: %q", problems)
	}
	b.sound(t)
}

func testClosed(t *testing.T, b *bench) {
	ok(t, b.Ping(t.Context()))
	ok(t, b.Close())
	ok(t, b.Close())
	if err := b.Apply(t.Context(), []store.Entry{Bounce("kim@example.org", codebook.UserUnknown, "1@s.example", began)}); !errors.Is(err, store.ErrClosed) {
		t.Errorf("apply: %v", err)
	}
	if _, err := b.Recipient(t.Context(), policy.Key{Recipient: "kim@example.org"}); !errors.Is(err, store.ErrClosed) {
		t.Errorf("recipient: %v", err)
	}
	if _, err := b.AddSuppressions(t.Context(), []store.Block{{Recipient: "kim@example.org"}}); !errors.Is(err, store.ErrClosed) {
		t.Errorf("add: %v", err)
	}
	if err := b.Ping(t.Context()); !errors.Is(err, store.ErrClosed) {
		t.Errorf("ping: %v", err)
	}
}
