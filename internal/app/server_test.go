package app_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/rebound-mail/rebound/classify"
	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/internal/app"
	"github.com/rebound-mail/rebound/internal/app/apptest"
	"github.com/rebound-mail/rebound/internal/config"
)

func TestMain(m *testing.M) {
	if os.Getenv(workerVariable) != "" {
		os.Exit(work())
	}
	goleak.VerifyTestMain(m)
}

// running is a server in this process.
type running struct {
	*app.App
	t     *testing.T
	dir   string
	logs  *apptest.Logs
	token string
	stop  func() error // stops and closes; may be called again
}

// classifier is made once: that takes longer than all else of a start.
var classifier = sync.OnceValue(func() *classify.Classifier { return classify.New(codebook.Default()) })

// settings are those of tests: any free port.
func settings(change func(*config.Config)) *config.Config {
	c := config.Default()
	c.Server.Listen = "127.0.0.1:0"
	c.Store.Cache = 4 << 20
	if change != nil {
		change(c)
	}
	return c
}

func open(t *testing.T, dir string, o app.Options, change func(*config.Config)) (*running, error) {
	t.Helper()
	r := &running{t: t, dir: dir, logs: &apptest.Logs{}}
	o.Config, o.Dir = settings(change), dir
	if o.Classifier == nil {
		o.Classifier = classifier()
	}
	o.Logger = slog.New(slog.NewTextHandler(r.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	a, err := app.New(t.Context(), o)
	r.App = a
	return r, err
}

// start starts a server and waits until it is ready.
func start(t *testing.T, dir string, o app.Options, change func(*config.Config)) *running {
	t.Helper()
	r, err := open(t, dir, o, change)
	if err != nil {
		t.Fatal(err)
	}
	r.runForTest(t)
	r.await("the server is ready", func() bool { status, _ := r.get("/readyz"); return status == http.StatusOK })
	return r
}

// runForTest runs a server until the end of the test at the latest.
func (r *running) runForTest(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	r.stop = sync.OnceValue(func() error {
		cancel()
		return errors.Join(<-done, r.Close())
	})
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		if err := r.stop(); err != nil {
			t.Errorf("stop: %v", err)
		}
		if t.Failed() {
			t.Log(r.logs.String())
		}
	})
}

// await waits until something holds. The test's own deadline ends the waiting.
func (r *running) await(what string, holds func() bool) {
	r.t.Helper()
	for !holds() {
		select {
		case <-r.t.Context().Done():
			r.t.Fatalf("waited in vain: %s", what)
		case <-time.After(2 * time.Millisecond):
		}
	}
}

func (r *running) do(method, path, contentType string, body io.Reader) (int, string, error) {
	return apptest.Ask(context.Background(), method, r.URL()+path, r.token, contentType, body)
}

func (r *running) get(path string) (int, string) {
	r.t.Helper()
	status, text, err := r.do(http.MethodGet, path, "", nil)
	if err != nil {
		r.t.Fatal(err)
	}
	return status, text
}

func (r *running) post(path, contentType, body string) (int, string) {
	r.t.Helper()
	status, text, err := r.do(http.MethodPost, path, contentType, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	return status, text
}

// dsn is a bounce of a recipient who does not exist.
func dsn(recipient string) string {
	return strings.ReplaceAll(`From: MAILER-DAEMON@mx.example.com
To: news@example.com
Subject: Undelivered Mail Returned to Sender
Date: Mon, 02 Mar 2026 10:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

Your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; `+recipient+`
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <`+recipient+`>: no such user

--b--
`, "\n", "\r\n")
}

func (r *running) accept(recipient string) {
	r.t.Helper()
	if status, text := r.post("/v1/reports", "message/rfc822", dsn(recipient)); status != http.StatusAccepted {
		r.t.Fatalf("a bounce is answered with %d %s", status, text)
	}
}

func (r *running) suppressed(address string) bool {
	r.t.Helper()
	return apptest.Suppressed(r.t, r.get, address)
}

func (r *running) idle() {
	r.await("the spool is empty", func() bool { return r.metric("rebound_spool_reports ") == "0" })
}

// metric returns the value of a series by the beginning of its line.
func (r *running) metric(series string) string {
	r.t.Helper()
	_, text := r.get("/metrics")
	return apptest.Metric(text, series)
}
