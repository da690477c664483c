package follow

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/decode"
	"github.com/rebound-mail/rebound/internal/intake"
	"github.com/rebound-mail/rebound/internal/intake/intaketest"
	"github.com/rebound-mail/rebound/internal/spool"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// scene is a log, the source that follows it, and where its events go.
type scene struct {
	t     *testing.T
	path  string
	opt   Options
	spool *intaketest.Spool
}

func newScene(t *testing.T) *scene {
	dir := t.TempDir()
	s := &scene{t: t, path: filepath.Join(dir, "mail.log"), spool: &intaketest.Spool{}}
	s.opt = Options{Paths: []string{s.path}, State: filepath.Join(dir, "state", "logs.json"), Spool: s.spool}
	return s
}

func (s *scene) check(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// bounced is a line of Postfix's log.
func bounced(n int) string {
	return fmt.Sprintf("2026-03-04T05:%02d:%02dZ mx1 postfix/smtp[7]: 4A%07X: to=<u%d@example.org>, relay=mx.example.org[192.0.2.7]:25, delay=2, dsn=5.1.1, "+
		"status=bounced (host mx.example.org[192.0.2.7] said: 550 5.1.1 no such user (in reply to RCPT TO command))\n", n/60%60, n%60, n, n)
}

// write adds lines to the log.
func (s *scene) write(lines ...string) {
	s.t.Helper()
	f, err := os.OpenFile(s.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	s.check(err)
	_, err = f.WriteString(strings.Join(lines, ""))
	s.check(errors.Join(err, f.Close()))
}

func (s *scene) move(from, to string) { s.t.Helper(); s.check(os.Rename(from, to)) }

// run runs a source until the function returned is called.
func (s *scene) run() (*Source, func()) {
	s.t.Helper()
	source, err := New(s.opt)
	s.check(err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- source.Run(ctx) }()
	return source, sync.OnceFunc(func() {
		cancel()
		s.check(<-ended)
	})
}

// events returns what the spool has, read as the pipeline reads it.
func (s *scene) events() []event.Event {
	s.t.Helper()
	var list []event.Event
	for _, r := range s.spool.Reports() {
		result, err := decode.Bytes(decode.Input{Body: r.Body, Kind: r.Kind, Received: r.Received})
		s.check(err)
		list = append(list, result.Events...)
	}
	return list
}

// want compares the recipients of the events.
func (s *scene) want(want ...string) {
	s.t.Helper()
	var got []string
	for _, e := range s.events() {
		name, _, _ := strings.Cut(e.Recipient, "@")
		got = append(got, name)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		s.t.Error(diff)
	}
}

// kept returns the place that is durable.
func (s *scene) kept() int64 {
	s.t.Helper()
	places, err := OpenPlaces(s.opt.State)
	s.check(err)
	pos, _ := places.Of(s.path)
	return pos.Offset
}

func TestLinesBecomeReports(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		s.opt.Stream = "news"
		s.write(bounced(1), "Mar  4 05:06:07 mx1 sshd[1]: nothing of interest\n", bounced(2))
		source, stop := s.run()
		defer stop()
		time.Sleep(time.Second)
		reports := s.spool.Reports()
		if len(reports) != 1 {
			t.Fatalf("%d reports", len(reports))
		}
		r := reports[0]
		if r.Source != spool.Tail || r.Kind != spool.KindJSON || r.Trust != spool.TrustSource || r.ID == "" || r.Received.IsZero() {
			t.Errorf("%+v", r)
		}
		if diff := cmp.Diff(map[string]string{spool.MetaPath: s.path, spool.MetaStream: "news"}, r.Meta); diff != "" {
			t.Error(diff)
		}
		s.want("u1", "u2")
		e := s.events()[1]
		if e.Source.Line != 3 || e.Source.File != s.path || e.Source.Format != "postfix-log" || e.Status.String() != "5.1.1" || e.Kind != event.Bounce {
			t.Errorf("%+v", e)
		}
		if status := source.Status(); status.Accepted != 1 || status.State != intake.Polling || status.Problem != "" || status.Kind != spool.Tail || status.Name != "logs" {
			t.Errorf("%+v", status)
		}
		if got, want := s.kept(), int64(len(bounced(1))*2); got <= want {
			t.Errorf("kept %d, want more than %d", got, want)
		}
	})
}

// The place is not noted before the spool has what was read.
func TestThePlaceComesAfterTheSpool(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		s.write(bounced(1))
		var full atomic.Bool
		var tries atomic.Int64
		full.Store(true)
		s.spool.Refuse = func(context.Context, []spool.Report) error {
			tries.Add(1)
			if full.Load() {
				return fmt.Errorf("append: %w", spool.ErrFull)
			}
			return nil
		}
		source, stop := s.run()
		time.Sleep(time.Minute)
		if status := source.Status(); s.kept() != 0 || status.State != intake.Waiting || !strings.Contains(status.Problem, "the spool is full") || tries.Load() < 3 {
			t.Errorf("%+v, kept %d, %d tries", status, s.kept(), tries.Load())
		}
		stop()
		s.want()
		source, stop = s.run()
		time.Sleep(time.Second)
		s.write(bounced(2))
		full.Store(false)
		time.Sleep(10 * time.Minute)
		s.want("u1", "u2")
		if status := source.Status(); status.State != intake.Polling || status.Problem != "" {
			t.Errorf("%+v", status)
		}
		stop()
		if s.kept() != int64(len(bounced(1))*2) {
			t.Errorf("kept %d", s.kept())
		}
	})
}

// TestNothingIsLostNorGivenTwice lets a log grow and rotate in all ways while its
// follower is stopped and started, and the spool is full now and then.
func TestNothingIsLostNorGivenTwice(t *testing.T) {
	for seed := range uint64(8) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 0))
			s := newScene(t)
			s.opt.Backoff = intake.Backoff{First: time.Second, Most: 2 * time.Second}
			var refuse atomic.Bool
			s.spool.Refuse = func(context.Context, []spool.Report) error {
				if refuse.Load() {
					return spool.ErrFull
				}
				return nil
			}
			s.write(bounced(0))
			s.once() // from here on a place is known
			stop := func() {}
			want := []string{"u0"}
			for range 60 {
				switch random.IntN(8) {
				case 0:
					stop()
					stop = func() {}
				case 1:
					stop()
					_, stop = s.run()
				case 2:
					refuse.Store(!refuse.Load())
				case 3:
					rotate(t, s, random.IntN(2) == 0)
				}
				for range random.IntN(5) {
					want = append(want, fmt.Sprint("u", len(want)))
					s.write(bounced(len(want) - 1))
				}
				time.Sleep(time.Duration(random.IntN(5000)) * time.Millisecond)
			}
			stop()
			refuse.Store(false)
			s.write(bounced(len(want))) // nobody looks for what was renamed while there is no other file
			want = append(want, fmt.Sprint("u", len(want)))
			_, stop = s.run()
			time.Sleep(5 * time.Second)
			stop()
			s.want(want...)
		})
	}
}

// rotate takes the log away by renaming, or by copying and truncating, and older
// ones further.
func rotate(t *testing.T, s *scene, byCopy bool) {
	t.Helper()
	raw, err := os.ReadFile(s.path)
	if err != nil || len(raw) == 0 {
		return
	}
	for n := 30; n > 0; n-- {
		old := fmt.Sprintf("%s.%d", s.path, n)
		if _, err := os.Stat(old); err == nil {
			s.move(old, fmt.Sprintf("%s.%d", s.path, n+1))
		}
	}
	if !byCopy {
		s.move(s.path, s.path+".1")
		return
	}
	s.check(os.WriteFile(s.path+".1", raw, 0o600))
	s.check(os.Truncate(s.path, 0))
}

// Who sent a mail under way, and its Message-ID, are known after a restart,
// whatever became of the file meanwhile.
func TestWhatStandsBeforeThePlaceIsRemembered(t *testing.T) {
	started := "2026-03-04T05:00:00Z mx1 postfix/cleanup[7]: 4A0000009: message-id=<9@example.com>\n" +
		"2026-03-04T05:00:00Z mx1 postfix/qmgr[7]: 4A0000009: from=<news@example.com>, size=1, nrcpt=1 (queue active)\n"
	for name, rotation := range map[string]func(*scene){
		"no rotation":                            func(*scene) {},
		"renamed":                                func(s *scene) { s.move(s.path, s.path+".1") },
		"copied and truncated":                   func(s *scene) { rotate(s.t, s, true) },
		"renamed twice":                          func(s *scene) { s.move(s.path, s.path+".2"); s.write(bounced(2)); s.move(s.path, s.path+".1") },
		"renamed before the last run saw it new": func(s *scene) { s.move(s.path, s.path+".1"); s.write(bounced(2)); s.once() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newScene(t)
				s.write(started, bounced(1))
				s.once()
				rotation(s)
				s.write(bounced(9))
				s.once()
				events := s.events()
				last := events[len(events)-1]
				if last.Recipient != "u9@example.org" || last.Sender != "news@example.com" || last.MessageID != "9@example.com" {
					t.Errorf("%+v", last)
				}
			})
		})
	}
}

// once runs a source for a moment.
func (s *scene) once() {
	_, stop := s.run()
	time.Sleep(2 * time.Second)
	stop()
}

func TestAFloodOfLinesMakesFewReports(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		const lines = 20_000
		text := make([]string, lines)
		for n := range text {
			text[n] = bounced(n)
		}
		s.write(text...)
		s.once()
		reports, events := s.spool.Reports(), s.events()
		if len(events) != lines || len(reports) > lines/reportEvents+2*s.spool.Calls() || s.spool.Calls() > 20 {
			t.Errorf("%d events in %d reports, %d times", len(events), len(reports), s.spool.Calls())
		}
		for _, r := range reports {
			if len(r.Body) > 1<<20 {
				t.Errorf("a report of %d bytes", len(r.Body))
			}
		}
	})
}

// A long read is noted as it goes on, so that a crash does not begin it anew.
func TestALongReadIsNotedOnTheWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		filler := strings.Repeat("Mar  4 05:06:07 mx1 sshd[1]: nothing of interest\n", 1<<14)
		for range 2*keepEvery/len(filler) + 1 {
			s.write(bounced(1), filler)
		}
		s.spool.Refuse = func(ctx context.Context, _ []spool.Report) error {
			if s.kept() == 0 {
				return nil
			}
			<-ctx.Done()
			return ctx.Err()
		}
		s.once()
		if kept := s.kept(); kept < keepEvery || kept > keepEvery+(2<<20) {
			t.Errorf("kept %d", kept)
		}
	})
}
