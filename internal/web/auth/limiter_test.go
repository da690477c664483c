package auth

import (
	"fmt"
	"sync"
	"testing"

	"github.com/rebound-mail/rebound/internal/store"
)

func TestALimiterForgetsWhoWasNotHeardOfForLongest(t *testing.T) {
	var l limiter
	l.set(1, 1)
	now := start
	for i := range maxBuckets {
		l.take(fmt.Sprint(i), now)
	}
	l.take("0", now) // is the latest now
	l.take("new", now)
	if len(l.buckets) != maxBuckets || l.buckets["0"] == nil || l.buckets["1"] != nil {
		t.Errorf("%d buckets", len(l.buckets))
	}
	if _, ok := l.take("0", now); ok {
		t.Error("0 was forgotten")
	}
	seen := 0
	for b := l.first; b != nil; b = b.older {
		seen++
	}
	if seen != maxBuckets {
		t.Errorf("%d in the order", seen)
	}
}

func TestManyAtOnce(t *testing.T) {
	s, now := &tokens{}, start
	g := gateAt(t, s, &now, func(o *Options) { o.Mode = OpenLocal })
	secret, tok := store.NewToken("x", scopesAll(), now)
	_ = s.AddToken(t.Context(), tok)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 200 {
				_, _ = g.Authorize(with(secret), store.ScopeRead)
				_, _ = g.Authorize(with(fmt.Sprintf("rbd_0123456789a%d_x", i)), store.ScopeRead)
				_ = g.Admit(request())
				g.Changed()
			}
		})
	}
	wg.Wait()
	if _, err := g.Authorize(with(secret), store.ScopeRead); problem(t, err) != "" && problem(t, err) != TooMany {
		t.Error(err)
	}
}
