package api

import (
	"net/http"
)

// API serves the REST interface.
type API struct {
	o Options
}

// New returns an API.
func New(o Options) (*API, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	return &API{o: o}, nil
}

// ServeHTTP answers a request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) }
