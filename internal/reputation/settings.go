package reputation

import (
	"errors"
	"fmt"
	"time"

	"github.com/rebound-mail/rebound/policy"
)

// Lines are the shares, from 0 to 1, from which something is a warning and from
// which it is critical.
type Lines struct {
	Warn     float64 `json:"warn"`
	Critical float64 `json:"critical"`
}

// Of returns how a share stands to the lines.
func (l Lines) Of(share float64) policy.Health {
	switch {
	case share >= l.Critical:
		return policy.Critical
	case share >= l.Warn:
		return policy.Warning
	}
	return policy.Healthy
}

// line returns the line of a health, 0 for what is healthy.
func (l Lines) line(h policy.Health) float64 {
	switch h {
	case policy.Critical:
		return l.Critical
	case policy.Warning:
		return l.Warn
	}
	return 0
}

// Settings are what an operator may choose. Fields that are zero stand for their
// defaults.
type Settings struct {
	// Bounces is for bounced out of attempted messages: 2 % and 5 %.
	Bounces Lines
	// Complaints is for complaints out of delivered messages: 0.1 % and 0.3 %.
	// Senders to Gmail and Yahoo are to stay below 0.1 % and never to reach 0.3 %.
	// https://support.google.com/a/answer/81126
	// https://senders.yahooinc.com/best-practices/
	Complaints Lines
	// Blocked is for messages that one provider refused or deferred because of
	// who sends, out of those attempted there: 5 % and 20 %.
	Blocked Lines
	// Deferred is for messages that one provider put off, out of all that it
	// gave an answer to: 80 % and 95 %. Greylisting reaches half at most, as
	// each message is put off once and then taken.
	Deferred Lines
	// Unknown is for bounces whose texts nobody understands, out of all bounces:
	// 10 % and 25 %. It must have risen to twice what it was in the week before.
	Unknown Lines

	// Window is the time that alerts look back over: 24 hours. Sudden is a short
	// one, for what is critical already: an hour.
	Window, Sudden Window
	// MinMessages is how many messages there must be before anything is said of
	// them: 100; of complaints, MinDelivered: 1,000; in the short window, MinSudden:
	// 500. So few messages make a rate of chance.
	MinMessages, MinDelivered, MinSudden int64
	// EndBelow is the part of a line that a share must fall below for an alert,
	// or its level, to end: 0.8.
	EndBelow float64
	// MinOpen is how long an alert stays open, and on its level, at least: an hour.
	MinOpen time.Duration
	// LagWarn and LagCritical are ages of the oldest report that waits to be
	// processed: 5 minutes and 30 minutes.
	LagWarn, LagCritical time.Duration
	// Every is how often Run looks: a minute.
	Every time.Duration
	// MaxOpen is how many alerts of one kind may be open: 50. The worst are.
	MaxOpen int
}

// DefaultSettings returns the defaults.
func DefaultSettings() Settings {
	p := policy.DefaultSettings()
	return Settings{
		Bounces:    Lines{p.Warn, p.Critical},
		Complaints: Lines{0.001, 0.003},
		Blocked:    Lines{0.05, 0.20},
		Deferred:   Lines{0.80, 0.95},
		Unknown:    Lines{0.10, 0.25},
		Window:     Day, Sudden: Hour,
		MinMessages: 100, MinDelivered: 1000, MinSudden: 500,
		EndBelow: 0.8, MinOpen: time.Hour,
		LagWarn: 5 * time.Minute, LagCritical: 30 * time.Minute,
		Every: time.Minute, MaxOpen: 50,
	}
}

// orElse sets what is zero to its default.
func orElse[T comparable](v *T, or T) {
	var zero T
	if *v == zero {
		*v = or
	}
}

// WithDefaults fills in what is zero.
func (s Settings) WithDefaults() Settings {
	d := DefaultSettings()
	for _, l := range []struct {
		is *Lines
		or Lines
	}{
		{&s.Bounces, d.Bounces}, {&s.Complaints, d.Complaints}, {&s.Blocked, d.Blocked}, {&s.Deferred, d.Deferred}, {&s.Unknown, d.Unknown},
	} {
		orElse(&l.is.Warn, l.or.Warn)
		orElse(&l.is.Critical, l.or.Critical)
	}
	orElse(&s.Window, d.Window)
	orElse(&s.Sudden, d.Sudden)
	orElse(&s.MinMessages, d.MinMessages)
	orElse(&s.MinDelivered, d.MinDelivered)
	orElse(&s.MinSudden, d.MinSudden)
	orElse(&s.EndBelow, d.EndBelow)
	orElse(&s.MinOpen, d.MinOpen)
	orElse(&s.LagWarn, d.LagWarn)
	orElse(&s.LagCritical, d.LagCritical)
	orElse(&s.Every, d.Every)
	orElse(&s.MaxOpen, d.MaxOpen)
	return s
}

// Validate says what is wrong with the settings. All problems are joined.
func (s Settings) Validate() error {
	s = s.WithDefaults()
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf("reputation: "+format, args...)) }
	for _, l := range []struct {
		name  string
		lines Lines
	}{
		{"bounces", s.Bounces}, {"complaints", s.Complaints}, {"blocked", s.Blocked}, {"deferred", s.Deferred}, {"unknown", s.Unknown},
	} {
		if !(l.lines.Warn > 0 && l.lines.Warn < l.lines.Critical && l.lines.Critical <= 1) {
			wrong("the lines of %s are %v and %v; they must be 0 < warn < critical <= 1", l.name, l.lines.Warn, l.lines.Critical)
		}
	}
	if !s.Window.IsKnown() || !s.Sudden.IsKnown() || s.Sudden.Duration() > s.Window.Duration() {
		wrong("the windows are %q and %q; each must be one of 1h, 24h, 7d, 30d, and the sudden one not the longer", s.Window, s.Sudden)
	}
	if s.MinMessages < 1 || s.MinDelivered < 1 || s.MinSudden < 1 {
		wrong("the least numbers of messages are %d, %d and %d; they must be 1 at least", s.MinMessages, s.MinDelivered, s.MinSudden)
	}
	if !(s.EndBelow > 0 && s.EndBelow <= 1) {
		wrong("alerts end below %v of a line; it must be more than 0 and 1 at most", s.EndBelow)
	}
	if s.MinOpen < 0 || s.Every < time.Second || s.MaxOpen < 1 {
		wrong("alerts stay open for %v at least, are looked at every %v and are %d at most: out of range", s.MinOpen, s.Every, s.MaxOpen)
	}
	if !(s.LagWarn > 0 && s.LagWarn < s.LagCritical) {
		wrong("lags are %v and %v; they must be 0 < warn < critical", s.LagWarn, s.LagCritical)
	}
	return errors.Join(errs...)
}
