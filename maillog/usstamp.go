package maillog

import (
	"strings"
	"time"
)

// zoneOf reads the zone of an ISO 8601 stamp.
func zoneOf(s string) (offset, end int, ok bool) {
	_, n := fraction([]byte(s), 19)
	return zone([]byte(s), n)
}

// usStamp reads "1/2/2006 3:04:05 PM" in UTC, as PowerShell writes times in the
// culture that it mostly runs in.
func usStamp(s string) stamp {
	for _, layout := range []string{"1/2/2006 3:04:05 PM", "1/2/2006 15:04:05", "1/2/2006 15:04"} {
		if t, err := time.Parse(layout, strings.TrimSpace(s)); err == nil {
			return stamp{form: stampUnix, unix: t.Unix()}
		}
	}
	return stamp{}
}
