package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/rebound-mail/rebound/internal/store"
)

type alertsQuery struct {
	All   bool `query:"all" doc:"Whether to list alerts that have ended as well."`
	Limit int  `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"How many at most."`
}

// deadLetter is a message to somebody that was given up.
type deadLetter struct {
	ID      string    `json:"id" doc:"The id of the message."`
	Target  string    `json:"target" doc:"The name of who was to get it, as configured."`
	Kind    string    `json:"kind" doc:"What it tells of." example:"suppression.added"`
	Body    any       `json:"body" doc:"What it says: JSON as it is, anything else as a string."`
	Created time.Time `json:"created" doc:"When it was made."`
	Tries   int       `json:"tries" doc:"How often it was tried."`
	Error   string    `json:"error,omitempty" doc:"Why the last try failed."`
	Dead    time.Time `json:"dead,omitzero" doc:"When it was given up."`
}

func newDeadLetter(o *store.Outgoing) deadLetter {
	d := deadLetter{ID: o.ID, Target: o.Target, Kind: o.Kind, Body: string(o.Body), Created: o.Created, Tries: o.Tries, Error: o.Error, Dead: o.Dead}
	if json.Valid(o.Body) {
		d.Body = json.RawMessage(o.Body)
	}
	return d
}

type messagePath struct {
	ID string `path:"id" maxLength:"200" doc:"The id of the message."`
}

func (a *API) addAlerts() {
	const tag = "operation"
	add(a, newRoute(http.MethodGet, "/v1/alerts", "alerts", store.ScopeAdmin, tag, "Alerts", "What somebody should know, the latest first: rates over their line, providers "+
		"that refuse, messages that could not be delivered."),
		func(ctx context.Context, in *alertsQuery) (*bodyOut[pageOf[store.Alert]], error) {
			list, err := a.o.Store.Alerts(ctx, !in.All, in.Limit)
			return &bodyOut[pageOf[store.Alert]]{pageOf[store.Alert]{Items: notNil(list)}}, err
		})
	add(a, newRoute(http.MethodGet, "/v1/dead-letters", "dead-letters", store.ScopeAdmin, tag, "Messages that were given up",
		"Webhooks to others that could not be delivered, the latest first."),
		func(ctx context.Context, in *Page) (*bodyOut[pageOf[deadLetter]], error) {
			list, next, err := a.o.Store.DeadLetters(ctx, in.Cursor, in.Limit)
			out := pageOf[deadLetter]{Items: make([]deadLetter, 0, len(list)), NextCursor: next}
			for i := range list {
				out.Items = append(out.Items, newDeadLetter(&list[i]))
			}
			return &bodyOut[pageOf[deadLetter]]{out}, err
		})
	add(a, newRoute(http.MethodPost, "/v1/dead-letters/{id}/revive", "revive-dead-letter", store.ScopeAdmin, tag, "Try a message again",
		"Makes a message that was given up due again. One that was delivered, or is unknown, changes nothing.").takesKey().status(http.StatusNoContent),
		func(ctx context.Context, in *messagePath) (*struct{}, error) {
			return nil, a.o.Store.Revive(ctx, []string{in.ID})
		})
}
