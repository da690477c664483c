package maillog

import (
	"time"
)

// stamp is a time as a line writes it, read only if an event needs it.
type stamp struct {
	form stampForm
	text []byte // month, day and time (RFC 3164), or date and time
	unix int64  // seconds, if form is stampUnix
	nano int64
}

type stampForm uint8

const (
	stampNone   stampForm = iota
	stampSyslog           // Jan _2 15:04:05, no year: RFC 3164 section 4.1.2
	stampYear             // Jan _2 2006 15:04:05
	stampISO              // 2006-01-02T15:04:05.999+01:00, the zone may be missing
	stampUnix             // seconds and nanoseconds since 1970
)

// clock turns stamps into times.
type clock struct {
	location *time.Location
	now      time.Time // never earlier than any stamp read
	last     string    // the RFC 3164 stamp read last
	lastTime time.Time
}

// ahead is how far a stamp may lie in the future of clock.now.
const ahead = 24 * time.Hour

func (c *clock) setNow(now time.Time) {
	if now.After(c.now) {
		c.now = now
		c.last = ""
	}
}

// time returns the time of a stamp in UTC, the zero time if it cannot be known.
func (c *clock) time(s stamp) time.Time {
	switch s.form {
	case stampSyslog:
		return c.syslog(s.text)
	case stampYear:
		return time.Date(atoi2(s.text[7:])*100+atoi2(s.text[9:]), monthOf(s.text), atoi2(s.text[4:]), atoi2(s.text[12:]), atoi2(s.text[15:]),
			atoi2(s.text[18:]), 0, c.location).UTC()
	case stampISO:
		t, _, _ := parseISO(s.text, c.location)
		return t
	case stampUnix:
		return time.Unix(s.unix, s.nano).UTC()
	}
	return time.Time{}
}

// syslog reads a stamp without a year.
func (c *clock) syslog(text []byte) time.Time {
	if string(text) == c.last {
		return c.lastTime
	}
	month, day := monthOf(text), atoi2(text[4:6])
	h, m, s := atoi2(text[7:9]), atoi2(text[10:12]), atoi2(text[13:15])
	if c.now.IsZero() || month == 0 {
		return time.Time{}
	}
	limit := c.now.Add(ahead)
	year := limit.In(c.location).Year()
	t := time.Date(year, month, day, h, m, s, 0, c.location)
	for back := 0; back < 9 && (t.After(limit) || t.Day() != day); back++ {
		year--
		t = time.Date(year, month, day, h, m, s, 0, c.location)
	}
	t = t.UTC()
	if t.After(c.now) {
		c.now = t
	}
	c.last, c.lastTime = string(text), t
	return t
}

// isSyslogStamp reports whether a line begins with an RFC 3164 stamp.
func isSyslogStamp(b []byte) bool {
	return len(b) >= 15 && b[3] == ' ' && b[6] == ' ' && b[9] == ':' && b[12] == ':' &&
		(b[4] == ' ' || isDigit(b[4])) && isDigit(b[5]) &&
		isDigit(b[7]) && isDigit(b[8]) && isDigit(b[10]) && isDigit(b[11]) && isDigit(b[13]) && isDigit(b[14]) &&
		monthOf(b) != 0
}

// isYearStamp reports whether a line begins with a stamp that has the year
// before the time.
//
// QUIRK: some relays and appliances write RFC 3164 so.
func isYearStamp(b []byte) bool {
	if len(b) < 20 || b[11] != ' ' || !isDigit(b[7]) || !isDigit(b[8]) || !isDigit(b[9]) || !isDigit(b[10]) {
		return false
	}
	var stamp [15]byte
	copy(stamp[:7], b)
	copy(stamp[7:], b[12:20])
	return isSyslogStamp(stamp[:])
}

// monthOf reads the English month that a text begins with, 0 if it is none.
func monthOf(b []byte) time.Month {
	switch string(b[:3]) {
	case "Jan":
		return time.January
	case "Feb":
		return time.February
	case "Mar":
		return time.March
	case "Apr":
		return time.April
	case "May":
		return time.May
	case "Jun":
		return time.June
	case "Jul":
		return time.July
	case "Aug":
		return time.August
	case "Sep":
		return time.September
	case "Oct":
		return time.October
	case "Nov":
		return time.November
	case "Dec":
		return time.December
	}
	return 0
}

// isDate reports whether b begins with 2006-01-02 and a separator.
func isDate(b []byte) bool {
	return len(b) >= 19 && b[4] == '-' && b[7] == '-' && b[13] == ':' && b[16] == ':' && isDigit(b[0]) && isDigit(b[1]) && isDigit(b[2]) &&
		isDigit(b[3]) && isDigit(b[5]) && isDigit(b[6]) && isDigit(b[8]) && isDigit(b[9]) && isDigit(b[11]) && isDigit(b[12]) &&
		isDigit(b[14]) && isDigit(b[15]) && isDigit(b[17]) && isDigit(b[18])
}

// parseISO reads 2006-01-02, a blank, "T" or "_", 15:04:05, a fraction, and a
// zone: Z, +hh:mm, +hhmm, with or without a blank before the latter. n is how
// long the stamp is.
func parseISO(b []byte, location *time.Location) (t time.Time, n int, ok bool) {
	if !isDate(b) {
		return time.Time{}, 0, false
	}
	year, month, day := atoi2(b)*100+atoi2(b[2:]), atoi2(b[5:]), atoi2(b[8:])
	h, m, s := atoi2(b[11:]), atoi2(b[14:]), atoi2(b[17:])
	nano, n := fraction(b, 19)
	offset, end, hasZone := zone(b, n)
	if hasZone {
		t = time.Date(year, time.Month(month), day, h, m, s, nano, time.UTC).Add(-time.Duration(offset) * time.Second)
		return t, end, true
	}
	return time.Date(year, time.Month(month), day, h, m, s, nano, location).UTC(), n, true
}

// fraction reads the fraction of a second at b[i:], if there is one.
func fraction(b []byte, i int) (nano, end int) {
	if i+1 >= len(b) || b[i] != '.' && b[i] != ',' || !isDigit(b[i+1]) {
		return 0, i
	}
	scale := 100_000_000
	for i++; i < len(b) && isDigit(b[i]); i++ {
		nano += int(b[i]-'0') * scale
		scale /= 10
	}
	return nano, i
}

// zone reads the offset from UTC at b[i:], in seconds.
func zone(b []byte, i int) (offset, end int, ok bool) {
	if i < len(b) && (b[i] == 'Z' || b[i] == 'z') {
		return 0, i + 1, true
	}
	if i+1 < len(b) && b[i] == ' ' && (b[i+1] == '+' || b[i+1] == '-') {
		i++
	}
	if i+4 >= len(b) || b[i] != '+' && b[i] != '-' || !isDigit(b[i+1]) || !isDigit(b[i+2]) {
		return 0, i, false
	}
	sign, at := 1, i+3
	if b[i] == '-' {
		sign = -1
	}
	if b[at] == ':' {
		at++
	}
	if at+1 >= len(b) || !isDigit(b[at]) || !isDigit(b[at+1]) {
		return 0, i, false
	}
	return sign * (atoi2(b[i+1:])*3600 + atoi2(b[at:])*60), at + 2, true
}

// parseTAI64N reads "@" and 24 hexadecimal digits, as multilog writes them
// (https://cr.yp.to/libtai/tai64.html). n is how long the stamp is. TAI64 runs
// 10 seconds and the leap seconds ahead of UTC; as daemontools do, 10 are taken
// off and leap seconds left alone.
func parseTAI64N(b []byte) (s stamp, n int, ok bool) {
	if len(b) < 25 || b[0] != '@' {
		return stamp{}, 0, false
	}
	var sec, nano uint64
	for i := 1; i < 25; i++ {
		d := hexDigit(b[i])
		if d < 0 {
			return stamp{}, 0, false
		}
		if i <= 16 {
			sec = sec<<4 | uint64(d)
		} else {
			nano = nano<<4 | uint64(d)
		}
	}
	if sec < 1<<62 || sec > 1<<62+1<<40 || nano >= 1_000_000_000 {
		return stamp{}, 0, false
	}
	return stamp{form: stampUnix, unix: int64(sec-1<<62) - 10, nano: int64(nano)}, 25, true
}

// parseUnix reads seconds since 1970 with a fraction, as splogger and multilog
// write them. n is how long the stamp is.
func parseUnix(b []byte) (s stamp, n int, ok bool) {
	var sec int64
	for n < len(b) && n < 12 && isDigit(b[n]) {
		sec = sec*10 + int64(b[n]-'0')
		n++
	}
	if n < 9 || n >= len(b) || b[n] != '.' {
		return stamp{}, 0, false
	}
	nano, end := fraction(b, n)
	return stamp{form: stampUnix, unix: sec, nano: int64(nano)}, end, end > n
}
