package pipeline

import (
	"context"
	"math/rand/v2"
	"time"
)

// Backoff spaces attempts: each failure in a row doubles the pause, from First (50
// ms) up to Most (30 s). A fifth of it, either way, is chance.
type Backoff struct{ First, Most time.Duration }

// after returns the pause after so many failures in a row. Chance is in [0, 1).
func (b Backoff) after(failures int, chance float64) time.Duration {
	setDefault(&b.First, 50*time.Millisecond)
	setDefault(&b.Most, 30*time.Second)
	pause := min(b.First, b.Most)
	for n := 1; n < failures && pause < b.Most; n++ {
		pause = min(2*pause, b.Most)
	}
	return time.Duration(float64(pause) * (0.8 + 0.4*chance))
}

// wait waits after so many failures in a row, or until ctx ends. It reports
// whether to go on.
func (b Backoff) wait(ctx context.Context, failures int) bool {
	timer := time.NewTimer(b.after(failures, rand.Float64()))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return ctx.Err() == nil
	}
}
