package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/rebound-mail/rebound/classify"
	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/intake"
	"github.com/rebound-mail/rebound/internal/intake/hook"
	"github.com/rebound-mail/rebound/internal/spool"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/webhook"
)

// operation is one of the document.
type operation struct {
	method, path string
	about        object
}

func (o *operation) String() string { return o.method + " " + o.path }

// documentOf returns the document that a server gives, and its operations.
func documentOf(t *testing.T, s *server) (object, []operation) {
	t.Helper()
	var doc object
	if err := json.Unmarshal([]byte(s.askAs("", "GET", "/openapi.json", "").body), &doc); err != nil {
		t.Fatal(err)
	}
	var list []operation
	paths := doc["paths"].(object)
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		item := paths[path].(object)
		for _, method := range slices.Sorted(maps.Keys(item)) {
			list = append(list, operation{strings.ToUpper(method), path, item[method].(object)})
		}
	}
	if len(list) < 40 {
		t.Fatalf("only %d operations", len(list))
	}
	return doc, list
}

func TestTheDocumentSaysWhatEverythingIs(t *testing.T) {
	s := newServer(t)
	doc, list := documentOf(t, s)
	if doc["openapi"] != "3.1.0" {
		t.Errorf("openapi is %v", doc["openapi"])
	}
	described := func(place string, o object) {
		t.Helper()
		if text, _ := o["description"].(string); len(text) < 4 {
			t.Errorf("%s has no description", place)
		}
	}
	ids := map[any]bool{}
	for _, op := range list {
		described(op.String(), op.about)
		if ids[op.about["operationId"]] || op.about["operationId"] == nil || op.about["summary"] == nil || len(op.about["tags"].([]any)) != 1 {
			t.Errorf("%s: operationId, summary or tag", &op)
		}
		ids[op.about["operationId"]] = true
		params, _ := op.about["parameters"].([]any)
		for _, p := range params {
			described(fmt.Sprint(&op, " parameter ", p.(object)["name"]), p.(object))
		}
		for code, r := range op.about["responses"].(object) {
			described(op.String()+" "+code, r.(object))
			checkErrorResponse(t, &op, code, r.(object))
		}
	}
	for name, x := range doc["components"].(object)["schemas"].(object) {
		properties, _ := x.(object)["properties"].(object)
		for field, p := range properties {
			described("schema "+name+"."+field, p.(object))
		}
	}
}

func checkErrorResponse(t *testing.T, op *operation, code string, r object) {
	t.Helper()
	if code < "400" {
		return
	}
	content, _ := r["content"].(object)
	problem, _ := content[ProblemType].(object)
	schema, _ := problem["schema"].(object)
	if len(content) != 1 || schema["$ref"] != problemRef {
		t.Errorf("%s %s is no problem", op, code)
	}
}

func TestTheDocumentHasEveryRouteAndNoOther(t *testing.T) {
	s := newServer(t)
	_, list := documentOf(t, s)
	have := map[string]bool{}
	for _, op := range list {
		have[op.String()] = true
	}
	for _, rt := range s.api.routes {
		if !have[rt.op.Method+" "+rt.op.Path] {
			t.Errorf("%s %s is not in the document", rt.op.Method, rt.op.Path)
		}
	}
	if len(have) != len(s.api.routes) {
		t.Errorf("%d operations in the document, %d routes", len(have), len(s.api.routes))
	}
}

func TestTheDocumentIsTheSameInYAML(t *testing.T) {
	s := newServer(t)
	doc, _ := documentOf(t, s)
	var y any
	if err := yaml.Unmarshal([]byte(s.askAs("", "GET", "/openapi.yaml", "").body), &y); err != nil {
		t.Fatal(err)
	}
	x, err := json.Marshal(y)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := json.Marshal(doc)
	if !bytes.Equal(x, want) {
		t.Error("the two differ")
	}
}

// seed fills a server with something of everything. It returns what stands for
// {id} and the like, by path.
func seed(t *testing.T, s *server) map[string]string {
	t.Helper()
	ctx, now := context.Background(), time.Now()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	classifier := classify.New(codebook.Default())
	report := &store.Report{ID: spool.NewID(), Body: []byte("From: mailer-daemon@example.org\r\n\r\n<script>alert(1)</script>\r\n")}
	var entries []store.Entry
	for i, text := range []string{"550 5.1.1 no such user", "452 4.2.2 mailbox full", "550 the moon is in the wrong house"} {
		e := event.Event{Kind: event.Bounce, Time: now.Add(-time.Hour), Recipient: "kim@example.org", Sender: "news@example.com", Stream: "newsletter",
			MessageID: fmt.Sprint(i, "@example.com"), Action: event.Failed, Diagnostic: text, Source: event.Source{Format: "dsn"}}
		classifier.Event(&e)
		e.ID = e.ComputeID()
		entries = append(entries, store.Entry{Event: e, Trusted: true, Report: report})
	}
	must(s.store.Apply(ctx, entries))
	must(s.store.Enqueue(ctx, []store.Outgoing{{ID: "message-1", Target: "shop", Kind: "suppression.added", Body: []byte(`{"a":1}`), Created: now}}))
	must(s.store.SettleOutgoing(ctx, []store.Attempt{{ID: "message-1", Error: "500"}}))
	_, err := s.store.RaiseAlert(ctx, store.Alert{Kind: "bounce-rate", Subject: "total", Level: "warning", Text: "too much bounces", Value: 0.03}, nil)
	must(err)
	must(s.spool.Append(ctx, spool.Report{ID: "parked1", Received: now, Source: spool.SMTP, Body: []byte("poison")},
		spool.Report{ID: "parked2", Received: now, Source: spool.SMTP, Body: []byte("poison")}))
	claimed, err := s.spool.Claim(ctx, 2)
	must(err)
	for _, c := range claimed {
		must(s.spool.Park(ctx, c.ID, "it panicked", now))
	}
	unknown, err := s.store.Unknowns(ctx, 1)
	must(err)
	if len(unknown) != 1 {
		t.Fatal("no unknown text")
	}
	secret, token := store.NewToken("to be revoked", []store.Scope{store.ScopeRead}, now)
	must(s.store.AddToken(ctx, token))
	return map[string]string{
		"event": entries[0].Event.ID, "unknown": unknown[0].Text, "token": token.ID, "revoked secret": secret,
	}
}

// withEverything gives an API all the parts that it may have.
func withEverything(o *Options) {
	now := time.Now()
	o.Sources = func() []intake.Status {
		return []intake.Status{{Name: "smtp", Kind: spool.SMTP, State: intake.Listening, Accepted: 1, Last: now, Problem: "x", ProblemSince: now}}
	}
	o.Pipeline = func() PipelineStatus { return PipelineStatus{State: "running", Problem: "x", Since: now} }
	o.Hook = func(_ context.Context, p webhook.Provider, r webhook.Request, _ string) (hook.Result, error) {
		if p != webhook.SendGrid {
			return hook.Result{}, &hook.Refusal{Reason: hook.NotConfigured, Status: 404, Title: "Not set", Detail: "Set it."}
		}
		if string(r.Body) == "forged" {
			return hook.Result{}, &hook.Refusal{Reason: hook.Forged, Status: 403, Title: "Forged", Detail: "No."}
		}
		return hook.Result{Status: 200, ContentType: "text/plain; charset=utf-8", Body: []byte("ok\n")}, nil
	}
}

// example is a request that succeeds.
type example struct {
	path, body, media string
	want              int
}

// examples has a request for every operation, in the order in which they are made.
func examples(ids map[string]string) map[string]example {
	const kim = "kim%40example.org"
	q := url.QueryEscape(ids["unknown"])
	return map[string]example{
		"GET /v1/explain":                         {path: "/v1/explain?text=550+5.7.26&trace=true&remote_host=mx.example.org"},
		"POST /v1/explain":                        {body: `{"text":"550 5.1.1 no such user","trace":true}`},
		"GET /v1/codes":                           {path: "/v1/codes?limit=5000"},
		"GET /v1/codes/{code}":                    {path: "/v1/codes/5.7.x"},
		"GET /v1/reasons":                         {},
		"GET /v1/reasons/{id}":                    {path: "/v1/reasons/mailbox-full"},
		"GET /v1/providers":                       {},
		"GET /v1/providers/{id}":                  {path: "/v1/providers/gmail"},
		"GET /v1/recipients/{address}":            {path: "/v1/recipients/" + kim + "?stream=newsletter"},
		"DELETE /v1/recipients/{address}":         {path: "/v1/recipients/jo%40example.org"},
		"GET /v1/check":                           {path: "/v1/check?address=kim@example.org"},
		"POST /v1/check":                          {body: `{"addresses":["kim@example.org","jo@example.org"]}`},
		"GET /v1/suppressions":                    {path: "/v1/suppressions?domain=example.org&from=2020-01-01T00:00:00Z"},
		"POST /v1/suppressions":                   {body: `{"recipient":"al@example.org","stream":"newsletter","reason":"complaint","note":"asked"}`, want: 201},
		"POST /v1/suppressions/{address}/release": {path: "/v1/suppressions/" + kim + "/release", body: `{"note":"works again"}`},
		"DELETE /v1/suppressions/{address}":       {path: "/v1/suppressions/" + kim + "?note=x"},
		"GET /v1/suppressions/export":             {path: "/v1/suppressions/export?format=csv"},
		"POST /v1/suppressions/import":            {path: "/v1/suppressions/import?dry_run=true", body: "bo@example.org\nnot one\n", media: csvType},
		"GET /v1/reputation":                      {path: "/v1/reputation?dimension=sender-domain&compare=true"},
		"GET /v1/reputation/series":               {path: "/v1/reputation/series?window=7d"},
		"GET /v1/reputation/overview":             {},
		"POST /v1/attempts":                       {body: `{"attempts":[{"id":"1","sender":"example.com","count":100}]}`},
		"GET /v1/events":                          {path: "/v1/events?recipient=kim@example.org"},
		"GET /v1/events/{id}":                     {path: "/v1/events/" + ids["event"]},
		"GET /v1/events/{id}/evidence":            {path: "/v1/events/" + ids["event"] + "/evidence"},
		"GET /v1/unknowns":                        {},
		"DELETE /v1/unknowns":                     {path: "/v1/unknowns?text=" + q, want: 204},
		"POST /v1/reports":                        {body: "550 5.1.1 <kim@example.org> no such user", media: "text/plain", want: 202},
		"POST /v1/hooks/{provider}":               {path: "/v1/hooks/sendgrid", body: "[]", media: jsonType},
		"GET /v1/hooks/{provider}":                {path: "/v1/hooks/sendgrid"},
		"OPTIONS /v1/hooks/{provider}":            {path: "/v1/hooks/sendgrid"},
		"POST /v1/hooks/{provider}/{secret}":      {path: "/v1/hooks/sendgrid/abc", body: "[]", media: jsonType},
		"GET /v1/hooks/{provider}/{secret}":       {path: "/v1/hooks/sendgrid/abc"},
		"OPTIONS /v1/hooks/{provider}/{secret}":   {path: "/v1/hooks/sendgrid/abc"},
		"GET /v1/alerts":                          {path: "/v1/alerts?all=true"},
		"GET /v1/dead-letters":                    {},
		"POST /v1/dead-letters/{id}/revive":       {path: "/v1/dead-letters/message-1/revive", want: 204},
		"GET /v1/parked":                          {},
		"GET /v1/parked/{id}":                     {path: "/v1/parked/parked1"},
		"POST /v1/parked/{id}/requeue":            {path: "/v1/parked/parked1/requeue", want: 204},
		"DELETE /v1/parked/{id}":                  {path: "/v1/parked/parked2", want: 204},
		"GET /v1/tokens":                          {},
		"POST /v1/tokens":                         {body: `{"name":"shop","scopes":["read","ingest"],"expires":"2099-01-01T00:00:00Z"}`, want: 201},
		"DELETE /v1/tokens/{id}":                  {path: "/v1/tokens/" + ids["token"], want: 204},
		"GET /v1/status":                          {},
		"POST /v1/backup":                         {},
		"GET /openapi.json":                       {},
		"GET /openapi.yaml":                       {},
	}
}

func TestEveryOperationAnswersAsTheDocumentSays(t *testing.T) {
	s := newServer(t, withEverything)
	made := examples(seed(t, s))
	doc, list := documentOf(t, s)
	v := &validator{doc}
	// What changes comes after what looks, and what removes last.
	slices.SortStableFunc(list, func(a, b operation) int {
		return slices.Index([]string{"GET", "OPTIONS", "POST", "DELETE"}, a.method) - slices.Index([]string{"GET", "OPTIONS", "POST", "DELETE"}, b.method)
	})
	for _, op := range list {
		ex, ok := made[op.String()]
		if !ok {
			t.Errorf("%s: the test has no example of it", &op)
			continue
		}
		if ex.path == "" {
			ex.path = op.path
		}
		if ex.want == 0 {
			ex.want = http.StatusOK
		}
		var headers []string
		if ex.media != "" {
			headers = append(headers, "Content-Type: "+ex.media)
		}
		got := s.ask(op.method, ex.path, ex.body, headers...)
		if got.status != ex.want {
			t.Errorf("%s: %d, want %d: %.300s", &op, got.status, ex.want, got.body)
			continue
		}
		conforms(t, v, &op, got)
	}
}

// conforms checks an answer against the document.
func conforms(t *testing.T, v *validator, op *operation, got answered) {
	t.Helper()
	response, ok := op.about["responses"].(object)[strconv.Itoa(got.status)].(object)
	if !ok {
		t.Errorf("%s: %d is not in the document: %.300s", op, got.status, got.body)
		return
	}
	if got.header.Get("X-Request-Id") == "" || got.header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%s: %d without the headers that all have", op, got.status)
	}
	content, _ := response["content"].(object)
	media, _, _ := strings.Cut(got.header.Get("Content-Type"), ";")
	if len(content) == 0 {
		if got.body != "" {
			t.Errorf("%s: %d with a body: %.100s", op, got.status, got.body)
		}
		return
	}
	described, ok := content[media].(object)
	if !ok {
		t.Errorf("%s: %d is %q, the document has %v", op, got.status, media, slices.Collect(maps.Keys(content)))
		return
	}
	if media != jsonType && media != ProblemType {
		return
	}
	value, err := parsed(got.body)
	if err != nil {
		t.Errorf("%s: %v", op, err)
		return
	}
	schema, _ := described["schema"].(object)
	for _, p := range v.check(schema, value, media) {
		t.Errorf("%s: %d: %s", op, got.status, p)
	}
	if media == ProblemType && value.(object)["status"] != float64(got.status) {
		t.Errorf("%s: %d has the status %v", op, got.status, value.(object)["status"])
	}
}

func TestEveryOperationRefusesAsTheDocumentSays(t *testing.T) {
	s := newServer(t, withEverything, func(o *Options) { o.Limits = Limits{Body: 1000, Report: 1000, Import: 1000, Check: 1000} })
	doc, list := documentOf(t, s)
	v := &validator{doc}
	made := examples(seed(t, s))
	long := strings.Repeat("x", 2000)
	for _, op := range list {
		ex := made[op.String()]
		path := ex.path
		if path == "" {
			path = op.path
		}
		path, _, _ = strings.Cut(path, "?")
		refused := func(name string, want int, got answered) {
			t.Helper()
			if got.status != want {
				t.Errorf("%s, %s: %d, want %d: %.300s", &op, name, got.status, want, got.body)
			}
			conforms(t, v, &op, got)
		}
		scope, _ := op.about["x-scope"].(string)
		if scope != "" {
			refused("no token", 401, s.askAs("", op.method, path, ""))
			refused("unknown token", 401, s.askAs("rbd_0123456789ab_x", op.method, path, ""))
			if scope != "read" {
				refused("wrong scope", 403, s.askAs(s.tokens[store.ScopeRead], op.method, path, ""))
			}
			if scope != "ingest" {
				refused("wrong scope", 403, s.askAs(s.tokens[store.ScopeIngest], op.method, path, ""))
			}
		}
		if strings.Contains(op.path, "hooks") {
			if op.method == "POST" {
				refused("forged", 403, s.askAs("", op.method, path, "forged"))
				refused("unset", 404, s.askAs("", op.method, strings.Replace(path, "sendgrid", "ses", 1), ""))
				refused("unknown", 404, s.askAs("", op.method, strings.Replace(path, "sendgrid", "nobody", 1), ""))
			}
			continue
		}
		refused("unknown parameter", 422, s.ask(op.method, path+"?limmit=3", "", "Content-Type: "+mediaOf(&ex)))
		refused("parameter given twice", 422, s.ask(op.method, path+"?x=1&x=2", ""))
		refused("broken query", 400, s.ask(op.method, path+"?x=%zz", ""))
		refused("long query", 414, s.ask(op.method, path+"?x="+strings.Repeat("x", maxURI), ""))
		if op.about["requestBody"] != nil {
			refused("too large", 413, s.ask(op.method, path, long, "Content-Type: "+mediaOf(&ex)))
			refused("compressed in an odd way", 415, s.ask(op.method, path, "x", "Content-Type: "+mediaOf(&ex), "Content-Encoding: br"))
			if op.path != "/v1/reports" {
				refused("of another type", 415, s.ask(op.method, path, "x", "Content-Type: image/png"))
			}
		}
	}
}

func mediaOf(ex *example) string {
	if ex.media != "" {
		return ex.media
	}
	return jsonType
}
