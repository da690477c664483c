package cli

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/rebound-mail/rebound/bounce"
	"github.com/rebound-mail/rebound/classify"
	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
)

// mboxOf makes an mbox of n mails with the subjects 0, 1, 2 ...
func mboxOf(n, size int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "From a Tue Jan  2 15:04:05 2024\nSubject: %d\n\n%s\n\n", i, strings.Repeat("x", size))
	}
	return b.String()
}

// parseSubject stands in for the parser: the mail's subject is the recipient.
func parseSubject(raw []byte, _ bounce.Options) bounce.Report {
	line, _, _ := strings.Cut(string(raw), "\n")
	return bounce.Report{Events: []event.Event{{Kind: event.Bounce, Recipient: strings.TrimPrefix(line, "Subject: ")}}}
}

func scanOf(mbox string, limit int64, parse func([]byte, bounce.Options) bounce.Report) (*scanner, *scanReport) {
	s := &scanner{in: strings.NewReader(mbox), paths: []string{"-"}, limit: limit, classifier: classify.New(codebook.Default()), parse: parse}
	s.encoder = func() encoder { return recipients{} }
	return s, &scanReport{tally: newTally()}
}

// recipients writes recipients alone.
type recipients struct{}

func (recipients) encode(dst []byte, e *event.Event) []byte {
	return fmt.Appendf(dst, "%d:%s\n", e.Source.Index, e.Recipient)
}

func (recipients) none(dst []byte, _ string, index int) []byte {
	return fmt.Appendf(dst, "%d none\n", index)
}

func TestEventsComeInTheOrderOfTheMails(t *testing.T) {
	const n = 5000
	s, report := scanOf(mboxOf(n, 1000), 1<<20, parseSubject)
	var out, want bytes.Buffer
	if err := s.run(report, &out); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		fmt.Fprintf(&want, "%d:%d\n", i, i)
	}
	if out.String() != want.String() || report.read != n || report.events != n {
		t.Errorf("%d mails, %d events, in order: %v", report.read, report.events, out.String() == want.String())
	}
}

func TestMailsLargerThanTheBudgetAreRead(t *testing.T) {
	s, report := scanOf(mboxOf(8, 1<<20), 4<<20, parseSubject)
	s.memory = 1
	var out bytes.Buffer
	if err := s.run(report, &out); err != nil || report.read != 8 {
		t.Errorf("%d mails, %v", report.read, err)
	}
}

func TestAParserThatFailsCostsOneMail(t *testing.T) {
	s, report := scanOf(mboxOf(3, 10), 1<<20, func(raw []byte, opt bounce.Options) bounce.Report {
		if bytes.HasPrefix(raw, []byte("Subject: 1")) {
			panic("index out of range")
		}
		return parseSubject(raw, opt)
	})
	var out bytes.Buffer
	if err := s.run(report, &out); err != nil {
		t.Fatal(err)
	}
	if out.String() != "0:0\n2:2\n" || report.unread != 1 || !strings.Contains(report.failed[0].why, "index out of range") {
		t.Errorf("%q, not read: %v", &out, report.failed)
	}
	if report.failed[0].file != "-, mail 1" {
		t.Errorf("the mail is called %q", report.failed[0].file)
	}
}

func TestNamesAreCountedInBoundedMemory(t *testing.T) {
	c := counts{}
	for i := range mostNames + 50 {
		c.add(fmt.Sprint(i), 1)
	}
	if len(c) != mostNames+1 || c[otherName] != 50 {
		t.Errorf("%d names, %d others", len(c), c[otherName])
	}
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]int64{"1": 1, "64KB": 64 << 10, "128 MB": 128 << 20, "2gib": 2 << 30, "100b": 100} {
		if got, err := parseSize(text); err != nil || got != want {
			t.Errorf("%q: %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "0", "-1", "MB", "1TB", "99999999999GB", "1.5MB"} {
		if got, err := parseSize(text); err == nil {
			t.Errorf("%q: %d, want an error", text, got)
		}
	}
}
