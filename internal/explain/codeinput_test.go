package explain

import (
	"strings"
	"testing"
)

func TestParseCodes(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{"550", "550"}, {"5.7.26", "5.7.26"}, {"550 5.7.26", "550 5.7.26"}, {"550-5.7.26", "550 5.7.26"}, {"(#5.1.1)", "5.1.1"},
		{"[550]", "550"}, {"4.x", "4.x.x"}, {"4.X", "4.x.x"}, {"X.2.2", "x.2.2"}, {"x.7.x", "x.7.x"}, {"4xx", "4xx"}, {"55X", "55x"},
		{"5.7", "5.7.x"}, {"5", "5xx"}, {"55", "55x"}, {"450/451, 452", "450 451 452"}, {"5.1.1.", "5.1.1"},
		{"550 no such user", ""}, {"hello", ""}, {"", ""}, {"-", ""}, {"mx.example.com", ""}, {"1 2 3 4 5 6 7 8 9", ""},
	} {
		got, err := ParseCodes(tc.text)
		if err != nil || strings.Join(got, " ") != tc.want {
			t.Errorf("%q: %q, %v; want %q", tc.text, got, err, tc.want)
		}
	}
}

func TestWhatLooksLikeACodeAndIsNone(t *testing.T) {
	for _, text := range []string{"600", "199", "5.1.1.1", "3.1.1", "192.0.2.1", "12345", "550 999", "0"} {
		if got, err := ParseCodes(text); err == nil {
			t.Errorf("%q: %q, want an error", text, got)
		}
	}
}
