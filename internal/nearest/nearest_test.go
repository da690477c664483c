package nearest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rebound-mail/rebound/internal/nearest"
)

func TestTo(t *testing.T) {
	known := []string{"listen", "limit", "log", "stage", "x"}
	for got, want := range map[string]string{
		"lisen":                  "listen", // missing
		"listenn":                "listen", // too many
		"lasten":                 "listen", // wrong
		"lsiten":                 "listen", // exchanged
		"limits":                 "limit",
		"lgo":                    "log",
		"satge":                  "stage",
		"y":                      "x",
		"abc":                    "",
		"recipient":              "",
		"":                       "x",
		strings.Repeat("x", 101): "",
	} {
		if near := nearest.To(got, known); near != want {
			t.Errorf("To(%.20q) = %q, want %q", got, near, want)
		}
	}
}

func TestTheFirstOfEquallyNearWordsIsTaken(t *testing.T) {
	if got := nearest.To("cot", []string{"cat", "cut"}); got != "cat" {
		t.Errorf("got %q, want cat", got)
	}
	if got := nearest.To("cot", nil); got != "" {
		t.Errorf("with nothing known got %q", got)
	}
}

func TestDistance(t *testing.T) {
	long := strings.Repeat("a", 101)
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"a", "", 1}, {"abc", "abc", 0}, {"abc", "axc", 1}, {"abc", "acb", 1},
		{"abcd", "badc", 2}, {"ca", "abc", 3}, // not 2: exchanged letters are not parted again
		{"user-unknown", "user-unknwon", 1}, {"kitten", "sitting", 3}, {long, long, 101}, {long, "a", 101},
	} {
		if got := nearest.Distance(c.a, c.b); got != c.want {
			t.Errorf("Distance(%.20q, %.20q) = %d, want %d", c.a, c.b, got, c.want)
		}
		if got := nearest.Distance(c.b, c.a); got != c.want {
			t.Errorf("Distance(%.20q, %.20q) = %d, want %d", c.b, c.a, got, c.want)
		}
	}
}

func ExampleTo() {
	fmt.Println(nearest.To("user-unknwon", []string{"mailbox-full", "user-unknown"}))
	// Output: user-unknown
}
