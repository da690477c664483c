package store

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestNormalText(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"550 5.1.1 User <Kim@Example.org> unknown", "550 5.1.1 user <<address>> unknown"},
		{"550-5.7.1 [192.0.2.1      12] Our system", "550-5.7.1 [<ip> #] our system"},
		{"421 4.7.0 2001:db8::1 (TSS04)", "421 4.7.0 <ip> (tss#)"},
		{"see https://help.example/x?id=7, please", "see <url>, please"},
		{"queued as 4Zx81Q0rTz9b.", "queued as <id>."},
		{"deferred 30 times, code 1234", "deferred # times, code #"},
		{"  many\r\n blanks\t ", "many blanks"},
		{"", ""}, {"!!! ...", "!!! ..."},
		{"\xff\xfe 451", "\uFFFD 451"},
	} {
		if got := NormalText(c.text); got != c.want {
			t.Errorf("NormalText(%q) = %q, want %q", c.text, got, c.want)
		}
	}
}

func FuzzNormalText(f *testing.F) {
	f.Add("550 5.1.1 <kim@example.org> [192.0.2.1] https://x.example 4Zx81Q0r")
	f.Add(strings.Repeat("é", 400))
	f.Add("\xff((((@))))")
	f.Fuzz(func(t *testing.T, s string) {
		got := NormalText(s)
		if len(got) > maxNormal {
			t.Errorf("%d bytes", len(got))
		}
		if utf8.ValidString(s) && !utf8.ValidString(got) {
			t.Errorf("%q is not UTF-8", got)
		}
	})
}

func TestCut(t *testing.T) {
	for _, c := range []struct {
		s    string
		n    int
		want string
	}{{"abc", 3, "abc"}, {"abc", 2, "ab"}, {"aé", 2, "a"}, {"é", 1, ""}, {"\x80\x80", 1, ""}} {
		if got := Cut(c.s, c.n); got != c.want {
			t.Errorf("Cut(%q, %d) = %q, want %q", c.s, c.n, got, c.want)
		}
	}
}

func TestDomainOf(t *testing.T) {
	for address, want := range map[string]string{
		"a@Example.ORG": "example.org", "<a@b@example.org>": "example.org", "a@example.org.": "example.org", "": "", "<>": "", "a": "",
	} {
		if got := DomainOf(address); got != want {
			t.Errorf("DomainOf(%q) = %q, want %q", address, got, want)
		}
	}
}
