package operator

import (
	"context"
	"crypto/rand"
	"embed"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"github.com/rebound-mail/rebound/classify"
	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/internal/explain"
	"github.com/rebound-mail/rebound/internal/intake"
	"github.com/rebound-mail/rebound/internal/reputation"
	"github.com/rebound-mail/rebound/internal/spool"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/internal/web/auth"
	"github.com/rebound-mail/rebound/internal/web/ui"
	"github.com/rebound-mail/rebound/policy"
)

//go:embed templates/*.html
var templateFiles embed.FS

// Prefix is the path below which the pages are.
const Prefix = "/operator/"

// Reputation answers how the sender's mail fares. A *reputation.Reputation does.
type Reputation interface {
	Overview(ctx context.Context, now time.Time) (reputation.Overview, error)
	Table(ctx context.Context, q reputation.Query) (reputation.Table, error)
	Series(ctx context.Context, q reputation.Query) (reputation.Series, error)
}

// Options are what the pages work with.
type Options struct {
	Store      store.Store      // required
	Spool      spool.Spool      // required
	Gate       *auth.Gate       // required
	Reputation Reputation       // required
	Shell      *ui.Shell        // required
	Now        func() time.Time // the clock; required
	// Settings are the policy's, the same that the store was opened with.
	Settings policy.Settings
	// Classifier explains what servers said; nil is one over the built-in codebook.
	Classifier *classify.Classifier
	// Sources say how the ways fare by which reports come in; nil is none.
	Sources func() []intake.Status
	// Pipeline says how processing fares; nil leaves it out.
	Pipeline func() Pipeline
	// Config lists the server's settings, without secrets; nil leaves the page out.
	Config func() []Setting
	// Secure marks cookies for https, also where a proxy in front speaks it.
	Secure bool
	// TempDir is where a list is kept between its preview and its import; "" is the
	// system's directory for temporary files.
	TempDir string
	Logger  *slog.Logger // gets what goes wrong inside; nil discards
	Limits  Limits
}

// Pipeline is how processing fares.
type Pipeline struct {
	State   string // running, waiting, stopped
	Problem string
	Since   time.Time // of the problem
	Reports int64     // processed since the start
	Events  int64
}

// Setting is one setting of the server.
type Setting struct {
	Section, Name, Value string
	Default              string
	Origin               string // where it was set
	Help                 string
}

// Limits bound what is kept. Fields that are zero stand for their defaults.
type Limits struct {
	Sessions int           // log-ins at a time: 1,000; the one not used for longest makes room
	Idle     time.Duration // after which a log-in ends without a request: 2 hours
	Session  time.Duration // after which it ends: 12 hours
	Import   int64         // of a list that is imported, in bytes: 250 MB
	Imports  int           // lists at a time: 4
	Raw      int           // of a report that is shown, in bytes: 512 KiB
}

func (l Limits) withDefaults() Limits {
	if l.Sessions <= 0 {
		l.Sessions = 1000
	}
	if l.Idle <= 0 {
		l.Idle = 2 * time.Hour
	}
	if l.Session <= 0 {
		l.Session = 12 * time.Hour
	}
	if l.Import <= 0 {
		l.Import = 250_000_000
	}
	if l.Imports <= 0 {
		l.Imports = 4
	}
	if l.Raw <= 0 {
		l.Raw = 512 << 10
	}
	return l
}

// ErrOptions is that something required is missing.
var ErrOptions = errors.New("operator: store, spool, gate, reputation, shell and clock are required")

// Operator serves everything below Prefix. It is an http.Handler, safe for
// concurrent use. Close ends what it does in the background.
type Operator struct {
	o        Options
	log      *slog.Logger
	x        *explain.Explainer
	pages    *ui.Pages
	mux      *http.ServeMux
	cross    *http.CrossOriginProtection
	key      [32]byte // of what is good as long as this process runs
	sessions *sessions
	notes    *notes
	imports  *imports
}

// New returns the pages.
func New(o Options) (*Operator, error) {
	if o.Store == nil || o.Spool == nil || o.Gate == nil || o.Reputation == nil || o.Shell == nil || o.Now == nil {
		return nil, ErrOptions
	}
	if err := o.Settings.Validate(); err != nil {
		return nil, err
	}
	if o.Classifier == nil {
		o.Classifier = classify.New(codebook.Default())
	}
	o.Limits = o.Limits.withDefaults()
	p := &Operator{o: o, log: o.Logger, x: explain.New(o.Classifier), mux: http.NewServeMux(), cross: http.NewCrossOriginProtection(),
		sessions: newSessions(o.Limits), notes: newNotes(), imports: newImports(o.Limits.Imports)}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	_, _ = rand.Read(p.key[:]) // never fails
	files, err := fs.Sub(templateFiles, "templates")
	if err != nil {
		return nil, err
	}
	if p.pages, err = o.Shell.Pages(files, p.functions()); err != nil {
		return nil, err
	}
	p.routes()
	return p, nil
}

// ServeHTTP answers a request.
func (o *Operator) ServeHTTP(w http.ResponseWriter, r *http.Request) { o.mux.ServeHTTP(w, r) }

// Close ends imports under way, waits for them, and removes what they kept.
func (o *Operator) Close() error { return o.imports.close() }

func (o *Operator) routes() {
	o.mux.HandleFunc("GET /operator/login", o.loginForm)
	o.mux.HandleFunc("POST /operator/login", o.login)
	o.post("logout", o.logout)
	o.get("{$}", o.dashboard)
	o.get("reputation", o.reputationPage)
	o.get("recipients", o.recipient)
	o.post("recipients/release", o.release)
	o.post("recipients/suppress", o.suppress)
	o.post("recipients/forget", o.forget)
	o.get("suppressions", o.suppressions)
	o.get("suppressions/export", o.export)
	o.get("suppressions/import", o.importForm)
	o.stream("suppressions/import", o.importUpload)
	o.get("suppressions/import/{id}", o.importPage)
	o.post("suppressions/import/{id}/confirm", o.importConfirm)
	o.post("suppressions/import/{id}/cancel", o.importCancel)
	o.get("events", o.events)
	o.get("events/{id}", o.event)
	o.get("events/{id}/evidence", o.evidence)
	o.get("unknowns", o.unknowns)
	o.post("unknowns/drop", o.dropUnknown)
	o.get("alerts", o.alerts)
	o.get("server", o.server)
	o.get("dead-letters", o.deadLetters)
	o.post("dead-letters/revive", o.revive)
	o.get("parked", o.parked)
	o.get("parked/{id}", o.parkedReport)
	o.get("parked/{id}/report", o.parkedFile)
	o.post("parked/{id}/requeue", o.requeue)
	o.post("parked/{id}/drop", o.drop)
	o.get("tokens", o.tokens)
	o.post("tokens", o.addToken)
	o.post("tokens/revoke", o.revokeToken)
	if o.o.Config != nil {
		o.get("settings", o.settings)
	}
	o.get("{rest...}", func(*visit) error { return errNoPage })
	o.mux.Handle("/operator", http.RedirectHandler(Prefix, http.StatusMovedPermanently))
}

// styles are the operator's own, which the public pages do without.
func styles() []string { return []string{"operator.css"} }

// navigation is the head of the pages.
func navigation() []ui.Link {
	return []ui.Link{
		{Href: Prefix, Text: "Dashboard", Section: "dashboard"},
		{Href: Prefix + "recipients", Text: "Recipients", Section: "recipients"},
		{Href: Prefix + "suppressions", Text: "Suppressions", Section: "suppressions"},
		{Href: Prefix + "events", Text: "Events", Section: "events"},
		{Href: Prefix + "alerts", Text: "Alerts", Section: "alerts"},
		{Href: Prefix + "server", Text: "Server", Section: "server"},
		{Href: "/", Text: "Look up", Section: "look-up"},
	}
}

// tabs are the pages of the section about the server.
func (o *Operator) tabs() []ui.Link {
	list := []ui.Link{
		{Href: Prefix + "server", Text: "Status", Section: "server"},
		{Href: Prefix + "parked", Text: "Parked reports", Section: "parked"},
		{Href: Prefix + "dead-letters", Text: "Dead letters", Section: "dead-letters"},
		{Href: Prefix + "unknowns", Text: "Unknown texts", Section: "unknowns"},
		{Href: Prefix + "tokens", Text: "Tokens", Section: "tokens"},
	}
	if o.o.Config != nil {
		list = append(list, ui.Link{Href: Prefix + "settings", Text: "Settings", Section: "settings"})
	}
	return list
}
