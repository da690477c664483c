package api

import (
	"context"
	"net/http"
	"time"

	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/policy"
)

// AddressPath is an address in a path. It may have any character that an address may,
// percent-encoded.
type AddressPath struct {
	Address string `path:"address" maxLength:"1024" doc:"A mail address in any usual spelling, percent-encoded." example:"kim@example.org"`
}

// key returns the key of the address.
func (in *AddressPath) key(a *API, stream string) (policy.Key, error) {
	return policy.NewKey(in.Address, stream, a.o.Settings)
}

// InStream names the stream that a question is about.
type InStream struct {
	Stream string `query:"stream" maxLength:"128" doc:"The kind of mail that is meant. Without it the answer is about any: an objection to one stream answers it." example:"newsletter"`
}

type recipientQuery struct {
	AddressPath
	InStream
	History int `query:"history" minimum:"0" maximum:"1000" default:"20" doc:"How many events to list, the newest first."`
}

// recipientAnswer is what is known of a recipient.
type recipientAnswer struct {
	Address      string              `json:"address" doc:"The address in the one spelling that stands for all."`
	Known        bool                `json:"known" doc:"Whether anything is remembered of it."`
	Suppressed   bool                `json:"suppressed" doc:"Whether the address is not to be mailed."`
	MaySend      bool                `json:"may_send" doc:"Whether it may be mailed: also where one try is due."`
	Why          string              `json:"why" doc:"All of it in one sentence." example:"Suppressed since 2026-03-01 for every stream: user-unknown, and nothing was delivered since."`
	Answer       policy.Answer       `json:"answer" doc:"The answer in full."`
	Events       int64               `json:"events" doc:"How many events there ever were."`
	Last         time.Time           `json:"last,omitzero" doc:"When the last one came."`
	Suppressions []store.Suppression `json:"suppressions" doc:"Each ground on which the address is suppressed, the strongest first."`
	History      []store.Record      `json:"history" doc:"Its events, the newest first. GET /v1/events?recipient= has them all."`
}

type forgotten struct {
	Address string `json:"address" doc:"The address in the one spelling that stands for all."`
	Events  int    `json:"events" doc:"How many events were removed."`
}

func (a *API) addRecipients() {
	add(a, newRoute(http.MethodGet, "/v1/recipients/{address}", "recipient", store.ScopeRead, "recipients", "What is remembered of an address",
		"The state of a recipient: whether it may be mailed and why, on what grounds it is suppressed, and what was reported of it."), a.recipient)
	add(a, newRoute(http.MethodDelete, "/v1/recipients/{address}", "forget-recipient", store.ScopeAdmin, "recipients", "Forget an address",
		"Removes all that is remembered of a recipient: its state, suppressions, events and the reports that these came from. "+
			"It may be mailed afterwards. To lift a suppression and keep the history, release it instead."),
		func(ctx context.Context, in *AddressPath) (*bodyOut[forgotten], error) {
			key, err := in.key(a, "")
			if err != nil {
				return nil, err
			}
			n, err := a.o.Store.Forget(ctx, key.Recipient)
			return &bodyOut[forgotten]{forgotten{key.Recipient, n}}, err
		})
}

func (a *API) recipient(ctx context.Context, in *recipientQuery) (*bodyOut[recipientAnswer], error) {
	key, err := in.key(a, in.Stream)
	if err != nil {
		return nil, err
	}
	r, err := a.o.Store.Recipient(ctx, key)
	if err != nil {
		return nil, err
	}
	out := recipientAnswer{
		Address: r.Address, Known: r.Known, Suppressed: r.Answer.Suppressed, MaySend: r.Answer.MaySend, Why: r.Answer.Why, Answer: r.Answer,
		Events: r.Events, Last: r.Last, Suppressions: grounds(&r, a.o.Settings, a.o.Now()), History: []store.Record{},
	}
	if out.Address == "" {
		out.Address = key.Recipient
	}
	if in.History > 0 && r.Known {
		out.History, err = a.history(ctx, key.Recipient, in.History)
	}
	return &bodyOut[recipientAnswer]{out}, err
}

// grounds lists what holds against a recipient.
func grounds(r *store.Recipient, set policy.Settings, now time.Time) []store.Suppression {
	list := []store.Suppression{}
	for _, g := range policy.Grounds(r.State, set, now) {
		list = append(list, store.Suppression{
			Recipient: r.Address, Stream: g.Stream, Ground: g.Ground, Reason: g.Reason, Since: g.Since, Until: g.Until, By: g.By, Note: g.Note, Probation: g.Probation,
		})
	}
	return list
}

// maxPages is how often a list that is searched is asked to go on for one request.
const maxPages = 20

// history lists events of a recipient.
func (a *API) history(ctx context.Context, recipient string, limit int) ([]store.Record, error) {
	list, _, err := a.eventsPage(ctx, store.EventFilter{Recipient: recipient}, "", limit)
	return list, err
}
