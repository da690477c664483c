package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rebound-mail/rebound/internal/spool"
	"github.com/rebound-mail/rebound/internal/store"
)

// parked is a report kept aside.
type parked struct {
	ID       string            `json:"id" doc:"The id of the report."`
	Source   spool.Source      `json:"source" doc:"The way it came." example:"smtp"`
	Kind     spool.Kind        `json:"kind" doc:"What it was taken for; empty if nothing told."`
	Trust    spool.Trust       `json:"trust" doc:"Whether its source is known: source or open."`
	Received time.Time         `json:"received" doc:"When it came in."`
	Parked   time.Time         `json:"parked" doc:"When it was kept aside."`
	Reason   string            `json:"reason" doc:"Why it could not be processed."`
	Size     int               `json:"size" doc:"Of its body, in bytes."`
	Meta     map[string]string `json:"meta" doc:"What is known beside the body."`
}

func newParked(p *spool.Parked) parked {
	out := parked{ID: p.ID, Source: p.Source, Kind: p.Kind, Trust: p.Trust, Received: p.Received, Parked: p.ParkedAt, Reason: p.Reason, Size: p.Size, Meta: p.Meta}
	if out.Meta == nil {
		out.Meta = map[string]string{}
	}
	return out
}

type parkedPath struct {
	ID string `path:"id" maxLength:"200" doc:"The id of the report."`
}

func (a *API) addParked() {
	const tag = "operation"
	add(a, newRoute(http.MethodGet, "/v1/parked", "parked", store.ScopeAdmin, tag, "Reports kept aside",
		"Reports that could not be processed, the first first, without their bodies. They wait until somebody decides."),
		func(ctx context.Context, in *Page) (*bodyOut[pageOf[parked]], error) {
			list, next, err := a.o.Spool.Parked(ctx, in.Cursor, in.Limit)
			if errors.Is(err, spool.ErrInvalid) {
				return nil, newProblem(invalidCursor, aboutCursors)
			}
			out := pageOf[parked]{Items: make([]parked, 0, len(list)), NextCursor: next}
			for i := range list {
				out.Items = append(out.Items, newParked(&list[i]))
			}
			return &bodyOut[pageOf[parked]]{out}, err
		})
	verbatim := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Description: "The report, byte for byte."}}
	add(a, newRoute(http.MethodGet, "/v1/parked/{id}", "parked-report", store.ScopeAdmin, tag, "A report kept aside", "The report itself, as it came in.").
		failing(http.StatusNotFound).answering("The report, as a file to be saved.", map[string]*huma.MediaType{"text/plain": verbatim}),
		func(ctx context.Context, in *parkedPath) (*raw, error) {
			p, err := a.o.Spool.ParkedReport(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			return writing(func(w http.ResponseWriter, _ *http.Request) { writeFile(w, "report.txt", p.Body) }), nil
		})
	add(a, newRoute(http.MethodPost, "/v1/parked/{id}/requeue", "requeue-parked", store.ScopeAdmin, tag, "Process a report again",
		"Hands a report that was kept aside back for processing, such as after an update.").takesKey().status(http.StatusNoContent).failing(http.StatusNotFound),
		func(ctx context.Context, in *parkedPath) (*struct{}, error) {
			return nil, a.o.Spool.Requeue(ctx, in.ID)
		})
	add(a, newRoute(http.MethodDelete, "/v1/parked/{id}", "drop-parked", store.ScopeAdmin, tag, "Drop a report",
		"Removes a report that was kept aside, for good.").failing(http.StatusNotFound),
		func(ctx context.Context, in *parkedPath) (*struct{}, error) { return nil, a.o.Spool.Drop(ctx, in.ID) })
}
