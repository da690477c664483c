package notify

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/reputation"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/internal/store/sqlite"
	"github.com/rebound-mail/rebound/policy"
	"github.com/rebound-mail/rebound/webhook"
)

// receiver is a receiver of webhooks as docs/notify.md has one written.
type receiver struct {
	t      *testing.T
	secret string
	mu     sync.Mutex
	got    []Message
	come   chan struct{}
}

func (rc *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	v := webhook.Verify(webhook.Rebound, webhook.Request{Method: r.Method, Header: r.Header, Body: body}, webhook.Keys{Signing: []string{rc.secret}}, time.Now())
	var m Message
	if err := json.Unmarshal(body, &m); err != nil || v.Outcome != webhook.Genuine || m.ID != r.Header.Get("Webhook-Id") {
		rc.t.Errorf("%+v, %v: %s", v, err, body)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	rc.mu.Lock()
	defer rc.mu.Unlock()
	rc.got = append(rc.got, m)
	rc.come <- struct{}{}
}

// From an event to the receiver, through the store and over the network.
func TestWhatHappensIsToldToAReceiver(t *testing.T) {
	rc := &receiver{t: t, secret: NewSecret(), come: make(chan struct{}, 10)}
	server := httptest.NewServer(rc)
	defer server.Close()
	targets := targetsOf(t, Target{Name: "shop", URL: server.URL + "/hook", Secret: rc.secret})
	s, err := sqlite.Open(t.Context(), t.TempDir(), sqlite.Options{Now: time.Now, Announce: targets.Change})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	watch, err := reputation.New(reputation.Options{Store: s, Now: time.Now, Announce: targets.Alert})
	if err != nil {
		t.Fatal(err)
	}
	o := &office{t: t, store: s, opts: Options{Targets: targets, Outbox: s, Now: time.Now, Every: time.Millisecond}}
	defer o.run()()
	var entries []store.Entry
	for i := range 200 {
		e := event.Event{Time: time.Now(), Kind: event.Delivery, Recipient: numbered(200)[i] + "@example.org", Sender: "news@example.com"}
		if i%2 == 0 {
			e.Kind = event.Bounce
			e.Verdict = &event.Verdict{Reason: codebook.MailboxFull, Lasting: codebook.Temporary, Decision: codebook.Count}
		}
		entries = append(entries, store.Entry{Event: e, Trusted: true})
	}
	dead := event.Event{Time: time.Now(), Kind: event.Bounce, Recipient: "kim@example.org", Sender: "news@example.com"}
	dead.Verdict = &event.Verdict{Reason: codebook.UserUnknown, Lasting: codebook.Permanent, Decision: codebook.Suppress, Confidence: event.Certain}
	if err := s.Apply(t.Context(), append(entries, store.Entry{Event: dead, Trusted: true})); err != nil {
		t.Fatal(err)
	}
	<-rc.come
	if _, err := s.Release(t.Context(), "kim@example.org", policy.Lift{By: "ops", Note: "they wrote to us"}); err != nil {
		t.Fatal(err)
	}
	<-rc.come
	if err := watch.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-rc.come
	rc.mu.Lock()
	defer rc.mu.Unlock()
	for i, want := range []Kind{Suppressed, Released, AlertRaised} {
		if rc.got[i].Type != want {
			t.Errorf("message %d: %+v, want %s", i, rc.got[i], want)
		}
	}
	if data := rc.got[1].Data.(map[string]any); data["recipient"] != "kim@example.org" || data["answer"].(map[string]any)["may_send"] != true {
		t.Errorf("%+v", data)
	}
	if data := rc.got[2].Data.(map[string]any); data["kind"] != "bounce-rate" || data["subject"] != "total" || data["level"] != "critical" {
		t.Errorf("%+v", data)
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, s := range []string{"", "120", "-1", "Mon, 02 Mar 2026 11:00:00 GMT", "Monday, 02-Mar-26 11:00:00 GMT", "99999999999999999999", "1e9"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if got := retryAfter(value, began); got < 0 {
			t.Errorf("%q: %v", value, got)
		}
	})
}
