package mailpart_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/rebound-mail/rebound/mailpart"
)

// tree writes the parts as media types in brackets, with the texts of the leaves.
func tree(p *mailpart.Part) string {
	out := p.MediaType
	if len(p.Children) == 0 {
		if text := strings.TrimSpace(p.Text()); text != "" {
			out += "=" + text
		}
		return out
	}
	var children []string
	for _, child := range p.Children {
		children = append(children, tree(child))
	}
	return out + "[" + strings.Join(children, " ") + "]"
}

const multipart = "Content-Type: multipart/mixed; boundary=b\n\n"

var structures = []struct{ name, mail, want, problems string }{
	{"plain", "Subject: x\n\nhello\n", "text/plain=hello", ""},
	{"two parts", multipart + "pre\n--b\n\none\n--b\nContent-Type: text/html\n\ntwo\n--b--\npost\n", "multipart/mixed[text/plain=one text/html=two]", ""},
	{"quoted boundary with specials", "Content-Type: multipart/mixed; boundary=\"=_(a):/?'\"\n\n--=_(a):/?'\n\none\n--=_(a):/?'--\n", "multipart/mixed[text/plain=one]", ""},
	{"unquoted boundary with specials", "Content-Type: multipart/mixed; boundary=----=_a:/?\n\n------=_a:/?\n\none\n------=_a:/?--\n", "multipart/mixed[text/plain=one]", ""},
	{"boundary with blanks after it", multipart + "--b \t\n\none\n--b-- \n", "multipart/mixed[text/plain=one]", ""},
	{"longer line is no boundary", multipart + "--b\n\none\n--bc\n--b--\n", "multipart/mixed[text/plain=one\n--bc]", ""},
	{"unclosed", multipart + "--b\n\none\n", "multipart/mixed[text/plain=one]", "multipart not closed"},
	{"cut inside the boundary", multipart + "--b\n\none\n--", "multipart/mixed[text/plain=one\n--]", "multipart not closed"},
	{"no boundary parameter", "Content-Type: multipart/mixed\n\n--q\nContent-Type: text/plain\n\none\n--q--\n", "multipart/mixed[text/plain=one]", "multipart without boundary parameter"},
	{"wrong boundary", "Content-Type: multipart/mixed; boundary=b\n\n--q\nContent-Type: text/plain\n\none\n--q--\n", "multipart/mixed[text/plain=one]", "boundary differs from the one named"},
	{"no boundary anywhere", "Content-Type: multipart/mixed; boundary=b\n\njust text\n", "multipart/mixed=just text", "boundary not found"},
	{"undeclared", "Subject: x\n\nThis is a MIME message.\n\n--q\nContent-Type: text/html\n\none\n--q--\n", "multipart/mixed[text/html=one]", "multipart not declared as such"},
	{"quoted mail is not undeclared", "Subject: x\n\nYour mail was:\nContent-Type: multipart/mixed; boundary=q\n\n--q\nContent-Type: text/html\n\none\n--q--\n",
		"text/plain=Your mail was:\nContent-Type: multipart/mixed; boundary=q\n\n--q\nContent-Type: text/html\n\none\n--q--", ""},
	{"nested", multipart + "--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\n\none\n--c\n\ntwo\n--c--\n--b\n\nthree\n--b--\n",
		"multipart/mixed[multipart/alternative[text/plain=one text/plain=two] text/plain=three]", ""},
	{"inner one unclosed", multipart + "--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\n\none\n--b\n\nthree\n--b--\n",
		"multipart/mixed[multipart/alternative[text/plain=one] text/plain=three]", "multipart not closed"},
	{"the same boundary twice", multipart + "--b\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\none\n--b\n\ntwo\n--b--\n--b\n\nthree\n--b--\n",
		"multipart/mixed[multipart/alternative[text/plain=one text/plain=two] text/plain=three]", ""},
	{"closed too early", multipart + "--b\n\none\n--b--\n--b\n\ntwo\n--b--\n", "multipart/mixed[text/plain=one text/plain=two]", ""},
	{"part without header", multipart + "--b\nError: it failed\nand this is why\n--b--\n", "multipart/mixed[text/plain=Error: it failed\nand this is why]", "no blank line after the header"},
	{"part with nothing in it", multipart + "--b\n--b\n\nx\n--b--\n", "multipart/mixed[text/plain text/plain=x]", "no header"},
	{"digest", "Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: x\n\none\n--b--\n", "multipart/digest[message/rfc822[text/plain=one]]", ""},
	{"message in a message", "Content-Type: message/rfc822\n\n\nFrom a@b today\nSubject: x\n\none\n", "message/rfc822[text/plain=one]", ""},
	{"returned message cut", multipart + "--b\nContent-Type: message/rfc822\n\nContent-Type: multipart/mixed; boundary=i\n\n--i\n\none\n--b\n\ntwo\n--b--\n",
		"multipart/mixed[message/rfc822[multipart/mixed[text/plain=one]] text/plain=two]", "multipart not closed"},
	{"returned header", multipart + "--b\nContent-Type: text/rfc822-headers\n\nSubject: x\nContent-Type: multipart/mixed; boundary=z\n\n--b--\n",
		"multipart/mixed[text/rfc822-headers[multipart/mixed]]", ""},
	{"base64 message", "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogeAoKb25lCg==\n", "message/rfc822[text/plain=one]", ""},
	{"message that only says it is base64", "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nSubject: x\n\none\n", "message/rfc822[text/plain=one]", ""},
	{"quoted-printable global message", "Content-Type: message/global\nContent-Transfer-Encoding: quoted-printable\n\nSubject: =C3=BC\n\none=\n!\n", "message/global[text/plain=one!]", ""},
	{"base64 multipart", "Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64\n\nLS1iCgpvbmUKLS1iLS0K\n", "multipart/mixed[text/plain=one]", "boundary not found"},
	{"TNEF", "Content-Type: application/ms-tnef\n\nxxxx\n", "application/ms-tnef", "TNEF attachment skipped"},
}

func TestStructure(t *testing.T) {
	for _, test := range structures {
		for name, eol := range map[string]string{"LF": "\n", "CRLF": "\r\n", "CR": "\r", "CRCRLF": "\r\r\n"} {
			t.Run(test.name+"/"+name, func(t *testing.T) {
				p := mailpart.Parse([]byte(strings.ReplaceAll(test.mail, "\n", eol)), mailpart.Limits{})
				if got := tree(p); got != test.want {
					t.Errorf("got  %q\nwant %q", got, test.want)
				}
				if got := kinds(p); got != test.problems {
					t.Errorf("problems %q, want %q", got, test.problems)
				}
			})
		}
	}
}

func TestReturnedHeaderIsRead(t *testing.T) {
	p := mailpart.Parse([]byte(multipart+"--b\nContent-Type: text/rfc822-headers\n\nSubject: x\nMessage-ID: <1@a>\n\n--b--\n"), mailpart.Limits{})
	if got := p.Find("text/rfc822-headers").Children[0].Header.Get("message-id"); got != "<1@a>" {
		t.Errorf("Message-ID %q", got)
	}
}

func TestFindStaysOutOfReturnedMessages(t *testing.T) {
	p := mailpart.Parse([]byte("Content-Type: message/rfc822\n\nContent-Type: text/html\n\nx"), mailpart.Limits{})
	if p.Find("text/html") != nil || p.Find("message/rfc822") != p {
		t.Error("Find looked into the returned message")
	}
}

func TestPreambleAndEpilogue(t *testing.T) {
	p := mailpart.Parse([]byte(multipart+"before\n--b\n\none\n--b--\nafter\n"), mailpart.Limits{})
	if string(p.Preamble) != "before" || string(p.Epilogue) != "after" {
		t.Errorf("preamble %q, epilogue %q", p.Preamble, p.Epilogue)
	}
}

func TestLimits(t *testing.T) {
	parts := multipart + strings.Repeat("--b\n\nx\n", 50) + "--b--\n"
	fields := strings.Repeat("X-Field: y\n", 50) + "\nbody"
	for _, test := range []struct {
		name  string
		mail  string
		lim   mailpart.Limits
		want  mailpart.ProblemKind
		check func(*mailpart.Part) bool
	}{
		{"bytes", "Subject: x\n\n0123456789", mailpart.Limits{Bytes: 15}, mailpart.TooLarge, func(p *mailpart.Part) bool { return string(p.Body) == "012" }},
		{"parts", parts, mailpart.Limits{Parts: 11}, mailpart.TooManyParts, func(p *mailpart.Part) bool { return len(p.Children) == 10 && len(p.Epilogue) > 200 }},
		{"depth", string(nested(20, 0)), mailpart.Limits{Depth: 5}, mailpart.TooDeep, func(p *mailpart.Part) bool { return depth(p) == 5 }},
		{"fields", fields, mailpart.Limits{HeaderFields: 10}, mailpart.TooManyFields, func(p *mailpart.Part) bool { return p.Header.Len() == 10 && string(p.Body) == "body" }},
		{"header bytes", fields, mailpart.Limits{HeaderBytes: 100}, mailpart.HeaderTooLarge, func(p *mailpart.Part) bool { return p.Header.Len() < 20 && string(p.Body) == "body" }},
		{"text", "Subject: x\n\n0123456789", mailpart.Limits{TextBytes: 5}, mailpart.TextTooLarge, func(p *mailpart.Part) bool { return p.Text() == "01234" }},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := mailpart.Parse([]byte(test.mail), test.lim)
			if !test.check(p) {
				t.Errorf("read %q", tree(p))
			}
			if !strings.Contains(kinds(p), test.want.String()) {
				t.Errorf("problems %q lack %q", kinds(p), test.want)
			}
		})
	}
}

func depth(p *mailpart.Part) int {
	deepest := 0
	for _, child := range p.Children {
		deepest = max(deepest, 1+depth(child))
	}
	return deepest
}

func TestExtremes(t *testing.T) {
	deep := mailpart.Parse(nested(100, 0), mailpart.Limits{})
	if depth(deep) != 100 || !strings.Contains(tree(deep), "innermost") {
		t.Errorf("100 levels: read %d", depth(deep))
	}
	header := mailpart.Parse([]byte("X-Long: "+strings.Repeat("word\n ", 200_000)+"\nSubject: after\n\nbody"), mailpart.Limits{})
	if header.Header.Get("Subject") != "after" || len(header.Header.Get("X-Long")) < 900_000 {
		t.Error("a header of more than 1 MB was not read")
	}
	many := mailpart.Parse([]byte(multipart+strings.Repeat("--b\n\nx\n", 100_000)+"--b--\n"), mailpart.Limits{Parts: 200_000})
	if len(many.Children) != 100_000 {
		t.Errorf("100,000 parts: read %d", len(many.Children))
	}
}

// TestCutAnywhere cuts mails at every place: there must be an answer, and what stands before the cut must be in it.
func TestCutAnywhere(t *testing.T) {
	whole := readTestMail(t, "dsn.eml")
	want := mailpart.Parse(whole, mailpart.Limits{}).Header.Get("Subject")
	headerEnd := bytes.Index(whole, []byte("\n\n"))
	for i := range whole {
		p := mailpart.Parse(whole[:i], mailpart.Limits{})
		for part := range p.All() {
			part.Plain()
			part.Blocks()
		}
		if i > headerEnd && p.Header.Get("Subject") != want {
			t.Fatalf("cut at %d: subject %q", i, p.Header.Get("Subject"))
		}
	}
}

func TestFlippedBytes(t *testing.T) {
	whole := readTestMail(t, "dsn.eml")
	flips := []byte{0x01, 0x20, 0x80, 0xff}
	for i := range whole {
		mail := bytes.Clone(whole)
		mail[i] ^= flips[i%len(flips)]
		for part := range mailpart.Parse(mail, mailpart.Limits{}).All() {
			part.Plain()
			part.Blocks()
		}
	}
}

func TestBlocks(t *testing.T) {
	for _, test := range []struct{ name, body, want string }{
		{"two groups", "A: 1\nBB: 2\n\nBB: 3\n", "BB=2|BB=3"},
		{"several empty lines", "\n\nBB: 2\n\n \n\nBB: 3\n\n", "BB=2|BB=3"},
		{"folded", "BB: 2\n   3\n\t4\n", "BB=2 3 4"},
		{"continued without indentation", "BB: 2\n550 no such user\nAA: 3\n", "BB=2 550 no such user"},
		{"continued after an empty line", "BB: 2\n\n   more\nAA: 1\n", "BB=2 more"},
		{"words before the first field", "what follows is for machines\n\nBB: 2\n", "BB=2"},
		{"a URL is no field", "BB: see\nhttp://example.com/\n", "BB=see http://example.com/"},
		{"nothing", "no fields at all\n", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, h := range mailpart.ParseBlocks([]byte(test.body)) {
				got = append(got, fmt.Sprintf("BB=%s", h.Unfolded("bb")))
			}
			if s := strings.Join(got, "|"); s != test.want {
				t.Errorf("got %q, want %q", s, test.want)
			}
		})
	}
}

// TestHostileFieldsTakeLinearWork has fields which, read carelessly, take time that grows with the square of their length; they would not end.
func TestHostileFieldsTakeLinearWork(t *testing.T) {
	const size = 4 << 20
	for _, piece := range []string{"; a=b (", "=?utf-8?q?a", "\"a,", "(", "\\", "<", "a*1=b;"} {
		raw := []byte("Content-Type: text/plain; " + strings.Repeat(piece, size/len(piece)) + "\n\nbody")
		p := mailpart.Parse(raw, mailpart.Limits{HeaderBytes: 2 * size})
		text := p.Header.Get("Content-Type")
		mailpart.ParseAddresses(text)
		p.FileName()
		if string(p.Body) != "body" {
			t.Errorf("%q: body %q", piece, p.Body)
		}
	}
}
