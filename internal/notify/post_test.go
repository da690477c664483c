package notify

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/webhook"
)

// post sends one message to a server, the URL being path below its own.
func post(t *testing.T, handler http.HandlerFunc, path string, change func(*Options, *Target)) answer {
	t.Helper()
	server := httptest.NewServer(handler)
	defer server.Close()
	o := Options{Now: func() time.Time { return began }, Timeout: 5 * time.Second}
	target := Target{Name: "hook", URL: server.URL + path}
	if change != nil {
		change(&o, &target)
	}
	o.Targets = targetsOf(t, target)
	return send(t, o)
}

// noOutbox is one that nobody asks.
type noOutbox struct{ store.Outbox }

func send(t *testing.T, o Options) answer {
	t.Helper()
	o.Outbox = noOutbox{}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	m := letter("msg_1", "hook")
	ctx, cancel := context.WithTimeout(t.Context(), s.o.Timeout)
	defer cancel()
	return s.post(ctx, &o.Targets.list[0], &m, began)
}

func TestSignaturesAreThoseThatPackageWebhookVerifies(t *testing.T) {
	for _, key := range []string{"s", "o"} {
		var v webhook.Verification
		got := post(t, func(_ http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			keys := webhook.Keys{Signing: []string{secretOf(key)}}
			v = webhook.Verify(webhook.Rebound, webhook.Request{Method: r.Method, URL: r.URL.String(), Header: r.Header, Body: body}, keys, began.Add(time.Minute))
			if r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" || r.Header.Get("User-Agent") != "Rebound" || r.Header.Get("Webhook-Id") != "msg_1" {
				t.Errorf("%s %v", r.Method, r.Header)
			}
		}, "/in", func(_ *Options, target *Target) { target.Secret, target.OldSecret = secretOf("s"), secretOf("o") })
		if !got.delivered || v.Outcome != webhook.Genuine || v.ReplayKey != "msg_1" || !v.Signed.Equal(began) {
			t.Errorf("key %s: %+v, %+v", key, got, v)
		}
	}
}

// The example of the specification: its secret, id, time and body give its
// signature.
func TestSignatureOfTheSpecification(t *testing.T) {
	key, err := readSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	const want = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	if got := sign([][]byte{key}, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", []byte(`{"test": 2432232314}`)); got != want {
		t.Errorf("signature %s, want %s", got, want)
	}
}

func TestWhatTheStatusOfAnAnswerMeans(t *testing.T) {
	for _, c := range []struct {
		status      int
		retryAfter  string
		delivered   bool
		gone        bool
		targetFails bool
		wait        time.Duration
	}{
		{status: 200, delivered: true}, {status: 202, delivered: true}, {status: 204, delivered: true},
		{status: 400}, {status: 422}, {status: 410, gone: true},
		{status: 401, targetFails: true}, {status: 404, targetFails: true}, {status: 500, targetFails: true}, {status: 599, targetFails: true},
		{status: 429, retryAfter: "120", targetFails: true, wait: 2 * time.Minute}, {status: 429, targetFails: true},
		{status: 503, retryAfter: "Mon, 02 Mar 2026 11:00:00 GMT", targetFails: true, wait: time.Hour},
		{status: 503, retryAfter: "Mon, 02 Mar 2020 11:00:00 GMT", targetFails: true}, {status: 503, retryAfter: "soon", targetFails: true},
		{status: 503, retryAfter: "-5", targetFails: true}, {status: 503, retryAfter: strings.Repeat("9", 30), targetFails: true},
	} {
		t.Run(fmt.Sprint(c.status, c.retryAfter), func(t *testing.T) {
			got := post(t, func(w http.ResponseWriter, _ *http.Request) {
				if c.retryAfter != "" {
					w.Header().Set("Retry-After", c.retryAfter)
				}
				w.WriteHeader(c.status)
			}, "/in", nil)
			if got.delivered != c.delivered || got.gone != c.gone || got.targetFails != c.targetFails || got.retryAfter != c.wait {
				t.Errorf("%+v", got)
			}
			if !c.delivered && !strings.Contains(got.problem, fmt.Sprint(c.status)) {
				t.Errorf("problem %q", got.problem)
			}
		})
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		var asked atomic.Int32
		got := post(t, func(w http.ResponseWriter, _ *http.Request) {
			asked.Add(1)
			w.Header().Set("Location", "/hush")
			w.WriteHeader(status)
		}, "/in", nil)
		if asked.Load() != 1 || got.delivered || !got.targetFails || strings.Contains(got.problem, "hush") {
			t.Errorf("%d: asked %d times, %+v", status, asked.Load(), got)
		}
	}
}

func TestAnswersAreBounded(t *testing.T) {
	t.Run("a body without end", func(t *testing.T) {
		var written atomic.Int64
		got := post(t, func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				n, err := w.Write(make([]byte, 64<<10))
				if err != nil {
					return
				}
				written.Add(int64(n))
			}
		}, "/in", nil)
		if !got.delivered || written.Load() > 64<<20 {
			t.Errorf("%+v after %d bytes", got, written.Load())
		}
	})
	t.Run("a large header", func(t *testing.T) {
		got := post(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Large", strings.Repeat("x", 1<<20))
		}, "/in", nil)
		if got.delivered || !got.targetFails || len(got.problem) > maxProblem {
			t.Errorf("%+v", got)
		}
	})
	t.Run("no answer", func(t *testing.T) {
		got := post(t, func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
		}, "/in", func(o *Options, _ *Target) { o.Timeout = 50 * time.Millisecond })
		if got.delivered || !got.targetFails || got.problem != "no answer in time" {
			t.Errorf("%+v", got)
		}
	})
	t.Run("no HTTP", func(t *testing.T) {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		go func() {
			if conn, err := listener.Accept(); err == nil {
				_, _ = conn.Write([]byte("220 mx.example ESMTP \x1b[31m\r\n"))
				_ = conn.Close()
			}
		}()
		got := send(t, Options{Now: time.Now, Targets: targetsOf(t, Target{Name: "hook", URL: "http://" + listener.Addr().String()})})
		if got.delivered || !got.targetFails || strings.ContainsRune(got.problem, '\x1b') {
			t.Errorf("%+v", got)
		}
	})
}

// refusing is a transport whose errors quote what they should not.
type refusing struct{}

func (refusing) RoundTrip(r *http.Request) (*http.Response, error) {
	return nil, fmt.Errorf("proxy: cannot reach %s for %s\r\n(%s?%s)", r.URL, r.URL.User, r.URL.Path, r.URL.RawQuery)
}

func TestSecretsAreInNoProblem(t *testing.T) {
	const path = "/services/hush1/hush2?token=hush3"
	target := Target{Name: "hook", URL: "http://kim:hush4@127.0.0.1:1" + path, Secret: secretOf("s")}
	for name, o := range map[string]Options{
		"nobody listens":     {},
		"a proxy's words":    {Transport: refusing{}},
		"what is asked hard": {Timeout: time.Nanosecond},
	} {
		o.Now, o.Targets = time.Now, targetsOf(t, target)
		got := send(t, o)
		if got.delivered || got.problem == "" || strings.Contains(got.problem, "hush") || strings.Contains(got.problem, "kim") || strings.Contains(got.problem, target.Secret) {
			t.Errorf("%s: %+v", name, got)
		}
	}
	got := post(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", r.URL.String())
		w.WriteHeader(http.StatusFound)
		fmt.Fprint(w, r.URL, r.Header)
	}, path, nil)
	if strings.Contains(got.problem, "hush") {
		t.Errorf("%+v", got)
	}
}

func TestCertificatesAreChecked(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was asked") }))
	server.Config.ErrorLog = nil
	server.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	server.Config.ErrorLog = discardLog()
	server.StartTLS()
	defer server.Close()
	got := send(t, Options{Now: time.Now, Targets: targetsOf(t, Target{Name: "hook", URL: server.URL})})
	if got.delivered || !strings.Contains(got.problem, "certificate") {
		t.Errorf("%+v", got)
	}
}

func TestBackoffGrowsAndIsBounded(t *testing.T) {
	for failed, want := range []time.Duration{5 * time.Second, 15 * time.Second, 45 * time.Second, 135 * time.Second} {
		if got := backoff(failed, 0.5); got != want {
			t.Errorf("after %d: %v, want %v", failed, got, want)
		}
	}
	for _, failed := range []int{9, 30, 1 << 40} {
		if low, high := backoff(failed, 0), backoff(failed, 1); low != maxWait*4/5 || high != maxWait*6/5 {
			t.Errorf("after %d: from %v to %v", failed, low, high)
		}
	}
}
