package intake

import (
	"context"
	"math/rand/v2"
	"time"
)

// Backoff spaces attempts: each failure in a row doubles the pause, from First up
// to Most. A fifth of it, either way, is chance, so that many who failed together
// do not come back together. Fields that are zero are 1 second and 5 minutes.
type Backoff struct {
	First, Most time.Duration
}

// After returns the pause after so many failures in a row, 1 or more. Chance is
// in [0, 1), such as of rand.Float64.
func (b Backoff) After(failures int, chance float64) time.Duration {
	first, most := b.First, b.Most
	if first <= 0 {
		first = time.Second
	}
	if most <= 0 {
		most = 5 * time.Minute
	}
	pause := min(first, most)
	for range failures - 1 {
		if pause >= most/2 {
			pause = most
			break
		}
		pause *= 2
	}
	return time.Duration(float64(pause) * (0.8 + 0.4*min(max(chance, 0), 1)))
}

// Wait waits for the pause after so many failures in a row, or until ctx ends. It
// reports whether to go on.
func (b Backoff) Wait(ctx context.Context, failures int) bool {
	return Sleep(ctx, b.After(failures, rand.Float64()))
}

// Sleep waits so long, or until ctx ends. It reports whether to go on.
func Sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return ctx.Err() == nil
	}
}
