package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/rebound-mail/rebound/smtpcode"
)

// answer is what the tests read of an answer.
type answer struct {
	Text      string        `json:"text"`
	ReplyCode smtpcode.Code `json:"reply_code"`
	Reason    string        `json:"reason"`
}

func TestLinesKeepTheirOrder(t *testing.T) {
	const n = 20_000
	var in, out, errs bytes.Buffer
	for i := range n {
		fmt.Fprintf(&in, "%d ticket %d is closed\r\n", 400+i%200, i)
	}
	if status := Main([]string{"explain", "--lines", "--json"}, &in, &out, &errs); status != exitOK {
		t.Fatal(status, errs.String())
	}
	dec := json.NewDecoder(&out)
	for i := range n {
		var a answer
		if err := dec.Decode(&a); err != nil {
			t.Fatal(i, err)
		}
		if want := fmt.Sprintf("%d ticket %d is closed", 400+i%200, i); a.Text != want {
			t.Fatalf("answer %d is about %q, want %q", i, a.Text, want)
		}
	}
}

func TestLinesOfAnyLength(t *testing.T) {
	long := "550 5.1.1 no such user " + strings.Repeat("x", 3<<20)
	in := strings.NewReader(long + "\n552 5.2.2 mailbox full")
	var out, errs bytes.Buffer
	if status := Main([]string{"explain", "--lines", "--json"}, in, &out, &errs); status != exitOK {
		t.Fatal(status, errs.String())
	}
	var first, second answer
	dec := json.NewDecoder(&out)
	if err := errors.Join(dec.Decode(&first), dec.Decode(&second)); err != nil {
		t.Fatal(err)
	}
	if first.Reason != "user-unknown" || second.Reason != "mailbox-full" || len(first.Text) > 1<<16 {
		t.Errorf("got %s (%d bytes), %s", first.Reason, len(first.Text), second.Reason)
	}
}

// TestLinesAnswerAtOnce talks to explain --lines line by line, as another
// program would.
func TestLinesAnswerAtOnce(t *testing.T) {
	inR, inW := io.Pipe()
	outR, outW := io.Pipe()
	done := make(chan int)
	go func() {
		done <- Main([]string{"explain", "--lines", "--json"}, inR, outW, io.Discard)
		outW.Close()
	}()
	dec := json.NewDecoder(outR)
	for _, text := range []string{"550 5.1.1 no such user", "552 5.2.2 mailbox full", ""} {
		fmt.Fprintln(inW, text)
		var a answer
		if err := dec.Decode(&a); err != nil || a.Text != text {
			t.Fatalf("%q answered to %q, %v", a.Text, text, err)
		}
	}
	inW.Close()
	if status := <-done; status != exitOK {
		t.Error(status)
	}
}

func TestOrderedStopsAtAnError(t *testing.T) {
	stop := errors.New("stop")
	given := 0
	err := ordered(func(give func(int) bool) {
		for give(given) {
			given++
		}
	}, func(i int) int { return i }, func(i int) error {
		if i == 10 {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) || given > 11+4*runtime.GOMAXPROCS(0)+2 {
		t.Errorf("%v after %d jobs", err, given)
	}
}

// broken is an output that fails.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestOutputThatFailsEndsTheScan(t *testing.T) {
	mbox := strings.Repeat("From a Tue Jan  2 15:04:05 2024\nSubject: x\n\n550 5.1.1 no such user\n\n", 50_000)
	var errs bytes.Buffer
	if status := Main([]string{"scan", "--explain", "-"}, strings.NewReader(mbox), broken{}, &errs); status != exitFailed {
		t.Errorf("status %d, %s", status, &errs)
	}
}

// counterReader gives the same mbox again and again.
type mboxReader struct {
	mail []byte
	at   int
	left int
}

func (r *mboxReader) Read(p []byte) (int, error) {
	if r.left <= 0 {
		return 0, io.EOF
	}
	n := copy(p, r.mail[r.at:])
	r.at = (r.at + n) % len(r.mail)
	r.left -= n
	return n, nil
}

// TestScanTakesConstantMemory reads 64 MB of mails and looks at what is alive
// while it goes on.
func TestScanTakesConstantMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 64 MB")
	}
	mail := []byte("From a Tue Jan  2 15:04:05 2024\nSubject: x\n\n" + strings.Repeat("nothing to report\n", 2000) + "\n")
	in := &mboxReader{mail: mail, left: 64 << 20 / len(mail) * len(mail)}
	watch := &heapWatch{r: in}
	var out, errs bytes.Buffer
	if status := Main([]string{"scan", "-"}, watch, &out, &errs); status != exitOK {
		t.Fatal(status, errs.String())
	}
	if watch.most > 48<<20 {
		t.Errorf("%d MB alive", watch.most>>20)
	}
}

// heapWatch looks at the heap now and then.
type heapWatch struct {
	r     io.Reader
	reads int
	most  uint64
}

func (w *heapWatch) Read(p []byte) (int, error) {
	if w.reads++; w.reads%64 == 0 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		w.most = max(w.most, m.HeapAlloc)
	}
	return w.r.Read(p)
}

// TestALogTakesConstantMemory reads 64 MB of a log, no queue id of which comes
// again, and looks at what is alive while it goes on.
func TestALogTakesConstantMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 64 MB")
	}
	var out, errs bytes.Buffer
	watch := &heapWatch{r: &logReader{left: 64 << 20}}
	if status := Main([]string{"scan", "-"}, watch, &out, &errs); status != exitOK {
		t.Fatal(status, errs.String())
	}
	if watch.most > 100<<20 {
		t.Errorf("%d MB alive", watch.most>>20)
	}
	if !strings.Contains(out.String(), "Of ") {
		t.Error(out.String())
	}
}

// logReader gives a log of deliveries and failures.
type logReader struct {
	n, left int
	rest    []byte
}

func (r *logReader) Read(p []byte) (int, error) {
	if r.left <= 0 {
		return 0, io.EOF
	}
	for len(r.rest) < len(p) {
		r.n++
		r.rest = fmt.Appendf(r.rest, "Mar  4 05:06:07 mx1 postfix/qmgr[7]: 4A%07X: from=<b%d@example.com>, size=1, nrcpt=1 (queue active)\n"+
			"Mar  4 05:06:07 mx1 postfix/smtp[7]: 4A%07X: to=<u%d@d%d.example>, relay=none, delay=2, dsn=%d.1.1, status=%s (x)\n",
			r.n, r.n, r.n, r.n, r.n, 2+r.n%2*3, []string{"sent", "bounced"}[r.n%2])
	}
	n := copy(p, r.rest)
	r.rest = r.rest[:copy(r.rest, r.rest[n:])]
	r.left -= n
	return n, nil
}
