package analyzer

import (
	"embed"
	"errors"
	"io/fs"
	"net/http"
	"runtime"
	"time"

	"github.com/rebound-mail/rebound/classify"
	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/internal/explain"
	"github.com/rebound-mail/rebound/internal/web/ui"
)

//go:embed templates/*.html
var templateFiles embed.FS

// Options says what the analyzer works with.
type Options struct {
	Classifier *classify.Classifier // nil for one over the built-in codebook
	Shell      *ui.Shell            // required
	// MaxBody is how many bytes of a report are taken; 0 means 8 MiB.
	MaxBody int64
	// Parallel is how many reports are read at the same time; 0 means one a processor. The others wait their turn.
	Parallel int
	// Now is the clock, for logs that give no year; nil for the system's.
	Now func() time.Time
}

// Analyzer answers GET and POST of /analyze. It is an http.Handler.
type Analyzer struct {
	shell   *ui.Shell
	pages   *ui.Pages
	x       *explain.Explainer
	maxBody int64
	now     func() time.Time
	turns   chan struct{}
	mux     *http.ServeMux
}

// ErrShell means that Options.Shell is missing.
var ErrShell = errors.New("analyzer: no shell given")

// usualBody is how much of a report is taken where nothing is said.
const usualBody = 8 << 20

// New returns the analyzer.
func New(o Options) (*Analyzer, error) {
	if o.Shell == nil {
		return nil, ErrShell
	}
	if o.Classifier == nil {
		o.Classifier = classify.New(codebook.Default())
	}
	if o.MaxBody <= 0 {
		o.MaxBody = usualBody
	}
	if o.Parallel <= 0 {
		o.Parallel = runtime.GOMAXPROCS(0)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	files, err := fs.Sub(templateFiles, "templates")
	if err != nil {
		return nil, err
	}
	pages, err := o.Shell.Pages(files, nil)
	if err != nil {
		return nil, err
	}
	a := &Analyzer{shell: o.Shell, pages: pages, x: explain.New(o.Classifier), maxBody: o.MaxBody, now: o.Now,
		turns: make(chan struct{}, o.Parallel), mux: http.NewServeMux()}
	a.mux.HandleFunc("GET /analyze", a.form)
	a.mux.HandleFunc("POST /analyze", a.analyze)
	return a, nil
}

// ServeHTTP answers a request.
func (a *Analyzer) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.mux.ServeHTTP(w, r) }

// view is what the page shows.
type view struct {
	MaxMegabytes int64
	Result       *result
}

func (a *Analyzer) page(v view) ui.Page {
	v.MaxMegabytes = a.maxBody >> 20
	return ui.Page{
		Title: "Analyze a bounce", Path: "/analyze", Section: "analyze", NoIndex: v.Result != nil, Wide: v.Result != nil, Body: v,
		Description: "Paste or drop a bounce mail, log lines or a provider's JSON: see every recipient's outcome, what it means, what to do, and the evidence marked in the report.",
	}
}

func (a *Analyzer) form(w http.ResponseWriter, r *http.Request) {
	a.pages.Send(w, r, http.StatusOK, "public, max-age=300", "analyze", a.page(view{}))
}

// analyze reads what was pasted. It keeps nothing.
func (a *Analyzer) analyze(w http.ResponseWriter, r *http.Request) {
	body, err := readForm(w, r, a.maxBody)
	if err != nil {
		a.refuse(w, r, err)
		return
	}
	select {
	case a.turns <- struct{}{}:
		defer func() { <-a.turns }()
	case <-r.Context().Done():
		return
	}
	a.pages.Send(w, r, http.StatusOK, "", "analyze", a.page(view{Result: a.read(body)}))
}

// refuse says why a form was not read.
func (a *Analyzer) refuse(w http.ResponseWriter, r *http.Request, err error) {
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		a.shell.Problem(w, r, http.StatusRequestEntityTooLarge, "That is too large for this page", "For more, run rebound scan: it reads files of any size.")
	case errors.Is(err, errForm):
		a.shell.Problem(w, r, http.StatusUnsupportedMediaType, "That is no form", "Paste the report into the box of this page, or drop a file on it. Programs post to /v1/reports.")
	default:
		a.shell.Problem(w, r, http.StatusBadRequest, "That could not be read", "The form arrived damaged. Please go back and try again.")
	}
}
