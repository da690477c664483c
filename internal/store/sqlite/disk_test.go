package sqlite

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/internal/store/storetest"
	"github.com/rebound-mail/rebound/policy"
)

// fill applies batches until one is refused, and returns how many were kept.
func fill(t *testing.T, s *Store) int {
	t.Helper()
	for batch := range 5000 {
		err := s.Apply(t.Context(), []store.Entry{fillEvent(batch)})
		if err == nil {
			continue
		}
		if !errors.Is(err, store.ErrFull) {
			t.Fatalf("batch %d: %v", batch, err)
		}
		if batch < 10 {
			t.Fatalf("full after %d batches: the test tests nothing", batch)
		}
		return batch
	}
	t.Fatal("the disk is never full")
	return 0
}

func fillEvent(batch int) store.Entry {
	en := storetest.Bounce(fmt.Sprintf("r%d@example.org", batch), codebook.UserUnknown, "1@s.example", crashClock())
	en.Report = &store.Report{ID: fmt.Sprint(batch), Body: noise(batch, 20_000)}
	return en
}

// noise is what cannot be compressed.
func noise(seed, n int) []byte {
	b := make([]byte, n)
	x := uint32(seed)*2654435761 + 1
	for i := range b {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		b[i] = byte(x)
	}
	return b
}

// checkFull looks at a store whose disk is full: it answers, what was kept is
// there, what was refused is not.
func checkFull(t *testing.T, s *Store, kept int) {
	t.Helper()
	for batch := range kept {
		if !isSuppressed(t, s, fmt.Sprintf("r%d@example.org", batch)) {
			t.Errorf("batch %d of %d is lost", batch, kept)
		}
	}
	r, err := s.Recipient(t.Context(), policy.Key{Recipient: fmt.Sprintf("r%d@example.org", kept)})
	if err != nil || r.Known {
		t.Errorf("what was refused: %+v, %v", r, err)
	}
	if st, err := s.Stats(t.Context()); err != nil || st.Events != int64(kept) {
		t.Errorf("%d events, want %d; %v", st.Events, kept, err)
	}
	if problems, err := s.Verify(t.Context()); err != nil || len(problems) > 0 {
		t.Errorf("not sound: %q, %v", problems, err)
	}
}

func TestFullDatabaseRefusesAndGoesOnWhenThereIsRoom(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), dir, Options{Now: crashClock, maxPages: 600})
	if err != nil {
		t.Fatal(err)
	}
	kept := fill(t, s)
	checkFull(t, s, kept)
	if _, err := s.AddSuppressions(t.Context(), []store.Block{{Recipient: "kim@example.org", Block: policy.Block{Note: string(noise(1, 100))}}}); err != nil && !errors.Is(err, store.ErrFull) {
		t.Errorf("by hand: %v", err)
	}
	if _, err := s.w.exec("pragma max_page_count(100000)"); err != nil {
		t.Fatal(err)
	}
	if err := s.Apply(t.Context(), []store.Entry{fillEvent(kept)}); err != nil {
		t.Fatalf("when there is room: %v", err)
	}
	if !isSuppressed(t, s, fmt.Sprintf("r%d@example.org", kept)) {
		t.Error("what was repeated is not there")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestOldEvidenceMakesRoom(t *testing.T) {
	now := crashClock()
	s, err := Open(t.Context(), t.TempDir(), Options{Now: func() time.Time { return now }, maxPages: 600})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	kept := fill(t, s)
	now = now.Add(100 * 24 * time.Hour)
	if _, err := s.Prune(t.Context()); err != nil {
		t.Fatalf("pruning a full database: %v", err)
	}
	if err := s.Apply(t.Context(), []store.Entry{fillEvent(kept)}); err != nil {
		t.Errorf("after pruning: %v", err)
	}
}
