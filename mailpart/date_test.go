package mailpart

import (
	"net/mail"
	"testing"
	"time"
)

func TestDateTime(t *testing.T) {
	tests := []struct{ date, want string }{
		{"Mon, 2 Nov 2026 10:00:05 +0000", "2026-11-02T10:00:05Z"},
		{"2 Nov 2026 10:00:05 +0200", "2026-11-02T08:00:05Z"},
		{"Mon,  2 Nov 2026 10:00:05 -0730 (PDT)", "2026-11-02T17:30:05Z"},
		{"Mon, 02 Nov 2026 10:00:05 GMT", "2026-11-02T10:00:05Z"},
		{"Mon, 2 Nov 2026 10:00:05", "2026-11-02T10:00:05Z"},
		{"Mon Nov  2 10:00:05 2026", "2026-11-02T10:00:05Z"},
		{"2026-11-02T10:00:05Z", "2026-11-02T10:00:05Z"},
		{"31 Nov 2026 10:00:05 +0000", ""},
		{"2 Nov 2026 25:00:05 +0000", ""},
		{"2 Nov 2026 10:00:05 +9999", ""},
		{"2 Foo 2026 10:00:05 +0000", ""},
		{"yesterday", ""}, {"", ""}, {"2", ""}, {"2 Nov", ""}, {",", ""},
	}
	for _, tt := range tests {
		got, ok := Date(tt.date).Time()
		if ok != (tt.want != "") {
			t.Errorf("%q: ok = %t", tt.date, ok)
			continue
		}
		if ok && got.UTC().Format(time.RFC3339) != tt.want {
			t.Errorf("%q = %s, want %s", tt.date, got.UTC().Format(time.RFC3339), tt.want)
		}
	}
}

// FuzzUsualDate checks the short way against the long one.
func FuzzUsualDate(f *testing.F) {
	f.Add("Mon, 2 Nov 2026 10:00:05 +0000")
	f.Add("2 Nov 2026 10:00:05 -0730 (x)")
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := usualDate(s)
		if !ok {
			return
		}
		if want, err := mail.ParseDate(s); err == nil && !want.Equal(got) {
			t.Errorf("%q = %s, net/mail says %s", s, got, want)
		}
	})
}
