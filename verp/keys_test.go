package verp

import (
	"errors"
	"strings"
	"testing"
)

func TestParseKeys(t *testing.T) {
	keys, err := ParseKeys([]byte("# newest first\r\n\n b  0123456789abcdef \na\tfedcba9876543210"))
	if err != nil || len(keys) != 2 || keys[0].ID != 'b' || string(keys[0].Secret) != "0123456789abcdef" || keys[1].ID != 'a' {
		t.Errorf("%v, %v", keys, err)
	}
	for _, text := range []string{"", "# none", "0123456789abcdef", "ab 0123456789abcdef", "a secretly", "a 0123456789abcdef more", "a " + strings.Repeat("x", 1<<17)} {
		if _, err := ParseKeys([]byte(text)); !errors.Is(err, ErrKey) || strings.Contains(err.Error(), "0123456789abcdef") || strings.Contains(err.Error(), "secretly") {
			t.Errorf("%.40q: %v", text, err)
		}
	}
	if a, b := NewSecret(), NewSecret(); a == b || len(a) < MinSecret || strings.ContainsAny(a, " \n") {
		t.Errorf("secrets %q and %q", a, b)
	}
}
