package app_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/internal/app"
	"github.com/rebound-mail/rebound/internal/config"
	"github.com/rebound-mail/rebound/internal/spool"
)

func TestTheClockMayBeSetBack(t *testing.T) {
	dir := t.TempDir()
	var ahead atomic.Int64
	clock := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	ahead.Store(int64(72 * time.Hour))
	r := start(t, dir, app.Options{Now: clock}, nil)
	r.accept("kim@example.org")
	r.idle()
	ahead.Store(0)
	r.accept("jo@example.org")
	r.idle()
	if !r.suppressed("kim@example.org") || !r.suppressed("jo@example.org") {
		t.Error("both should be suppressed")
	}
	if lag := r.metric("rebound_spool_lag_seconds "); lag != "0" {
		t.Errorf("the lag is %s", lag)
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	ahead.Store(int64(-72 * time.Hour))
	r = start(t, dir, app.Options{Now: clock}, nil)
	r.accept("lee@example.org")
	r.idle()
	for _, address := range []string{"kim@example.org", "jo@example.org", "lee@example.org"} {
		if !r.suppressed(address) {
			t.Errorf("%s should be suppressed", address)
		}
	}
}

func TestAReportThatCannotBeReadIsPutAsideAndTheRestGoesOn(t *testing.T) {
	r := start(t, t.TempDir(), app.Options{}, nil)
	if status, text := r.post("/v1/reports", "application/octet-stream", "\x00\x01\x02 nothing of a report \xff\xfe"); status != http.StatusAccepted {
		t.Skipf("it is refused at the door: %d %s", status, text)
	}
	r.accept("kim@example.org")
	r.idle()
	if !r.suppressed("kim@example.org") {
		t.Error("what came behind it was not processed")
	}
	if n := r.metric("rebound_spool_parked "); n != "1" {
		t.Errorf("%s reports are put aside, want 1", n)
	}
	status, text := r.get("/v1/parked")
	if status != http.StatusOK || !strings.Contains(text, `"source":"http"`) {
		t.Errorf("it does not show: %d %s", status, text)
	}
}

func TestWhatIsDamagedInTheSpoolIsSetAsideAndTheRestProcessed(t *testing.T) {
	dir := t.TempDir()
	c := settings(nil)
	sp, err := app.OpenSpool(c, dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"kim", "jo", "lee"} {
		report := spool.Report{ID: spool.NewID(), Source: spool.HTTP, Trust: spool.TrustSource, Kind: spool.KindMail, Received: time.Now(), Body: []byte(dsn(name + "@example.org"))}
		if err := sp.Append(t.Context(), report); err != nil {
			t.Fatal(err)
		}
	}
	if err := sp.Close(); err != nil {
		t.Fatal(err)
	}
	damage(t, filepath.Join(dir, "spool"), "jo@example.org", "xx@example.org")
	r := start(t, dir, app.Options{}, nil)
	r.idle()
	if !r.suppressed("kim@example.org") || !r.suppressed("lee@example.org") {
		t.Error("what is sound was not processed")
	}
	if r.suppressed("jo@example.org") || r.suppressed("xx@example.org") {
		t.Error("what is damaged was taken for sound")
	}
	if n := r.metric("rebound_spool_damaged_reports "); n != "1" {
		t.Errorf("%s reports are damaged, want 1", n)
	}
	if !strings.Contains(r.logs.String(), "the spool was damaged") {
		t.Error("the log does not say so")
	}
}

// damage changes a text in the files of a spool.
func damage(t *testing.T, dir, was, is string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.seg"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no spool in %s: %v", dir, err)
	}
	found := false
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		found = found || bytes.Contains(text, []byte(was))
		if err := os.WriteFile(name, bytes.ReplaceAll(text, []byte(was), []byte(is)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if !found {
		t.Fatalf("%q is not in the spool", was)
	}
}

func TestTheHandshakeIsForTheOwnerAlone(t *testing.T) {
	dir := t.TempDir()
	r := start(t, dir, app.Options{Version: "1.2"}, nil)
	info, err := os.Stat(filepath.Join(dir, app.HandshakeName))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info, err)
	}
	h, err := app.ReadHandshake(dir)
	if err != nil || h.URL != r.URL() || h.PID != os.Getpid() || h.Version != "1.2" || len(h.Token) < 40 {
		t.Fatalf("%+v, %v", h, err)
	}
	r.token = h.Token
	if status, text := r.get("/v1/tokens"); status != http.StatusOK {
		t.Errorf("its token: %d %s", status, text)
	}
}

func TestReadyOnlyWhileItWorks(t *testing.T) {
	r := start(t, t.TempDir(), app.Options{}, func(c *config.Config) { c.Server.MetricsListen = "127.0.0.1:0" })
	status, text := r.get("/readyz")
	if status != http.StatusOK || !strings.Contains(text, `"ready":true`) {
		t.Errorf("%d %s", status, text)
	}
	lines := strings.Join(r.Listening(), "\n")
	_, operations, ok := strings.Cut(lines, "Metrics: ")
	if !ok {
		t.Fatalf("no listener for metrics: %s", lines)
	}
	response, err := http.Get(strings.TrimSpace(operations) + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if body, _ := io.ReadAll(response.Body); !strings.Contains(string(body), "rebound_ready 1") {
		t.Errorf("no metrics there: %d", response.StatusCode)
	}
}

func TestAFullSpoolIsSaid(t *testing.T) {
	// Nothing is processed as long as Run was not called, so the spool fills.
	dir := t.TempDir()
	c := settings(func(c *config.Config) { c.Spool.Max, c.Spool.MaxReport = 1<<20, 1<<19 })
	sp, err := app.OpenSpool(c, dir)
	if err != nil {
		t.Fatal(err)
	}
	body := bytes.Repeat([]byte("x"), 100<<10)
	for err == nil {
		err = sp.Append(t.Context(), spool.Report{ID: spool.NewID(), Source: spool.HTTP, Received: time.Now(), Body: body})
	}
	if !errors.Is(err, spool.ErrFull) {
		t.Fatal(err)
	}
	if err := sp.Close(); err != nil {
		t.Fatal(err)
	}
	r := start(t, dir, app.Options{}, func(c *config.Config) { c.Spool.Max, c.Spool.MaxReport = 1<<20, 1<<19 })
	r.idle() // it drains, and takes reports again
	r.accept("kim@example.org")
	r.idle()
	if !r.suppressed("kim@example.org") {
		t.Error("after it was full, a report is lost")
	}
}

func TestAFullDiskIsSaidAndPasses(t *testing.T) {
	dir := t.TempDir()
	r := start(t, dir, app.Options{}, func(c *config.Config) { c.Spool.MinFree = 1 << 60 }) // no disk has so much to spare
	if status, text := r.post("/v1/reports", "message/rfc822", dsn("kim@example.org")); status != http.StatusInsufficientStorage {
		t.Fatalf("a report is answered with %d %s", status, text)
	}
	if status, text := r.get("/readyz"); status != http.StatusServiceUnavailable || !strings.Contains(text, `"spool","ok":false`) {
		t.Errorf("%d %s", status, text)
	}
	if status, _ := r.get("/v1/check?address=kim@example.org"); status != http.StatusOK {
		t.Errorf("a question is answered with %d", status)
	}
	if n := r.metric(`rebound_reports_refused_total{source="http"} `); n != "1" {
		t.Errorf("%s reports were refused, want 1", n)
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	r = start(t, dir, app.Options{}, nil) // there is room again
	r.accept("kim@example.org")
	r.idle()
	if !r.suppressed("kim@example.org") {
		t.Error("with room again, a report is lost")
	}
}

// The directory may be one that others may enter, and files may be made for all to
// read: what is in the store is nobody else's.
func TestNobodyElseMayReadTheStore(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no modes of files")
	}
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	old := filepath.Join(dir, "rebound.db")
	for range 2 { // new, and as an older version left it
		r := start(t, dir, app.Options{}, nil)
		r.accept("kim@example.org")
		r.idle()
		for _, name := range []string{"rebound.db", "rebound.db-wal", "rebound.db-shm", "store.lock", "server.json", "spool", "state"} {
			info, err := os.Stat(filepath.Join(dir, name))
			if err == nil && info.Mode().Perm()&0o077 != 0 {
				t.Errorf("%s has mode %v", name, info.Mode())
			}
		}
		if err := r.stop(); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(old, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
