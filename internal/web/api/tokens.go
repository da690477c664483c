package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/rebound-mail/rebound/internal/store"
)

type newTokenBody struct {
	Body struct {
		Name    string    `json:"name" minLength:"1" maxLength:"100" doc:"Whose it is: it stands where the token did something." example:"shop"`
		Scopes  []string  `json:"scopes" minItems:"1" maxItems:"3" uniqueItems:"true" nullable:"false" enum:"read,ingest,admin" doc:"What it allows: read asks, ingest hands reports in, admin does everything." example:"[\"read\"]"`
		Expires time.Time `json:"expires,omitzero" doc:"When it ends by itself; never without it." example:"2031-01-01T00:00:00Z"`
	}
}

// madeToken is a token that was just made.
type madeToken struct {
	Token  store.Token `json:"token" doc:"What is stored of it."`
	Secret string      `json:"secret" doc:"What its holder sends: Authorization: Bearer. It is shown this once and stored nowhere." example:"rbd_5f1c9a7b2e04_..."`
}

type tokenPath struct {
	ID string `path:"id" maxLength:"64" doc:"The id of the token." example:"5f1c9a7b2e04"`
}

func (a *API) addTokens() {
	const tag = "operation"
	add(a, newRoute(http.MethodGet, "/v1/tokens", "tokens", store.ScopeAdmin, tag, "Tokens", "All tokens, also those that were revoked or have expired. Secrets are stored nowhere."),
		func(ctx context.Context, _ *struct{}) (*bodyOut[pageOf[store.Token]], error) {
			list, err := a.o.Store.Tokens(ctx)
			for i := range list {
				list[i].Scopes = notNil(list[i].Scopes)
			}
			return &bodyOut[pageOf[store.Token]]{pageOf[store.Token]{Items: notNil(list)}}, err
		})
	made := newRoute(http.MethodPost, "/v1/tokens", "add-token", store.ScopeAdmin, tag, "Make a token",
		"Makes a token. The first one ends the time in which the server answers its own machine without any: make sure that it, or another one, has the scope admin. "+
			"Its secret is shown this once: a repetition with the same Idempotency-Key is refused (409).").
		body(a.o.Limits.Body, jsonType).takesKey().status(http.StatusCreated)
	made.secret = true
	add(a, made, a.makeToken)
	add(a, newRoute(http.MethodDelete, "/v1/tokens/{id}", "revoke-token", store.ScopeAdmin, tag, "Revoke a token", "Ends a token at once. It stays in the list.").
		failing(http.StatusNotFound),
		func(ctx context.Context, in *tokenPath) (*struct{}, error) {
			err := a.o.Store.RevokeToken(ctx, in.ID)
			a.o.Gate.Changed()
			return nil, err
		})
}

func (a *API) makeToken(ctx context.Context, in *newTokenBody) (*bodyOut[madeToken], error) {
	now := a.o.Now()
	if e := in.Body.Expires; !e.IsZero() && !e.After(now) {
		return nil, newProblem(invalid, "The token would have expired already.").at("body.expires", "has to lie in the future")
	}
	var list []store.Scope
	for _, sc := range scopes() {
		if slices.Contains(in.Body.Scopes, string(sc)) {
			list = append(list, sc)
		}
	}
	secret, t := store.NewToken(in.Body.Name, list, now)
	t.Expires = in.Body.Expires
	if err := a.o.Store.AddToken(ctx, t); err != nil {
		return nil, err
	}
	a.o.Gate.Changed()
	return &bodyOut[madeToken]{madeToken{t, secret}}, nil
}
