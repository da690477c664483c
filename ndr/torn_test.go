package ndr

import "testing"

func TestTornAddressesAreNobodys(t *testing.T) {
	for text, want := range map[string]string{
		"<kim\x1b[31m@example.org>: user unknown": "",
		"<kim\x00lee@example.org>":                "",
		"[kim@example.org]":                       "kim@example.org",
		"\tkim@example.org":                       "kim@example.org",
		"a\x1b[31m@x.example lee@example.org":     "lee@example.org",
	} {
		if got := firstAddress(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
