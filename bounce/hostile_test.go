package bounce

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/rebound-mail/rebound/event"
)

// ours are the mails of these tests, one a kind.
func ours() []string {
	return []string{postfixDSN, delayDSN, finalDelayDSN, withType("abuse"), qmailBounce, vacation, letter, sieveReject}
}

// corpus returns the mails of the development corpora, and skips the test where
// they are not at hand: they are other people's mail and not in the repository.
func corpus(t testing.TB) [][]byte {
	t.Helper()
	root := os.Getenv("REBOUND_CORPUS")
	if root == "" {
		root = filepath.Join("..", "..", "shared", "corpus")
	}
	var mails [][]byte
	for _, pattern := range []string{"*/emails/*", "*/raw/*", "mtalab/*/emails/*", "negatives/*/*"} {
		names, _ := filepath.Glob(filepath.Join(root, pattern))
		for _, name := range names {
			if raw, err := os.ReadFile(name); err == nil {
				mails = append(mails, raw)
			}
		}
	}
	if len(mails) == 0 {
		t.Skip("no corpus at hand: set REBOUND_CORPUS to its folder")
	}
	return mails
}

// checkSane fails where an event says what no event may say.
func checkSane(t *testing.T, raw []byte) {
	t.Helper()
	for _, e := range Parse(raw, Options{}).Events {
		if e.Kind == "" || e.ID == "" || e.Source.Format == "" {
			t.Fatalf("incomplete event %+v", e)
		}
		if strings.ContainsAny(e.Recipient, "\r\n") {
			t.Fatalf("recipient %q", e.Recipient)
		}
		if e.ReplyCode != 0 && !e.ReplyCode.IsValid() {
			t.Fatalf("reply code %d", e.ReplyCode)
		}
	}
}

func TestCutMails(t *testing.T) {
	for _, mail := range ours() {
		for i := range len(mail) {
			checkSane(t, []byte(mail[:i]))
		}
	}
}

func TestFlippedBytes(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, mail := range ours() {
		for range 500 {
			raw := []byte(mail)
			for range 1 + rnd.IntN(8) {
				raw[rnd.IntN(len(raw))] = byte(rnd.Uint32())
			}
			checkSane(t, raw)
		}
	}
}

func TestCorpusCutAndFlipped(t *testing.T) {
	mails := corpus(t)
	places, flips := 40, 8
	if testing.Short() || raceEnabled {
		places, flips = 4, 2
	}
	rnd := rand.New(rand.NewPCG(3, 4))
	for _, raw := range mails {
		for i := range places {
			checkSane(t, raw[:len(raw)*i/places])
		}
		for range flips {
			damaged := bytes.Clone(raw)
			for range 1 + len(damaged)/500 {
				damaged[rnd.IntN(len(damaged))] = byte(rnd.Uint32())
			}
			checkSane(t, damaged)
		}
	}
}

func TestCutReportsKeepTheirEvidence(t *testing.T) {
	end := strings.Index(postfixDSN, "--BB\nContent-Type: message/rfc822")
	e := one(t, postfixDSN[:end])
	if e.Recipient != "kim@example.org" || e.Status.String() != "5.1.1" || e.ReplyCode != 550 {
		t.Errorf("event = %+v", e)
	}
	text := strings.Index(postfixDSN, "--BB\nContent-Type: message/delivery-status")
	e = one(t, postfixDSN[:text])
	if e.Recipient != "kim@example.org" || e.ReplyCode != 550 {
		t.Errorf("with the text alone: event = %+v", e)
	}
}

func TestDeepNesting(t *testing.T) {
	var b strings.Builder
	b.WriteString("From: MAILER-DAEMON@relay.example\nSubject: nested\n")
	for i := range 100 {
		fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i)
	}
	b.WriteString(postfixDSN)
	r := Parse([]byte(b.String()), Options{})
	if len(r.Events) > 1 {
		t.Errorf("%d events", len(r.Events))
	}
}

func TestHugeHeaders(t *testing.T) {
	long := "X-Long: " + strings.Repeat("a", 1<<20) + "\n"
	folded := "X-Folded: a" + strings.Repeat("\n b", 300_000) + "\n"
	many := strings.Repeat("X-Many: 1\n", 150_000)
	for name, header := range map[string]string{"long": long, "folded": folded, "many": many} {
		if e := one(t, header+postfixDSN); e.Recipient != "kim@example.org" {
			t.Errorf("%s: event = %+v", name, e)
		}
	}
}

// TestLargeMailInBoundedMemory reads a mail of 100 MB, most of it the returned
// message, and counts what was allocated beside it.
func TestLargeMailInBoundedMemory(t *testing.T) {
	if testing.Short() || raceEnabled {
		t.Skip("a mail of 100 MB: not with -short or the race detector")
	}
	head, tail, _ := strings.Cut(postfixDSN, "Dear kim")
	raw := make([]byte, 0, 101<<20)
	raw = append(raw, head...)
	raw = append(raw, bytes.Repeat([]byte("QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo=\n"), 100<<20/37)...)
	raw = append(raw, tail...)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r := Parse(raw, Options{})
	runtime.ReadMemStats(&after)
	if len(r.Events) != 1 || r.Events[0].Kind != event.Bounce {
		t.Fatalf("events = %+v", r.Events)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > uint64(len(raw)) {
		t.Errorf("%d MB allocated to read %d MB, want no more than the mail itself", used>>20, len(raw)>>20)
	}
}

func FuzzParse(f *testing.F) {
	for _, mail := range ours() {
		f.Add([]byte(mail))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		checkSane(t, raw)
	})
}
