package mailpart_test

import (
	"strings"
	"testing"

	"github.com/rebound-mail/rebound/mailpart"
)

func TestHeaderGet(t *testing.T) {
	for _, test := range []struct{ name, mail, field, want string }{
		{"plain", "Subject: hello\n\nx", "subject", "hello"},
		{"case of the name", "SUBJECT: hello\n\n", "Subject", "hello"},
		{"first of duplicates", "X: 1\nX: 2\n\n", "x", "1"},
		{"folded with a tab", "Subject: a\n\tb\n\n", "Subject", "a b"},
		{"folded, CR LF", "Subject: a\r\n  b\r\n\r\nx", "Subject", "a b"},
		{"folded, lone CR", "Subject: a\r b\rTo: c\r\rx", "Subject", "a b"},
		{"field after a fold of lone CRs", "Subject: a\r b\rTo: c\r\rx", "To", "c"},
		{"mixed line ends", "A: 1\r\nB: 2\rC: 3\nD: 4\r\r\nE: 5\n\nx", "E", "5"},
		{"blanks before the colon", "Subject \t : hello\n\n", "Subject", "hello"},
		{"no blank after the colon", "Subject:hello\n\n", "Subject", "hello"},
		{"empty value", "Subject:\nTo: x\n\n", "Subject", ""},
		{"value on the next line only", "Subject:\n hello\n\n", "Subject", "hello"},
		{"a line of blanks inside a fold", "Subject: a\n \n b\nTo: c\n\n", "Subject", "a b"},
		{"a field after a line of blanks", "Subject: a\n  \nTo: c\n\nx", "To", "c"},
		{"a fold that lost its indentation", "Subject: a\nb and c\nTo: d\n\n", "Subject", "a b and c"},
		{"a parameter that lost its indentation", "Content-Type: multipart/mixed;\nboundary=\"b\"\n\n--b\n", "Content-Type", "multipart/mixed; boundary=\"b\""},
		{"mbox From line", "From a@b Thu Jan  1 00:00:00 1970\nSubject: x\n\n", "Subject", "x"},
		{"quoted mbox From line", ">From a@b Thu Jan  1 00:00:00 1970\nSubject: x\n\n", "Subject", "x"},
		{"empty lines before the header", "\r\n\nSubject: x\n\n", "Subject", "x"},
		{"byte order mark", "\ufeffSubject: x\n\n", "Subject", "x"},
		{"UTF-8", "Subject: grün\n\n", "Subject", "grün"},
		{"8-bit bytes of nobody knows what", "Subject: gr\xfcn\n\n", "Subject", "grün"},
		{"8-bit bytes in the body's character set", "Subject: \xd4\xc5\xd3\xd4\nContent-Type: text/plain; charset=koi8-r\n\n", "Subject", "тест"},
		{"raw ISO-2022-JP", "Subject: \x1b$B%F%9%H\x1b(B\n\n", "Subject", "テスト"},
		{"Q word", "Subject: =?iso-8859-1?Q?gr=FCn_ist?= es\n\n", "Subject", "grün ist es"},
		{"B word", "Subject: =?UTF-8?B?Z3LDvG4=?=\n\n", "Subject", "grün"},
		{"B word without padding", "Subject: =?UTF-8?B?Z3LDvG4?=\n\n", "Subject", "grün"},
		{"blanks between words vanish", "Subject: =?utf-8?q?a?=\n =?utf-8?q?b?= c\n\n", "Subject", "ab c"},
		{"a character split over two words", "Subject: =?utf-8?b?w7w=?= =?utf-8?q?=C3?= =?utf-8?q?=BC?=\n\n", "Subject", "üü"},
		{"language tag", "Subject: =?utf-8*en?q?a?=\n\n", "Subject", "a"},
		{"blanks inside a Q word", "Subject: =?utf-8?q?a b?=\n\n", "Subject", "a b"},
		{"no encoded word", "Subject: =?what?= =? =?x?y?z\n\n", "Subject", "=?what?= =? =?x?y?z"},
		{"unended word", "Subject: =?utf-8?q?abc\n\n", "Subject", "=?utf-8?q?abc"},
		{"missing field", "Subject: x\n\n", "To", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := mailpart.Parse([]byte(test.mail), mailpart.Limits{}).Header.Get(test.field); got != test.want {
				t.Errorf("Get(%q) = %q, want %q", test.field, got, test.want)
			}
		})
	}
}

func TestBodyBegins(t *testing.T) {
	for _, test := range []struct {
		name, mail, body string
		problem          mailpart.ProblemKind
	}{
		{"after the empty line", "A: b\n\nbody\n", "body\n", 0},
		{"after a line of blanks", "Subject: b\n \t\nbody is here\n", "body is here\n", 0},
		{"without an empty line", "Subject: b\nHi, this is the body.\nIt goes on.\n", "Hi, this is the body.\nIt goes on.\n", mailpart.HeaderUnterminated},
		{"at once", "Hi, this is the body.\nIt goes on.\n", "Hi, this is the body.\nIt goes on.\n", mailpart.HeaderMissing},
		{"at once, with what looks like a parameter", "a=b\n\nc\n", "a=b\n\nc\n", mailpart.HeaderMissing},
		{"nowhere", "Subject: b\n", "", 0},
		{"in an empty mail", "", "", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := mailpart.Parse([]byte(test.mail), mailpart.Limits{})
			if string(p.Body) != test.body {
				t.Errorf("Body = %q, want %q", p.Body, test.body)
			}
			if got := kinds(p); test.problem != 0 && !strings.Contains(got, test.problem.String()) {
				t.Errorf("problems %q lack %q", got, test.problem)
			}
		})
	}
}

func TestHeaderOrderAndDuplicates(t *testing.T) {
	h, rest := mailpart.ParseHeader([]byte("Received: one\nX-A : 1\nreceived: two\n\nrest"))
	var names []string
	for f := range h.All() {
		names = append(names, f.Name())
	}
	if got := strings.Join(names, " "); got != "Received X-A received" {
		t.Errorf("names %q", got)
	}
	if got := strings.Join(h.Values("RECEIVED"), " "); got != "one two" {
		t.Errorf("Values %q", got)
	}
	if string(rest) != "rest" || h.Len() != 3 || !h.Has("x-a") || h.Has("x-b") {
		t.Errorf("rest %q, Len %d", rest, h.Len())
	}
}

func TestRawKeepsEveryByte(t *testing.T) {
	h, _ := mailpart.ParseHeader([]byte("X: a\r\n\t b \xff\r\n\r\n"))
	if got, want := h.Raw("x"), " a\r\n\t b \xff"; got != want {
		t.Errorf("Raw = %q, want %q", got, want)
	}
}

func TestParams(t *testing.T) {
	for _, test := range []struct{ name, value, param, want string }{
		{"quoted", `a/b; name="x y"`, "name", "x y"},
		{"escaped quote", `a/b; name="x\"y"`, "name", `x"y`},
		{"unquoted with specials", `a/b; boundary=----=_Part_1.2:3?=/x`, "boundary", "----=_Part_1.2:3?=/x"},
		{"blanks around the equals sign", `a/b; name = x`, "name", "x"},
		{"closing quote missing", `a/b; name="x y; charset=utf-8`, "name", "x y"},
		{"semicolon missing", "a/b\n\tname=x", "name", "x"},
		{"comma for semicolon", `a/b, name=x`, "name", "x"},
		{"comment", `a/b (c; name=no) ; (d) name=x`, "name", "x"},
		{"RFC 2231", `a/b; name*=iso-8859-1'de'gr%FCn`, "name", "grün"},
		{"RFC 2231 in pieces", `a/b; name*0*=utf-8''gr%C3; name*1*=%BCn; name*2=" x"`, "name", "grün x"},
		{"encoded word", `a/b; name="=?utf-8?q?gr=C3=BCn?="`, "name", "grün"},
		{"semicolon inside quotes", `a/b; x="1; name=no"; name=yes`, "name", "yes"},
		{"missing", `a/b; x=1`, "name", ""},
		{"nothing after the equals sign", `a/b; name=`, "name", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := mailpart.Parse([]byte("Content-Type: "+test.value+"\n\n"), mailpart.Limits{})
			if got := p.Param(test.param); got != test.want {
				t.Errorf("Param = %q, want %q", got, test.want)
			}
		})
	}
}

func TestMediaType(t *testing.T) {
	for _, test := range []struct{ header, want string }{
		{"", "text/plain"},
		{"Content-Type: TEXT/HTML; charset=x\n", "text/html"},
		{"Content-Type: text\n", "text/plain"},
		{"Content-Type: nonsense\n", "text/plain"},
		{"Content-Type: a/b/c\n", "text/plain"},
		{"Content-Type: \"text/html\"\n", "text/html"},
		{"Content-Type: (comment) text/html\n", "text/html"},
		{"Content-Type: nonsense\nContent-Type: text/html\n", "text/html"},
	} {
		if got := mailpart.Parse([]byte(test.header+"X: y\n\nz"), mailpart.Limits{}).MediaType; got != test.want {
			t.Errorf("%q: %q, want %q", test.header, got, test.want)
		}
	}
}

// kinds gives the problems of a mail and its parts in words.
func kinds(p *mailpart.Part) string {
	var out []string
	for part := range p.All() {
		for _, problem := range part.Problems {
			out = append(out, problem.String())
		}
	}
	return strings.Join(out, "; ")
}
