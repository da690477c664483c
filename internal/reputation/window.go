package reputation

import "time"

// Window is a time that ends now.
type Window string

// The windows.
const (
	Hour  Window = "1h"
	Day   Window = "24h"
	Week  Window = "7d"
	Month Window = "30d"
)

// Windows returns all of them, the shortest first.
func Windows() []Window { return []Window{Hour, Day, Week, Month} }

// Duration is how long the window is; 0 for what is none.
func (w Window) Duration() time.Duration {
	switch w {
	case Hour:
		return time.Hour
	case Day:
		return 24 * time.Hour
	case Week:
		return 7 * 24 * time.Hour
	case Month:
		return 30 * 24 * time.Hour
	}
	return 0
}

// IsKnown reports whether w is one of the windows.
func (w Window) IsKnown() bool { return w.Duration() > 0 }

// Words returns the window as people say it: "the last 24 hours".
func (w Window) Words() string {
	switch w {
	case Hour:
		return "the last hour"
	case Day:
		return "the last 24 hours"
	case Week:
		return "the last 7 days"
	case Month:
		return "the last 30 days"
	}
	return "an unknown time"
}
