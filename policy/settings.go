package policy

import (
	"errors"
	"fmt"
	"time"
)

// Settings are what an operator may choose. Fields that are zero stand for
// their defaults.
type Settings struct {
	// Consecutive is after how many failed messages in a row, with no delivery
	// in between, an address is suppressed for a while; 1 to MaxConsecutive.
	Consecutive int
	// SoftExpiry is how long the first such suppression lasts. Each one that
	// follows a failed try lasts twice as long, MaxDoublings times at most;
	// negative for always the same.
	SoftExpiry   time.Duration
	MaxDoublings int
	// Forget is after how long without another failure a run of failures is
	// forgotten. It matters to those who feed in failures only, and so never
	// show that mail arrives.
	Forget time.Duration
	// CaseSensitive tells Kim@example.org from kim@example.org.
	CaseSensitive bool
	// Warn and Critical are the rates of bounced to attempted messages from
	// which a sender's reputation is in danger.
	Warn, Critical float64
}

// DefaultSettings returns the defaults.
func DefaultSettings() Settings {
	return Settings{
		Consecutive: 3, SoftExpiry: 30 * 24 * time.Hour, MaxDoublings: 5, Forget: 180 * 24 * time.Hour,
		Warn: 0.02, Critical: 0.05,
	}
}

// withDefaults fills in what is zero.
func (s Settings) withDefaults() Settings {
	d := DefaultSettings()
	if s.Consecutive == 0 {
		s.Consecutive = d.Consecutive
	}
	if s.SoftExpiry == 0 {
		s.SoftExpiry = d.SoftExpiry
	}
	if s.MaxDoublings == 0 {
		s.MaxDoublings = d.MaxDoublings
	}
	if s.Forget == 0 {
		s.Forget = d.Forget
	}
	if s.Warn == 0 {
		s.Warn = d.Warn
	}
	if s.Critical == 0 {
		s.Critical = d.Critical
	}
	return s
}

// maxExpiry bounds what SoftExpiry may grow to, so that no date overflows.
const maxExpiry = 100 * 365 * 24 * time.Hour

// Validate says what is wrong with the settings. All problems are joined.
func (s Settings) Validate() error {
	s = s.withDefaults()
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf("policy: "+format, args...)) }
	if s.Consecutive < 1 || s.Consecutive > MaxConsecutive {
		wrong("consecutive is %d; it must be from 1 to %d", s.Consecutive, MaxConsecutive)
	}
	if s.SoftExpiry < time.Minute || s.SoftExpiry > maxExpiry {
		wrong("soft expiry is %v; it must be from a minute to 100 years", s.SoftExpiry)
	}
	if s.MaxDoublings > 16 {
		wrong("doublings are %d; they must be 16 at most", s.MaxDoublings)
	}
	if s.Forget < time.Hour || s.Forget > maxExpiry {
		wrong("forget is %v; it must be from an hour to 100 years", s.Forget)
	}
	if !(s.Warn > 0 && s.Warn < s.Critical && s.Critical <= 1) {
		wrong("rates are %v and %v; they must be 0 < warn < critical <= 1", s.Warn, s.Critical)
	}
	return errors.Join(errs...)
}

// Health says how a sender's rate of bounces stands.
type Health string

// The healths; the zero value means that nothing was attempted.
const (
	Healthy  Health = "healthy"
	Warning  Health = "warning"
	Critical Health = "critical"
)

// Health returns how bounced out of attempted messages stand.
func (s Settings) Health(bounced, attempted int64) Health {
	if attempted <= 0 {
		return ""
	}
	s = s.withDefaults()
	rate := float64(bounced) / float64(attempted)
	switch {
	case rate >= s.Critical:
		return Critical
	case rate >= s.Warn:
		return Warning
	}
	return Healthy
}

// expiry is how long the suppression after so many doublings lasts.
func (s Settings) expiry(doublings int) time.Duration {
	d := s.SoftExpiry
	for range min(doublings, s.MaxDoublings) {
		if d > maxExpiry/2 {
			return maxExpiry
		}
		d *= 2
	}
	return d
}
