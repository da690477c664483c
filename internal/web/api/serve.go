package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"time"

	"github.com/rebound-mail/rebound/internal/web/auth"
)

// rescue answers for an operation that panicked.
func (a *API) rescue(w *answer, r *http.Request) {
	v := recover()
	if v == nil {
		return
	}
	if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(http.ErrAbortHandler)
	}
	if r.Context().Err() == nil {
		a.o.Logger.Error("a request panicked", "request", requestID(r.Context()), "path", routeOf(r), "panic", v, "stack", string(debug.Stack()))
	}
	if w.status != 0 {
		panic(http.ErrAbortHandler) // the client must not take half an answer for a whole one
	}
	a.fail(w, r, newProblem(internalError, "Tell the operator of the server the request_id: the log says more."))
}

// routeOf names a request for the log: never its path, which holds addresses.
func routeOf(r *http.Request) string {
	if r.Pattern != "" {
		return r.Pattern
	}
	return r.Method
}

// report completes a problem with its request, and logs it if the server is to
// blame.
func (a *API) report(ctx context.Context, p *Problem) *Problem {
	p = p.of(requestID(ctx))
	if p.cause == nil || ctx.Err() != nil {
		return p
	}
	level := slog.LevelDebug
	if p.Status >= 500 {
		level = slog.LevelError
	}
	a.o.Logger.Log(ctx, level, "a request failed", "request", p.RequestID, "problem", p.Type, "error", p.cause)
	return p
}

// fail answers with a problem.
func (a *API) fail(w http.ResponseWriter, r *http.Request, p *Problem) {
	p = a.report(r.Context(), p)
	h := w.Header()
	for name, values := range p.header {
		h[name] = values
	}
	h.Set("Content-Type", ProblemType)
	w.WriteHeader(p.Status)
	_ = writeJSON(w, p)
}

// writeJSON writes a value on one line. Characters of HTML stay as they are: what
// JSON quotes is to be read by programs.
func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// serve looks after all that operations have in common, and then carries one out.
func (a *API) serve(rt *route, w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
	r, err := a.admit(rt, r)
	if err != nil {
		a.fail(w, r, problemOf(err))
		return
	}
	if rt.long {
		select {
		case a.long <- struct{}{}:
			defer func() { <-a.long }()
		default:
			a.fail(w, r, newProblem(busy, "Long requests (bulk checks, exports, imports, backups) have their places. Try again soon.").retry(time.Second))
			return
		}
	}
	body, err := a.openBody(rt, w, r)
	if err != nil {
		a.fail(w, r, problemOf(err))
		return
	}
	if body != nil {
		r.Body = body
	}
	if !rt.streams && body != nil {
		b, err := a.memory.read(body)
		if err != nil {
			a.fail(w, r, problemOf(err))
			return
		}
		defer b.free()
		r = withBody(r, b.bytes)
	}
	if rt.keyed {
		a.serveKeyed(rt, w, r, next)
		return
	}
	next(w, r)
}

type bodyKey struct{}

// withBody returns the request with its body read.
func withBody(r *http.Request, b []byte) *http.Request {
	r = r.WithContext(context.WithValue(r.Context(), bodyKey{}, b))
	r.Body = io.NopCloser(bytes.NewReader(b))
	r.ContentLength = int64(len(b))
	return r
}

// bodyOf returns the body that serve has read.
func bodyOf(ctx context.Context) []byte {
	b, _ := ctx.Value(bodyKey{}).([]byte)
	return b
}

// admit says who makes the request and whether they may, and refuses what has two
// meanings.
func (a *API) admit(rt *route, r *http.Request) (*http.Request, error) {
	if rt.scope == "" {
		if err := a.o.Gate.Admit(r); err != nil {
			return r, err
		}
	} else {
		p, err := a.o.Gate.Authorize(r, rt.scope)
		if err != nil {
			return r, err
		}
		r = r.WithContext(auth.NewContext(r.Context(), p))
	}
	if rt.foreign {
		return r, nil
	}
	return r, plainQuery(r.URL.RawQuery)
}

// plainQuery refuses a query that programs read in different ways.
func plainQuery(raw string) error {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return newProblem(badRequest, "The query cannot be read: write & between parameters, and % with two hexadecimal digits for special characters.")
	}
	var p *Problem
	for name, list := range values {
		if len(list) > 1 {
			if p == nil {
				p = newProblem(invalid, "Each parameter may stand in the query once.")
			}
			p.at("query."+name, "is given several times")
		}
	}
	if p == nil {
		return nil
	}
	slices.SortFunc(p.Errors, func(x, y FieldError) int { return bytes.Compare([]byte(x.Location), []byte(y.Location)) })
	return p
}

// who names the one who makes the request, as it is written where somebody did
// something.
func who(ctx context.Context) string {
	p, _ := auth.FromContext(ctx)
	if p.Name != "" {
		return p.Name
	}
	return p.ID
}
