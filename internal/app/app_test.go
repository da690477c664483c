package app_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/internal/app"
	"github.com/rebound-mail/rebound/internal/config"
	"github.com/rebound-mail/rebound/internal/store"
)

func TestABounceSuppressesItsRecipientAlsoAfterARestart(t *testing.T) {
	dir := t.TempDir()
	r := start(t, dir, app.Options{}, nil)
	r.accept("kim@example.org")
	r.idle()
	if !r.suppressed("Kim@example.org") || r.suppressed("jo@example.org") {
		t.Error("kim should be suppressed, jo not")
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	r = start(t, dir, app.Options{}, nil)
	if !r.suppressed("kim@example.org") || r.suppressed("jo@example.org") {
		t.Error("after a restart kim should be suppressed, jo not")
	}
	if got := r.metric("rebound_store_events "); got != "1" {
		t.Errorf("%s events are stored, want 1", got)
	}
}

func TestWhatWasAcceptedWhileStoppingIsThereAfterwards(t *testing.T) {
	dir := t.TempDir()
	r := start(t, dir, app.Options{}, nil)
	var accepted sync.Map
	var n atomic.Int64
	var senders sync.WaitGroup
	for s := range 8 {
		senders.Go(func() {
			for i := range 10_000 {
				address := fmt.Sprintf("u%d-%d@example.org", s, i)
				status, _, err := r.do(http.MethodPost, "/v1/reports", "message/rfc822", strings.NewReader(dsn(address)))
				if err != nil || status != http.StatusAccepted {
					return // it has stopped; what was not answered counts for nothing
				}
				accepted.Store(address, true)
				n.Add(1)
			}
		})
	}
	r.await("there is a load", func() bool { return n.Load() > 300 })
	if err := r.stop(); err != nil {
		t.Errorf("stop under load: %v", err)
	}
	senders.Wait()
	if _, err := os.Stat(filepath.Join(dir, app.HandshakeName)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the handshake is still there: %v", err)
	}
	r = start(t, dir, app.Options{}, nil)
	r.idle()
	accepted.Range(func(address, _ any) bool {
		if !r.suppressed(address.(string)) {
			t.Errorf("%s was accepted and is not known", address)
		}
		return !t.Failed()
	})
	stored := r.metric("rebound_store_events ")
	if least := n.Load(); stored == "" || stored == "0" {
		t.Errorf("%s events stored, at least %d accepted", stored, least)
	}
}

func TestTheDataDirectoryIsOfOneServer(t *testing.T) {
	dir := t.TempDir()
	r := start(t, dir, app.Options{}, nil)
	second, err := open(t, dir, app.Options{}, nil)
	if !errors.Is(err, store.ErrInUse) || second.App != nil {
		t.Fatalf("a second server: %v", err)
	}
	for _, want := range []string{dir, fmt.Sprint("process ", os.Getpid()), "another --data"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not say %q", err, want)
		}
	}
	if status, _ := r.get("/healthz"); status != http.StatusOK {
		t.Error("the first one no longer answers")
	}
}

func TestAServerThatOthersReachNeedsATokenFirst(t *testing.T) {
	dir := t.TempDir()
	everywhere := func(c *config.Config) { c.Server.Listen = "0.0.0.0:0" }
	if _, err := open(t, dir, app.Options{}, everywhere); !errors.Is(err, app.ErrOpen) || !strings.Contains(err.Error(), "rebound token add") {
		t.Fatalf("without token: %v", err)
	}
	st, err := app.OpenStore(t.Context(), settings(nil), dir, nil, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	secret, token := store.NewToken("test", []store.Scope{store.ScopeAdmin}, time.Now())
	if err := errors.Join(st.AddToken(t.Context(), token), st.Close()); err != nil {
		t.Fatal(err)
	}
	r := start(t, dir, app.Options{}, everywhere)
	for _, path := range []string{"/metrics", "/v1/status", "/v1/check?address=kim@example.org"} {
		if status, _ := r.get(path); status != http.StatusUnauthorized {
			t.Errorf("%s without token: %d", path, status)
		}
	}
	r.token = secret
	for _, path := range []string{"/metrics", "/v1/status", "/v1/check?address=kim@example.org"} {
		if status, text := r.get(path); status != http.StatusOK {
			t.Errorf("%s with a token: %d %s", path, status, text)
		}
	}
}

func TestInsecureOpenIsForLaboratories(t *testing.T) {
	r := start(t, t.TempDir(), app.Options{}, func(c *config.Config) { c.Server.Listen, c.Server.InsecureOpen = "0.0.0.0:0", true })
	if status, text := r.get("/v1/status"); status != http.StatusOK {
		t.Errorf("%d %s", status, text)
	}
}

func TestAnAddressThatIsTakenIsSaidAtTheStart(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for name, change := range map[string]func(*config.Config){
		"listen":         func(c *config.Config) { c.Server.Listen = taken.Addr().String() },
		"metrics-listen": func(c *config.Config) { c.Server.MetricsListen = taken.Addr().String() },
		"smtp-listen":    func(c *config.Config) { c.SMTP.Listen = taken.Addr().String() },
		"lmtp-listen":    func(c *config.Config) { c.LMTP.Listen = taken.Addr().String() },
	} {
		dir := t.TempDir()
		_, err := open(t, dir, app.Options{}, change)
		if err == nil || !strings.Contains(err.Error(), name+": cannot listen at "+taken.Addr().String()) || !strings.Contains(err.Error(), "another program listens there") {
			t.Errorf("%s: %v", name, err)
		}
		start(t, dir, app.Options{}, nil) // nothing of the failed start is left
	}
}

func TestWhatIsWrongWithFilesIsSaidAtTheStart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("k short\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*config.Config){
		"lmtp-listen: cannot listen at unix:/nowhere/lmtp: the folder /nowhere is not there": func(c *config.Config) { c.LMTP.Listen = "unix:/nowhere/lmtp" },
		`default: notify: target 1 ("ops"): there is no kind "bounce"; it is one of recipient.suppressed, `: func(c *config.Config) {
			c.Notify = []config.Notify{{Name: "ops", URL: "https://ops.example.com", Kind: []string{"bounce"}}}
		},
		"verp-keys: open /nowhere":             func(c *config.Config) { c.VERP.Keys = "/nowhere" },
		"verp-keys: " + file + ": verp: a key": func(c *config.Config) { c.VERP.Keys = file },
		"tls-cert, tls-key: open /nowhere":     func(c *config.Config) { c.Server.TLSCert, c.Server.TLSKey = "/nowhere", "/nowhere" },
		"imap: ca-file: " + file + " holds no": func(c *config.Config) {
			c.Intake.IMAP = []config.IMAP{{Host: "x", User: "y", Password: "z", CAFile: file}}
		},
		"notify: ":      func(c *config.Config) { c.Notify = []config.Notify{{Name: "a b", URL: "x"}} },
		"smtp-listen: ": func(c *config.Config) { c.SMTP.Listen = "nonsense" },
		"public-url: ui: the base is no http or https": func(c *config.Config) { c.Server.PublicURL = "ftp://x" },
	} {
		if _, err := open(t, t.TempDir(), app.Options{}, change); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
}

func TestAStartWaitsForACommandThatHasTheDirectory(t *testing.T) {
	dir := t.TempDir()
	st, err := app.OpenStore(t.Context(), settings(nil), dir, nil, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	closed := make(chan error, 1)
	time.AfterFunc(200*time.Millisecond, func() { closed <- st.Close() })
	start(t, dir, app.Options{}, nil)
	if err := <-closed; err != nil {
		t.Error(err)
	}
}
