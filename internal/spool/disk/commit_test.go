package disk

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
)

// Whoever is told "accepted" must be told the truth: not before the fsync, which
// those share who came while the one before was under way.
func TestAppendReturnsAfterTheFsyncThatItShares(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const late = 50
		faults := plan{hold: make(chan struct{})}
		s := mustOpen(t, t.TempDir(), Settings{create: faults.create})
		returned := make(chan string, 1+late)
		var appends sync.WaitGroup
		accept := func(id string) {
			appends.Go(func() {
				if err := s.Append(t.Context(), report(id, "body of "+id)); err != nil {
					t.Error(err)
				}
				returned <- id
			})
		}
		accept("first")
		<-faults.hold // its fsync is about to begin
		for i := range late {
			accept(fmt.Sprint(i))
		}
		synctest.Wait()
		if n := len(returned); n != 0 || s.Stats().Len != 0 {
			t.Errorf("%d calls returned, %d reports may be claimed, before anything is durable", n, s.Stats().Len)
		}
		faults.hold <- struct{}{}
		<-faults.hold // the first is durable, the next fsync is about to begin
		synctest.Wait()
		if n := len(returned); n != 1 || s.Stats().Len != 1 {
			t.Errorf("%d calls returned, %d reports may be claimed: the first was to be", n, s.Stats().Len)
		}
		faults.hold <- struct{}{}
		appends.Wait()
		if stats := s.Stats(); stats.Commits != 2 || stats.Len != 1+late || faults.syncs != 2 {
			t.Errorf("%d fsyncs, %+v", faults.syncs, stats)
		}
		must(t, s.Close())
	})
}
