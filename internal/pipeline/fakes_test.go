package pipeline

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/classify"
	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/internal/spool"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/policy"
)

func noon() time.Time { return time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC) }

// heap is a spool in memory. It keeps the contract of spool.Spool as far as the
// pipeline uses it.
type heap struct {
	mu      sync.Mutex
	ready   []spool.Claimed
	claimed map[string]spool.Claimed
	parked  map[string]spool.Parked
	done    []string
	arrived chan struct{}
	fail    func(op string) error // nil fails nothing
}

func newHeap(reports ...spool.Report) *heap {
	h := &heap{claimed: map[string]spool.Claimed{}, parked: map[string]spool.Parked{}, arrived: make(chan struct{})}
	h.add(reports...)
	return h
}

func (h *heap) add(reports ...spool.Report) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, r := range reports {
		h.ready = append(h.ready, spool.Claimed{Report: r})
	}
	h.wake()
}

func (h *heap) wake() { close(h.arrived); h.arrived = make(chan struct{}) }

func (h *heap) failing(op string) error {
	if h.fail == nil {
		return nil
	}
	return h.fail(op)
}

func (h *heap) Claim(ctx context.Context, limit int) ([]spool.Claimed, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		h.mu.Lock()
		if err := h.failing("claim"); err != nil {
			h.mu.Unlock()
			return nil, err
		}
		n := min(limit, len(h.ready))
		list := slices.Clone(h.ready[:n])
		h.ready = slices.Clone(h.ready[n:])
		for i := range list {
			list[i].Tries++
			h.claimed[list[i].ID] = list[i]
		}
		arrived := h.arrived
		h.mu.Unlock()
		if n > 0 {
			return list, nil
		}
		select {
		case <-arrived:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (h *heap) Done(_ context.Context, ids ...string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	err := h.failing("done")
	for _, id := range ids {
		if _, ok := h.claimed[id]; ok {
			delete(h.claimed, id)
			h.done = append(h.done, id)
		}
	}
	return err
}

func (h *heap) Release(_ context.Context, ids ...string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, id := range ids {
		if c, ok := h.claimed[id]; ok {
			delete(h.claimed, id)
			h.ready = append([]spool.Claimed{c}, h.ready...)
		}
	}
	h.wake()
	return nil
}

func (h *heap) Park(_ context.Context, id, reason string, at time.Time) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.failing("park"); err != nil {
		return err
	}
	c, ok := h.claimed[id]
	if !ok {
		return spool.ErrNotFound
	}
	delete(h.claimed, id)
	h.parked[id] = spool.Parked{Report: c.Report, Reason: reason, ParkedAt: at}
	return nil
}

func (h *heap) Requeue(_ context.Context, id string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	p, ok := h.parked[id]
	if !ok {
		return spool.ErrNotFound
	}
	delete(h.parked, id)
	h.ready = append(h.ready, spool.Claimed{Report: p.Report})
	h.wake()
	return nil
}

func (h *heap) Drop(_ context.Context, id string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.failing("drop"); err != nil {
		return err
	}
	if _, ok := h.parked[id]; !ok {
		return spool.ErrNotFound
	}
	delete(h.parked, id)
	return nil
}

// left is how many reports are neither settled nor parked.
func (h *heap) left() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.ready) + len(h.claimed)
}

// restart is what the next process finds after this one ended.
func (h *heap) restart() *heap {
	h.mu.Lock()
	defer h.mu.Unlock()
	next := newHeap()
	next.ready = append(slices.SortedFunc(maps.Values(h.claimed), func(a, b spool.Claimed) int { return strings.Compare(a.ID, b.ID) }), h.ready...)
	next.parked = maps.Clone(h.parked)
	next.done = h.done
	return next
}

// memory is a store in memory: an event counts once, by its id.
type memory struct {
	mu      sync.Mutex
	entries map[string]store.Entry
	order   []string
	states  map[string]policy.State
	calls   int
	fail    func(entries []store.Entry) error // nil fails nothing
}

func newMemory() *memory {
	return &memory{entries: map[string]store.Entry{}, states: map[string]policy.State{}}
}

func (m *memory) Apply(ctx context.Context, entries []store.Entry) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls++
	if m.fail != nil {
		if err := m.fail(entries); err != nil {
			return err
		}
	}
	for _, en := range entries {
		if _, known := m.entries[en.Event.ID]; known {
			continue
		}
		if en.Event.ID == "" || en.Event.Verdict == nil || en.Received.IsZero() {
			panic(fmt.Sprintf("an unfinished entry: %+v", en))
		}
		m.entries[en.Event.ID] = en
		m.order = append(m.order, en.Event.ID)
		m.count(&en)
	}
	return nil
}

func (m *memory) BeginRequest(context.Context, string, []byte) (*store.SavedResponse, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return nil, m.fail(nil)
	}
	return nil, nil
}

func (m *memory) FinishRequest(context.Context, string, *store.SavedResponse) error { return nil }

func (m *memory) count(en *store.Entry) {
	of := en.Recipient
	if of == "" {
		of = en.Event.Recipient
	}
	key, err := policy.NormalAddress(of, false)
	if err != nil {
		return
	}
	if o, ok := policy.OutcomeOf(&en.Event, en.Trusted); ok {
		o.Time = policy.ClampTime(o.Time, en.Received)
		m.states[key] = m.states[key].Add(o)
	}
}

// suppressed lists who may not be mailed.
func (m *memory) suppressed() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []string
	for key, state := range m.states {
		if policy.Decide(state, "", policy.DefaultSettings(), noon()).Suppressed {
			list = append(list, key)
		}
	}
	slices.Sort(list)
	return list
}

func (m *memory) all() []store.Entry {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []store.Entry
	for _, id := range m.order {
		list = append(list, m.entries[id])
	}
	return list
}

// options are those of a test.
func options(s Spool, m Store) Options {
	book := codebook.Default()
	return Options{
		Spool: s, Store: m, Classifier: classify.New(book), Now: noon,
		Workers: 2, Batch: 8, Backoff: Backoff{First: time.Millisecond, Most: 10 * time.Millisecond},
	}
}

func start(t *testing.T, opt Options) *Pipeline {
	t.Helper()
	p, err := New(opt)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// drain runs a pipeline until nothing is left in its spool.
func drain(t *testing.T, h *heap, p *Pipeline) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	for h.left() > 0 {
		select {
		case err := <-ended:
			t.Fatalf("ended with %d reports left: %v", h.left(), err)
		case <-time.After(time.Millisecond):
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
}

// process runs reports through a pipeline and returns what was remembered.
func process(t *testing.T, change func(*Options), reports ...spool.Report) (*memory, *heap) {
	t.Helper()
	h, m := newHeap(reports...), newMemory()
	opt := options(h, m)
	if change != nil {
		change(&opt)
	}
	drain(t, h, start(t, opt))
	return m, h
}

// bounce is a notification that mail to somebody failed. Each has its own message.
func bounce(recipient, message string, lines ...string) string {
	return mail("Final-Recipient: rfc822; "+recipient+"\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 no such user\n"+strings.Join(lines, ""), message)
}

// mail is a notification with given blocks of recipients.
func mail(blocks, message string) string {
	return "From: MAILER-DAEMON@mx.example.com\nTo: news@sender.example\nSubject: Undelivered\nMIME-Version: 1.0\n" +
		"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: text/plain\n\nIt did not work.\n\n" +
		"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.com\nArrival-Date: Wed, 4 Mar 2026 10:00:00 +0000\n\n" + blocks +
		"\n--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <" + message + "@sender.example>\nSubject: News\n\n--b--\n"
}

// fromInternet is a mail that anybody may have sent.
func fromInternet(id, body string) spool.Report {
	return spool.Report{ID: id, Source: spool.SMTP, Received: noon(), Trust: spool.TrustOpen, Kind: spool.KindMail, Body: []byte(body), Meta: map[string]string{spool.MetaFrom: "<>"}}
}

// posted is a report that somebody with a token posted.
func posted(id, body string) spool.Report {
	return spool.Report{ID: id, Source: spool.HTTP, Received: noon(), Trust: spool.TrustSource, Body: []byte(body)}
}
