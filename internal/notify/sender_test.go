package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/internal/store/sqlite"
)

func discardLog() *log.Logger { return log.New(io.Discard, "", 0) }

// within is a transport that asks a handler in this process: there the clock of a
// test can be waited for.
type within struct {
	mu    sync.Mutex
	hosts map[string]http.HandlerFunc
	got   []string // host and message, in order
	at    []time.Time
}

func (w *within) RoundTrip(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	handler := w.hosts[r.URL.Host]
	w.got = append(w.got, r.URL.Host+" "+r.Header.Get(headerID))
	w.at = append(w.at, time.Now())
	w.mu.Unlock()
	if handler == nil {
		return nil, errors.New("no such host")
	}
	rec := httptest.NewRecorder()
	done := make(chan struct{})
	go func() {
		defer close(done)
		handler(rec, r)
	}()
	select {
	case <-done:
		return rec.Result(), nil
	case <-r.Context().Done():
		<-done
		return nil, r.Context().Err()
	}
}

// asked returns what was asked of a host.
func (w *within) asked(host string) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var ids []string
	for _, line := range w.got {
		if id, ok := strings.CutPrefix(line, host+" "); ok {
			ids = append(ids, id)
		}
	}
	return ids
}

// gaps returns how long after the one before it each request to a host came.
func (w *within) gaps(host string) []time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []time.Duration
	var last time.Time
	for i, line := range w.got {
		if !strings.HasPrefix(line, host+" ") {
			continue
		}
		if !last.IsZero() {
			list = append(list, w.at[i].Sub(last))
		}
		last = w.at[i]
	}
	return list
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

// post office: a store, a sender and a log, in a bubble.
type office struct {
	t     *testing.T
	store *sqlite.Store
	net   *within
	log   bytes.Buffer
	opts  Options
	send  *Sender
}

func inOffice(t *testing.T, hosts map[string]http.HandlerFunc, test func(*testing.T, *office)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s, err := sqlite.Open(t.Context(), t.TempDir(), sqlite.Options{Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		o := &office{t: t, store: s, net: &within{hosts: hosts}}
		var targets []Target
		for host := range hosts {
			targets = append(targets, Target{Name: host, URL: "https://" + host + "/hush-path?key=hush-query"})
		}
		o.opts = Options{Targets: targetsOf(t, targets...), Outbox: s, Now: time.Now, Transport: o.net, Log: slog.New(slog.NewTextHandler(&o.log, nil))}
		test(t, o)
		if text := o.log.String(); strings.Contains(text, "hush") || strings.Contains(text, secretOf("s")) || strings.Contains(text, "@") {
			t.Errorf("the log tells what it must not:\n%s", text)
		}
	})
}

// run starts a sender; stop ends it, and checks that it ends well.
func (o *office) run() (stop func()) {
	o.t.Helper()
	s, err := New(o.opts)
	if err != nil {
		o.t.Fatal(err)
	}
	o.send = s
	ctx, cancel := context.WithCancel(o.t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	return func() {
		o.t.Helper()
		cancel()
		if err := <-done; err != nil {
			o.t.Error(err)
		}
	}
}

func (o *office) enqueue(target string, ids ...string) {
	o.t.Helper()
	var list []store.Outgoing
	for _, id := range ids {
		list = append(list, store.Outgoing{ID: id, Target: target, Kind: "test", Body: []byte(`{"recipient":"kim@example.org"}`)})
	}
	if err := o.store.Enqueue(o.t.Context(), list); err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) stats() store.Stats {
	o.t.Helper()
	st, err := o.store.Stats(o.t.Context())
	if err != nil {
		o.t.Fatal(err)
	}
	return st
}

func (o *office) dead() []store.Outgoing {
	o.t.Helper()
	list, _, err := o.store.DeadLetters(o.t.Context(), "", 1000)
	if err != nil {
		o.t.Fatal(err)
	}
	return list
}

func numbered(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("msg_%03d", i)
	}
	return list
}

func TestMessagesAreDeliveredOnce(t *testing.T) {
	inOffice(t, map[string]http.HandlerFunc{"good.example": status(204)}, func(t *testing.T, o *office) {
		o.enqueue("good.example", numbered(100)...)
		stop := o.run()
		time.Sleep(10 * time.Second)
		stop()
		got := o.net.asked("good.example")
		slices.Sort(got)
		if !slices.Equal(got, numbered(100)) || o.stats().Outgoing != 0 {
			t.Errorf("asked %v, %+v", got, o.stats())
		}
		if st := o.send.Status()[0]; st.Delivered != 100 || st.Failed != 0 || st.Problem != "" {
			t.Errorf("%+v", st)
		}
	})
}

func TestATargetThatFailsHoldsUpNoOther(t *testing.T) {
	hosts := map[string]http.HandlerFunc{
		"good.example": status(200), "broken.example": status(500),
		"silent.example": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
	}
	inOffice(t, hosts, func(t *testing.T, o *office) {
		for host := range hosts {
			var ids []string
			for _, id := range numbered(200) {
				ids = append(ids, host+id)
			}
			o.enqueue(host, ids...)
		}
		stop := o.run()
		time.Sleep(20 * time.Second)
		if got := len(o.net.asked("good.example")); got != 200 {
			t.Errorf("%d delivered", got)
		}
		stop()
		if got := len(o.net.asked("broken.example")); got > 12 {
			t.Errorf("the broken one was asked %d times in 20 seconds", got)
		}
		if got := len(o.net.asked("silent.example")); got > 8 {
			t.Errorf("the silent one was asked %d times in 20 seconds", got)
		}
		if st := o.stats(); st.Outgoing != 400 || st.DeadLetters != 0 {
			t.Errorf("%+v", st)
		}
	})
}

func TestAMessageThatIsRefusedHoldsUpNoOther(t *testing.T) {
	inOffice(t, map[string]http.HandlerFunc{"hook.example": func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get(headerID) == "msg_000" {
			w.WriteHeader(http.StatusUnprocessableEntity)
		}
	}}, func(t *testing.T, o *office) {
		o.enqueue("hook.example", numbered(50)...)
		o.opts.Every = time.Minute
		stop := o.run()
		time.Sleep(3 * time.Minute)
		if got := o.stats().Outgoing; got != 1 {
			t.Errorf("%d left", got)
		}
		time.Sleep(4 * 24 * time.Hour)
		stop()
		dead := o.dead()
		if len(dead) != 1 || dead[0].ID != "msg_000" || !strings.Contains(dead[0].Error, "422") || dead[0].Tries < 10 || dead[0].Tries > 30 {
			t.Errorf("dead letters %+v", dead)
		}
	})
}

func TestRetriesComeEverMoreSeldom(t *testing.T) {
	inOffice(t, map[string]http.HandlerFunc{"hook.example": status(400)}, func(t *testing.T, o *office) {
		o.enqueue("hook.example", "msg_1")
		stop := o.run()
		time.Sleep(time.Hour)
		stop()
		gaps := o.net.gaps("hook.example")
		if len(gaps) < 5 || gaps[0] < 4*time.Second || gaps[0] > 8*time.Second {
			t.Fatalf("gaps %v", gaps)
		}
		for i := range gaps[1:] {
			if gaps[i+1] < 2*gaps[i]-2*time.Second {
				t.Errorf("gaps %v", gaps)
			}
		}
	})
}

func TestGoneIsForGood(t *testing.T) {
	inOffice(t, map[string]http.HandlerFunc{"hook.example": status(410)}, func(t *testing.T, o *office) {
		o.enqueue("hook.example", "msg_1")
		stop := o.run()
		time.Sleep(2 * time.Second)
		stop()
		if dead := o.dead(); len(dead) != 1 || dead[0].Tries != 1 || !strings.Contains(dead[0].Error, "410 Gone") {
			t.Errorf("dead letters %+v", dead)
		}
	})
}

func TestRetryAfterIsHonoured(t *testing.T) {
	inOffice(t, map[string]http.HandlerFunc{"hook.example": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusTooManyRequests)
	}}, func(t *testing.T, o *office) {
		o.enqueue("hook.example", numbered(40)...)
		stop := o.run()
		time.Sleep(59 * time.Minute)
		if got := len(o.net.asked("hook.example")); got > 4 { // those that were under way together
			t.Errorf("asked %d times within the hour", got)
		}
		if st := o.send.Status()[0]; st.Until.IsZero() || st.Problem != "answered 429 Too Many Requests" {
			t.Errorf("%+v", st)
		}
		before := len(o.net.asked("hook.example"))
		time.Sleep(2 * time.Minute)
		stop()
		if got := len(o.net.asked("hook.example")); got != before+1 {
			t.Errorf("asked %d times after it, want once", got-before)
		}
	})
}

func TestATargetThatWorksAgainGetsAll(t *testing.T) {
	var mu sync.Mutex
	works := false
	inOffice(t, map[string]http.HandlerFunc{"hook.example": func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if !works {
			w.WriteHeader(http.StatusBadGateway)
		}
	}}, func(t *testing.T, o *office) {
		o.enqueue("hook.example", numbered(300)...)
		o.opts.Every = time.Minute
		stop := o.run()
		time.Sleep(8 * time.Hour)
		asked := len(o.net.asked("hook.example"))
		if asked > 8*6+30 || asked < 8*5 {
			t.Errorf("asked %d times in 8 hours", asked)
		}
		mu.Lock()
		works = true
		mu.Unlock()
		time.Sleep(15 * time.Minute)
		if left := o.stats().Outgoing; left > 40 { // those that were tried before wait for longer
			t.Errorf("%d left after a quarter of an hour", left)
		}
		time.Sleep(8 * time.Hour)
		stop()
		if st := o.stats(); st.Outgoing != 0 || st.DeadLetters != 0 {
			t.Errorf("%+v", st)
		}
		if st := o.send.Status()[0]; st.Problem != "" || !st.Until.IsZero() || st.Delivered != 300 {
			t.Errorf("%+v", st)
		}
	})
}

func TestWhatIsTooOldIsGivenUpWhileTheTargetFails(t *testing.T) {
	inOffice(t, map[string]http.HandlerFunc{"hook.example": status(503)}, func(t *testing.T, o *office) {
		o.enqueue("hook.example", numbered(700)...)
		o.opts.Every = time.Minute
		stop := o.run()
		time.Sleep(71 * time.Hour)
		if got := len(o.dead()); got != 0 {
			t.Errorf("%d dead letters before three days", got)
		}
		o.enqueue("hook.example", "msg_young")
		time.Sleep(8 * time.Hour)
		stop()
		if st := o.stats(); st.DeadLetters != 700 || st.Outgoing != 1 {
			t.Errorf("%+v", st)
		}
	})
}

func TestARevivedMessageIsTriedAgainThoughItIsOld(t *testing.T) {
	var mu sync.Mutex
	code := http.StatusBadRequest
	inOffice(t, map[string]http.HandlerFunc{"hook.example": func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		w.WriteHeader(code)
	}}, func(t *testing.T, o *office) {
		o.enqueue("hook.example", "msg_1")
		o.opts.Every = time.Minute
		stop := o.run()
		defer func() { stop() }()
		time.Sleep(5 * 24 * time.Hour)
		if len(o.dead()) != 1 {
			t.Fatal("not given up")
		}
		if err := o.store.Revive(t.Context(), []string{"msg_1"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Minute)
		mu.Lock()
		code = http.StatusOK
		mu.Unlock()
		time.Sleep(time.Hour)
		if st := o.stats(); st.Outgoing != 0 || st.DeadLetters != 0 {
			t.Errorf("%+v", st)
		}
	})
}

func TestMessagesForTargetsThatThereAreNoMoreAreSetAside(t *testing.T) {
	inOffice(t, map[string]http.HandlerFunc{"hook.example": status(200)}, func(t *testing.T, o *office) {
		o.enqueue("gone.example", numbered(1200)...)
		stop := o.run()
		time.Sleep(2 * time.Second)
		stop()
		if dead := o.dead(); len(dead) != 1000 || !strings.Contains(dead[0].Error, "no target of this name") || o.stats().Outgoing != 0 {
			t.Errorf("%d dead letters, %+v", len(dead), o.stats())
		}
	})
}
