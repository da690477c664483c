package hook

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/webhook"
)

func mailgunReceiver(t *testing.T, c *clock, b *box, path string) *Receiver {
	return receiver(t, Options{Spool: b, Now: c.now, ReplayFile: path, Hooks: map[webhook.Provider]Hook{webhook.Mailgun: mailgun().hook}})
}

// Whoever saw a post of Mailgun's has a signature that fits any event.
func TestACapturedTokenOfMailgunIsWorthNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "replays")
	c, b := newClock(), &box{}
	r := mailgunReceiver(t, c, b, path)
	genuine, forged := mailgunPost(c, "token-1", "ann@example.com"), mailgunPost(c, "token-1", "victim@example.com")
	if _, err := r.Receive(t.Context(), webhook.Mailgun, genuine, ""); err != nil {
		t.Fatal(err)
	}
	refused := func(r *Receiver, when string) {
		t.Helper()
		_, err := r.Receive(t.Context(), webhook.Mailgun, forged, "")
		var refusal *Refusal
		if !errors.As(err, &refusal) || refusal.Reason != Replayed || refusal.Status != 403 {
			t.Errorf("%s: %v", when, err)
		}
	}
	refused(r, "at once")
	r.Close()
	c.pass(8 * time.Hour)
	r = mailgunReceiver(t, c, b, path)
	refused(r, "after a restart, hours later")
	if n := len(b.all()); n != 1 {
		t.Errorf("%d reports, want 1", n)
	}
	if _, err := r.Receive(t.Context(), webhook.Mailgun, genuine, ""); err != nil {
		t.Errorf("the genuine one again: %v", err)
	}
}

// A crash between the note of a token and the spool must not lose the event.
func TestATokenNotedAndNotAcceptedIsTakenAfterARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "replays")
	c, b := newClock(), &box{fail: errors.New("the process dies here")}
	request := mailgunPost(c, "token-1", "ann@example.com")
	if _, err := mailgunReceiver(t, c, b, path).Receive(t.Context(), webhook.Mailgun, request, ""); err == nil {
		t.Fatal("accepted")
	}
	b.failWith(nil)
	result, err := mailgunReceiver(t, c, b, path).Receive(t.Context(), webhook.Mailgun, request, "")
	if err != nil || result.ID == "" || len(b.all()) != 1 {
		t.Errorf("%+v %v", result, err)
	}
}

func TestTheTokenIsDurableBeforeTheSpoolHasTheReport(t *testing.T) {
	path := filepath.Join(t.TempDir(), "replays")
	c, b := newClock(), &box{wait: make(chan struct{})}
	r := mailgunReceiver(t, c, b, path)
	done := make(chan error)
	go func() {
		_, err := r.Receive(t.Context(), webhook.Mailgun, mailgunPost(c, "token-1", "ann@example.com"), "")
		done <- err
	}()
	b.wait <- struct{}{} // Append was called
	if old, err := readReplays(path); err != nil || len(old) != 1 {
		t.Errorf("%d tokens in the file, %v", len(old), err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestTokensAreForgottenWhenTheyWouldBeRefusedAnyway(t *testing.T) {
	path := filepath.Join(t.TempDir(), "replays")
	c, b := newClock(), &box{}
	r := mailgunReceiver(t, c, b, path)
	for i := range 3 {
		if _, err := r.Receive(t.Context(), webhook.Mailgun, mailgunPost(c, fmt.Sprint(i), "ann@example.com"), ""); err != nil {
			t.Fatal(err)
		}
	}
	r.Close()
	c.pass(9*time.Hour + time.Minute)
	r = mailgunReceiver(t, c, b, path)
	if n := len(r.replays.known); n != 0 {
		t.Errorf("%d tokens remembered", n)
	}
	if raw := must(os.ReadFile(path)); string(raw) != replayHeader {
		t.Errorf("the file keeps %d bytes", len(raw))
	}
}

func TestMemoryOfRequestsIsBounded(t *testing.T) {
	c := newClock()
	r := must(openReplays(filepath.Join(t.TempDir(), "replays"), 100, c.now()))
	defer r.close()
	for i := range 10_000 {
		one := replay{key: [16]byte{byte(i), byte(i >> 8)}, expires: c.now().Unix() + 1000 + int64(i)}
		if seen, err := r.begin(one, true, c.now()); seen != unseen || err != nil {
			t.Fatal(i, seen, err)
		}
	}
	if len(r.known) != 100 || len(r.order) != 100 {
		t.Errorf("%d and %d remembered, want 100", len(r.known), len(r.order))
	}
	last := replay{key: [16]byte{byte(9999 & 0xff), byte(9999 >> 8)}, body: [16]byte{1}}
	if seen, _ := r.begin(last, true, c.now()); seen != captured {
		t.Error("the last one is forgotten first")
	}
	size := must(os.Stat(r.file.path)).Size()
	if most := int64(recordSize * (rewriteFrom + 4*100)); size > most {
		t.Errorf("the file has %d bytes, want at most %d", size, most)
	}
}

func TestADamagedFileOfTokensKeepsWhatIsWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "replays")
	c := newClock()
	r := must(openReplays(path, 0, c.now()))
	for i := range 3 {
		if _, err := r.begin(replay{key: [16]byte{byte(i)}, expires: c.now().Unix() + 1000}, true, c.now()); err != nil {
			t.Fatal(err)
		}
	}
	r.close()
	whole := must(os.ReadFile(path))
	for cut := range len(whole) {
		if err := os.WriteFile(path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := openReplays(path, 0, c.now())
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		if want := max(0, cut-len(replayHeader)) / recordSize; len(r.known) != want {
			t.Errorf("cut at %d: %d tokens, want %d", cut, len(r.known), want)
		}
		r.close()
	}
	spoilt := bytes.Clone(whole)
	spoilt[len(replayHeader)+recordSize+5] ^= 1
	os.WriteFile(path, spoilt, 0o600)
	r = must(openReplays(path, 0, c.now()))
	if len(r.known) != 2 {
		t.Errorf("one of three is damaged: %d tokens", len(r.known))
	}
	r.close()
	os.WriteFile(path, []byte("something else\n"), 0o600)
	if _, err := openReplays(path, 0, c.now()); !errors.Is(err, errReplayFile) {
		t.Errorf("another file: %v", err)
	}
}

func TestAfterAFailedWriteTheFileIsMadeAnew(t *testing.T) {
	c, b := newClock(), &box{}
	path := filepath.Join(t.TempDir(), "replays")
	r := mailgunReceiver(t, c, b, path)
	if _, err := r.Receive(t.Context(), webhook.Mailgun, mailgunPost(c, "1", "ann@example.com"), ""); err != nil {
		t.Fatal(err)
	}
	r.replays.file.file.Close() // as if the disk failed
	_, err := r.Receive(t.Context(), webhook.Mailgun, mailgunPost(c, "2", "ann@example.com"), "")
	var refusal *Refusal
	if !errors.As(err, &refusal) || refusal.Reason != Unavailable || r.Status().Problem == "" || len(b.all()) != 1 {
		t.Fatalf("%v, %d reports", err, len(b.all()))
	}
	if _, err := r.Receive(t.Context(), webhook.Mailgun, mailgunPost(c, "2", "ann@example.com"), ""); err != nil {
		t.Fatalf("the next time: %v", err)
	}
	if old, err := readReplays(path); err != nil || len(old) != 2 {
		t.Errorf("%d tokens in the file, want 2: %v", len(old), err)
	}
}

func TestOneOfManyWithOneTokenIsAccepted(t *testing.T) {
	c, b := newClock(), &box{}
	r := mailgunReceiver(t, c, b, filepath.Join(t.TempDir(), "replays"))
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			r.Receive(t.Context(), webhook.Mailgun, mailgunPost(c, "token", fmt.Sprintf("victim%d@example.com", i)), "")
			r.Receive(t.Context(), webhook.Mailgun, mailgunPost(c, fmt.Sprintf("own-%d", i), "ann@example.com"), "")
		})
	}
	all.Wait()
	if n := len(b.all()); n != 41 {
		t.Errorf("%d reports, want 41: one of the first token, and each of the others", n)
	}
	if old, err := readReplays(r.replays.file.path); err != nil || len(old) != 41 {
		t.Errorf("%d tokens in the file: %v", len(old), err)
	}
}

func FuzzReplayFile(f *testing.F) {
	f.Add([]byte(replayHeader))
	f.Add(appendRecord([]byte(replayHeader), replay{key: [16]byte{1}, expires: 7}))
	f.Add([]byte("rebound"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		list, ok := parseReplays(raw)
		if !ok && len(list) > 0 || len(list) > len(raw)/recordSize {
			t.Errorf("%d records of %d bytes", len(list), len(raw))
		}
		again := []byte(replayHeader)
		for _, one := range list {
			again = appendRecord(again, one)
		}
		if back, ok := parseReplays(again); !ok || len(back) != len(list) {
			t.Error("what was read is not what is written")
		}
	})
}
