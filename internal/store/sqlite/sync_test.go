package sqlite

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/internal/store/storetest"
)

func TestNothingIsAcknowledgedBeforeItIsDurable(t *testing.T) {
	release, asked := make(chan error), make(chan struct{}, 10)
	var wait atomic.Bool
	s, err := Open(t.Context(), t.TempDir(), Options{Now: crashClock, sync: func() error {
		if !wait.Load() {
			return nil
		}
		asked <- struct{}{}
		return <-release
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	wait.Store(true)
	for name, write := range map[string]func() error{
		"apply": func() error { return s.Apply(context.Background(), crashEvents(1)) },
		"by hand": func() error {
			_, err := s.AddSuppressions(context.Background(), []store.Block{{Recipient: "kim@example.org"}})
			return err
		},
	} {
		done := make(chan error, 1)
		go func() { done <- write() }()
		<-asked
		select {
		case err := <-done:
			t.Errorf("%s: returned %v before the log was synced", name, err)
		default:
		}
		release <- nil
		if err := <-done; err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhenTheLogCannotBeSyncedNothingMoreIsPromised(t *testing.T) {
	broken := errors.New("input/output error")
	var fail atomic.Bool
	s, err := Open(t.Context(), t.TempDir(), Options{Now: crashClock, sync: func() error {
		if fail.Load() {
			return broken
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	fail.Store(true)
	if err := s.Apply(t.Context(), crashEvents(1)); !errors.Is(err, broken) {
		t.Errorf("apply: %v", err)
	}
	fail.Store(false) // the system may have dropped what it could not write
	if err := s.Apply(t.Context(), crashEvents(2)); !errors.Is(err, broken) {
		t.Errorf("apply afterwards: %v", err)
	}
	if _, err := s.AddSuppressions(t.Context(), []store.Block{{Recipient: "kim@example.org"}}); !errors.Is(err, broken) {
		t.Errorf("by hand afterwards: %v", err)
	}
}

func TestThoseWhoWaitShareOneSync(t *testing.T) {
	release := make(chan struct{})
	syncs := 0
	y := &walSync{sync: func() error { syncs++; <-release; return nil }}
	done := make(chan error, 10)
	for range 10 {
		go func() { done <- y.wait() }()
	}
	for y.tickets.Load() < 10 {
		runtime.Gosched()
	}
	close(release)
	for range 10 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if syncs > 2 { // the first may have begun before the others came
		t.Errorf("%d syncs for 10", syncs)
	}
}

func TestALargeLogIsCopiedInTheBackground(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 200 MB: not with -short")
	}
	dir := t.TempDir()
	s := openBench(t, dir)
	seed(t, s, 1000)
	size := func() float64 { return fileSize(dir) }
	for batch := range 200 {
		en := storetest.Bounce("kim@example.org", codebook.MailboxFull, "1@s.example", crashClock())
		en.Event.ID, en.Report = "", &store.Report{ID: string(rune('a' + batch)), Body: noise(batch, 1<<20)}
		en.Event.MessageID = string(rune('a' + batch))
		if err := s.Apply(t.Context(), []store.Entry{en}); err != nil {
			t.Fatal(err)
		}
	}
	if got, most := size(), 200e6+2*checkpointAt*pageSize+20e6; got > most {
		t.Errorf("%.0f MB on disk, at most %.0f expected", got/1e6, most/1e6)
	}
	if s.w.logged(false) >= checkpointAt+10_000 {
		t.Errorf("%d pages in the log", s.w.logged(false))
	}
	if problems, err := s.Verify(t.Context()); err != nil || len(problems) > 0 {
		t.Errorf("not sound: %q, %v", problems, err)
	}
}
