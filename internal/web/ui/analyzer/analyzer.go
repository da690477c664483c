package analyzer

import (
	"errors"
	"net/http"
	"time"

	"github.com/rebound-mail/rebound/classify"
	"github.com/rebound-mail/rebound/internal/web/ui"
)

// Options says what the analyzer works with.
type Options struct {
	Classifier *classify.Classifier // nil for one over the built-in codebook
	Shell      *ui.Shell            // required
	// MaxBody is how many bytes of a report are taken; 0 means 8 MiB.
	MaxBody int64
	// Now is the clock, for logs that give no year; nil for the system's.
	Now func() time.Time
}

// Analyzer answers GET and POST of /analyze. It is an http.Handler.
type Analyzer struct {
	mux *http.ServeMux
}

// ErrShell means that Options.Shell is missing.
var ErrShell = errors.New("analyzer: no shell given")

// New returns the analyzer.
func New(o Options) (*Analyzer, error) {
	if o.Shell == nil {
		return nil, ErrShell
	}
	return &Analyzer{mux: http.NewServeMux()}, nil
}

// ServeHTTP answers a request.
func (a *Analyzer) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.mux.ServeHTTP(w, r) }
