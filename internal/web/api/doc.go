// Package api is Rebound's REST interface: what programs ask and tell the server
// under /v1/, described by the OpenAPI 3.1 document at /openapi.json and
// /openapi.yaml.
//
//	a, err := api.New(api.Options{Store: st, Spool: sp, Gate: gate, Now: time.Now})
//	mux.Handle("/v1/", a)
//	mux.Handle("/openapi.json", a)
//	mux.Handle("/openapi.yaml", a)
//
// An API answers for itself whatever it is asked, so it may as well be the handler
// of a whole server: an unknown path gets a problem, not a page.
//
// Every operation is described once, by the route that registers it: path, scope,
// limits, media types, errors. The document is made of that, and a test walks
// through the document and asks the implementation for all of it.
//
// Errors are problems by RFC 9457, with types urn:rebound:problem:..., the id of the
// request, and nothing of the server's inside. See docs/api.md.
package api
