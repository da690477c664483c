package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/policy"
)

type eventsQuery struct {
	Recipient    string `query:"recipient" maxLength:"1024" doc:"Of this recipient, in any spelling." example:"kim@example.org"`
	Kind         string `query:"kind" enum:"bounce,delay,delivery,complaint,auto-reply,challenge,unsubscribe,other" doc:"Of this kind."`
	Reason       string `query:"reason" maxLength:"64" doc:"With this reason." example:"mailbox-full"`
	Provider     string `query:"provider" maxLength:"64" doc:"From this provider's servers." example:"gmail"`
	Stream       string `query:"stream" maxLength:"128" doc:"Of this stream." example:"newsletter"`
	SenderDomain string `query:"sender_domain" maxLength:"255" doc:"Of mail from this domain." example:"example.com"`
	MessageID    string `query:"message_id" maxLength:"1000" doc:"About the message with this Message-ID." example:"1@example.com"`
	Text         string `query:"text" maxLength:"200" doc:"With these words in what the server said, in any case." example:"over quota"`
	Unverified   bool   `query:"unverified" doc:"Only those whose source is not known, which count for nobody."`
	Span
	Page
}

func (in *eventsQuery) filter(a *API) (store.EventFilter, error) {
	reason, err := reasonOf(in.Reason)
	if err != nil {
		return store.EventFilter{}, err
	}
	f := store.EventFilter{
		Kind: event.Kind(in.Kind), Reason: reason, Provider: in.Provider, Stream: in.Stream, SenderDomain: in.SenderDomain,
		MessageID: in.MessageID, Text: in.Text, From: in.From, To: in.To, Unverified: in.Unverified,
	}
	if in.Recipient == "" {
		return f, nil
	}
	key, err := policy.NewKey(in.Recipient, "", a.o.Settings)
	f.Recipient = key.Recipient
	return f, err
}

type eventPath struct {
	ID string `path:"id" maxLength:"200" doc:"The id of the event." example:"zrtd7jgsbn2vviqs6jwlkqu4"`
}

type unknownsQuery struct {
	Limit int `query:"limit" minimum:"1" maximum:"10000" default:"100" doc:"How many at most." example:"100"`
}

type unknownText struct {
	Text string `query:"text" required:"true" maxLength:"2000" doc:"The text as GET /v1/unknowns lists it." example:"mailbox # is asleep"`
}

func (a *API) addEvents() {
	const tag = "events"
	add(a, newRoute(http.MethodGet, "/v1/events", "events", store.ScopeRead, tag, "Search events",
		"Lists what was reported, the last that came in first. A search looks at a bounded number of events a request: go on with next_cursor, also if there are no items."),
		func(ctx context.Context, in *eventsQuery) (*bodyOut[pageOf[store.Record]], error) {
			f, err := in.filter(a)
			if err != nil {
				return nil, err
			}
			list, next, err := a.eventsPage(ctx, f, in.Cursor, in.Limit)
			return &bodyOut[pageOf[store.Record]]{pageOf[store.Record]{list, next}}, err
		})
	add(a, newRoute(http.MethodGet, "/v1/events/{id}", "event", store.ScopeRead, tag, "One event", "An event by its id, with its verdict.").failing(http.StatusNotFound),
		func(ctx context.Context, in *eventPath) (*bodyOut[store.Record], error) {
			r, err := a.o.Store.Event(ctx, in.ID)
			return &bodyOut[store.Record]{r}, err
		})
	evidence := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Description: "The report, byte for byte."}}
	add(a, newRoute(http.MethodGet, "/v1/events/{id}/evidence", "evidence", store.ScopeRead, tag, "The report that an event was found in",
		"The report as it came in. It is kept for a while (90 days by default), and only where it is no secret of somebody else's.").
		failing(http.StatusNotFound).answering("The report, as a file to be saved.", map[string]*huma.MediaType{"text/plain": evidence}), a.evidence)
	add(a, newRoute(http.MethodGet, "/v1/unknowns", "unknowns", store.ScopeRead, tag, "Texts that nobody understands",
		"What servers said that no phrase explains, the most frequent first: addresses and numbers are replaced by signs, so that like texts count together."),
		func(ctx context.Context, in *unknownsQuery) (*bodyOut[pageOf[store.Unknown]], error) {
			list, err := a.o.Store.Unknowns(ctx, in.Limit)
			return &bodyOut[pageOf[store.Unknown]]{pageOf[store.Unknown]{Items: notNil(list)}}, err
		})
	add(a, newRoute(http.MethodDelete, "/v1/unknowns", "drop-unknown", store.ScopeAdmin, tag, "Forget a text",
		"Forgets a text that was dealt with. If it comes again it is counted anew.").failing(http.StatusNotFound),
		func(ctx context.Context, in *unknownText) (*struct{}, error) {
			return nil, a.o.Store.DropUnknown(ctx, in.Text)
		})
}

// eventsPage lists events. Where few fit it asks the store to go on a number of
// times, so that clients need not.
func (a *API) eventsPage(ctx context.Context, f store.EventFilter, cursor string, limit int) ([]store.Record, string, error) {
	list := []store.Record{}
	for range maxPages {
		some, next, err := a.o.Store.Events(ctx, f, cursor, limit-len(list))
		if err != nil {
			return nil, "", err
		}
		for i := range some {
			trimEvent(&some[i].Event)
		}
		list, cursor = append(list, some...), next
		if next == "" || len(list) >= limit {
			break
		}
	}
	return list, cursor, nil
}

// trimEvent makes an event fit its schema: no list is null.
func trimEvent(e *event.Event) {
	if e.Verdict != nil {
		e.Verdict.Sources = notNil(e.Verdict.Sources)
	}
}

func (a *API) evidence(ctx context.Context, in *eventPath) (*raw, error) {
	r, err := a.o.Store.Event(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	body, err := a.o.Store.Evidence(ctx, r.ReportID)
	if err != nil {
		return nil, err
	}
	return writing(func(w http.ResponseWriter, _ *http.Request) {
		writeFile(w, "report.txt", body)
	}), nil
}

// writeFile answers with what somebody else wrote: a file to be saved, that no
// browser takes for a page.
func writeFile(w http.ResponseWriter, name string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("Content-Length", itoa(int64(len(body))))
	_, _ = w.Write(body)
}
