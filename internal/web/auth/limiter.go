package auth

import (
	"math"
	"sync"
	"time"
)

// maxBuckets bounds the memory of a limiter. What is forgotten first is who was
// not heard of for longest, so a flood of addresses frees at most itself.
const maxBuckets = 1 << 16

// limiter is a token bucket for each of many keys.
type limiter struct {
	rate  float64 // a second; negative is no limit
	burst float64

	mu      sync.Mutex
	buckets map[string]*bucket
	first   *bucket // the latest used
	last    *bucket // the longest ago
}

// bucket is what a key has left. Buckets are a ring in the order of their use.
type bucket struct {
	key          string
	left         float64
	at           time.Time
	newer, older *bucket
}

func (l *limiter) set(rate float64, burst int) {
	l.rate, l.burst = rate, float64(max(burst, 1))
	l.buckets = map[string]*bucket{}
}

// take takes one from a key's bucket; if there is none, it says how long to wait.
func (l *limiter) take(key string, now time.Time) (wait time.Duration, ok bool) {
	if l.rate < 0 {
		return 0, true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.buckets[key]
	if b == nil {
		b = l.add(key, now)
	}
	l.use(b)
	if gone := now.Sub(b.at); gone > 0 { // a clock that is set back fills nothing
		b.left = math.Min(l.burst, b.left+gone.Seconds()*l.rate)
	}
	b.at = now
	if b.left < 1 {
		return time.Duration((1 - b.left) / l.rate * float64(time.Second)), false
	}
	b.left--
	return 0, true
}

func (l *limiter) add(key string, now time.Time) *bucket {
	if len(l.buckets) >= maxBuckets {
		delete(l.buckets, l.last.key)
		l.unlink(l.last)
	}
	b := &bucket{key: key, left: l.burst, at: now}
	l.buckets[key] = b
	l.link(b)
	return b
}

// use makes a bucket the latest.
func (l *limiter) use(b *bucket) {
	if l.first == b {
		return
	}
	l.unlink(b)
	l.link(b)
}

func (l *limiter) link(b *bucket) {
	b.newer, b.older = nil, l.first
	if l.first != nil {
		l.first.newer = b
	}
	l.first = b
	if l.last == nil {
		l.last = b
	}
}

func (l *limiter) unlink(b *bucket) {
	if b.newer != nil {
		b.newer.older = b.older
	} else {
		l.first = b.older
	}
	if b.older != nil {
		b.older.newer = b.newer
	} else {
		l.last = b.newer
	}
	b.newer, b.older = nil, nil
}
