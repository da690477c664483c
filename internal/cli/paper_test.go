package cli

import (
	"strings"
	"testing"
)

func TestWrap(t *testing.T) {
	for _, tc := range []struct {
		text  string
		width int
		want  string
	}{
		{"", 20, ""},
		{"one two three four five", 20, "one two three four|five"},
		{"  blanks \n and\tline ends ", 30, "blanks and line ends"},
		{strings.Repeat("x", 45), 20, "xxxxxxxxxxxxxxxxxxxx|xxxxxxxxxxxxxxxxxxxx|xxxxx"},
		{"see https://example.com/a/long/address/to/copy now", 20, "see|https://example.com/a/long/address/to/copy|now"},
		{strings.Repeat("漢", 12), 20, "漢漢漢漢漢漢漢漢漢漢|漢漢"},
		{"e\u0301e\u0301 e\u0301", 20, "e\u0301e\u0301 e\u0301"},
	} {
		if got := strings.Join(wrap(tc.text, tc.width), "|"); got != tc.want {
			t.Errorf("%q at %d: %q, want %q", tc.text, tc.width, got, tc.want)
		}
	}
}

func TestColourIsAddedOnlyWhereAllowed(t *testing.T) {
	var plainOut, colouredOut strings.Builder
	for _, p := range []*paper{{w: &plainOut, width: 60}, {w: &colouredOut, width: 60, colour: true}} {
		p.title("Title", "aside")
		p.field("Label", red, "value \x1b[5m")
	}
	if strings.Contains(plainOut.String(), "\x1b") {
		t.Errorf("escape sequences in plain text: %q", &plainOut)
	}
	if want := "\x1b[31mvalue ^[[5m\x1b[0m"; !strings.Contains(colouredOut.String(), want) {
		t.Errorf("%q lacks %q", &colouredOut, want)
	}
}
