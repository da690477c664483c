package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rebound-mail/rebound/classify"
	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/tail"
)

// bounced is a line of Postfix's log of a given second.
func bounced(at time.Time, n int) string {
	return fmt.Sprintf("%s mx1 postfix/smtp[7]: 4A%07X: to=<u%d@example.org>, relay=mx.example.org[192.0.2.7]:25, delay=2, dsn=5.1.1, "+
		"status=bounced (host mx.example.org[192.0.2.7] said: 550 5.1.1 no such user (in reply to RCPT TO command))\n", at.UTC().Format(time.Stamp), n, n)
}

func newFollower(t *testing.T, out *bytes.Buffer, path string, now func() time.Time) *follower {
	t.Helper()
	book := codebook.Default()
	scan := &scanner{classifier: classify.New(book), logs: logOptions{location: time.UTC}}
	scan.encoder = func() encoder { return &jsonEvents{newJSONWriter()} }
	f := &follower{scanner: scan, report: &scanReport{tally: newTally(), err: &bytes.Buffer{}}, out: bufio.NewWriter(out), now: now}
	f.logs.clock = f.now
	if err := f.start(filepath.Join(filepath.Dir(path), "state"), []string{path}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.close)
	return f
}

func inMarch() time.Time { return time.Date(2026, 3, 5, 0, 0, 0, 0, time.UTC) }

// TestFollowingComesWithEveryTurnOfTheClock lets a log grow and rotate under a
// clock that only waiting moves.
func TestFollowingComesWithEveryTurnOfTheClock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mail.log")
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		f := newFollower(t, &out, path, time.Now)
		ctx, stop := context.WithCancel(context.Background())
		ended := make(chan error)
		go func() { ended <- f.run(ctx) }()
		const lines = 100
		var want []time.Time
		for n := range lines {
			time.Sleep(followEvery + time.Millisecond)
			want = append(want, time.Now().UTC().Truncate(time.Second))
			appendLine(t, path, bounced(want[n], n))
			if n%10 == 9 {
				time.Sleep(2 * followEvery)
				rotate(t, path, n%20 == 19)
			}
		}
		time.Sleep(2 * followEvery)
		stop()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		compareEvents(t, &out, want)
	})
}

// TestFollowingOverNewYear polls once a day for years: the year that the stamps
// leave out is that of the day.
func TestFollowingOverNewYear(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mail.log")
	var out bytes.Buffer
	day := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	f := newFollower(t, &out, path, func() time.Time { return day })
	var want []time.Time
	for n := range 900 {
		day = day.Add(24 * time.Hour)
		want = append(want, day)
		appendLine(t, path, bounced(day, n))
		if err := f.poll(context.Background(), f.files[0]); err != nil {
			t.Fatal(err)
		}
	}
	compareEvents(t, &out, want)
}

// compareEvents looks for the bounces of u0, u1, u2 ... at these times.
func compareEvents(t *testing.T, out *bytes.Buffer, want []time.Time) {
	t.Helper()
	dec := json.NewDecoder(out)
	for n := range want {
		var e event.Event
		if err := dec.Decode(&e); err != nil {
			t.Fatalf("event %d: %v", n, err)
		}
		if e.Recipient != fmt.Sprintf("u%d@example.org", n) || !e.Time.Equal(want[n]) {
			t.Fatalf("event %d is of %s at %s, want %s", n, e.Recipient, e.Time, want[n])
		}
	}
	if dec.More() {
		t.Error("more events than lines")
	}
}

func appendLine(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

// rotate takes the log away, as logrotate does: by renaming, or by copying and
// truncating.
func rotate(t *testing.T, path string, copyIt bool) {
	t.Helper()
	if !copyIt {
		if err := os.Rename(path, path+".1"); err != nil {
			t.Fatal(err)
		}
		return
	}
	raw, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path+".1", raw, 0o600)
	}
	if err == nil {
		err = os.Truncate(path, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestAnEndedRunLosesAndRepeatsNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mail.log")
	start := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	events, n := 0, 0
	for run := range 20 {
		for range run * 7 {
			appendLine(t, path, bounced(start.Add(time.Duration(n)*time.Second), n))
			n++
		}
		if run%3 == 2 {
			rotate(t, path, run%2 == 0)
		}
		var out bytes.Buffer
		f := newFollower(t, &out, path, inMarch)
		for _, log := range f.files {
			if err := f.poll(context.Background(), log); err != nil {
				t.Fatal(err)
			}
		}
		f.close()
		events += bytes.Count(out.Bytes(), []byte("\n"))
	}
	// Without a file of that name nobody looks for the ones that were renamed.
	appendLine(t, path, bounced(start, 1<<20))
	var out bytes.Buffer
	f := newFollower(t, &out, path, inMarch)
	if err := f.poll(context.Background(), f.files[0]); err != nil {
		t.Fatal(err)
	}
	if events += bytes.Count(out.Bytes(), []byte("\n")); events != n+1 {
		t.Errorf("%d events of %d lines", events, n+1)
	}
}

func TestAStoppedFollowerNotesOnlyWhatItWrote(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mail.log")
	appendLine(t, path, bounced(time.Now(), 1))
	var out bytes.Buffer
	f := newFollower(t, &out, path, inMarch)
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if err := f.run(ctx); err != nil || out.Len() > 0 {
		t.Errorf("%v, wrote %s", err, &out)
	}
	if pos := f.files[0].Position(); pos != (tail.Position{Path: path}) {
		t.Errorf("at %+v", pos)
	}
}
