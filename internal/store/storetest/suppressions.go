package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/policy"
)

// listAll lists suppressions a few at a time.
func listAll(t *testing.T, b *bench, f store.SuppressionFilter, atOnce int) []store.Suppression {
	t.Helper()
	var all []store.Suppression
	for cursor, page := "", 0; ; page++ {
		list, next, err := b.Suppressions(t.Context(), f, cursor, atOnce)
		ok(t, err)
		all = append(all, list...)
		if next == "" {
			return all
		}
		if cursor = next; page > 1000 {
			t.Fatal("the list does not end")
		}
	}
}

func testList(t *testing.T, b *bench) {
	reasons := []codebook.Reason{codebook.UserUnknown, codebook.MailboxDisabled, codebook.DomainUnknown}
	for i := range 30 {
		domain := []string{"example.org", "sub.example.org", "xexample.org"}[i%3]
		b.apply(t, Bounce(fmt.Sprintf("r%02d@%s", (i*7)%30, domain), reasons[i%3], "1@s.example", began.Add(-time.Duration(i%10)*time.Hour)))
	}
	for _, atOnce := range []int{1, 7, 30, 100} {
		byAddress := listAll(t, b, store.SuppressionFilter{}, atOnce)
		if len(byAddress) != 30 || !slices.IsSortedFunc(byAddress, func(x, y store.Suppression) int { return cmpString(x.Recipient, y.Recipient) }) {
			t.Errorf("%d at once: %d entries, or not sorted", atOnce, len(byAddress))
		}
		newest := listAll(t, b, store.SuppressionFilter{Newest: true}, atOnce)
		if len(newest) != 30 || !slices.IsSortedFunc(newest, func(x, y store.Suppression) int { return y.Since.Compare(x.Since) }) {
			t.Errorf("%d at once: %d entries, or the latest not first", atOnce, len(newest))
		}
	}
	for name, c := range map[string]struct {
		f    store.SuppressionFilter
		want int
	}{
		"domain": {store.SuppressionFilter{Domain: "Example.org"}, 10},
		"reason": {store.SuppressionFilter{Reason: codebook.UserUnknown}, 10},
		"ground": {store.SuppressionFilter{Ground: policy.GroundObjection}, 0},
		"stream": {store.SuppressionFilter{Stream: "news"}, 30},
		"from":   {store.SuppressionFilter{From: began.Add(-time.Hour)}, 6},
		"to":     {store.SuppressionFilter{To: began.Add(-time.Hour)}, 24},
		"both":   {store.SuppressionFilter{Domain: "sub.example.org", Reason: codebook.MailboxDisabled, Newest: true}, 10},
		"other":  {store.SuppressionFilter{Domain: "sub.example.org", Reason: codebook.UserUnknown}, 0},
	} {
		if got := listAll(t, b, c.f, 4); len(got) != c.want {
			t.Errorf("%s: %d entries, want %d", name, len(got), c.want)
		}
	}
	for _, cursor := range []string{"x", "%%%", "AAAA"} {
		if _, _, err := b.Suppressions(t.Context(), store.SuppressionFilter{}, cursor, 10); !errors.Is(err, store.ErrCursor) {
			t.Errorf("cursor %q: %v", cursor, err)
		}
	}
}

func cmpString(a, b string) int {
	if a < b {
		return -1
	}
	if a > b {
		return 1
	}
	return 0
}

func testByHand(t *testing.T, b *bench) {
	before, err := b.AddSuppressions(t.Context(), []store.Block{
		{Recipient: "Kim@Example.ORG", Block: policy.Block{By: "ops", Note: "asked by phone", Reason: codebook.Unsubscribe}},
		{Recipient: "lee@example.org", Block: policy.Block{Stream: "news"}},
		{Recipient: "lee@example.org", Block: policy.Block{Stream: "offers"}},
	})
	ok(t, err)
	if before[0].Suppressed || before[1].Suppressed || !before[2].Suppressed {
		t.Errorf("before: %+v", before)
	}
	if !b.suppressed(t, "kim@example.org", "any") || !b.suppressed(t, "lee@example.org", "news") || b.suppressed(t, "lee@example.org", "other") {
		t.Error("not blocked as asked")
	}
	list := listAll(t, b, store.SuppressionFilter{}, 10)
	if len(list) != 3 || list[0].By != "ops" || list[0].Note != "asked by phone" || list[0].Ground != policy.GroundBlock {
		t.Errorf("list %+v", list)
	}
	a, err := b.Release(t.Context(), "lee@example.org", policy.Lift{Stream: "news", By: "ops", Note: "came back"})
	ok(t, err)
	if a.Suppressed || b.suppressed(t, "lee@example.org", "news") || !b.suppressed(t, "lee@example.org", "offers") {
		t.Errorf("released %+v", a)
	}
	if _, err = b.Release(t.Context(), "kim@example.org", policy.Lift{By: "ops", Note: "mistake"}); err != nil {
		t.Error(err)
	}
	if a := b.answer(t, "kim@example.org", ""); a.Suppressed || a.Note != "mistake" {
		t.Errorf("after release: %+v", a)
	}
	if _, err := b.Release(t.Context(), "nobody@example.org", policy.Lift{}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("releasing nobody: %v", err)
	}
	_, err = b.AddSuppressions(t.Context(), []store.Block{{Recipient: "max@example.org"}, {Recipient: "no address"}})
	if !errors.Is(err, policy.ErrAddress) || b.suppressed(t, "max@example.org", "") {
		t.Errorf("all or none: %v", err)
	}
	b.sound(t)
}

func testLateReports(t *testing.T, b *bench) {
	b.apply(t, Bounce("kim@example.org", codebook.UserUnknown, "1@s.example", began.Add(-time.Hour)))
	_, err := b.Release(t.Context(), "kim@example.org", policy.Lift{By: "ops"})
	ok(t, err)
	b.pass(time.Hour)
	b.apply(t, Bounce("kim@example.org", codebook.UserUnknown, "2@s.example", began.Add(-time.Minute)))
	if b.suppressed(t, "kim@example.org", "") {
		t.Error("an old report undid the release")
	}
	b.apply(t, Bounce("kim@example.org", codebook.UserUnknown, "3@s.example", b.now()))
	if !b.suppressed(t, "kim@example.org", "") {
		t.Error("a new report does not count")
	}
	b.sound(t)
}
