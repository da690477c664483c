package pipeline

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/rebound-mail/rebound/internal/spool"
	"github.com/rebound-mail/rebound/internal/spool/disk"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/internal/store/sqlite"
	"github.com/rebound-mail/rebound/policy"
)

// fate ends a process at one of its operations on spool and store, before or after
// the operation takes effect. From then on nothing has any effect.
type fate struct {
	mu    sync.Mutex
	left  int
	after bool
	dead  bool
	die   func()
}

// meet carries an operation out if the process lives.
func (f *fate) meet(op func() error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.dead {
		return errDead
	}
	if f.left--; f.left > 0 {
		return op()
	}
	f.dead = true
	f.die()
	if f.after {
		_ = op()
	}
	return errDead
}

type fatedSpool struct {
	Spool
	fate *fate
}

func (s fatedSpool) Done(ctx context.Context, ids ...string) error {
	return s.fate.meet(func() error { return s.Spool.Done(ctx, ids...) })
}

func (s fatedSpool) Release(ctx context.Context, ids ...string) error {
	return s.fate.meet(func() error { return s.Spool.Release(ctx, ids...) })
}

func (s fatedSpool) Park(ctx context.Context, id, reason string, at time.Time) error {
	return s.fate.meet(func() error { return s.Spool.Park(ctx, id, reason, at) })
}

func (s fatedSpool) Requeue(ctx context.Context, id string) error {
	return s.fate.meet(func() error { return s.Spool.Requeue(ctx, id) })
}

func (s fatedSpool) Drop(ctx context.Context, id string) error {
	return s.fate.meet(func() error { return s.Spool.Drop(ctx, id) })
}

type fatedStore struct {
	Store
	fate *fate
}

func (s fatedStore) Apply(ctx context.Context, entries []store.Entry) error {
	return s.fate.meet(func() error { return s.Store.Apply(ctx, entries) })
}

// live runs a process until it dies or left returns zero.
func live(t *testing.T, opt Options, f *fate, left func() int) {
	t.Helper()
	ctx, die := context.WithCancel(t.Context())
	defer die()
	f.die = die
	opt.Spool, opt.Store = fatedSpool{opt.Spool, f}, fatedStore{opt.Store, f}
	p := start(t, opt)
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	for left() > 0 && ctx.Err() == nil {
		time.Sleep(50 * time.Microsecond)
	}
	die()
	if err := <-ended; err != nil {
		t.Errorf("ended with %v", err)
	}
}

// history is reports of several kinds about few recipients, some of them twice.
func history(t *rapid.T) []spool.Report {
	n := rapid.IntRange(1, 30).Draw(t, "reports")
	var list []spool.Report
	for i := range n {
		recipient := fmt.Sprintf("kim%d@example.org", rapid.IntRange(0, 4).Draw(t, "recipient"))
		message := fmt.Sprint(rapid.IntRange(0, 9).Draw(t, "message"))
		id := fmt.Sprintf("r%04d", i)
		switch rapid.IntRange(0, 4).Draw(t, "kind") {
		case 0:
			list = append(list, fromInternet(id, bounce(recipient, message)))
		case 1:
			list = append(list, fromInternet(id, mail("Final-Recipient: rfc822; "+recipient+"\nAction: failed\nStatus: 5.2.2\nDiagnostic-Code: smtp; 452 4.2.2 mailbox full\n", message)))
		case 2:
			list = append(list, posted(id, fmt.Sprintf(`{"kind":"delivery","id":"d%s%s","recipient":"%s","message_id":"%s@sender.example","time":"2026-03-04T11:0%s:00Z"}`, recipient, message, recipient, message, message)))
		case 3:
			list = append(list, posted(id, fmt.Sprintf(`{"kind":"complaint","id":"c%s","recipient":"%s","stream":"news","time":"2026-03-04T11:30:00Z"}`, recipient, recipient)))
		default:
			list = append(list, fromInternet(id, "Subject: a letter\n\nHello.\n"))
		}
	}
	return list
}

// Whatever the order, and wherever the process dies, each report has its effect
// once.
func TestEveryReportCountsOnceWhereverTheProcessDies(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		reports := history(rt)
		want, _ := process(t, nil, reports...)
		got, h := newMemory(), newHeap(rapid.Permutation(reports).Draw(rt, "order")...)
		for life := 0; h.left()+len(h.parked) > 0; life++ {
			f := &fate{left: 1 << 30}
			if life < 12 {
				f.left, f.after = rapid.IntRange(1, 6).Draw(rt, "operations"), rapid.Bool().Draw(rt, "after")
			}
			opt := options(h, got)
			opt.Workers, opt.Batch, opt.Events = rapid.IntRange(1, 3).Draw(rt, "workers"), rapid.IntRange(1, 9).Draw(rt, "batch"), rapid.IntRange(1, 9).Draw(rt, "events")
			opt.Backoff = Backoff{First: time.Microsecond, Most: time.Microsecond}
			live(t, opt, f, h.left)
			h = h.restart()
			for id := range maps.Clone(h.parked) { // somebody looks at it and finds nothing wrong
				_ = h.Requeue(t.Context(), id)
			}
		}
		sameMemory(rt, want, got)
	})
}

func sameMemory(t *rapid.T, want, got *memory) {
	if a, b := slices.Sorted(maps.Keys(want.entries)), slices.Sorted(maps.Keys(got.entries)); !slices.Equal(a, b) {
		t.Fatalf("events %v, want %v", b, a)
	}
	for key, state := range want.states {
		if !state.Equal(got.states[key]) {
			t.Errorf("the state of %s differs", key)
		}
	}
}

// The same with what is used: a spool and a store on the disk, opened again after
// every death.
func TestEveryReportCountsOnceOnTheDisk(t *testing.T) {
	dir := t.TempDir()
	reports := crowd(300)
	for i := range 100 {
		twice := reports[i]
		twice.ID += "b"
		reports = append(reports, twice)
	}
	s := openSpool(t, dir)
	if err := s.Append(t.Context(), reports...); err != nil {
		t.Fatal(err)
	}
	for life := 1; s.Stats().Len > 0; life++ {
		f := &fate{left: 1 + life%7, after: life%2 == 0}
		if life > 20 {
			f.left = 1 << 30
		}
		m := openStore(t, dir)
		opt := options(s, m)
		opt.Batch = 7
		live(t, opt, f, func() int { return s.Stats().Len })
		closeAll(t, s, m)
		s = openSpool(t, dir)
		lookAtParked(t, s)
	}
	parked := s.Stats().Parked
	m := openStore(t, dir)
	defer closeAll(t, s, m)
	stats, err := m.Stats(t.Context())
	if err != nil || stats.Events != 300 || stats.Suppressions != 300 || parked != 0 {
		t.Errorf("%+v, %d parked, %v", stats, parked, err)
	}
	if problems, err := m.Verify(t.Context()); err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
	answers, err := m.Check(t.Context(), []policy.Key{{Recipient: "kim7@example.org"}, {Recipient: "lee@example.org"}})
	if err != nil || !answers[0].Suppressed || answers[1].Suppressed {
		t.Errorf("%+v, %v", answers, err)
	}
}

// lookAtParked takes back what came under suspicion because the process died that
// often of something else.
func lookAtParked(t *testing.T, s *disk.Disk) {
	t.Helper()
	list, _, err := s.Parked(t.Context(), "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range list {
		if err := s.Requeue(t.Context(), p.ID); err != nil {
			t.Error(err)
		}
	}
}

func openSpool(t testing.TB, dir string) *disk.Disk {
	t.Helper()
	s, err := disk.Open(filepath.Join(dir, "spool"), disk.Settings{MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func openStore(t testing.TB, dir string) *sqlite.Store {
	t.Helper()
	m, err := sqlite.Open(t.Context(), filepath.Join(dir, "store"), sqlite.Options{Now: noon})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func closeAll(t testing.TB, s *disk.Disk, m *sqlite.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
}

// A forged notification with a key set, on the disk: kept, shown, and of no effect.
func TestAForgedNotificationSuppressesNobodyInTheStore(t *testing.T) {
	k := keyring(t, key('k'))
	s, m := openSpool(t, t.TempDir()), openStore(t, t.TempDir())
	defer closeAll(t, s, m)
	genuine := to(signed(t, k, "lee@example.org", 0), bounce("lee@example.org", "2"))
	genuine.ID = "genuine"
	if err := s.Append(t.Context(), fromInternet("forged", bounce("kim@example.org", "1")), genuine); err != nil {
		t.Fatal(err)
	}
	opt := options(s, m)
	opt.Keyring = k
	live(t, opt, &fate{left: 1 << 30}, func() int { return s.Stats().Len })
	answers, err := m.Check(t.Context(), []policy.Key{{Recipient: "kim@example.org"}, {Recipient: "lee@example.org"}})
	if err != nil || answers[0].Suppressed || !answers[1].Suppressed {
		t.Errorf("%+v, %v", answers, err)
	}
	list, _, err := m.Events(t.Context(), store.EventFilter{Unverified: true}, "", 9)
	if err != nil || len(list) != 1 || list[0].Recipient != "kim@example.org" || list[0].Trusted {
		t.Errorf("%+v, %v", list, err)
	}
	body, err := m.Evidence(t.Context(), list[0].ReportID)
	if err != nil || string(body) != bounce("kim@example.org", "1") {
		t.Errorf("evidence %q, %v", body, err)
	}
}
