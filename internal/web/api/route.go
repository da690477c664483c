package api

import (
	"context"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/rebound-mail/rebound/internal/store"
)

// route is an operation and all that is to be looked after before it is carried out.
type route struct {
	op    huma.Operation
	scope store.Scope // that a token needs; "" is open to everybody
	// types are the media types of bodies that are taken; none where there is no
	// body, anyType where any will do.
	types []string
	limit int64 // of the body, unpacked
	// streams is that the body is read by the operation, piece by piece.
	streams bool
	long    bool // counts for Limits.Streams
	keyed   bool // takes an Idempotency-Key
	secret  bool // the answer has a secret, which no store may keep
	foreign bool // query and header are somebody else's: hooks
	fails   []int
}

const (
	anyType    = "*/*"
	jsonType   = "application/json"
	ndjsonType = "application/x-ndjson"
	csvType    = "text/csv"
)

// newRoute returns the route of an operation.
func newRoute(method, path, id string, scope store.Scope, tag, summary, description string) *route {
	return &route{scope: scope, op: huma.Operation{
		Method: method, Path: path, OperationID: id, Tags: []string{tag}, Summary: summary, Description: description,
	}}
}

// body says which bodies are taken, and how large.
func (rt *route) body(limit int64, types ...string) *route {
	rt.limit, rt.types = limit, types
	return rt
}

func (rt *route) status(code int) *route {
	rt.op.DefaultStatus = code
	return rt
}

// failing names the errors that this operation may answer with, beside those that
// any may.
func (rt *route) failing(codes ...int) *route {
	rt.fails = append(rt.fails, codes...)
	return rt
}

func (rt *route) takesKey() *route {
	rt.keyed = true
	return rt
}

// streaming is for operations that read their body, or write their answer, piece
// by piece.
func (rt *route) streaming() *route {
	rt.streams, rt.long = true, true
	return rt
}

// answering says of what type the answer is, where it is not JSON.
func (rt *route) answering(description string, content map[string]*huma.MediaType) *route {
	code := rt.op.DefaultStatus
	if code == 0 {
		code = http.StatusOK
		rt.op.DefaultStatus = code
	}
	rt.op.Responses = map[string]*huma.Response{strconv.Itoa(code): {Description: description, Content: content}}
	return rt
}

// successOf returns what the document says of an operation that succeeded.
func (a *API) successOf(rt *route) *huma.Response {
	code := rt.op.DefaultStatus
	op := operationOf(a.huma.OpenAPI(), rt.op.Method, rt.op.Path)
	for _, c := range [...]int{code, http.StatusOK, http.StatusNoContent} {
		if r := op.Responses[strconv.Itoa(c)]; r != nil {
			return r
		}
	}
	return &huma.Response{}
}

const routeKey = "route"

// add registers an operation: its route, and what it does.
func add[I, O any](a *API, rt *route, do func(context.Context, *I) (*O, error)) {
	op := rt.op
	op.Metadata = map[string]any{routeKey: rt}
	op.BodyReadTimeout, op.MaxBodyBytes = -1, -1 // serve has read the body
	op.RejectUnknownQueryParameters = !rt.foreign
	op.Errors = []int{http.StatusInternalServerError}
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := do(ctx, in)
		if err != nil {
			return nil, a.report(ctx, problemOf(err))
		}
		return out, nil
	})
	if success := a.successOf(rt); success.Description == "" || success.Description == http.StatusText(http.StatusOK) {
		success.Description = "What was asked for."
	}
	rt.document(a.huma.OpenAPI())
	a.routes = append(a.routes, rt)
}

// adapter is between huma and the mux: it puts serve before every operation.
type adapter struct{ a *API }

// Handle adds an operation to the mux.
func (ad adapter) Handle(op *huma.Operation, handler func(huma.Context)) {
	rt, _ := op.Metadata[routeKey].(*route)
	ad.a.mux.HandleFunc(op.Method+" "+op.Path, func(w http.ResponseWriter, r *http.Request) {
		ad.a.serve(rt, w, r, func(w http.ResponseWriter, r *http.Request) {
			handler(humago.NewContext(op, r, w))
		})
	})
}

// ServeHTTP is part of what huma asks of an adapter.
func (ad adapter) ServeHTTP(w http.ResponseWriter, r *http.Request) { ad.a.ServeHTTP(w, r) }

// raw is the answer of an operation that writes it by itself.
type raw = huma.StreamResponse

// writing returns an answer that write gives.
func writing(write func(w http.ResponseWriter, r *http.Request)) *raw {
	return &raw{Body: func(ctx huma.Context) {
		r, w := humago.Unwrap(ctx)
		write(w, r)
	}}
}
