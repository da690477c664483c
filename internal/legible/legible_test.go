package legible

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestText(t *testing.T) {
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
		if got := Text(tc.in); got != tc.want {
			t.Errorf("%q: %q, want %q", tc.in, got, tc.want)
		}
	}
}

// FuzzText checks that nothing harmful is left of any text, that harmless
// texts stay as they are, and that JSON means the same afterwards.
func FuzzText(f *testing.F) {
	for _, seed := range []string{"a", "\x1b[0m", "\u202e", "\xff\xfe", "\U000e0001", "é\u0301", "\u0085"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Text(s)
		for i, r := range got {
			_, n := utf8.DecodeRuneInString(got[i:])
			if harmful(r, n) {
				t.Fatalf("%q leaves %q", s, r)
			}
		}
		joined := ""
		for _, span := range Spans(s) {
			joined += span.Text
		}
		if joined != got {
			t.Fatalf("%q in spans is %q, want %q", s, joined, got)
		}
		if again := Text(got); again != got {
			t.Fatalf("%q, again %q", got, again)
		}
		plain, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		safe := AppendJSON(nil, plain)
		if i := strings.IndexFunc(string(safe), func(r rune) bool { return harmful(r, utf8.RuneLen(r)) }); i >= 0 {
			t.Fatalf("JSON %s holds something harmful at %d", safe, i)
		}
		var back string
		if err := json.Unmarshal(safe, &back); err != nil || back != strings.ToValidUTF8(s, "\ufffd") && utf8.ValidString(s) {
			t.Fatalf("%q became %q, %v", s, back, err)
		}
	})
}
