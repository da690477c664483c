package ndr

import (
	"strings"
	"testing"

	"github.com/rebound-mail/rebound/event"
)

func TestRecipientAt(t *testing.T) {
	for _, tt := range []struct {
		line, address, rest string
		ok                  bool
	}{
		{"<a@b.example>:", "a@b.example", "", true},
		{"  * a@b.example", "a@b.example", "", true},
		{"-- a@b.example", "a@b.example", "", true},
		{"\"a@b.example\":", "a@b.example", "", true},
		{"'a@b.example' on 2/3/2025", "a@b.example", "on 2/3/2025", true},
		{"Recipient: [SMTP:a@b.example]", "a@b.example", "", true},
		{"To: a@b.example", "a@b.example", "", true},
		{"收件人：a@b.example", "a@b.example", "", true},
		{">>> a@b.example <a@b.example>", "a@b.example", "", true},
		{"a@b.example (a@b.example)<mailto:a@b.example>", "a@b.example", "", true},
		{"Ann Example<mailto:a@b.example>", "a@b.example", "", true},
		{"Ann Example <a@b.example>", "a@b.example", "", true},
		{"a@b.example (user not found)", "a@b.example", "(user not found)", true},
		{"<a@b.example>   (<a@b.example>... no such user)", "a@b.example", "(<a@b.example>... no such user)", true},
		{"a@b.example ... unknown host", "a@b.example", "unknown host", true},
		{"550 5.1.1 <a@b.example>: no such user", "", "", false},
		{"550 <a@b.example>", "", "", false},
		{"Sorry, your message to a@b.example cannot be delivered.", "", "", false},
		{"MAIL FROM: <a@b.example>", "", "", false},
		{"From: a@b.example", "", "", false},
		{"no address", "", "", false},
		{"", "", "", false},
	} {
		address, rest, ok := recipientAt(tt.line)
		if address != tt.address || rest != tt.rest || ok != tt.ok {
			t.Errorf("%q: got %q, %q, %v", tt.line, address, rest, ok)
		}
	}
}

func TestListing(t *testing.T) {
	text := "Dear sender,\nthe list:\n\n<a@b.example>:\n550 no\n\nfooter\nc@d.example\ne@f.example\nquota\nexceeded\n--- end\ng@h.example\n"
	for _, tt := range []struct {
		name string
		list listing
		want string
	}{
		{"plain", listing{begin: []string{"the list"}, end: []string{"--- end"}}, "a@b.example=550 no; c@d.example=; e@f.example=quota exceeded"},
		{"shared", listing{begin: []string{"the list"}, end: []string{"--- end"}, shared: true}, "a@b.example=550 no; c@d.example=quota exceeded; e@f.example=quota exceeded"},
		{"loose", listing{begin: []string{"the list"}, end: []string{"c@d"}, loose: true}, "a@b.example=550 no footer"},
		{"skip", listing{begin: []string{"the list"}, end: []string{"c@d"}, skip: []string{"550"}}, "a@b.example=footer"},
		{"never begins", listing{begin: []string{"no such words"}}, ""},
	} {
		if got := saidOf(tt.list.read(text)); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func saidOf(failures []Failure) string {
	var list []string
	for _, f := range failures {
		list = append(list, f.Recipient+"="+f.Diagnostic)
	}
	return strings.Join(list, "; ")
}

func TestLabelled(t *testing.T) {
	l := labelled{recipient: []string{"recipient"}, reason: []string{"reason"}, remote: []string{"server"}, other: []string{"subject"}}
	for _, tt := range []struct{ name, text, want string }{
		{"beside", "Recipient: a@b.example\nReason: 550 no\n such user\n\nhelp@b.example helps\n", "a@b.example=550 no such user"},
		{"below", "Recipient:\n  a@b.example\n  c@d.example\nReason:\n  full\n", "a@b.example=; c@d.example=full"},
		{"reason first", "Reason: blocked\nRecipient: a@b.example\n", "a@b.example=blocked"},
		{"no label for the reason", "Recipient: a@b.example\n%RMS-E-CRE, file create failed\nSubject: x\n", "a@b.example=%RMS-E-CRE, file create failed"},
		{"nothing", "Subject: x\n", ""},
	} {
		if got := saidOf(l.read(tt.text)); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
	if got := l.read("Server: <mx.b.example>\nRecipient: a@b.example\n"); len(got) != 1 || got[0].RemoteMTA != "mx.b.example" {
		t.Errorf("remote host: %+v", got)
	}
}

func TestDialogue(t *testing.T) {
	text := "[12] >>> RCPT TO:<a@b.example>\n[12] <<< 250 ok\n--> RCPT TO:<c@d.example>\n<-- 550-no\n<-- 550 such user\n>>> DATA\n<<< 554 5.5.1 no valid recipients\n"
	turns := dialogue(text)
	for _, tt := range []struct{ address, diagnostic, command string }{
		{"c@d.example", "550-no 550 such user", "RCPT TO"},
		{"a@b.example", "554 5.5.1 no valid recipients", "DATA"},
	} {
		f := Failure{Recipient: tt.address}
		if !f.answered(turns) || f.Diagnostic != tt.diagnostic || f.Command != tt.command {
			t.Errorf("%s: got %q to %q", tt.address, f.Diagnostic, f.Command)
		}
	}
	plain := plainDialogue("EHLO x\n250 y\nRCPT To:<a@b.example>\n552 full\nQUIT\n")
	if f := (Failure{Recipient: "a@b.example"}); !f.answered(plain) || f.Code != 552 {
		t.Errorf("session without marks: %+v", plain)
	}
}

func TestPrefixed(t *testing.T) {
	for _, tt := range []struct{ text, diagnostic, remote, command string }{
		{"host mx.b.example[192.0.2.1] said: 550 no", "550 no", "mx.b.example", ""},
		{"mx.b.example[192.0.2.1] responded with failure: 552 over quota (#5.2.2)", "552 over quota (#5.2.2)", "mx.b.example", ""},
		{"SMTP error after RCPT TO:<a@b.example>: host mx.b.example [192.0.2.1]: 550 no", "550 no", "mx.b.example", "RCPT TO"},
		{"Requested action not taken. [SMTP Error Code 550]", "Requested action not taken. [SMTP Error Code 550]", "", ""},
		{"the server says '550 no such user'", "550 no such user", "", ""},
		{"full", "full", "", ""},
	} {
		f := Failure{Diagnostic: tt.text}
		f.prefixed()
		if f.Diagnostic != tt.diagnostic || f.RemoteMTA != tt.remote || f.Command != tt.command {
			t.Errorf("%q: got %q, %q, %q", tt.text, f.Diagnostic, f.RemoteMTA, f.Command)
		}
	}
}

func TestActionOf(t *testing.T) {
	for _, tt := range []struct {
		subject, text string
		want          event.Action
	}{
		{"Delivery failed", "user unknown", event.Failed},
		{"Warning: not sent yet", "", event.Delayed},
		{"", "We will keep trying for 3 days.", event.Delayed},
		{"", "It has been delayed for 5 days. This is a permanent error.", event.Failed},
		{"", "Попытки доставки будут продолжены", event.Delayed},
	} {
		if got := actionOf(&Mail{Subject: tt.subject, Text: tt.text}); got != tt.want {
			t.Errorf("%q, %q: got %s, want %s", tt.subject, tt.text, got, tt.want)
		}
	}
}

func TestX400SMTP(t *testing.T) {
	for value, want := range map[string]string{
		"gina(a)example.org; on Mon": "gina@example.org",
		"a(u)b(a)example.org/C=DE/":  "a_b@example.org",
		"plain@example.org":          "plain@example.org",
		"nobody":                     "",
	} {
		if got := x400SMTP(value); got != want {
			t.Errorf("%q: got %q, want %q", value, got, want)
		}
	}
}
