package api

import (
	"context"
	"net/http"
	"time"

	"github.com/rebound-mail/rebound/internal/reputation"
	"github.com/rebound-mail/rebound/internal/store"
)

// Reputation answers how the sender's mail fares; see reputation.Reputation.
type Reputation interface {
	Overview(ctx context.Context, now time.Time) (reputation.Overview, error)
	Table(ctx context.Context, q reputation.Query) (reputation.Table, error)
	Series(ctx context.Context, q reputation.Query) (reputation.Series, error)
}

// FiguresQuery says which figures are asked for.
type FiguresQuery struct {
	Dimension string `query:"dimension" enum:"total,sender-domain,ip,provider,stream" default:"total" doc:"What the figures are told apart by."`
	Value     string `query:"value" maxLength:"255" doc:"One value of the dimension, such as a domain." example:"example.com"`
	Window    string `query:"window" enum:"1h,24h,7d,30d" doc:"A time that ends now; without it, and without from and to, the last 24 hours."`
	Span
}

func (in *FiguresQuery) query() reputation.Query {
	return reputation.Query{Dimension: store.Dimension(in.Dimension), Value: in.Value, Window: reputation.Window(in.Window), From: in.From, To: in.To}
}

type tableQuery struct {
	FiguresQuery
	Order   string `query:"order" enum:"bounced,attempted,bounce-rate,complaint-rate,block-rate,value" default:"bounced" doc:"What the rows are ordered by, the largest first."`
	Limit   int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"How many rows at most."`
	Compare bool   `query:"compare" doc:"Whether to tell of the same span of time before, beside each row."`
}

type seriesQuery struct {
	FiguresQuery
	EverySeconds int64 `query:"every_seconds" minimum:"0" maximum:"31622400" doc:"The width of a point, a multiple of 600; without it one that suits the time." example:"3600"`
}

type attemptsBody struct {
	Body struct {
		Attempts []attempts `json:"attempts" minItems:"1" maxItems:"1000" nullable:"false" doc:"The counts."`
	}
}

// attempts are messages handed over for delivery.
type attempts struct {
	ID       string    `json:"id,omitempty" maxLength:"200" doc:"Of this count: one that is sent again counts once. Without it, give an Idempotency-Key." example:"mx1-2026-03-01T10:00"`
	Time     time.Time `json:"time,omitzero" doc:"When they were handed over; now without it." example:"2026-03-01T10:00:00Z"`
	Sender   string    `json:"sender,omitempty" maxLength:"1024" doc:"The envelope sender, or its domain." example:"example.com"`
	IP       string    `json:"ip,omitempty" maxLength:"64" doc:"The address that they were sent from." example:"192.0.2.10"`
	Stream   string    `json:"stream,omitempty" maxLength:"128" doc:"The kind of mail." example:"newsletter"`
	Provider string    `json:"provider,omitempty" maxLength:"64" doc:"Where the recipients are, if it is known; see GET /v1/providers." example:"gmail"`
	Count    int64     `json:"count" minimum:"1" maximum:"1000000000" doc:"How many messages." example:"2500"`
}

type counted struct {
	Counts int `json:"counts" doc:"How many counts were taken."`
}

func (a *API) addReputation() {
	const tag = "reputation"
	add(a, newRoute(http.MethodGet, "/v1/reputation", "reputation", store.ScopeRead, tag, "How the sender's mail fares",
		"Bounced out of attempted and complained out of delivered messages over a time, by sender domain, IP address, provider or stream, with what was bounced for. "+
			"Where too few messages are known nothing is said of their health."),
		func(ctx context.Context, in *tableQuery) (*bodyOut[reputation.Table], error) {
			q := in.query()
			q.Order, q.Limit, q.Compare = reputation.Order(in.Order), in.Limit, in.Compare
			t, err := a.o.Reputation.Table(ctx, q)
			t.Rows = notNil(t.Rows)
			for i := range t.Rows {
				trimRow(&t.Rows[i].Row)
				trimRow(&t.Rows[i].Before)
			}
			return &bodyOut[reputation.Table]{t}, err
		})
	add(a, newRoute(http.MethodGet, "/v1/reputation/series", "reputation-series", store.ScopeRead, tag, "The same over time",
		"The figures of one value, or of all mail, as points in time."),
		func(ctx context.Context, in *seriesQuery) (*bodyOut[reputation.Series], error) {
			q := in.query()
			q.Every = time.Duration(in.EverySeconds) * time.Second
			s, err := a.o.Reputation.Series(ctx, q)
			s.Points = notNil(s.Points)
			for i := range s.Points {
				trimRow(&s.Points[i])
			}
			return &bodyOut[reputation.Series]{s}, err
		})
	add(a, newRoute(http.MethodGet, "/v1/reputation/overview", "reputation-overview", store.ScopeRead, tag, "All of it at a glance",
		"What a dashboard shows first: the total in every window, today beside yesterday, the day by hours and the month by days, and open alerts."),
		func(ctx context.Context, _ *struct{}) (*bodyOut[reputation.Overview], error) {
			o, err := a.o.Reputation.Overview(ctx, a.o.Now())
			trimOverview(&o)
			return &bodyOut[reputation.Overview]{o}, err
		})
	add(a, newRoute(http.MethodPost, "/v1/attempts", "count-attempts", store.ScopeIngest, tag, "Count messages handed over",
		"Tells how many messages were handed over for delivery, for senders whose deliveries are reported by nothing else: without it there is no rate.").
		body(a.o.Limits.Body, jsonType).takesKey(), a.countAttempts)
}

func trimRow(r *reputation.Row) {
	if r.From.IsZero() { // the time before, which was not asked for
		return
	}
	r.Reasons, r.Delays = notNil(r.Reasons), notNil(r.Delays)
}

func trimOverview(o *reputation.Overview) {
	o.Windows, o.Tables, o.Open = notNil(o.Windows), notNil(o.Tables), notNil(o.Open)
	rows := []*reputation.Row{&o.Day.Row, &o.Day.Before}
	for i := range o.Windows {
		rows = append(rows, &o.Windows[i])
	}
	for i := range o.Tables {
		t := &o.Tables[i]
		t.Rows = notNil(t.Rows)
		for j := range t.Rows {
			rows = append(rows, &t.Rows[j].Row, &t.Rows[j].Before)
		}
	}
	for _, s := range [...]*reputation.Series{&o.Hours, &o.Days} {
		s.Points = notNil(s.Points)
		for i := range s.Points {
			rows = append(rows, &s.Points[i])
		}
	}
	for _, r := range rows {
		trimRow(r)
	}
}

func (a *API) countAttempts(ctx context.Context, in *attemptsBody) (*bodyOut[counted], error) {
	list := make([]store.Attempts, 0, len(in.Body.Attempts))
	key, now := keyOf(ctx), a.o.Now()
	for i, t := range in.Body.Attempts {
		if t.ID == "" && key != "" {
			t.ID = key + "-" + itoa(int64(i))
		}
		if t.ID == "" {
			return nil, newProblem(invalid, "A count needs an id, or the request an Idempotency-Key: else a repetition would count twice.").
				at("body.attempts["+itoa(int64(i))+"].id", "is needed")
		}
		if t.Time.IsZero() || t.Time.After(now) {
			t.Time = now
		}
		list = append(list, store.Attempts{
			ID: t.ID, Time: t.Time, Sender: t.Sender, IP: t.IP, Stream: streamOf(t.Stream), Provider: t.Provider, Count: t.Count,
		})
	}
	return &bodyOut[counted]{counted{len(list)}}, a.o.Store.CountAttempts(ctx, list)
}
