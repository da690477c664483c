package app

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/internal/web/auth"
)

// handler is everything that the server answers.
func (a *App) handler() (http.Handler, error) {
	rest, err := a.api()
	if err != nil {
		return nil, err
	}
	pages, err := a.pages()
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	// The interface bounds the pace of bodies itself.
	for _, path := range []string{"/v1/", "/openapi.json", "/openapi.yaml"} {
		mux.Handle(path, rest)
	}
	mux.HandleFunc("GET /healthz", a.healthz)
	mux.HandleFunc("GET /readyz", a.readyz)
	mux.Handle("GET /metrics", paced(a.guarded(store.ScopeRead, a.metricsHandler())))
	mux.Handle("/", paced(a.counted(pages)))
	return a.recovered(a.metrics.measured(mux)), nil
}

// operations is what a listener for metrics answers, to whoever reaches it.
func (a *App) operations() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", a.healthz)
	mux.HandleFunc("GET /readyz", a.readyz)
	mux.Handle("GET /metrics", a.metricsHandler())
	return a.recovered(paced(mux))
}

func (a *App) metricsHandler() http.Handler {
	return promhttp.HandlerFor(a.metrics.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: 10 * time.Second})
}

// guarded asks for a token of a scope.
func (a *App) guarded(scope store.Scope, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, err := a.gate.Authorize(r, scope)
		if err != nil {
			refuse(w, err)
			return
		}
		next.ServeHTTP(w, r.WithContext(auth.NewContext(r.Context(), p)))
	})
}

// counted lets everybody in who does not ask too much: pages that are public.
func (a *App) counted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := a.gate.Admit(r); err != nil {
			refuse(w, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// refuse answers with what a gate refused, as a problem of RFC 9457.
func refuse(w http.ResponseWriter, err error) {
	var refusal *auth.Refusal
	if !errors.As(err, &refusal) {
		refusal = &auth.Refusal{Status: http.StatusInternalServerError, Problem: auth.Unavailable, Detail: "The request could not be judged."}
	}
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	if refusal.Challenge != "" {
		h.Set("WWW-Authenticate", refusal.Challenge)
	}
	if refusal.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(refusal.RetryAfter.Seconds()))))
	}
	w.WriteHeader(refusal.Status)
	_ = json.NewEncoder(w).Encode(map[string]any{
		"type": "urn:rebound:problem:" + string(refusal.Problem), "title": http.StatusText(refusal.Status), "status": refusal.Status, "detail": refusal.Detail,
	})
}

// recovered keeps a defect from ending more than the request that showed it.
func (a *App) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// A deadline is of the connection: that of the answer before is over.
		_ = http.NewResponseController(w).SetWriteDeadline(time.Time{})
		defer func() {
			cause := recover()
			if cause == nil {
				return
			}
			if cause == http.ErrAbortHandler { // the handler's own way to give up
				panic(cause)
			}
			a.metrics.panics.Inc()
			a.log.Error("a request showed a defect of the program", "path", routeOf(r.URL.Path), "cause", cause, "stack", string(debug.Stack()))
			w.WriteHeader(http.StatusInternalServerError) // without effect if the answer has begun
		}()
		next.ServeHTTP(w, r)
	})
}

// check is one thing that must hold for the server to be ready.
type check struct {
	Name    string `json:"name"`
	OK      bool   `json:"ok"`
	Problem string `json:"problem,omitempty"`
}

// readyTimeout bounds the question whether the server is ready.
const readyTimeout = 5 * time.Second

// ready says whether the server can do its work, part by part.
func (a *App) ready(ctx context.Context) []check {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	stage := ""
	switch a.stage.Load() {
	case stageStarting:
		stage = "starting"
	case stageStopping:
		stage = "stopping"
	}
	checks := []check{{"server", stage == "", stage}}
	checks = append(checks, named("store", a.store.Ping(ctx)), named("spool", a.spool.room()))
	return append(checks, named("pipeline", a.pipelineProblem()))
}

func named(name string, err error) check {
	if err != nil {
		return check{name, false, strings.SplitN(err.Error(), "\n", 2)[0]}
	}
	return check{name, true, ""}
}

// healthz says that the process lives.
func (a *App) healthz(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte("ok\n"))
}

// readyz says whether the server can do its work: 200, or 503 and what does not
// hold. Problems are told to all who ask, so they name no data.
func (a *App) readyz(w http.ResponseWriter, r *http.Request) {
	checks, status := a.ready(r.Context()), http.StatusOK
	for i := range checks {
		if !checks[i].OK {
			status = http.StatusServiceUnavailable
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"ready": status == http.StatusOK, "checks": checks})
}
