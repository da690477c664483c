package pipeline

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rebound-mail/rebound/internal/spool"
	"github.com/rebound-mail/rebound/internal/store"
)

// crowd is reports about as many recipients.
func crowd(n int) []spool.Report {
	list := make([]spool.Report, n)
	for i := range list {
		list[i] = fromInternet(fmt.Sprintf("r%04d", i), bounce(fmt.Sprintf("kim%d@example.org", i), fmt.Sprint(i)))
	}
	return list
}

// running starts a pipeline and returns how to end it.
func running(t *testing.T, opt Options) (p *Pipeline, end func() error) {
	t.Helper()
	p = start(t, opt)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	return p, func() error { stop(); return <-ended }
}

func TestTheStoreIsDownAndUpAgain(t *testing.T) {
	for _, down := range []error{store.ErrFull, store.ErrInUse, store.ErrReadOnly, errors.New("disk I/O error")} {
		synctest.Test(t, func(t *testing.T) {
			h, m := newHeap(crowd(40)...), newMemory()
			m.fail = func([]store.Entry) error { return fmt.Errorf("apply: %w", down) }
			opt := options(h, m)
			opt.Now, opt.Backoff = time.Now, Backoff{}
			p, end := running(t, opt)
			time.Sleep(time.Hour)
			synctest.Wait()
			if h.left() != 40 || len(h.parked) != 0 || len(m.entries) != 0 {
				t.Errorf("%v: %d of 40 left, parked %v, %d events", down, h.left(), h.parked, len(m.entries))
			}
			if s := p.Status(); s.Problem == "" || time.Since(s.ProblemSince) < 59*time.Minute {
				t.Errorf("status %+v", s)
			}
			if m.calls > 2500 { // two workers, each about every 30 seconds, 8 reports one at a time
				t.Errorf("%v: asked %d times in an hour", down, m.calls)
			}
			m.mu.Lock()
			m.fail = nil
			m.mu.Unlock()
			time.Sleep(2 * time.Minute)
			synctest.Wait()
			if h.left() != 0 || len(h.parked) != 0 || len(m.entries) != 40 {
				t.Errorf("%v, over: %d left, parked %v, %d events", down, h.left(), h.parked, len(m.entries))
			}
			if s := p.Status(); s.Problem != "" || !s.ProblemSince.IsZero() || s.Reports != 40 || s.Events != 40 {
				t.Errorf("status %+v", s)
			}
			for id, c := range h.claimed {
				t.Errorf("%s is still claimed: %+v", id, c)
			}
			if err := end(); err != nil {
				t.Error(err)
			}
		})
	}
}

// Waiting must not look like dying: reports are not handed out again and again
// while the store is down.
func TestAnOutageBringsNobodyUnderSuspicion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, m := newHeap(crowd(5)...), newMemory()
		m.fail = func([]store.Entry) error { return store.ErrFull }
		opt := options(h, m)
		opt.Now, opt.Backoff = time.Now, Backoff{}
		_, end := running(t, opt)
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		if err := end(); err != nil {
			t.Fatal(err)
		}
		if len(h.ready) != 5 || len(h.claimed) != 0 {
			t.Fatalf("%d given back, %d not", len(h.ready), len(h.claimed))
		}
		for _, c := range h.ready {
			if c.Tries != 1 {
				t.Errorf("%s was handed out %d times", c.ID, c.Tries)
			}
		}
	})
}

func TestADamagedStoreEndsThePipeline(t *testing.T) {
	for _, fatal := range []error{store.ErrCorrupt, store.ErrNewer, store.ErrClosed} {
		h, m := newHeap(crowd(20)...), newMemory()
		m.fail = func([]store.Entry) error { return fmt.Errorf("apply: %w", fatal) }
		err := start(t, options(h, m)).Run(t.Context())
		if !errors.Is(err, fatal) || !strings.Contains(err.Error(), "wait in the spool") {
			t.Errorf("ended with %v", err)
		}
		if h.left() != 20 || len(h.claimed) != 0 || len(h.parked) != 0 {
			t.Errorf("%v: %d left, %d claimed, parked %v", fatal, h.left(), len(h.claimed), h.parked)
		}
	}
}

// One report whose events the store refuses holds up no other.
func TestWhatTheStoreRefusesIsParked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, m := newHeap(crowd(30)...), newMemory()
		m.fail = func(entries []store.Entry) error {
			if slices.ContainsFunc(entries, func(en store.Entry) bool { return en.Event.Recipient == "kim7@example.org" }) {
				return errors.New("string or blob too big")
			}
			return nil
		}
		opt := options(h, m)
		opt.Now = time.Now
		_, end := running(t, opt)
		time.Sleep(time.Minute)
		synctest.Wait()
		if h.left() != 0 || len(m.entries) != 29 || len(h.parked) != 1 || !strings.Contains(h.parked["r0007"].Reason, "too big") {
			t.Errorf("%d left, %d events, parked %v", h.left(), len(m.entries), h.parked)
		}
		if err := end(); err != nil {
			t.Error(err)
		}
	})
}

// The same in the middle of a report that goes to the store in pieces.
func TestALongReportThatTheStoreRefusesIsParked(t *testing.T) {
	var lines strings.Builder
	for i := range 600 {
		fmt.Fprintf(&lines, `{"kind":"bounce","id":"id%d","recipient":"kim%d@example.org","time":"2026-03-04T10:00:00Z"}`+"\n", i, i)
	}
	long := spool.Report{ID: "long", Source: spool.HTTP, Received: noon(), Trust: spool.TrustSource, Kind: spool.KindJSON, Body: []byte(lines.String())}
	h, m := newHeap(append([]spool.Report{long}, crowd(30)...)...), newMemory()
	m.fail = func(entries []store.Entry) error {
		if slices.ContainsFunc(entries, func(en store.Entry) bool { return en.Event.ID == "id300" }) {
			return errors.New("string or blob too big")
		}
		return nil
	}
	opt := options(h, m)
	opt.Events = 50
	drain(t, h, start(t, opt))
	if len(h.parked) != 1 || h.parked["long"].ID == "" || len(h.done) != 30 {
		t.Errorf("parked %v, done %v", h.parked, h.done)
	}
}

func TestASpoolThatFailsIsAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, m := newHeap(crowd(3)...), newMemory()
		broken := true
		h.fail = func(op string) error {
			if broken && op == "claim" {
				return errors.New("input/output error")
			}
			return nil
		}
		opt := options(h, m)
		opt.Now, opt.Backoff = time.Now, Backoff{}
		p, end := running(t, opt)
		time.Sleep(time.Hour)
		synctest.Wait()
		if s := p.Status(); !strings.Contains(s.Problem, "input/output") {
			t.Errorf("status %+v", s)
		}
		h.mu.Lock()
		broken = false
		h.mu.Unlock()
		time.Sleep(time.Minute)
		synctest.Wait()
		if s := p.Status(); s.Problem != "" || len(m.entries) != 3 {
			t.Errorf("status %+v, %d events", s, len(m.entries))
		}
		if err := end(); err != nil {
			t.Error(err)
		}
	})
}

func TestAClosedSpoolEndsThePipeline(t *testing.T) {
	h := newHeap()
	h.fail = func(op string) error { return spool.ErrClosed }
	if err := start(t, options(h, newMemory())).Run(t.Context()); !errors.Is(err, spool.ErrClosed) {
		t.Errorf("ended with %v", err)
	}
}

// That Done failed is told; the reports are in the store.
func TestThatSettlingFailsIsTold(t *testing.T) {
	h, m := newHeap(crowd(3)...), newMemory()
	h.fail = func(op string) error {
		if op == "done" {
			return errors.New("read-only file system")
		}
		return nil
	}
	var log bytes.Buffer
	opt := options(h, m)
	opt.Workers, opt.Logger = 1, slog.New(slog.NewTextHandler(&log, nil))
	drain(t, h, start(t, opt))
	if len(m.entries) != 3 || !strings.Contains(log.String(), "read-only") || strings.Contains(log.String(), "kim") {
		t.Errorf("%d events, log %s", len(m.entries), &log)
	}
}

// A store that hangs does not keep the process from ending.
func TestTheEndWaitsNoLongerThanItsGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHeap(crowd(3)...)
		opt := options(h, hanging{})
		opt.Now, opt.Grace = time.Now, 10*time.Second
		_, end := running(t, opt)
		synctest.Wait()
		began := time.Now()
		if err := end(); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took < 10*time.Second || took > 11*time.Second {
			t.Errorf("took %s", took)
		}
		if h.left() != 3 || len(h.claimed) != 0 {
			t.Errorf("%d left, %d claimed", h.left(), len(h.claimed))
		}
	})
}

type hanging struct{ store.Store }

func (hanging) Apply(ctx context.Context, _ []store.Entry) error {
	<-ctx.Done()
	return ctx.Err()
}

func TestBackoffDoublesUpToItsMost(t *testing.T) {
	b := Backoff{First: time.Second, Most: 10 * time.Second}
	for failures, want := range []time.Duration{1, 1, 2, 4, 8, 10, 10} {
		if got := b.after(failures, 0.5).Round(time.Millisecond); got != want*time.Second {
			t.Errorf("after %d failures %s, want %d s", failures, got, want)
		}
	}
	if got := (Backoff{Most: 1 << 62}).after(1<<40, 1); got <= 0 {
		t.Errorf("after very many failures %s", got)
	}
}
