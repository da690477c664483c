package api

import (
	"context"
	"crypto/rand"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rebound-mail/rebound/internal/explain"
)

// API serves the REST interface. It is safe for concurrent use.
type API struct {
	o         Options
	explainer *explain.Explainer
	mux       *http.ServeMux
	huma      huma.API
	routes    []*route
	long      chan struct{} // a place for each long request
	document  document
	memory    memory
	buffers   sync.Pool // of *bytes.Buffer, for answers of bulk checks
}

// New returns an API.
func New(o Options) (*API, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	a := &API{o: o, mux: http.NewServeMux(), explainer: explain.New(o.Classifier)}
	a.memory.left.Store(a.o.Limits.Memory)
	a.long = make(chan struct{}, o.Limits.Streams)
	a.huma = huma.NewAPI(a.humaConfig(), adapter{a})
	a.addExplain()
	a.addCodes()
	a.addRecipients()
	a.addCheck()
	a.addSuppressions()
	a.addTransfer()
	a.addReputation()
	a.addEvents()
	a.addReports()
	a.addHooks()
	a.addAlerts()
	a.addParked()
	a.addTokens()
	a.addServer()
	if err := a.finishDocument(); err != nil {
		return nil, err
	}
	return a, nil
}

type requestIDKey struct{}

// requestID returns the id of the request that a context belongs to.
func requestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// newRequestID returns the id of a request: the client's, if it gave one that is
// harmless in a log.
func newRequestID(r *http.Request) string {
	const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_."
	id := r.Header.Get("X-Request-Id")
	if id != "" && len(id) <= 64 && strings.Trim(id, letters) == "" {
		return id
	}
	return strings.ToLower(rand.Text())
}

// ServeHTTP answers a request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := newRequestID(r)
	r = r.WithContext(context.WithValue(r.Context(), requestIDKey{}, id))
	h := w.Header()
	h.Set("X-Request-Id", id)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
	out := &answer{ResponseWriter: w, pace: http.NewResponseController(w)}
	defer out.end()
	defer a.rescue(out, r)
	if p := a.unroutable(r); p != nil {
		a.fail(out, r, p)
		return
	}
	a.mux.ServeHTTP(out, r)
}

// maxURI is how long path and query of a request may be.
const maxURI = 16 << 10

// unroutable says why a request leads nowhere, nil if it leads somewhere.
func (a *API) unroutable(r *http.Request) *Problem {
	path := r.URL.EscapedPath()
	if len(path)+len(r.URL.RawQuery) > maxURI {
		return newProblem(uriTooLong, "Path and query may have 16 kB. Long texts go into a body: POST /v1/explain.")
	}
	if _, pattern := a.mux.Handler(r); pattern != "" && isPlain(path) {
		return nil
	}
	var allowed []string
	for _, method := range [...]string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodDelete, http.MethodOptions} {
		try := *r
		try.Method = method
		if _, pattern := a.mux.Handler(&try); pattern != "" && isPlain(path) {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) > 0 {
		list := strings.Join(allowed, ", ")
		return newProblem(badMethod, "Here it is one of "+list+".").with("Allow", list)
	}
	return newProblem(notFound, "No operation has this path. /openapi.json lists them all.")
}

// isPlain reports a path that means just what it says: nothing is cleaned up or
// redirected, for a proxy in front may see it in another way.
func isPlain(path string) bool {
	if !strings.HasPrefix(path, "/") || strings.Contains(path, "//") {
		return false
	}
	for part := range strings.SplitSeq(path[1:], "/") {
		if part == "." || part == ".." {
			return false
		}
	}
	return true
}

// answer watches what is answered, and gives the client time to take it, but not
// for ever. The time is that of connections: the wall clock's.
type answer struct {
	http.ResponseWriter
	pace   *http.ResponseController
	status int // 0 as long as nothing was written
}

// restTime is how long what the server still has of an answer may take when the
// operation is done, and how long the connection may then wait for the next
// request: longer than any server waits.
const restTime = 10 * time.Minute

// WriteHeader begins the answer.
func (w *answer) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write writes a piece of the answer.
func (w *answer) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	patience := paceTime * time.Duration(1+len(b)/pacePiece)
	_ = w.pace.SetWriteDeadline(time.Now().Add(patience)) // unsupported in tests only
	return w.ResponseWriter.Write(b)
}

// end is called when the operation is done.
func (w *answer) end() {
	_ = w.pace.SetWriteDeadline(time.Now().Add(restTime))
}

// Unwrap lets http.ResponseController through.
func (w *answer) Unwrap() http.ResponseWriter { return w.ResponseWriter }
