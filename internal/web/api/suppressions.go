package api

import (
	"context"
	"net/http"
	"time"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/policy"
)

// Page is which part of a list is asked for.
type Page struct {
	Cursor string `query:"cursor" maxLength:"4096" doc:"next_cursor of the answer before; without it the list begins."`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"How many entries at most." example:"100"`
}

// pageOf is a part of a list.
type pageOf[T any] struct {
	Items      []T    `json:"items" doc:"The entries. There may be fewer than the limit, even none, while there is a next_cursor."`
	NextCursor string `json:"next_cursor,omitempty" doc:"The cursor of what follows; absent at the end."`
}

// Span is a time that things lie in.
type Span struct {
	From time.Time `query:"from" doc:"Not before this time." example:"2026-03-01T00:00:00Z"`
	To   time.Time `query:"to" doc:"Before this time." example:"2026-04-01T00:00:00Z"`
}

// SuppressionFilter chooses entries of the list.
type SuppressionFilter struct {
	Stream    string `query:"stream" maxLength:"128" doc:"Those that hold for this stream." example:"newsletter"`
	Ground    string `query:"ground" enum:"address,block,objection,failures" doc:"Those on this ground."`
	Reason    string `query:"reason" maxLength:"64" doc:"Those for this reason; see GET /v1/reasons." example:"user-unknown"`
	Domain    string `query:"domain" maxLength:"255" doc:"Those of this recipient domain." example:"example.org"`
	Probation bool   `query:"probation" doc:"Whether to list those as well whose time has run out, and where one try is due."`
	Span
}

func (f *SuppressionFilter) filter() (store.SuppressionFilter, error) {
	reason, err := reasonOf(f.Reason)
	return store.SuppressionFilter{
		Stream: streamOf(f.Stream), Ground: policy.Ground(f.Ground), Reason: reason, Domain: f.Domain, From: f.From, To: f.To, Probation: f.Probation,
	}, err
}

// streamOf returns the name by which a stream is known; none stays none.
func streamOf(s string) string { return policy.StreamName(s) }

// reasonOf returns a reason by its name.
func reasonOf(name string) (codebook.Reason, error) {
	r := codebook.Reason(name)
	if name == "" || r.IsKnown() {
		return r, nil
	}
	var known []string
	for _, k := range codebook.Reasons() {
		known = append(known, string(k))
	}
	message := "there is no such reason"
	if meant := nearestTo(name, known); meant != "" {
		message += "; did you mean " + meant + "?"
	}
	return "", newProblem(invalid, "There is no such reason. GET /v1/reasons lists them all.").at("reason", message)
}

type suppressionsQuery struct {
	SuppressionFilter
	Newest bool `query:"newest" doc:"Whether to begin with the latest. The order is by address else."`
	Page
}

type newSuppression struct {
	Body struct {
		Recipient string `json:"recipient" minLength:"3" maxLength:"1024" doc:"The address not to be mailed." example:"kim@example.org"`
		Stream    string `json:"stream,omitempty" maxLength:"128" doc:"The stream for which; without it every one." example:"newsletter"`
		Reason    string `json:"reason,omitempty" maxLength:"64" doc:"Why, if it is one of GET /v1/reasons." example:"complaint"`
		Note      string `json:"note,omitempty" maxLength:"1000" doc:"Why, in words." example:"asked by telephone"`
	}
}

// changed is what a change by hand did.
type changed struct {
	Recipient string        `json:"recipient" doc:"The address in the one spelling that stands for all."`
	Changed   bool          `json:"changed" doc:"Whether the address was suppressed, or was not, before."`
	Answer    policy.Answer `json:"answer" doc:"What holds now, in the stream that was named."`
}

type releaseBody struct {
	AddressPath
	Body *struct {
		Note   string `json:"note,omitempty" maxLength:"1000" doc:"Why, in words." example:"the mailbox works again"`
		Stream string `json:"stream,omitempty" maxLength:"128" doc:"Only the objections and blocks of this stream; without it everything." example:"newsletter"`
	} `required:"false"`
}

type releaseQuery struct {
	AddressPath
	Note   string `query:"note" maxLength:"1000" doc:"Why, in words." example:"the mailbox works again"`
	Stream string `query:"stream" maxLength:"128" doc:"Only the objections and blocks of this stream; without it everything." example:"newsletter"`
}

func (a *API) addSuppressions() {
	const tag = "suppressions"
	add(a, newRoute(http.MethodGet, "/v1/suppressions", "suppressions", store.ScopeRead, tag, "List suppressions",
		"Lists addresses that are not to be mailed, with ground, reason and since when. An address is there once for each ground and stream."),
		func(ctx context.Context, in *suppressionsQuery) (*bodyOut[pageOf[store.Suppression]], error) {
			f, err := in.filter()
			if err != nil {
				return nil, err
			}
			f.Newest = in.Newest
			list, next, err := a.o.Store.Suppressions(ctx, f, in.Cursor, in.Limit)
			return &bodyOut[pageOf[store.Suppression]]{pageOf[store.Suppression]{notNil(list), next}}, err
		})
	add(a, newRoute(http.MethodPost, "/v1/suppressions", "add-suppression", store.ScopeAdmin, tag, "Suppress an address",
		"Suppresses an address by hand, until it is released.").body(a.o.Limits.Body, jsonType).takesKey().status(http.StatusCreated), a.addSuppression)
	const release = "Ends what holds against an address: whatever happened until now no longer counts, also if it is reported later. A new failure counts anew."
	add(a, newRoute(http.MethodPost, "/v1/suppressions/{address}/release", "release-suppression", store.ScopeAdmin, tag, "Release an address", release).
		body(a.o.Limits.Body, jsonType).takesKey(),
		func(ctx context.Context, in *releaseBody) (*bodyOut[changed], error) {
			if in.Body == nil {
				return a.release(ctx, in.AddressPath, "", "")
			}
			return a.release(ctx, in.AddressPath, in.Body.Note, in.Body.Stream)
		})
	add(a, newRoute(http.MethodDelete, "/v1/suppressions/{address}", "delete-suppression", store.ScopeAdmin, tag, "Release an address", release+
		" The same as POST .../release."),
		func(ctx context.Context, in *releaseQuery) (*bodyOut[changed], error) {
			return a.release(ctx, in.AddressPath, in.Note, in.Stream)
		})
}

func (a *API) addSuppression(ctx context.Context, in *newSuppression) (*bodyOut[changed], error) {
	b := &in.Body
	key, err := policy.NewKey(b.Recipient, b.Stream, a.o.Settings)
	if err != nil {
		return nil, err
	}
	reason, err := reasonOf(b.Reason)
	if err != nil {
		return nil, err
	}
	block := store.Block{Recipient: key.Recipient, Block: policy.Block{By: who(ctx), Note: b.Note, Reason: reason, Stream: key.Stream}}
	before, err := a.o.Store.AddSuppressions(ctx, []store.Block{block})
	if err != nil {
		return nil, err
	}
	r, err := a.o.Store.Recipient(ctx, key)
	if err != nil {
		return nil, err
	}
	was := len(before) > 0 && before[0].Suppressed
	return &bodyOut[changed]{changed{Recipient: key.Recipient, Changed: !was, Answer: r.Answer}}, nil
}

func (a *API) release(ctx context.Context, in AddressPath, note, stream string) (*bodyOut[changed], error) {
	key, err := in.key(a, stream)
	if err != nil {
		return nil, err
	}
	was, err := a.o.Store.Recipient(ctx, key)
	if err != nil {
		return nil, err
	}
	is, err := a.o.Store.Release(ctx, key.Recipient, policy.Lift{By: who(ctx), Note: note, Stream: key.Stream})
	if err != nil {
		return nil, err
	}
	return &bodyOut[changed]{changed{Recipient: key.Recipient, Changed: was.Answer.Suppressed && !is.Suppressed, Answer: is}}, nil
}
