package pipeline

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/internal/spool"
	"github.com/rebound-mail/rebound/internal/store"
)

// stageFunc is a stage that is put before the others.
type stageFunc func(r *Report, entries []store.Entry) error

func (f stageFunc) Do(_ context.Context, r *Report, entries []store.Entry) error {
	return f(r, entries)
}

func TestAPanicParksItsReportAndNoOther(t *testing.T) {
	h, m := newHeap(crowd(30)...), newMemory()
	p := start(t, options(h, m))
	p.stages = chain{stageFunc(func(r *Report, _ []store.Entry) error {
		if r.ID == "r0007" {
			explode(nil)
		}
		return nil
	}), p.stages}
	drain(t, h, p)
	if len(m.entries) != 29 || len(h.done) != 29 || len(h.parked) != 1 {
		t.Fatalf("%d events, %d done, parked %v", len(m.entries), len(h.done), h.parked)
	}
	reason := h.parked["r0007"].Reason
	if !strings.HasPrefix(reason, "panic: ") || !strings.Contains(reason, "nil map") || !strings.Contains(reason, "pipeline.explode") {
		t.Errorf("reason %s", reason)
	}
	if s := p.Status(); s.Parked != 1 || s.Reports != 30 {
		t.Errorf("status %+v", s)
	}
}

//go:noinline
func explode(m map[string]int) { m["x"] = 1 }

func TestAnErrorOfAStageParksWhatWasTrusted(t *testing.T) {
	h, m := newHeap(posted("a", bounce("kim@example.org", "1")), fromInternet("b", bounce("lee@example.org", "2"))), newMemory()
	p := start(t, options(h, m))
	p.stages = stageFunc(func(*Report, []store.Entry) error { return errors.New("no") })
	drain(t, h, p)
	if len(h.parked) != 1 || h.parked["a"].Reason != "unreadable: no" || !slices.Equal(h.done, []string{"b"}) {
		t.Errorf("parked %v, done %v", h.parked, h.done)
	}
}

func TestWhatCannotBeReadIsParkedIfItWasMeantToBe(t *testing.T) {
	picture := "\x89PNG\r\n\x1a\n"
	open := posted("open", picture)
	open.Trust = spool.TrustOpen
	strange := hook(spool.TrustSource)
	strange.ID, strange.Body = "strange", []byte("<xml/>")
	h, m := newHeap(posted("picture", picture), posted("json", `{"a":1}`), open, strange, posted("good", bounce("kim@example.org", "1"))), newMemory()
	p := start(t, options(h, m))
	drain(t, h, p)
	if got := slices.Sorted(maps.Keys(h.parked)); !slices.Equal(got, []string{"json", "picture", "strange"}) || len(m.entries) != 1 {
		t.Errorf("parked %v, %d events", got, len(m.entries))
	}
	if !strings.Contains(h.parked["picture"].Reason, "PNG") {
		t.Errorf("reason %q", h.parked["picture"].Reason)
	}
	if s := p.Status(); s.Parked != 3 || s.Refused != 1 || s.Reports != 5 {
		t.Errorf("status %+v", s)
	}
}

func TestAReportThatCannotBeParkedIsTriedAgain(t *testing.T) {
	h, m := newHeap(posted("picture", "\x89PNG\r\n\x1a\n"), posted("good", bounce("kim@example.org", "1"))), newMemory()
	failures := 0
	h.fail = func(op string) error {
		if op == "park" && failures < 2 {
			failures++
			return spool.ErrFull
		}
		return nil
	}
	drain(t, h, start(t, options(h, m)))
	if failures != 2 || len(h.parked) != 1 || len(m.entries) != 1 {
		t.Errorf("%d failures, parked %v, %d events", failures, h.parked, len(m.entries))
	}
}

// A report that the process dies of is found out, and the others go on.
func TestAReportThatKillsTheProcessEndsParked(t *testing.T) {
	h, m := newHeap(crowd(20)...), newMemory()
	lives := 0
	for ; h.left() > 0 && lives < 50; lives++ {
		h = oneLife(t, h, m)
	}
	if len(m.entries) != 19 || len(h.parked) != 1 || !strings.Contains(h.parked["r0007"].Reason, "never settled") {
		t.Errorf("%d events, parked %v", len(m.entries), h.parked)
	}
	if lives > 3+3+2 {
		t.Errorf("the process died %d times of it", lives)
	}
}

// oneLife runs a pipeline until nothing is left or report r0007 is processed, which
// ends everything at once: nothing is settled or given back any more.
func oneLife(t *testing.T, h *heap, m *memory) *heap {
	t.Helper()
	ctx, die := context.WithCancel(t.Context())
	defer die()
	var dead atomic.Bool
	opt := options(&mortal{h, &dead}, &mortalStore{m, &dead})
	opt.Workers = 1
	p := start(t, opt)
	p.stages = chain{stageFunc(func(r *Report, _ []store.Entry) error {
		if r.ID == "r0007" {
			dead.Store(true)
			die()
		}
		return nil
	}), p.stages}
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	for h.left() > 0 && !dead.Load() {
		time.Sleep(time.Millisecond)
	}
	die()
	<-ended
	return h.restart()
}

var errDead = errors.New("the process is dead")

// mortal is a spool that nothing reaches any more once the process is dead.
type mortal struct {
	*heap
	dead *atomic.Bool
}

func (m *mortal) Done(ctx context.Context, ids ...string) error {
	if m.dead.Load() {
		return errDead
	}
	return m.heap.Done(ctx, ids...)
}

func (m *mortal) Release(ctx context.Context, ids ...string) error {
	if m.dead.Load() {
		return errDead
	}
	return m.heap.Release(ctx, ids...)
}

func (m *mortal) Requeue(ctx context.Context, id string) error {
	if m.dead.Load() {
		return errDead
	}
	return m.heap.Requeue(ctx, id)
}

func (m *mortal) Drop(ctx context.Context, id string) error {
	if m.dead.Load() {
		return errDead
	}
	return m.heap.Drop(ctx, id)
}

type mortalStore struct {
	*memory
	dead *atomic.Bool
}

func (m *mortalStore) Apply(ctx context.Context, entries []store.Entry) error {
	if m.dead.Load() {
		return errDead
	}
	return m.memory.Apply(ctx, entries)
}

// One that was only unlucky, because others died of something else, is not parked.
func TestTheUnluckyAreNotParked(t *testing.T) {
	for tries := range 12 {
		h, m := newHeap(), newMemory()
		for _, r := range crowd(5) {
			h.ready = append(h.ready, spool.Claimed{Report: r, Tries: tries})
		}
		drain(t, h, start(t, options(h, m)))
		if len(m.entries) != 5 || len(h.parked) != 0 {
			t.Errorf("after %d tries: %d events, parked %v", tries, len(m.entries), h.parked)
		}
	}
}

// While a suspect is processed, nothing else is.
func TestASuspectIsAlone(t *testing.T) {
	h, m := newHeap(), newMemory()
	for i, r := range crowd(60) {
		h.ready = append(h.ready, spool.Claimed{Report: r, Tries: 9 * (i % 3 / 2)})
	}
	opt := options(h, m)
	opt.Workers, opt.Batch = 4, 3
	p := start(t, opt)
	var under, together atomic.Int32
	p.stages = chain{stageFunc(func(r *Report, _ []store.Entry) error {
		if n := under.Add(1); r.Tries > 3 && n > 1 {
			together.Add(1)
		}
		for range 1000 {
			_ = fmt.Sprint(r.ID)
		}
		under.Add(-1)
		return nil
	}), p.stages}
	drain(t, h, p)
	if together.Load() > 0 || len(m.entries) != 60 {
		t.Errorf("%d suspects had company, %d events", together.Load(), len(m.entries))
	}
}
