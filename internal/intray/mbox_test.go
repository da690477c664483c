package intray

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// postmark is a From line as Postfix and Dovecot write it.
const postmark = "From MAILER-DAEMON Tue Jan  2 15:04:05 2024\n"

// bodies reads an mbox and returns what it was cut into.
func bodies(t *testing.T, src Source) []string {
	t.Helper()
	var got []string
	for {
		r, err := src.Next()
		if errors.Is(err, io.EOF) {
			return got
		}
		if err != nil {
			t.Fatal(err)
		}
		if r.Index != len(got) {
			t.Errorf("mail %d has index %d", len(got), r.Index)
		}
		got = append(got, string(r.Raw))
	}
}

func TestMboxIsCutIntoMails(t *testing.T) {
	for _, tc := range []struct {
		name, mbox string
		want       []string
	}{
		{"one mail", postmark + "A: 1\n\none\n", []string{"A: 1\n\none\n"}},
		{"two mails", postmark + "A: 1\n\none\n\n" + postmark + "B: 2\n\ntwo\n", []string{"A: 1\n\none\n", "B: 2\n\ntwo\n"}},
		{"no empty line between", postmark + "A: 1\n\none\n" + postmark + "B: 2\n\ntwo\n", []string{"A: 1\n\none\n", "B: 2\n\ntwo\n"}},
		{"no line end at the end", postmark + "A: 1\n\none", []string{"A: 1\n\none"}},
		{"CRLF", strings.ReplaceAll(postmark+"A: 1\n\none\n\n"+postmark+"B: 2\n\ntwo\n", "\n", "\r\n"),
			[]string{"A: 1\r\n\r\none\r\n", "B: 2\r\n\r\ntwo\r\n"}},
		{"CR", strings.ReplaceAll(postmark+"A: 1\n\none\n\n"+postmark+"B: 2\n\ntwo\n", "\n", "\r"),
			[]string{"A: 1\r\rone\r", "B: 2\r\rtwo\r"}},
		{"prose that begins with From", postmark + "A: 1\n\n\nFrom here on: nothing\nFrom now until 12:30\n",
			[]string{"A: 1\n\n\nFrom here on: nothing\nFrom now until 12:30\n"}},
		{"a From line without a header behind it", postmark + "A: 1\n\nThe log said:\n" + postmark + "and that was all\n",
			[]string{"A: 1\n\nThe log said:\n" + postmark + "and that was all\n"}},
		{"quoted once, mboxo", postmark + "A: 1\n\n>From here\n> From there\n", []string{"A: 1\n\nFrom here\n> From there\n"}},
		{"quoted twice, mboxrd", postmark + "A: 1\n\n>>From here\n>>>From there\n", []string{"A: 1\n\n>From here\n>>From there\n"}},
		{"zone before the year, Google", "From 1@xxx Mon Jan 01 00:00:00 +0000 2024\nA: 1\n\none\n", []string{"A: 1\n\none\n"}},
		{"remote from, UUCP", "From a!b Mon Jan  1 00:00 2024 remote from a\nA: 1\n\none\n", []string{"A: 1\n\none\n"}},
		{"without a date at the beginning", "From a@example.org\nA: 1\n\none\n", []string{"A: 1\n\none\n"}},
		{"byte order mark", "\xef\xbb\xbf" + postmark + "A: 1\n\none\n", []string{"A: 1\n\none\n"}},
		{"mails without anything", postmark + "\n" + postmark + "A: 1\n\n", []string{"", "A: 1\n"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			src, err := Open(strings.NewReader(tc.mbox), Options{})
			if err != nil {
				t.Fatal(err)
			}
			if src.Kind() != Mbox {
				t.Errorf("kind %q", src.Kind())
			}
			if diff := cmp.Diff(tc.want, bodies(t, src)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// withLength is a mail of mboxcl2: its body may hold From lines as they are.
func withLength(length int, body string) string {
	return fmt.Sprintf("%sA: 1\nContent-Length: %d\n\n%s\n", postmark, length, body)
}

func TestContentLength(t *testing.T) {
	inner := "said:\n\n" + postmark + "X: y\n\nquoted\n"
	header := func(n int) string { return fmt.Sprintf("A: 1\nContent-Length: %d\n\n", n) }
	n := len(inner)
	for _, tc := range []struct {
		name, mbox string
		want       []string
	}{
		{"right, last mail", withLength(n, inner), []string{header(n) + inner}},
		{"right, more mails", withLength(n, inner) + withLength(n, inner) + postmark + "B: 2\n\ntwo\n",
			[]string{header(n) + inner, header(n) + inner, "B: 2\n\ntwo\n"}},
		{"too great", withLength(n+9, inner) + postmark + "B: 2\n\n" + strings.Repeat("two\n", 9),
			[]string{header(n+9) + "said:\n", "X: y\n\nquoted\n", "B: 2\n\n" + strings.Repeat("two\n", 9)}},
		{"beyond the end", withLength(1<<20, inner), []string{header(1<<20) + "said:\n", "X: y\n\nquoted\n"}},
		{"too small", withLength(3, "long body\n") + postmark + "B: 2\n\ntwo\n", []string{header(3) + "long body\n", "B: 2\n\ntwo\n"}},
		{"negative", withLength(-3, "body\n") + postmark + "B: 2\n\ntwo\n", []string{header(-3) + "body\n", "B: 2\n\ntwo\n"}},
		{"quoted all the same, mboxcl", withLength(len(">From x\n"), ">From x\n"), []string{header(8) + "From x\n"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			src, err := Open(strings.NewReader(tc.mbox), Options{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, bodies(t, src)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWrongLengthsAreBelievedAFewTimesOnly(t *testing.T) {
	const mails = 2000
	one := withLength(1<<20, "said:\n\n"+postmark+"X: y\n\nquoted\n")
	in := &countingReader{r: strings.NewReader(strings.Repeat(one, mails))}
	src, err := Open(in, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := len(bodies(t, src)); got != 2*mails {
		t.Errorf("%d mails, want %d", got, 2*mails)
	}
	if lies := src.(*mboxSource).lies; lies > maxLies {
		t.Errorf("%d wrong lengths believed", lies)
	}
}

func TestLinesOfMails(t *testing.T) {
	mbox := postmark + "A: 1\n\none\n\n" + withLength(1<<20, "x\n\n"+postmark+"X: y\n\nz\n") + postmark + "B: 2\n\ntwo\n"
	src, err := Open(strings.NewReader(mbox), Options{})
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(mbox, "\n")
	for {
		r, err := src.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if r.Line < 1 || lines[r.Line-1]+"\n" != postmark {
			t.Errorf("mail %d is said to begin at line %d, %q", r.Index, r.Line, lines[r.Line-1])
		}
	}
}

func TestMailsAreBounded(t *testing.T) {
	long := strings.Repeat("0123456789abcde\n", 10_000)
	src, err := Open(strings.NewReader(postmark+"A: 1\n\n"+long+"\n"+postmark+"B: 2\n\ntwo\n"), Options{MaxRecord: 1000})
	if err != nil {
		t.Fatal(err)
	}
	r, err := src.Next()
	if err != nil || len(r.Raw) != 1000 || r.Size < int64(len(long)) {
		t.Errorf("kept %d of %d bytes, %v", len(r.Raw), r.Size, err)
	}
	if r, err = src.Next(); err != nil || string(r.Raw) != "B: 2\n\ntwo\n" || r.Size != int64(len(r.Raw)) {
		t.Errorf("the next mail is %q of %d bytes, %v", r.Raw, r.Size, err)
	}
}

// endlessMbox gives the same mail again and again.
type endlessMbox struct {
	mail []byte
	at   int
	left int64
}

func (e *endlessMbox) Read(p []byte) (int, error) {
	if e.left <= 0 {
		return 0, io.EOF
	}
	n := copy(p, e.mail[e.at:])
	e.at = (e.at + n) % len(e.mail)
	e.left -= int64(n)
	return n, nil
}

type countingReader struct {
	r io.Reader
	n int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

func BenchmarkMbox(b *testing.B) {
	mail := []byte(postmark + "Subject: a report\n\n" + strings.Repeat("a line of a report, of the usual length of such lines\n", 80) + "\n")
	b.SetBytes(int64(len(mail)))
	b.ReportAllocs()
	src, err := Open(&endlessMbox{mail: mail, left: int64(b.N) * int64(len(mail))}, Options{})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := src.Next(); err != nil {
			b.StopTimer()
			src, _ = Open(&endlessMbox{mail: mail, left: 1 << 40}, Options{})
			b.StartTimer()
		}
	}
}
