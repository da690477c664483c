package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/rebound-mail/rebound/classify"
	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/internal/config"
	"github.com/rebound-mail/rebound/internal/intake"
	"github.com/rebound-mail/rebound/internal/intake/hook"
	"github.com/rebound-mail/rebound/internal/notify"
	"github.com/rebound-mail/rebound/internal/reputation"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/internal/web/auth"
	"github.com/rebound-mail/rebound/policy"
	"github.com/rebound-mail/rebound/verp"
)

// Options are what a server is made of.
type Options struct {
	Config *config.Config // required
	Dir    string         // the data directory; required
	// Classifier judges; nil is one over the built-in codebook.
	Classifier *classify.Classifier
	Logger     *slog.Logger     // nil discards
	Now        func() time.Time // nil is time.Now
	Version    string           // of the program
	// Tell is called when the server begins to work ("READY=1") and when it begins
	// to stop ("STOPPING=1"): what a supervisor wants to know. nil tells nobody.
	Tell func(state string)
}

// App is a server.
type App struct {
	config     *config.Config
	dir        string
	classifier *classify.Classifier
	log        *slog.Logger
	now        func() time.Time
	version    string
	tell       func(string)
	settings   policy.Settings
	keyring    *verp.Keyring // nil without keys

	certificates *certificates // nil without TLS
	metrics      *metrics
	store        store.Store
	spool        *countedSpool
	targets      *notify.Targets
	sender       *notify.Sender
	reputation   *reputation.Reputation
	gate         *auth.Gate
	hooks        *hook.Receiver
	sources      []intake.Source
	pipeline     *processing
	local        string // the secret of the command line on this machine

	listener net.Listener // of the API and the pages
	servers  []server
	stage    atomic.Int32
	closers  []func() error // in the order in which things were opened
	closed   atomic.Bool
}

// The stages of a server's life.
const (
	stageStarting int32 = iota
	stageRunning
	stageStopping
)

// server is an HTTP server and where it listens.
type server struct {
	name     string
	http     *http.Server
	listener net.Listener
}

// New opens the data directory, begins to listen, and wires all parts together.
// Errors say what, where and what to do; those of a data directory that is in
// use wrap store.ErrInUse.
func New(ctx context.Context, o Options) (_ *App, err error) {
	if o.Config == nil || o.Dir == "" {
		return nil, errors.New("app: settings and data directory are required")
	}
	a := &App{
		config: o.Config, dir: o.Dir, classifier: o.Classifier, log: o.Logger, now: o.Now, version: o.Version, tell: o.Tell,
		metrics: newMetrics(o.Version),
	}
	if a.tell == nil {
		a.tell = func(string) {}
	}
	if a.classifier == nil {
		a.classifier = classify.New(codebook.Default())
	}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	if a.now == nil {
		a.now = time.Now
	}
	defer func() {
		if err != nil {
			_ = a.Close()
		}
	}()
	for _, build := range []func(context.Context) error{
		a.readKeys, a.openStore, a.openSpool, a.buildNotify, a.buildReputation, a.buildHooks, a.buildPipeline, a.buildSources, a.buildGate, a.listen,
	} {
		if err := build(ctx); err != nil {
			return nil, err
		}
	}
	a.metrics.watch(a)
	return a, nil
}

// later has something closed by Close.
func (a *App) later(name string, close func() error) {
	a.closers = append(a.closers, func() error {
		if err := close(); err != nil && !errors.Is(err, net.ErrClosed) {
			return fmt.Errorf("close %s: %w", name, err)
		}
		return nil
	})
}

// Close gives back what New took. It may be called again.
func (a *App) Close() error {
	if a.closed.Swap(true) {
		return nil
	}
	var errs []error
	for i := len(a.closers) - 1; i >= 0; i-- {
		errs = append(errs, a.closers[i]())
	}
	return errors.Join(errs...)
}

// URL returns where the server is reached on this machine.
func (a *App) URL() string {
	scheme := "http://"
	if a.certificates != nil {
		scheme = "https://"
	}
	return scheme + reachable(a.listener.Addr())
}

// Listening says where the server listens, one line a listener.
func (a *App) Listening() []string {
	lines := []string{"API and pages: " + a.URL()}
	if m := a.config.Server.MetricsListen; m != "" {
		for _, s := range a.servers[1:] {
			lines = append(lines, s.name+": http://"+reachable(s.listener.Addr()))
		}
	}
	for _, s := range a.sources {
		if l, ok := s.(*listening); ok {
			lines = append(lines, l.label+": "+l.address)
		}
	}
	return lines
}

// Open reports whether the server lets everybody on this machine in, because no
// token was ever made.
func (a *App) Open(ctx context.Context) bool {
	tokens, err := a.store.Tokens(ctx)
	return err == nil && len(tokens) == 0
}

// reachable turns the address of a listener into one to connect to: that of any
// interface is reached by loopback.
func reachable(addr net.Addr) string {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok {
		return addr.String()
	}
	if !tcp.IP.IsUnspecified() {
		return tcp.String()
	}
	host := "127.0.0.1"
	if tcp.IP.To4() == nil {
		host = "::1"
	}
	return net.JoinHostPort(host, fmt.Sprint(tcp.Port))
}
