package ndr_test

import (
	"bytes"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rebound-mail/rebound/mailpart"
	"github.com/rebound-mail/rebound/ndr"
)

// FuzzRead wants no panic, no failure without a recipient, nothing invented:
// codes are valid and what was said stands in the mail.
func FuzzRead(f *testing.F) {
	paths, err := filepath.Glob("testdata/*/*.eml")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range paths {
		f.Add(content(f, path))
	}
	f.Add([]byte("Subject: failure notice\n\n<\"a\\\">:\n<\n>:\n"))
	f.Add([]byte("From: <>\nSubject: Returned mail\n\n----- Transcript of session follows -----\n<<< 5\n<<<550-\n>>>RCPT TO:<\n550 <... x\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m := ndr.NewMail(mailpart.Parse(raw, mailpart.Limits{}))
		if r, ok := ndr.Read(m); ok {
			if len(r.Failures) == 0 || r.Format == "" {
				t.Errorf("a report without failures or format: %+v", r)
			}
			check(t, r.Failures)
		}
		check(t, ndr.Prose(ndr.NewMail(mailpart.Parse(raw, mailpart.Limits{}))))
	})
}

func check(t *testing.T, failures []ndr.Failure) {
	for _, f := range failures {
		if strings.TrimSpace(f.Recipient) == "" {
			t.Errorf("a failure without recipient: %+v", f)
		}
		if f.Action == "" {
			t.Errorf("a failure without action: %+v", f)
		}
		if f.Code != 0 && !f.Code.IsValid() || !f.Status.IsZero() && !f.Status.IsValid() {
			t.Errorf("codes %v, %v", f.Code, f.Status)
		}
		if strings.ContainsAny(f.Diagnostic, "\n\r") {
			t.Errorf("not unfolded: %q", f.Diagnostic)
		}
		if f.Code != 0 && !strings.Contains(f.Diagnostic, f.Code.String()) {
			t.Errorf("code %v is not in %q", f.Code, f.Diagnostic)
		}
	}
}

// TestManyRecipients wants every one of 10,000 recipients from each form of
// list.
func TestManyRecipients(t *testing.T) {
	const n = 10_000
	forms := []struct{ name, head, line string }{
		{"qmail", "Hi. This is the qmail-send program at mx.example.net.\n\n", "<u%@example.com>:\n550 5.1.1 nobody\n\n"},
		{"postfix", "This is the mail system at host mx.example.net.\n\n", "<u%@example.com>: host mx[192.0.2.1] said: 550 5.1.1 no (in reply to RCPT TO command)\n\n"},
		{"exim", "The following address(es) failed:\n\n", "  u%@example.com\n    Unrouteable address\n"},
		{"opensmtpd", "list of recipients:\n\n", "u%@example.com: 550 5.1.1 nobody\n"},
		{"sendmail", "   ----- The following addresses had permanent fatal errors -----\n", "<u%@example.com>\n    (reason: 550 5.1.1 nobody)\n"},
	}
	for _, form := range forms {
		var b bytes.Buffer
		b.WriteString("From: MAILER-DAEMON@mx.example.net\nSubject: Returned mail: failure\n\n" + form.head)
		for i := range n {
			b.WriteString(strings.Replace(form.line, "%", strconv.Itoa(i), 1))
		}
		r, ok := ndr.Read(ndr.NewMail(mailpart.Parse(b.Bytes(), mailpart.Limits{})))
		if !ok || r.Format != form.name || len(r.Failures) != n {
			t.Errorf("%s: %v, read as %q with %d failures", form.name, ok, r.Format, len(r.Failures))
			continue
		}
		if want := "u" + strconv.Itoa(n-1) + "@example.com"; r.Failures[n-1].Recipient != want {
			t.Errorf("%s: last is %q, want %q", form.name, r.Failures[n-1].Recipient, want)
		}
	}
}
