package operatortest

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/classify"
	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/internal/intake"
	"github.com/rebound-mail/rebound/internal/reputation"
	"github.com/rebound-mail/rebound/internal/spool"
	"github.com/rebound-mail/rebound/internal/spool/disk"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/internal/store/sqlite"
	"github.com/rebound-mail/rebound/internal/web/auth"
	"github.com/rebound-mail/rebound/internal/web/ui"
	"github.com/rebound-mail/rebound/internal/web/ui/analyzer"
	"github.com/rebound-mail/rebound/internal/web/ui/lookup"
	"github.com/rebound-mail/rebound/internal/web/ui/operator"
)

// Site is all pages over a store and a spool of their own.
type Site struct {
	http.Handler
	Store      store.Store
	Spool      spool.Spool
	Gate       *auth.Gate
	Operator   *operator.Operator
	Reputation *reputation.Reputation
	Classifier *classify.Classifier
	// Secret is that of a token with the scope admin; "" in open mode.
	Secret string

	clock time.Time
}

// Options say how a site is to be.
type Options struct {
	Open  bool // no token, so nobody has to log in
	Empty bool // nothing has happened yet
	// Month is a store to begin with, as Month makes it: filling one takes seconds.
	Month   []byte
	Limits  operator.Limits
	Gate    auth.Limits
	TempDir string
}

// Now is when it is on a new site.
func Now() time.Time { return time.Date(2026, 11, 20, 14, 25, 0, 0, time.UTC) }

// Pass lets time pass.
func (s *Site) Pass(d time.Duration) { s.clock = s.clock.Add(d) }

func (s *Site) now() time.Time { return s.clock }

// New returns a site, which ends with the test.
func New(t testing.TB, o Options) *Site {
	t.Helper()
	s := &Site{clock: Now(), Classifier: classify.New(codebook.Default())}
	dir := t.TempDir()
	if o.Month != nil {
		check(t, os.WriteFile(filepath.Join(dir, sqlite.FileName), o.Month, 0o600))
	}
	s.open(t, dir)
	if !o.Open {
		secret, token := store.NewToken("operator", []store.Scope{store.ScopeAdmin}, s.clock.AddDate(0, -1, 0))
		check(t, s.Store.AddToken(context.Background(), token))
		s.Secret = secret
	}
	if !o.Empty && o.Month == nil {
		s.fill(t)
	}
	if !o.Empty {
		s.park(t)
	}
	s.serve(t, o)
	return s
}

// Month returns the file of a store that is filled, for Options.Month.
func Month(t testing.TB) []byte {
	t.Helper()
	dir := t.TempDir()
	s := &Site{clock: Now(), Classifier: classify.New(codebook.Default())}
	s.open(t, dir)
	s.fill(t)
	copied := filepath.Join(dir, "copy")
	check(t, s.Store.Backup(context.Background(), copied))
	file, err := os.ReadFile(copied)
	check(t, err)
	return file
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// open makes store and spool.
func (s *Site) open(t testing.TB, dir string) {
	t.Helper()
	var err error
	s.Store, err = sqlite.Open(context.Background(), dir, sqlite.Options{Now: s.now})
	check(t, err)
	t.Cleanup(func() { _ = s.Store.Close() })
	s.Spool, err = disk.Open(t.TempDir(), disk.Settings{})
	check(t, err)
	t.Cleanup(func() { _ = s.Spool.Close() })
	s.Reputation, err = reputation.New(reputation.Options{Store: s.Store, Now: s.now})
	check(t, err)
}

// serve makes the pages.
func (s *Site) serve(t testing.TB, o Options) {
	t.Helper()
	mode := auth.Closed
	if o.Open {
		mode = auth.OpenLocal
	}
	var err error
	s.Gate, err = auth.New(auth.Options{Tokens: s.Store, Now: s.now, Mode: mode, Limits: o.Gate})
	check(t, err)
	shell, err := ui.New(ui.Options{More: []ui.Link{{Href: operator.Prefix, Text: "Operator", Section: "operator"}}})
	check(t, err)
	look, err := lookup.New(lookup.Options{Shell: shell})
	check(t, err)
	analyze, err := analyzer.New(analyzer.Options{Shell: shell, Now: s.now})
	check(t, err)
	if o.TempDir == "" {
		o.TempDir = t.TempDir()
	}
	s.Operator, err = operator.New(operator.Options{
		Store: s.Store, Spool: s.Spool, Gate: s.Gate, Reputation: s.Reputation, Shell: shell, Now: s.now, Classifier: s.Classifier,
		Sources: sources, Pipeline: pipeline, Config: settings, TempDir: o.TempDir, Limits: o.Limits,
	})
	check(t, err)
	t.Cleanup(func() { _ = s.Operator.Close() })
	mux := http.NewServeMux()
	mux.Handle(operator.Prefix, s.Operator)
	mux.Handle("/operator", s.Operator)
	mux.Handle("/analyze", analyze)
	mux.Handle("/", look)
	s.Handler = mux
}

func sources() []intake.Status {
	now := Now()
	return []intake.Status{
		{Name: "smtp 0.0.0.0:25", Kind: spool.SMTP, State: "listening", Accepted: 18204, Refused: 31, Last: now.Add(-2 * time.Minute)},
		{Name: "/var/log/mail.log", Kind: spool.Tail, State: "polling", Accepted: 40118, Last: now.Add(-20 * time.Second)},
		{Name: "imap bounces@mail.example.com", Kind: spool.IMAP, State: "waiting", Accepted: 96, Last: now.Add(-3 * time.Hour),
			Problem: "imap mail.example.com: the server refuses the password: set password-file to the new one", ProblemSince: now.Add(-170 * time.Minute)},
		{Name: "webhooks", Kind: spool.Webhook, State: "listening", Accepted: 2210, Refused: 4, Last: now.Add(-11 * time.Minute)},
	}
}

func pipeline() operator.Pipeline {
	return operator.Pipeline{State: "running", Reports: 60628, Events: 71340}
}

func settings() []operator.Setting {
	return []operator.Setting{
		{Section: "Server", Name: "listen", Value: "127.0.0.1:8425", Default: "127.0.0.1:8425", Origin: "default", Help: "Where the API and the pages are served."},
		{Section: "Server", Name: "public-url", Value: "https://bounces.example.com", Origin: "/etc/rebound.yaml:3", Help: "The address by which others reach this server."},
		{Section: "Trust", Name: "verp-key", Value: "****", Origin: "REBOUND_VERP_KEY", Help: "The key that return paths are signed with."},
	}
}
