package lookup

import (
	"embed"
	"errors"
	"html/template"
	"io/fs"
	"net/http"
	"strings"
	"sync"

	"github.com/rebound-mail/rebound/classify"
	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/internal/explain"
	"github.com/rebound-mail/rebound/internal/web/ui"
)

//go:embed templates/*.html
var templateFiles embed.FS

// Options says what the pages are made of.
type Options struct {
	Book       *codebook.Codebook   // nil for the classifier's, else the built-in one
	Classifier *classify.Classifier // nil for one over Book
	Shell      *ui.Shell            // required
	// MaxBody is how many bytes of a pasted text are taken; 0 means 1 MiB.
	MaxBody int64
}

// Site is the look-up pages. It is an http.Handler for all paths that are not
// somebody else's: /, /codes, /reasons, /providers, /blocklists, /sources,
// /how-to-read-a-code, /impact, /answer, /robots.txt, /sitemap.xml and the assets.
type Site struct {
	shell   *ui.Shell
	pages   *ui.Pages
	x       *explain.Explainer
	index   *index
	maxBody int64
	mux     *http.ServeMux
	ready   sync.Map // path -> *ui.Ready, of known paths only
}

// ErrShell means that Options.Shell is missing.
var ErrShell = errors.New("lookup: no shell given")

// usualBody is how much of a pasted text is taken where nothing is said.
const usualBody = 1 << 20

// kept is how long a page may be kept: it changes with the program only.
const kept = "public, max-age=300"

// New returns the pages.
func New(o Options) (*Site, error) {
	if o.Shell == nil {
		return nil, ErrShell
	}
	if o.Classifier == nil {
		if o.Book == nil {
			o.Book = codebook.Default()
		}
		o.Classifier = classify.New(o.Book)
	}
	if o.MaxBody == 0 {
		o.MaxBody = usualBody
	}
	files, err := fs.Sub(templateFiles, "templates")
	if err != nil {
		return nil, err
	}
	x := explain.New(o.Classifier)
	cited := func(text string) []ui.SourceLink { return citedIn(x.Book, text) }
	pages, err := o.Shell.Pages(files, template.FuncMap{"answerOf": answerOf, "cited": cited})
	if err != nil {
		return nil, err
	}
	s := &Site{shell: o.Shell, pages: pages, x: x, index: newIndex(x), maxBody: o.MaxBody, mux: http.NewServeMux()}
	s.routes()
	return s, nil
}

func (s *Site) routes() {
	s.mux.HandleFunc("GET /{$}", s.home)
	s.mux.HandleFunc("POST /{$}", s.ask)
	s.mux.HandleFunc("POST /answer", s.answerPart)
	s.mux.HandleFunc("GET /codes", s.codes)
	s.mux.HandleFunc("GET /codes/{code}", s.code)
	s.mux.HandleFunc("GET /reasons", s.reasons)
	s.mux.HandleFunc("GET /reasons/{id}", s.reason)
	s.mux.HandleFunc("GET /providers", s.providers)
	s.mux.HandleFunc("GET /providers/{id}", s.provider)
	s.mux.HandleFunc("GET /blocklists", s.blocklists)
	s.mux.HandleFunc("GET /blocklists/{id}", s.provider)
	s.mux.HandleFunc("GET /sources", s.sources)
	s.mux.HandleFunc("GET /sources/{id}", s.source)
	s.mux.HandleFunc("GET /how-to-read-a-code", s.howToRead)
	s.mux.HandleFunc("GET /impact", s.impact)
	s.mux.HandleFunc("GET /robots.txt", s.robots)
	s.mux.HandleFunc("GET /sitemap.xml", s.sitemap)
	s.mux.HandleFunc("GET /search.json", s.searchIndex)
	s.mux.HandleFunc("GET "+ui.AssetPrefix, s.shell.ServeAssets)
	s.mux.HandleFunc("/", s.nothing)
}

// ServeHTTP answers a request.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if p := r.URL.Path; len(p) > 1 && strings.HasSuffix(p, "/") && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		if whole := strings.TrimRight(p, "/"); s.index.known[whole] {
			http.Redirect(w, r, whole, http.StatusMovedPermanently)
			return
		}
	}
	if page, ok := s.ready.Load(r.URL.Path); ok && r.URL.RawQuery == "" && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		s.shell.SendReady(w, r, kept, page.(*ui.Ready))
		return
	}
	s.mux.ServeHTTP(w, r)
}

// publish answers with a page that is the same for everybody. Those with a path of
// their own are rendered once; others, such as those of codes that nobody defines,
// are as many as anybody can think of, and are not kept.
func (s *Site) publish(w http.ResponseWriter, r *http.Request, name string, p ui.Page) {
	if !s.index.known[r.URL.Path] {
		s.pages.Send(w, r, http.StatusOK, kept, name, p)
		return
	}
	page, err := s.pages.NewReady(name, p)
	if err != nil {
		s.shell.Problem(w, r, http.StatusInternalServerError, "This page could not be made", "It is a defect of the program. Please report it, with the address of the page.")
		return
	}
	s.ready.Store(r.URL.Path, page)
	s.shell.SendReady(w, r, kept, page)
}

// Paths lists the paths of all pages that are the same for everybody, in a fixed
// order: what a sitemap has, and what a static copy consists of.
func (s *Site) Paths() []string { return s.index.paths }

// nothing answers for paths that do not exist.
func (s *Site) nothing(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		s.shell.Problem(w, r, http.StatusMethodNotAllowed, "That does not work here", "This page can be read, and nothing else.")
		return
	}
	s.shell.Problem(w, r, http.StatusNotFound, "There is no such page", "The address may have a typing error. The search finds codes, replies, reasons and providers.")
}
