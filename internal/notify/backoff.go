package notify

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Bounds of waiting.
const (
	firstWait = 5 * time.Second
	maxWait   = 6 * time.Hour
	// maxPause is how long a target that fails is left alone at most: messages
	// should not wait for hours when it works again.
	maxPause = 10 * time.Minute
	// maxRetryAfter is the most that a target may ask for.
	maxRetryAfter = 24 * time.Hour
)

// backoff is how long to wait after so many failed tries before the one that just
// failed: 5 s, 15 s, 45 s and so on, three times as long each, 6 hours at most;
// and a fifth more or less, as random from 0 to 1 says, so that what failed
// together does not come again together.
func backoff(failed int, random float64) time.Duration {
	wait := firstWait
	for range failed {
		if wait *= 3; wait >= maxWait {
			wait = maxWait
			break
		}
	}
	return time.Duration(float64(wait) * (0.8 + 0.4*random))
}

// retryAfter reads a Retry-After field (RFC 9110 section 10.2.3): seconds, or a
// date. It returns 0 for none, or none that can be understood.
func retryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	if n, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(n) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(at.Sub(now), 0)
	}
	return 0
}
