package mailpart

import (
	"net/mail"
	"strings"
	"time"
)

// Date is a date as it stands in a mail.
type Date string

// Time reads the date. ok is false if there is none that can be read.
func (d Date) Time() (t time.Time, ok bool) {
	if d == "" {
		return time.Time{}, false
	}
	if t, ok = usualDate(string(d)); ok {
		return t, true
	}
	t, err := mail.ParseDate(string(d))
	if err == nil {
		return t, true
	}
	text := strings.Join(strings.Fields(strings.ReplaceAll(string(d), ",", ", ")), " ")
	if t, err = mail.ParseDate(text); err == nil {
		return t, true
	}
	for _, layout := range oddLayouts {
		if t, err = time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// oddLayouts are dates that are not RFC 5322's. QUIRK: ctime(3), ISO 8601 and its imitations; without a zone UTC is taken.
var oddLayouts = [...]string{
	"Mon Jan 2 15:04:05 2006", "Mon Jan 2 15:04:05 MST 2006", "Mon Jan 2 15:04:05 2006 MST", "Mon Jan 2 15:04:05 2006 -0700",
	time.RFC3339, time.DateTime, "2006-01-02 15-04-05", "2006-01-02 15:04:05 -0700", "2006/01/02 15:04:05",
	"Mon, 2 Jan 2006 15:04:05", "2 Jan 2006 15:04:05", "Mon, 2 Jan 2006 15:04:05 -07:00",
}

// usualDate reads the form that nearly all mails have, without the cost of
// trying layouts: "Mon, 2 Nov 2026 10:00:05 +0000", with or without the day's
// name (RFC 5322 section 3.3).
func usualDate(s string) (time.Time, bool) {
	if i := strings.IndexByte(s, ','); i >= 0 && i <= 4 {
		s = s[i+1:]
	}
	day, s, ok := digits(s, 1, 2)
	if !ok {
		return time.Time{}, false
	}
	s = strings.TrimLeft(s, " ")
	if len(s) < 3 {
		return time.Time{}, false
	}
	month := strings.Index("JanFebMarAprMayJunJulAugSepOctNovDec", s[:3])
	if month < 0 || month%3 != 0 {
		return time.Time{}, false
	}
	year, s, ok := digits(s[3:], 4, 4)
	if !ok {
		return time.Time{}, false
	}
	clock, zone, ok := strings.Cut(strings.TrimLeft(s, " "), " ")
	if !ok || len(clock) != 8 || clock[2] != ':' || clock[5] != ':' {
		return time.Time{}, false
	}
	hour, _, ok1 := digits(clock[:2], 2, 2)
	minute, _, ok2 := digits(clock[3:5], 2, 2)
	second, _, ok3 := digits(clock[6:], 2, 2)
	offset, ok4 := usualZone(zone)
	if !ok1 || !ok2 || !ok3 || !ok4 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, false
	}
	t := time.Date(year, time.Month(month/3+1), day, hour, minute, second, 0, time.UTC)
	if t.Day() != day { // 31 November
		return time.Time{}, false
	}
	if offset == 0 {
		return t, true
	}
	return t.Add(-time.Duration(offset) * time.Minute).In(time.FixedZone("", offset*60)), true
}

// digits reads a number of at least low and at most high digits after blanks.
func digits(s string, low, high int) (n int, rest string, ok bool) {
	s = strings.TrimLeft(s, " ")
	i := 0
	for i < len(s) && i < high && s[i] >= '0' && s[i] <= '9' {
		n = 10*n + int(s[i]-'0')
		i++
	}
	return n, s[i:], i >= low && (i == len(s) || s[i] < '0' || s[i] > '9')
}

// usualZone reads +0100 in minutes; a comment may follow.
func usualZone(s string) (minutes int, ok bool) {
	s = strings.TrimLeft(s, " ")
	if len(s) < 5 || s[0] != '+' && s[0] != '-' || len(s) > 5 && s[5] != ' ' {
		return 0, false
	}
	n, _, ok := digits(s[1:5], 4, 4)
	if !ok || n%100 > 59 || n/100 > 23 {
		return 0, false
	}
	minutes = n/100*60 + n%100
	if s[0] == '-' {
		minutes = -minutes
	}
	return minutes, true
}
