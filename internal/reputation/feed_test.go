package reputation_test

import (
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/reputation"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/internal/store/sqlite"
)

// desk is a store with a clock, a reputation of it, and what was told.
type desk struct {
	*reputation.Reputation
	t     *testing.T
	store *sqlite.Store
	n     int

	mu      sync.Mutex
	clock   time.Time
	notices []reputation.Notice
}

func newDesk(t *testing.T, change func(*reputation.Options)) *desk {
	t.Helper()
	d := &desk{t: t, clock: began}
	s, err := sqlite.Open(t.Context(), t.TempDir(), sqlite.Options{Now: d.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	d.store = s
	o := reputation.Options{Store: s, Now: d.now, Announce: d.announce, Log: slog.New(slog.DiscardHandler)}
	if change != nil {
		change(&o)
	}
	if d.Reputation, err = reputation.New(o); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *desk) now() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.clock
}

func (d *desk) pass(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.clock = d.clock.Add(by)
}

func (d *desk) announce(n reputation.Notice) []store.Outgoing {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.notices = append(d.notices, n)
	return []store.Outgoing{{ID: fmt.Sprint("m", len(d.notices)), Target: "hook", Kind: string(n.Happened)}}
}

// take returns the notices since it was last asked.
func (d *desk) take() []reputation.Notice {
	d.mu.Lock()
	defer d.mu.Unlock()
	list := d.notices
	d.notices = nil
	return list
}

// mail is some of a sender's mail.
type mail struct {
	sender, ip, provider, stream string
	ago                          time.Duration
	kind                         event.Kind
	reason                       codebook.Reason
	n                            int
}

// feed applies events.
func (d *desk) feed(mails ...mail) {
	d.t.Helper()
	for _, m := range mails {
		list := make([]store.Entry, m.n)
		for i := range list {
			d.n++
			e := event.Event{
				Time: d.now().Add(-m.ago), Kind: m.kind, Recipient: fmt.Sprintf("r%d@example.org", d.n), Sender: "x@" + m.sender, SourceIP: m.ip,
				MessageID: fmt.Sprintf("%d@s.example", d.n), Stream: m.stream, Verdict: &event.Verdict{Reason: m.reason, Provider: m.provider},
			}
			e.ID = e.ComputeID()
			list[i] = store.Entry{Event: e, Trusted: true, Received: d.now()}
		}
		if err := d.store.Apply(d.t.Context(), list); err != nil {
			d.t.Fatal(err)
		}
	}
}

func (d *desk) look() {
	d.t.Helper()
	if err := d.Look(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
}

// told looks, and returns what was told, in short.
func (d *desk) told() []string {
	d.t.Helper()
	d.look()
	list := []string{}
	for _, n := range d.take() {
		list = append(list, fmt.Sprintf("%s %s %s: %s", n.Happened, n.Alert.Kind, n.Alert.Subject, n.Finding.Level))
	}
	return list
}

// sent is mail that arrived, and bounced is mail that did not.
func sent(n int) mail {
	return mail{sender: "a.example", ip: "192.0.2.1", provider: "gmail", stream: "news", kind: event.Delivery, reason: codebook.Delivered, n: n}
}

func bounced(n int) mail {
	m := sent(n)
	m.kind, m.reason = event.Bounce, codebook.UserUnknown
	return m
}

// elsewhere is mail of nothing that sent has, so that sent is not all there is.
func elsewhere(n int) mail {
	return mail{sender: "b.example", ip: "192.0.2.2", provider: "yahoo", stream: "receipts", kind: event.Delivery, reason: codebook.Delivered, n: n}
}
