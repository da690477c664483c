package spooltest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/rebound-mail/rebound/internal/spool"
)

func testConcurrent(t *testing.T, o Open) {
	const writers, readers, each = 8, 4, 200
	s := open(t, o)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var writing, reading sync.WaitGroup
	for w := range writers {
		writing.Go(func() {
			for i := range each {
				if err := s.Append(ctx, report(fmt.Sprintf("%d-%d", w, i))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	var mu sync.Mutex
	done := map[string]int{}
	for range readers {
		reading.Go(func() { drain(ctx, t, s, &mu, done, cancel, writers*each) })
	}
	writing.Wait()
	reading.Wait()
	if len(done) != writers*each {
		t.Errorf("%d reports came, want %d", len(done), writers*each)
	}
	for id, n := range done {
		if n != 1 {
			t.Errorf("%s came %d times", id, n)
		}
	}
	if stats := s.Stats(); stats.Len != 0 || stats.Claimed != 0 {
		t.Errorf("left: %+v", stats)
	}
}

// drain settles reports until all have come; every third is released first.
func drain(ctx context.Context, t *testing.T, s spool.Spool, mu *sync.Mutex, done map[string]int, all func(), want int) {
	for {
		list, err := s.Claim(ctx, 7)
		if err != nil {
			return
		}
		for i, c := range list {
			if i%3 == 0 && c.Tries == 1 {
				must(t, s.Release(t.Context(), c.ID))
				continue
			}
			if string(c.Body) != "body of "+c.ID {
				t.Errorf("body of %s is %q", c.ID, c.Body)
			}
			if err := s.Done(t.Context(), c.ID); err != nil {
				t.Error(err)
			}
			mu.Lock()
			done[c.ID]++
			if len(done) == want {
				all()
			}
			mu.Unlock()
		}
	}
}

func testCancelledAppend(t *testing.T, o Open) {
	s := open(t, o)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Append(ctx, report("a")); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	accepted := 0
	for i := range 50 {
		ctx, cancel := context.WithCancel(t.Context())
		go cancel()
		err := s.Append(ctx, report(fmt.Sprint(i)))
		if err == nil {
			accepted++
		} else if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
	if n := s.Stats().Len; n != accepted {
		t.Errorf("%d reports are there, %d were accepted", n, accepted)
	}
}

func testBodyIsKept(t *testing.T, o Open) {
	s := open(t, o)
	r := report("a")
	must(t, s.Append(t.Context(), r))
	clear(r.Body)
	if c := claim(t, s, 1); string(c[0].Body) != "body of a" {
		t.Errorf("body %q", c[0].Body)
	}
}
