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
