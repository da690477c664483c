package verp

import (
	"fmt"
	"strings"
	"testing"
)

func TestRecipient(t *testing.T) {
	tests := []struct{ address, want string }{
		{"bounces+kim=example.org@lists.example.com", "kim@example.org"},
		{"<bounces+kim=example.org@lists.example.com>", "kim@example.org"},
		{"bounces+42-kim=example.org@lists.example.com", "kim@example.org"},
		{"bounces+kim+news=example.org@lists.example.com", "kim+news@example.org"},
		{"bounces+kim-lee=example.org@lists.example.com", "kim-lee@example.org"},
		{"list-return-42-kim.lee=example.org@lists.example", "kim.lee@example.org"},
		{"list-return-42-kim-lee=mail.example.org@lists.example", "kim-lee@mail.example.org"},
		{"owner-list-bounces-kim=Example.ORG@lists.example", "kim@example.org"},
		{"bounce-7-kim=example.org@lists.example", "kim@example.org"},
		{"kim@example.org", ""},
		{"bounces@lists.example", ""},
		{"bounces+abcdef=@lists.example", ""},
		{"bounces+token=abc@lists.example", ""},
		{"prvs=1234567890=kim@example.org", ""},
		{"SRS0=abc=de=example.org=kim@fwd.example", ""},
		{"a=b.c@example.org", ""},
		{"@", ""}, {"", ""}, {"=@", ""}, {"+=a.b@c", ""},
	}
	for _, tt := range tests {
		got, ok := Recipient(tt.address)
		if got != tt.want || ok != (tt.want != "") {
			t.Errorf("Recipient(%q) = %q, %t; want %q", tt.address, got, ok, tt.want)
		}
	}
}

func TestUnwrap(t *testing.T) {
	tests := []struct{ address, want string }{
		{"prvs=0123456789=kim@example.org", "kim@example.org"},
		{"prvs=kim=0123abcdef@example.org", "kim@example.org"},
		{"SRS0=HHH=TT=example.org=kim@fwd.example", "kim@example.org"},
		{"srs0+HHH=TT=example.org=kim@fwd.example", "kim@example.org"},
		{"SRS1=GGG=first.example==HHH=TT=example.org=kim@second.example", "kim@example.org"},
		{"kim@example.org", "kim@example.org"},
		{"SRS0=x@fwd.example", "SRS0=x@fwd.example"},
		{"prvs=@x", "prvs=@x"},
		{"", ""},
	}
	for _, tt := range tests {
		if got := Unwrap(tt.address); got != tt.want {
			t.Errorf("Unwrap(%q) = %q, want %q", tt.address, got, tt.want)
		}
	}
}

func FuzzReturnPath(f *testing.F) {
	f.Add("bounces+kim=example.org@lists.example.com")
	f.Add("SRS1=GGG=first.example==HHH=TT=example.org=kim@second.example")
	f.Add("prvs=kim=0123abcdef@example.org")
	f.Fuzz(func(t *testing.T, s string) {
		if r, ok := Recipient(s); ok && (strings.Count(r, "@") < 1 || strings.HasPrefix(r, "@")) {
			t.Errorf("Recipient(%q) = %q is no address", s, r)
		}
		Unwrap(s)
	})
}

func ExampleRecipient() {
	fmt.Println(Recipient("list-return-42-kim=example.org@lists.example"))
	// Output: kim@example.org true
}
