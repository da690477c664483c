package intake

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/rebound-mail/rebound/internal/spool"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestBackoffDoublesUpToItsMost(t *testing.T) {
	b := Backoff{First: time.Second, Most: 10 * time.Second}
	for failures, want := range []time.Duration{1: 1, 2: 2, 3: 4, 4: 8, 5: 10, 6: 10, 1000: 10} {
		if want == 0 {
			continue
		}
		if got := b.After(failures, 0.5); got.Round(time.Millisecond) != want*time.Second {
			t.Errorf("after %d failures %s, want %d s", failures, got, want)
		}
	}
	if got := (Backoff{}).After(1, 0.5); got.Round(time.Millisecond) != time.Second {
		t.Errorf("the default begins with %s", got)
	}
}

func TestBackoffStaysWithinAFifthAndNeverOverflows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := Backoff{First: time.Duration(rapid.Int64Range(1, 1<<50).Draw(t, "first")), Most: time.Duration(rapid.Int64Range(1, 1<<55).Draw(t, "most"))}
		n, chance := rapid.IntRange(-1, 1<<20).Draw(t, "failures"), rapid.Float64Range(0, 1).Draw(t, "chance")
		got, least := b.After(n, chance), float64(min(b.First, b.Most))
		if float64(got) < 0.79*least-1 || float64(got) > 1.21*float64(b.Most)+1 {
			t.Errorf("%s for %+v", got, b)
		}
	})
}

func TestSleepEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		if !Sleep(t.Context(), time.Hour) || time.Since(began) != time.Hour {
			t.Error("an hour is not slept through")
		}
		ctx, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		if Sleep(ctx, time.Hour) || time.Since(began) > time.Hour+time.Second {
			t.Error("goes on after its context has ended")
		}
	})
}

func TestGaugeKeepsTheTimeOfAProblem(t *testing.T) {
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	g := NewGauge("box", spool.Maildir, func() time.Time { return now })
	since := now
	if !g.Trouble("no such folder") || g.Trouble("no such folder") {
		t.Error("the same problem is told twice, or not at all")
	}
	now = now.Add(time.Minute)
	if !g.Trouble("no permission") {
		t.Error("another problem is not told")
	}
	g.Enter(Waiting)
	g.Accept(2)
	g.Accept(0)
	g.Refuse(1)
	want := Status{Name: "box", Kind: spool.Maildir, State: Waiting, Accepted: 2, Refused: 1, Last: now, Problem: "no permission", ProblemSince: since}
	if diff := cmp.Diff(want, g.Status()); diff != "" {
		t.Error(diff)
	}
	if !g.Fine() || g.Fine() {
		t.Error("the end of a problem is told twice, or not at all")
	}
	want.Problem, want.ProblemSince = "", time.Time{}
	if diff := cmp.Diff(want, g.Status()); diff != "" {
		t.Error(diff)
	}
}

func TestEveryErrorOfTheSpoolIsExplained(t *testing.T) {
	seen := map[string]error{}
	for _, err := range []error{spool.ErrFull, errors.Join(spool.ErrFull, spool.ErrDiskFull), spool.ErrReadOnly, spool.ErrTooLarge, spool.ErrClosed, errors.New("broken")} {
		text := SpoolProblem(fmt.Errorf("append: %w", err))
		if other, again := seen[text]; again || text == "" {
			t.Errorf("%v and %v are both %q", err, other, text)
		}
		seen[text] = err
	}
}
