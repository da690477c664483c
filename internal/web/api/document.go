package api

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/yaml"

	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/smtpcode"
)

// document is the OpenAPI document as it is served.
type document struct{ json, yaml []byte }

const (
	bearerScheme = "token"
	schemaPrefix = "#/components/schemas/"
	problemRef   = schemaPrefix + "Problem"
)

func (a *API) humaConfig() huma.Config {
	schemas := huma.NewMapRegistry(schemaPrefix, schemaName)
	schemas.RegisterTypeAlias(reflect.TypeFor[smtpcode.Code](), reflect.TypeFor[uint16]())
	schemas.RegisterTypeAlias(reflect.TypeFor[event.Facts](), reflect.TypeFor[map[string]string]())
	schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	format := huma.Format{Marshal: writeJSON, Unmarshal: decodeJSON}
	c := huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{Title: "Rebound", Version: a.o.Version, Description: aboutAPI,
				License: &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}},
			Servers: []*huma.Server{{URL: "/", Description: "The server that gave this document."}},
			Tags:    tags(),
			Components: &huma.Components{Schemas: schemas, SecuritySchemes: map[string]*huma.SecurityScheme{
				bearerScheme: {Type: "http", Scheme: "bearer", BearerFormat: "rbd_...", Description: aboutTokens},
			}},
		},
		Formats:       map[string]huma.Format{jsonType: format, "json": format, "problem+json": format},
		DefaultFormat: jsonType,
		Transformers:  []huma.Transformer{a.plainErrors},
	}
	return c
}

// schemaName names the schema of a type. Words that several packages have get
// the name of theirs before.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	prefix := ""
	switch pkg := t.PkgPath(); {
	case t.Name() == "":
	case strings.HasSuffix(pkg, "/internal/reputation"):
		prefix = "Reputation"
	case strings.HasSuffix(pkg, "/internal/intake"):
		prefix = "Source"
	case strings.HasSuffix(pkg, "/rebound/event") && name != "Event" && name != "Verdict":
		prefix = "Event"
	}
	return prefix + strings.TrimPrefix(name, prefix)
}

// plainErrors makes problems of the errors that huma finds in a request.
func (a *API) plainErrors(ctx huma.Context, _ string, v any) (any, error) {
	e, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	p := newProblem(kindOfStatus(e.Status), sentence(e.Detail))
	for _, d := range e.Errors {
		if d != nil {
			p.at(d.Location, a.hinted(ctx.Operation(), d))
		}
	}
	slices.SortStableFunc(p.Errors, func(x, y FieldError) int { return cmp.Compare(x.Location, y.Location) })
	p = a.report(ctx.Context(), p)
	return p, nil
}

func kindOfStatus(status int) kind {
	switch status {
	case http.StatusBadRequest:
		return badRequest
	case http.StatusUnprocessableEntity:
		return invalid
	case http.StatusUnsupportedMediaType:
		return badMedia
	case http.StatusRequestEntityTooLarge:
		return tooLarge
	}
	return internalError
}

func sentence(s string) string {
	switch s {
	case "validation failed":
		return "See errors for what is wrong where."
	case "request body is required":
		return "A body is needed here."
	case "unexpected error occurred":
		return "Tell the operator of the server the request_id: the log says more."
	}
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:] + "."
}

// hinted adds to an error what was perhaps meant. The value is not repeated: it
// may be long, or a secret.
func (a *API) hinted(op *huma.Operation, d *huma.ErrorDetail) string {
	place, name, _ := cutLast(d.Location)
	switch {
	case d.Message == "unexpected property":
		return didYouMean("there is no such field", name, a.fieldsOf(op, place))
	case d.Message == "unknown query parameter":
		var known []string
		for _, p := range op.Parameters {
			if p.In == "query" {
				known = append(known, p.Name)
			}
		}
		return didYouMean("there is no such parameter", name, known)
	case strings.HasPrefix(d.Message, "invalid date/time"):
		return "this is no time; write it as 2026-03-04T05:06:07Z"
	}
	return d.Message
}

func cutLast(location string) (place, name string, ok bool) {
	i := strings.LastIndexByte(location, '.')
	if i < 0 {
		return "", location, false
	}
	return location[:i], location[i+1:], true
}

// fieldsOf returns the fields that the body of an operation may have at a place.
func (a *API) fieldsOf(op *huma.Operation, place string) []string {
	if op.RequestBody == nil || op.RequestBody.Content[jsonType] == nil || place != "body" {
		return nil
	}
	s := op.RequestBody.Content[jsonType].Schema
	if s != nil && s.Ref != "" {
		s = a.huma.OpenAPI().Components.Schemas.SchemaFromRef(s.Ref)
	}
	if s == nil {
		return nil
	}
	return slices.Collect(maps.Keys(s.Properties))
}

// document completes what the OpenAPI document says of a route.
func (rt *route) document(doc *huma.OpenAPI) {
	op := operationOf(doc, rt.op.Method, rt.op.Path)
	if rt.scope != "" {
		op.Security = []map[string][]string{{bearerScheme: {}}, {}}
		op.Description += "\n\nScope: `" + string(rt.scope) + "`."
		op.Extensions = map[string]any{"x-scope": string(rt.scope)}
	} else {
		op.Security = []map[string][]string{{}}
	}
	if rt.keyed {
		op.Parameters = append(op.Parameters, &huma.Param{Name: keyHeader, In: "header", Description: aboutKeys,
			Schema: &huma.Schema{Type: "string", MinLength: ptr(1), MaxLength: ptr(maxKey)}, Example: "9c2e6b5e-3c53-4f43-8a55-6f0f3a0c9a10"})
	}
	if len(rt.types) > 0 && op.RequestBody == nil {
		op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{}}
		for _, t := range rt.types {
			op.RequestBody.Content[t] = &huma.MediaType{Schema: &huma.Schema{}}
		}
	}
	delete(op.Responses, "default")
	for _, code := range rt.errors() {
		op.Responses[strconv.Itoa(code)] = errorResponse(code)
	}
	for code, r := range op.Responses {
		if r.Headers == nil {
			r.Headers = map[string]*huma.Param{}
		}
		r.Headers["X-Request-Id"] = &huma.Param{Description: "The id of the request, which the server's log has too.", Schema: &huma.Schema{Type: "string"}}
		if code == "429" || code == "503" || code == "507" {
			r.Headers["Retry-After"] = &huma.Param{Description: "In how many seconds to ask again.", Schema: &huma.Schema{Type: "integer"}}
		}
	}
}

func ptr[T any](v T) *T { return &v }

// errors lists the errors that the operation may answer with.
func (rt *route) errors() []int {
	codes := append([]int{http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusServiceUnavailable}, rt.fails...)
	if rt.scope != "" {
		codes = append(codes, http.StatusUnauthorized, http.StatusForbidden)
	}
	if !rt.foreign {
		codes = append(codes, http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusRequestURITooLong)
	}
	if len(rt.types) > 0 {
		codes = append(codes, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusRequestTimeout)
	}
	if rt.keyed {
		codes = append(codes, http.StatusConflict, http.StatusInsufficientStorage)
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

func errorResponse(code int) *huma.Response {
	return &huma.Response{
		Description: aboutStatus(code),
		Content:     map[string]*huma.MediaType{ProblemType: {Schema: &huma.Schema{Ref: problemRef}}},
	}
}

// operationOf returns an operation of the document, nil if it has none.
func operationOf(doc *huma.OpenAPI, method, path string) *huma.Operation {
	item := doc.Paths[path]
	if item == nil {
		return nil
	}
	return map[string]*huma.Operation{
		http.MethodGet: item.Get, http.MethodHead: item.Head, http.MethodPost: item.Post, http.MethodDelete: item.Delete, http.MethodOptions: item.Options,
	}[method]
}

// finishDocument completes the schemas and writes the document.
func (a *API) finishDocument() error {
	doc := a.huma.OpenAPI()
	asked := a.askedSchemas()
	for name, s := range doc.Components.Schemas.Map() {
		describe(name, s)
		if asked[name] {
			continue
		}
		s.AdditionalProperties = openEnded(s.AdditionalProperties)
		for _, property := range s.Properties {
			if property.Type == huma.TypeArray {
				property.Nullable = false
			}
		}
	}
	delete(doc.Components.Schemas.Map(), "ErrorModel")
	delete(doc.Components.Schemas.Map(), "ErrorDetail")
	b, err := json.Marshal(doc)
	if err != nil {
		return fmt.Errorf("api: the OpenAPI document: %w", err)
	}
	a.document.json = b
	var y bytes.Buffer
	if err := yaml.Convert(&y, bytes.NewReader(b)); err != nil {
		return fmt.Errorf("api: the OpenAPI document: %w", err)
	}
	a.document.yaml = y.Bytes()
	return nil
}

// openEnded lets answers have more fields than the document knows: they grow by
// addition.
func openEnded(more any) any {
	if more == false {
		return nil
	}
	return more
}

// askedSchemas names the schemas of bodies of requests, which stay strict.
func (a *API) askedSchemas() map[string]bool {
	asked := map[string]bool{}
	for _, rt := range a.routes {
		op := operationOf(a.huma.OpenAPI(), rt.op.Method, rt.op.Path)
		if op.RequestBody == nil {
			continue
		}
		for _, m := range op.RequestBody.Content {
			if m.Schema != nil {
				asked[strings.TrimPrefix(m.Schema.Ref, schemaPrefix)] = true
			}
		}
	}
	return asked
}

// scopes are those of tokens, as the document lists them.
func scopes() []store.Scope {
	return []store.Scope{store.ScopeRead, store.ScopeIngest, store.ScopeAdmin}
}
