package policy

import (
	"strings"
	"testing"
	"time"
)

func TestNewKey(t *testing.T) {
	tests := []struct{ address, want string }{
		{"kim@example.org", "kim@example.org"},
		{" <Kim.Lee@Example.ORG.> ", "kim.lee@example.org"},
		{"mailto:Kim@example.org", "kim@example.org"},
		{"<MAILTO: kim@example.org>", "kim@example.org"},
		{`"kim"@example.org`, "kim@example.org"},
		{`"kim lee"@example.org`, `"kim lee"@example.org`},
		{`"kim@home"@example.org`, `"kim@home"@example.org`},
		{`"a..b"@example.org`, `"a..b"@example.org`},
		{"kim@bücher.example", "kim@xn--bcher-kva.example"},
		{"kim@XN--BCHER-KVA.example", "kim@xn--bcher-kva.example"},
		{"kim@BÜCHER.example", "kim@xn--bcher-kva.example"},
		{"JOSE\u0301@example.org", "josé@example.org"},
		{"kim@[192.0.2.1]", "kim@[192.0.2.1]"},
		{"kim@localhost", "kim@localhost"},
		{"kim+tag@example.org", "kim+tag@example.org"},
		{"\ufeffkim@example.org", "kim@example.org"},
		{"\u200b<\u00a0kim@example.org\u2060> ", "kim@example.org"},
		{"می\u200cخواهم@example.org", "می\u200cخواهم@example.org"},
		{"ki\u200bm@example.org", ""}, {"kim\u00ad@example.org", ""}, {"kim\u00a0@example.org", ""}, {"kim@exam\u200bple.org", ""},
		{"", ""}, {"kim", ""}, {"@example.org", ""}, {"kim@", ""}, {"kim@.", ""}, {"kim@a b", ""}, {"<<kim@example.org>", ""}, {"kim@..", ""}, {"kim@a..b", ""}, {"kim@.a", ""}, {"kim@a。。", ""},
		{"kim@exa\nmple.org", ""}, {"kim\x00@example.org", ""}, {"kim@\xff.org", ""},
		{strings.Repeat("a", 2000) + "@example.org", ""},
	}
	for _, tt := range tests {
		k, err := NewKey(tt.address, " news ", Settings{})
		if k.Recipient != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("NewKey(%q) = %q, %v; want %q", tt.address, k.Recipient, err, tt.want)
		}
		if err == nil && k.Stream != "news" {
			t.Errorf("stream %q", k.Stream)
		}
	}
	if k, _ := NewKey("Kim@Example.org", "", Settings{CaseSensitive: true}); k.Recipient != "Kim@example.org" {
		t.Errorf("case sensitive: %q", k.Recipient)
	}
}

func FuzzNewKey(f *testing.F) {
	f.Add("Kim.Lee@Example.ORG.", "news")
	f.Add("\ufeff< kim\u200c@example.org\u200b>", "")
	f.Add(`<"kim lee"@bücher.example>`, strings.Repeat("ä", 200))
	f.Fuzz(func(t *testing.T, address, stream string) {
		k, err := NewKey(address, stream, Settings{})
		if err != nil {
			return
		}
		again, err := NewKey(k.Recipient, k.Stream, Settings{})
		if err != nil || again != k {
			t.Errorf("NewKey(%q, %q) = %+v, and of that %+v, %v", address, stream, k, again, err)
		}
	})
}

func TestClampTime(t *testing.T) {
	received := start
	for _, tt := range []struct{ reported, want time.Time }{
		{time.Time{}, received}, {after(1), received}, {after(-1), after(-1)}, {received, received},
	} {
		if got := ClampTime(tt.reported, received); !got.Equal(tt.want) {
			t.Errorf("ClampTime(%v) = %v, want %v", tt.reported, got, tt.want)
		}
	}
}
