package ndr

import (
	"slices"
	"testing"
)

func TestAddressesInProse(t *testing.T) {
	for _, tt := range []struct {
		text string
		want []string
	}{
		{"<a@b.example>: no", []string{"a@b.example"}},
		{"To: a@b.example, c@d.example.", []string{"a@b.example", "c@d.example"}},
		{"'a@b.example' and \"c@d.example\"", []string{"a@b.example", "c@d.example"}},
		{`<"odd name"@b.example>`, []string{`"odd name"@b.example`}},
		{`"a@b"@c.example`, []string{`"a@b"@c.example`}},
		{"mailto:a@b.example", []string{"a@b.example"}},
		{"rfc822;a@b.example", []string{"a@b.example"}},
		{"to=<a@b.example>, relay=x", []string{"a@b.example"}},
		{"rcpt=a@b.example", []string{"a@b.example"}},
		{"SRS0=ab=cd=d.example=u@b.example", []string{"SRS0=ab=cd=d.example=u@b.example"}},
		{"a@[192.0.2.1] a@[IPv6:2001:db8::1]", []string{"a@[192.0.2.1]", "a@[IPv6:2001:db8::1]"}},
		{"宛先kim@example.jpは存在しません", []string{"kim@example.jp"}},
		{"<用户@例子.广告>", []string{"用户@例子.广告"}},
		{"адрес иван@пример.рф не найден", []string{"иван@пример.рф"}},
		{"收件人：a@b.example。", []string{"a@b.example"}},
		{"IMCEASMTP-john+40b+2Eexample@gw.example", []string{"john@b.example"}},
		{"/G=John/S=Doe/O=x/@gw.example", []string{"/G=John/S=Doe/O=x/@gw.example"}},
		{"a..b@b.example b.@b.example", []string{"a..b@b.example", "b.@b.example"}},
		{"A@B.example a@b.EXAMPLE", []string{"A@B.example"}},
		{"@ @@ a@ @b <@> ", nil},
		{"no address: 550 5.1.1", nil},
	} {
		if got := addresses(tt.text); !slices.Equal(got, tt.want) {
			t.Errorf("%q: got %q, want %q", tt.text, got, tt.want)
		}
	}
}

func TestRecipientOfLocalUsers(t *testing.T) {
	for _, tt := range []struct{ name, host, want string }{
		{"john", "mx.example", "john@mx.example"},
		{"<john>", "", "john"},
		{"a@b.example", "mx.example", "a@b.example"},
		{"|/bin/false", "mx.example", "|/bin/false"},
		{"", "mx.example", ""},
	} {
		if got := recipient(tt.name, tt.host); got != tt.want {
			t.Errorf("%q at %q: got %q, want %q", tt.name, tt.host, got, tt.want)
		}
	}
}

func TestBracketed(t *testing.T) {
	for _, tt := range []struct {
		line, address, rest string
		ok                  bool
	}{
		{"<a@b.example>:", "a@b.example", ":", true},
		{"  <a@b.example> (expanded", "a@b.example", " (expanded", true},
		{`<"a>b"@c.example>: x`, `"a>b"@c.example`, ": x", true},
		{"<mailto:a@b.example>", "a@b.example", "", true},
		{"<>", "", "", false},
		{"<a@b.example", "", "", false},
		{"a <b@c.example>", "", "", false},
	} {
		address, rest, ok := bracketed(tt.line)
		if address != tt.address || rest != tt.rest || ok != tt.ok {
			t.Errorf("%q: got %q, %q, %v", tt.line, address, rest, ok)
		}
	}
}
