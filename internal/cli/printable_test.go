package cli

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestPrintable(t *testing.T) {
	for _, tc := range []struct{ in, want string }{
		{"plain text\n\tkept", "plain text\n\tkept"},
		{"Grüße, 日本語, emoji \U0001f600", "Grüße, 日本語, emoji \U0001f600"},
		{"\x1b[31mred\x07\x00\x7f\r", "^[[31mred^G^@^?^M"},
		{"\u0085\u009b", `\x85\x9b`},
		{"\xff\x9b0m", `\xff\x9b0m`},
		{"a\u202eb\u2066c\u200bd\ufeff\u061c", `a\u202eb\u2066c\u200bd\ufeff\u061c`},
		{"\u2028\u00ad\ue000", `\u2028\xad\ue000`},
		{"\U000e0041\U000e0100\ufe0f\u3164", `\U000e0041\U000e0100\ufe0f\u3164`},
		{"replaced \ufffd stays", "replaced \ufffd stays"},
	} {
		if got := printable(tc.in); got != tc.want {
			t.Errorf("%q: %q, want %q", tc.in, got, tc.want)
		}
	}
}

// FuzzPrintable checks that nothing harmful is left of any text, that harmless
// texts stay as they are, and that JSON means the same afterwards.
func FuzzPrintable(f *testing.F) {
	for _, seed := range []string{"a", "\x1b[0m", "\u202e", "\xff\xfe", "\U000e0001", "é\u0301", "\u0085"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := printable(s)
		for i, r := range got {
			_, n := utf8.DecodeRuneInString(got[i:])
			if harmful(r, n) {
				t.Fatalf("%q leaves %q", s, r)
			}
		}
		if again := printable(got); again != got {
			t.Fatalf("%q, again %q", got, again)
		}
		safe, err := newJSONWriter().append(nil, s)
		if err != nil {
			t.Fatal(err)
		}
		if i := strings.IndexFunc(strings.TrimSuffix(string(safe), "\n"), func(r rune) bool { return harmful(r, utf8.RuneLen(r)) }); i >= 0 {
			t.Fatalf("JSON %s holds something harmful at %d", safe, i)
		}
		var back string
		if err := json.Unmarshal(safe, &back); err != nil || back != strings.ToValidUTF8(s, "\ufffd") && utf8.ValidString(s) {
			t.Fatalf("%q became %q, %v", s, back, err)
		}
	})
}

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
