package webhook

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// Times outside these years are damage; the JSON form of an event could not
// hold all of them.
const (
	firstYear = 1990
	lastYear  = 2200
)

// timeLayouts are the ways in which providers write a time with its zone. Any
// number of digits may follow the seconds.
func timeLayouts() [7]string {
	return [...]string{
		time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05Z07",
		"2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05Z07", "2006-01-02 15:04:05 Z0700",
		time.RFC1123Z,
	}
}

// parseTime reads a time: seconds, milli-, micro- or nanoseconds since 1970,
// or one of the usual layouts. A time without a zone is none.
func parseTime(s string) time.Time {
	s = strings.TrimSpace(s)
	if s == "" || len(s) > 64 {
		return time.Time{}
	}
	if t, ok := parseEpoch(s); ok {
		return sane(t)
	}
	for _, name := range [...]string{" UTC", " GMT"} {
		if at, ok := strings.CutSuffix(s, name); ok {
			s = at + " +0000"
		}
	}
	for _, layout := range timeLayouts() {
		if t, err := time.Parse(layout, s); err == nil {
			return sane(t)
		}
	}
	return time.Time{}
}

func sane(t time.Time) time.Time {
	if y := t.UTC().Year(); y < firstYear || y > lastYear {
		return time.Time{}
	}
	return t.UTC()
}

func parseEpoch(s string) (time.Time, bool) {
	whole, fraction, _ := strings.Cut(s, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || !isDigits(fraction) {
		f, err := strconv.ParseFloat(s, 64)
		if err != nil && !errors.Is(err, strconv.ErrRange) {
			return time.Time{}, false
		}
		if !(f >= 0 && f <= 1<<62) {
			return time.Time{}, true
		}
		n, fraction = int64(f), ""
	}
	switch {
	case n < 0:
		return time.Time{}, true
	case n < 1e11:
		nanos, _ := strconv.ParseInt((fraction + "000000000")[:9], 10, 64)
		return time.Unix(n, nanos), true
	case n < 1e14:
		return time.UnixMilli(n), true
	case n < 1e17:
		return time.UnixMicro(n), true
	}
	return time.Unix(0, n), true
}

func isDigits(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}
