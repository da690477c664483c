package api

import (
	"context"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rebound-mail/rebound/classify"
	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/internal/decode"
	"github.com/rebound-mail/rebound/internal/explain"
	"github.com/rebound-mail/rebound/internal/store"
)

// Hints are what is known apart from a text.
type Hints struct {
	RemoteHost string `json:"remote_host,omitempty" query:"remote_host" maxLength:"255" doc:"The host that gave the reply: it tells the provider." example:"gmail-smtp-in.l.google.com"`
	Recipient  string `json:"recipient,omitempty" query:"recipient" maxLength:"1024" doc:"The address that was refused: its domain tells the provider." example:"kim@example.org"`
	Stage      string `json:"stage,omitempty" query:"stage" enum:"connect,ehlo,auth,mail,rcpt,data,content,quit" doc:"The SMTP command that was answered." example:"rcpt"`
	Trace      bool   `json:"trace,omitempty" query:"trace" doc:"Whether to show the evidence that was weighed."`
}

func (h *Hints) input(text string) classify.Input {
	return classify.Input{Text: text, RemoteHost: h.RemoteHost, Recipient: h.Recipient, Stage: codebook.Stage(h.Stage)}
}

type explainQuery struct {
	Text string `query:"text" maxLength:"8192" required:"true" doc:"A code, or what a server said." example:"550 5.1.1 no such user"`
	Hints
}

type explainBody struct {
	Body explainRequest
}

// explainRequest is a text, or many.
type explainRequest struct {
	Text  string   `json:"text,omitempty" maxLength:"65536" doc:"What a server said: a reply, or a piece of a bounce." example:"550 5.1.1 <kim@example.org>: no such user"`
	Code  string   `json:"code,omitempty" maxLength:"100" doc:"Codes instead of a text: a reply code, an enhanced status code, or both; x stands for any place." example:"5.7.26"`
	Texts []string `json:"texts,omitempty" minItems:"1" maxItems:"1000" nullable:"false" doc:"Many texts, answered by results in their order. Neither text nor code may be given then."`
	Hints
}

// lines are the answers for many texts.
type lines struct {
	Results []explain.Line `json:"results" doc:"A verdict for each text, in order. Steps of remedy have {name} where a fact belongs."`
}

// reportAnswer is the answer for a whole report.
type reportAnswer struct {
	Kind   decode.Kind           `json:"kind" doc:"What the report is: mail, mbox, log, payload or events." example:"mail"`
	Events []explain.Explanation `json:"events" doc:"An explanation for each recipient that the report tells of, with its event; of the first 100."`
	Left   int                   `json:"left" doc:"How many events were left off."`
}

type explainAnswer struct {
	Body any
}

func (a *API) addExplain() {
	add(a, newRoute(http.MethodGet, "/v1/explain", "explain", store.ScopeRead, "explain", "Explain a code or a reply",
		"Says what a code or a reply means: the reason, whose problem it is, whether it lasts, what to do, and who says so."),
		func(_ context.Context, in *explainQuery) (*bodyOut[explain.Explanation], error) {
			found, err := a.explain(in.Text, &in.Hints)
			return &bodyOut[explain.Explanation]{found}, err
		})
	both := &huma.Schema{OneOf: []*huma.Schema{
		a.schema(reflect.TypeFor[explain.Explanation]()), a.schema(reflect.TypeFor[reportAnswer]()), a.schema(reflect.TypeFor[lines]()),
	}}
	add(a, newRoute(http.MethodPost, "/v1/explain", "explain-text", store.ScopeRead, "explain", "Explain a text, or many",
		"The same for texts of any length, and for up to 1000 at once: give one of text, code and texts. A text that is a whole report (a mail with its header, lines of a "+
			"log, a provider's payload) is read as one, and explained for each recipient. Nothing is stored.").
		body(a.o.Limits.Body, jsonType).answering("What the text means; for a whole report, events; for texts, results.", map[string]*huma.MediaType{jsonType: {Schema: both}}),
		func(_ context.Context, in *explainBody) (*explainAnswer, error) {
			return a.explainRequest(&in.Body)
		})
}

// schema returns the schema of a type for the document.
func (a *API) schema(t reflect.Type) *huma.Schema {
	return a.huma.OpenAPI().Components.Schemas.Schema(t, true, t.Name())
}

// bodyOut is an answer that is nothing but its body.
type bodyOut[T any] struct {
	Body T
}

func (a *API) explainRequest(in *explainRequest) (*explainAnswer, error) {
	given := 0
	for _, is := range [...]bool{in.Text != "", in.Code != "", in.Texts != nil} {
		if is {
			given++
		}
	}
	if given != 1 {
		return nil, newProblem(invalid, "Give one of text, code and texts.").at("body", "exactly one of text, code and texts is needed")
	}
	if in.Texts == nil {
		if whole, ok := a.explainReport(in); ok {
			return &explainAnswer{whole}, nil
		}
		found, err := a.explain(in.Text+in.Code, &in.Hints)
		if err == nil && in.Code != "" && found.Asked == nil {
			err = notACode("body.code", explain.NotACodeError(in.Code))
		}
		if err != nil {
			return nil, err
		}
		return &explainAnswer{found}, nil
	}
	out := lines{Results: make([]explain.Line, 0, len(in.Texts))}
	for _, text := range in.Texts {
		line := a.explainer.Line(in.input(text[:min(len(text), classify.MaxText)]))
		line.Sources = notNil(line.Sources)
		out.Results = append(out.Results, line)
	}
	return &explainAnswer{out}, nil
}

// maxExplained is how many events of a report are explained.
const maxExplained = 100

// explainReport explains a text that is a whole report.
func (a *API) explainReport(in *explainRequest) (reportAnswer, bool) {
	if !strings.ContainsAny(in.Text, "\r\n") && !strings.HasPrefix(strings.TrimSpace(in.Text), "{") {
		return reportAnswer{}, false
	}
	found, err := decode.Bytes(decode.Input{Body: []byte(in.Text), Received: a.o.Now()})
	if err != nil || found.Kind == decode.Text || found.Kind == decode.KindUnknown || len(found.Events) == 0 {
		return reportAnswer{}, false
	}
	some := found.Events[:min(len(found.Events), maxExplained)]
	out := reportAnswer{Kind: found.Kind, Events: make([]explain.Explanation, 0, len(some)), Left: len(found.Events) - len(some)}
	for i := range some {
		a.explainer.Classifier.Event(&some[i])
		out.Events = append(out.Events, trimExplanation(a.explainer.Event(&some[i]), in.Trace))
	}
	return out, true
}

func notACode(location string, err error) *Problem {
	return newProblem(invalid, "This is not a code.").at(location, err.Error())
}

// explain says all there is to say of a text.
func (a *API) explain(text string, h *Hints) (explain.Explanation, error) {
	text = strings.TrimSpace(text)
	codes, err := explain.ParseCodes(text)
	if err != nil {
		return explain.Explanation{}, notACode("text", err)
	}
	return trimExplanation(a.explainer.Explain(h.input(text), codes), h.Trace), nil
}

// trimExplanation leaves the trace off if nobody asked, and makes no list null.
func trimExplanation(found explain.Explanation, trace bool) explain.Explanation {
	if !trace {
		found.Trace = nil
	} else if found.Trace != nil {
		found.Trace.Steps = notNil(found.Trace.Steps)
	}
	if found.Event != nil {
		trimEvent(found.Event)
	}
	found.Causes, found.Codes, found.Sources = notNil(found.Causes), notNil(found.Codes), notNil(found.Sources)
	return found
}

// notNil returns a list that is never null in JSON.
func notNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
