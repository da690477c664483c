package pipeline

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/decode"
	"github.com/rebound-mail/rebound/internal/spool"
	"github.com/rebound-mail/rebound/internal/store"
)

// notes counts what an observer is told.
type notes struct {
	mu   sync.Mutex
	seen map[string]int
}

func (n *notes) note(words ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	key := ""
	for _, w := range words {
		key += w + " "
	}
	n.seen[key]++
}

func (n *notes) Processed(source spool.Source, kind decode.Kind, outcome Outcome, took, lag time.Duration) {
	if took < 0 || lag != time.Minute {
		n.note("wrong time")
	}
	n.note("processed", string(source), string(kind), string(outcome))
}

func (n *notes) Parked(source spool.Source, cause Cause) {
	n.note("parked", string(source), string(cause))
}

func (n *notes) Verdict(kind event.Kind, reason codebook.Reason, provider string, trusted bool) {
	if !trusted {
		reason += " unverified"
	}
	n.note("verdict", string(kind), string(reason), provider)
}

func (n *notes) Unknown() { n.note("unknown") }

func (n *notes) Stored(events int, took time.Duration) { n.note("stored") }

func (n *notes) Trouble(err error) {
	if err == nil {
		n.note("over")
		return
	}
	n.note("trouble", err.Error())
}

func TestTheObserverIsTold(t *testing.T) {
	n := &notes{seen: map[string]int{}}
	h, m := newHeap(
		fromInternet("a", bounce("kim@example.org", "1")),
		posted("b", `{"kind":"bounce","id":"b","recipient":"kim@example.org","diagnostic":"xyzzy plugh","time":"2026-03-04T10:00:00Z"}`),
		fromInternet("c", "Subject: a letter\n\nHello.\n"), posted("d", "\x89PNG\r\n\x1a\n"), events(), hook(spool.TrustOpen)), newMemory()
	for i := range h.ready {
		h.ready[i].ID, h.ready[i].Received = string(rune('a'+i)), noon().Add(-time.Minute)
	}
	failures := 2
	m.fail = func([]store.Entry) error {
		if failures--; failures >= 0 {
			return errors.New("no luck")
		}
		return nil
	}
	opt := options(h, m)
	opt.Observer, opt.Workers, opt.Batch = n, 1, 100
	drain(t, h, start(t, opt))
	want := map[string]int{
		"processed smtp mail applied ": 1, "processed http events applied ": 2, "processed smtp mail no-report ": 1, "processed http  parked ": 1,
		"processed webhook payload applied ": 1, "parked http unreadable ": 1, "verdict bounce user-unknown  ": 1, "verdict bounce undetermined  ": 1,
		"verdict bounce user-unknown unverified  ": 2, "unknown ": 1, "stored ": 1, "trouble no luck ": 1, "over ": 1,
	}
	if diff := cmp.Diff(want, n.seen); diff != "" {
		t.Error(diff)
	}
}
