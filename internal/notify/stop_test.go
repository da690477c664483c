package notify

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/internal/store"
)

func TestStoppingLetsRequestsComeToAnEnd(t *testing.T) {
	inOffice(t, map[string]http.HandlerFunc{"hook.example": func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(8 * time.Second):
		case <-r.Context().Done():
		}
	}}, func(t *testing.T, o *office) {
		o.enqueue("hook.example", numbered(6)...)
		stop := o.run()
		time.Sleep(5 * time.Second)
		stop()
		if got, left := len(o.net.asked("hook.example")), o.stats().Outgoing; got != 4 || left != 2 {
			t.Errorf("asked %d times, %d left", got, left)
		}
		// The others were claimed: a new sender has them when the lease is over.
		stop = o.run()
		time.Sleep(5 * time.Minute)
		stop()
		got := o.net.asked("hook.example")
		slices.Sort(got)
		if !slices.Equal(got, numbered(6)) || o.stats().Outgoing != 0 {
			t.Errorf("asked %v", got)
		}
	})
}

func TestStoppingDoesNotWaitForEver(t *testing.T) {
	inOffice(t, map[string]http.HandlerFunc{"hook.example": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }}, func(t *testing.T, o *office) {
		o.opts.Timeout, o.opts.Grace = time.Hour, 3*time.Second
		o.enqueue("hook.example", "msg_1")
		stop := o.run()
		time.Sleep(5 * time.Second)
		from := time.Now()
		stop()
		if took := time.Since(from); took != 3*time.Second || o.stats().Outgoing != 1 {
			t.Errorf("it took %v, %+v", took, o.stats())
		}
	})
}

// forgetful is an outbox whose settlements are lost, as in a crash.
type forgetful struct{ store.Outbox }

func (forgetful) SettleOutgoing(context.Context, []store.Attempt) error {
	return errors.New("crashed")
}

func TestAfterACrashAMessageComesAgainUnderItsID(t *testing.T) {
	inOffice(t, map[string]http.HandlerFunc{"hook.example": status(200)}, func(t *testing.T, o *office) {
		o.enqueue("hook.example", "msg_1")
		whole := o.opts.Outbox
		o.opts.Outbox = forgetful{whole}
		stop := o.run()
		time.Sleep(10 * time.Second)
		stop()
		o.opts.Outbox = whole
		stop = o.run()
		time.Sleep(5 * time.Second)
		if got := o.net.asked("hook.example"); len(got) != 1 {
			t.Errorf("before the lease is over: %v", got)
		}
		time.Sleep(2 * time.Minute)
		stop()
		if got := o.net.asked("hook.example"); !slices.Equal(got, []string{"msg_1", "msg_1"}) || o.stats().Outgoing != 0 {
			t.Errorf("asked %v", got)
		}
	})
}

func TestAFailingOutboxIsAskedAgain(t *testing.T) {
	inOffice(t, map[string]http.HandlerFunc{"hook.example": status(200)}, func(t *testing.T, o *office) {
		broken := &stubborn{Outbox: o.opts.Outbox, left: 3}
		o.opts.Outbox = broken
		o.enqueue("hook.example", "msg_1")
		stop := o.run()
		time.Sleep(10 * time.Second)
		stop()
		if o.stats().Outgoing != 0 {
			t.Error("not delivered")
		}
	})
}

// stubborn is an outbox that cannot be read a few times.
type stubborn struct {
	store.Outbox
	mu   sync.Mutex
	left int
}

func (s *stubborn) ClaimOutgoing(ctx context.Context, target string, limit int, lease time.Duration) ([]store.Outgoing, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.left > 0 {
		s.left--
		return nil, store.ErrFull
	}
	return s.Outbox.ClaimOutgoing(ctx, target, limit, lease)
}

func TestWhatASenderNeeds(t *testing.T) {
	targets := targetsOf(t)
	for name, o := range map[string]Options{
		"nothing": {}, "no clock": {Targets: targets, Outbox: noOutbox{}}, "negative": {Targets: targets, Outbox: noOutbox{}, Now: time.Now, Timeout: -1},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
