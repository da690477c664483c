package api

import (
	"context"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/internal/explain"
	"github.com/rebound-mail/rebound/internal/store"
)

type codesQuery struct {
	Q     string `query:"q" maxLength:"1000" doc:"A number (550, 5.7, 4.x) or words; without it all records are listed." example:"5.7.26"`
	Kind  string `query:"kind" enum:"code,reason,provider,phrase,source" doc:"Only records of this kind."`
	Limit int    `query:"limit" minimum:"1" maximum:"5000" default:"50" doc:"How many records at most." example:"10"`
}

type codesAnswer struct {
	Total   int   `json:"total" doc:"How many records were found, those that limit left off included."`
	Records []any `json:"records" doc:"The best hits first. Their kind says what fields they have."`
}

type codePath struct {
	Code string `path:"code" maxLength:"20" doc:"A reply code, an enhanced status code, or a family with x in places that are open." example:"5.7.26"`
}

type idPath struct {
	ID string `path:"id" maxLength:"200" doc:"The id." example:"gmail"`
}

type reasonPath struct {
	ID string `path:"id" maxLength:"100" doc:"The reason." example:"mailbox-full"`
}

type entriesOf[T any] struct {
	Records []T `json:"records" doc:"All there are."`
}

func (a *API) addCodes() {
	const tag = "codes"
	add(a, newRoute(http.MethodGet, "/v1/codes", "search-codes", store.ScopeRead, tag, "Search what is known",
		"Searches codes, reasons, providers, phrases and sources by number or by words.").
		answering("What was found.", map[string]*huma.MediaType{jsonType: {Schema: a.searchSchema()}}),
		func(_ context.Context, in *codesQuery) (*bodyOut[any], error) {
			return &bodyOut[any]{a.searchCodes(in)}, nil
		})
	add(a, newRoute(http.MethodGet, "/v1/codes/{code}", "code", store.ScopeRead, tag, "What a code means",
		"All that is known of a code: the reading in force, each source's meaning beside it, and providers' own readings. A family (5.7.x) gives its members.").
		failing(http.StatusNotFound),
		func(_ context.Context, in *codePath) (*bodyOut[entriesOf[explain.Code]], error) {
			codes, err := explain.ParseCodes(in.Code)
			if err != nil {
				return nil, notACode("path.code", err)
			}
			if len(codes) != 1 {
				return nil, newProblem(notFound, "This is not a code: write 550, 5.7.26 or 5.7.x.")
			}
			return &bodyOut[entriesOf[explain.Code]]{entriesOf[explain.Code]{a.explainer.Codes(codes[0])}}, nil
		})
	addRecords[explain.ReasonRecord, reasonPath](a, "reason", "reasons", codebook.KindReason)
	addRecords[explain.ProviderRecord, idPath](a, "provider", "providers", codebook.KindProvider)
}

// searchSchema describes records of several kinds.
func (a *API) searchSchema() *huma.Schema {
	kinds := &huma.Schema{AnyOf: []*huma.Schema{
		a.schema(reflect.TypeFor[explain.CodeRecord]()), a.schema(reflect.TypeFor[explain.ReasonRecord]()), a.schema(reflect.TypeFor[explain.ProviderRecord]()),
		a.schema(reflect.TypeFor[explain.PhraseRecord]()), a.schema(reflect.TypeFor[explain.SourceRecord]()),
	}}
	return &huma.Schema{Type: huma.TypeObject, Required: []string{"total", "records"}, Properties: map[string]*huma.Schema{
		"total":   {Type: huma.TypeInteger, Description: "How many records were found, those that limit left off included."},
		"records": {Type: huma.TypeArray, Description: "The best hits first. Their kind says what fields they have.", Items: kinds},
	}}
}

func (a *API) searchCodes(in *codesQuery) codesAnswer {
	var kinds []codebook.Kind
	if in.Kind != "" {
		kinds = append(kinds, codebook.Kind(in.Kind))
	}
	var hits []codebook.Hit
	if in.Q != "" {
		hits = a.explainer.Book.Search(in.Q, kinds...)
	} else {
		hits = a.all(codebook.Kind(in.Kind))
	}
	return codesAnswer{Total: len(hits), Records: a.explainer.Records(hits[:min(len(hits), in.Limit)])}
}

// all lists the records of a kind, or of every one.
func (a *API) all(kind codebook.Kind) []codebook.Hit {
	var hits []codebook.Hit
	for _, h := range explain.Everything(a.explainer.Book) {
		if kind == "" || h.Kind == kind {
			hits = append(hits, h)
		}
	}
	return hits
}

// addRecords registers a list of records of a kind, and the look-up of one.
func addRecords[T any, P reasonPath | idPath](a *API, one, many string, kind codebook.Kind) {
	list := func() []T {
		records := []T{}
		for _, r := range a.explainer.Records(a.all(kind)) {
			if t, ok := r.(T); ok {
				records = append(records, t)
			}
		}
		return records
	}
	add(a, newRoute(http.MethodGet, "/v1/"+many, many, store.ScopeRead, "codes", "All "+many, "Lists all "+many+" with all that is known of them."),
		func(context.Context, *struct{}) (*bodyOut[entriesOf[T]], error) {
			return &bodyOut[entriesOf[T]]{entriesOf[T]{list()}}, nil
		})
	add(a, newRoute(http.MethodGet, "/v1/"+many+"/{id}", one, store.ScopeRead, "codes", "One "+one, "All that is known of one "+one+".").
		failing(http.StatusNotFound),
		func(_ context.Context, in *P) (*bodyOut[T], error) {
			id := any(*in)
			name := ""
			switch id := id.(type) {
			case reasonPath:
				name = id.ID
			case idPath:
				name = id.ID
			}
			for _, h := range a.all(kind) {
				if h.ID != name {
					continue
				}
				if t, ok := a.explainer.Record(h).(T); ok {
					return &bodyOut[T]{t}, nil
				}
			}
			return nil, newProblem(notFound, "There is no "+one+" by this id. GET /v1/"+many+" lists them all.")
		})
}
