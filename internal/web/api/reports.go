package api

import (
	"bytes"
	"context"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rebound-mail/rebound/internal/spool"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/internal/web/auth"
	"github.com/rebound-mail/rebound/maillog"
	"github.com/rebound-mail/rebound/webhook"
)

type reportQuery struct {
	Stream      string `query:"stream" maxLength:"128" doc:"The stream that the events belong to, where they do not say so themselves." example:"newsletter"`
	Format      string `query:"format" maxLength:"40" doc:"Of a log, its format; without it the lines tell." example:"postfix-log"`
	RcptTo      string `query:"rcpt_to" maxLength:"1024" doc:"Of a mail, the envelope recipient it was delivered to, where a signed return path shows." example:"bounce+kim=example.org@example.com"`
	MailFrom    string `query:"mail_from" maxLength:"1024" doc:"Of a mail, the envelope sender it came with: empty, or <>, for the null sender."`
	Open        bool   `query:"open" doc:"Whether the report came from the open Internet: then it counts only if rcpt_to is an address that Rebound signed. For scripts that hand on a mailbox."`
	ContentType string `header:"Content-Type" doc:"A hint: message/rfc822, application/mbox, application/x-ndjson, text/plain. The content tells mostly."`
}

// accepted is the answer to a report.
type accepted struct {
	ID string `json:"id" doc:"The id of the report. If it cannot be processed, GET /v1/parked has it by this id." example:"k5tqzq6vfnb3s7hqk2ya5r7yqe"`
}

func (a *API) addReports() {
	add(a, newRoute(http.MethodPost, "/v1/reports", "report", store.ScopeIngest, "reports", "Hand a report in",
		"Takes any bounce: a mail, a mailbox of mails, lines of a mail server's log, what a provider posted, Rebound's own events (docs/events.md), also compressed. "+
			"202 means that it is stored durably; it is processed soon after. The token vouches for the source, so what the report says counts, unless it is said to be open.").
		body(a.o.Limits.Report, anyType).takesKey().status(http.StatusAccepted).failing(http.StatusInsufficientStorage), a.takeReport)
	op := operationOf(a.huma.OpenAPI(), http.MethodPost, "/v1/reports")
	op.RequestBody.Description = "The report, as it came."
	op.RequestBody.Content = map[string]*huma.MediaType{anyType: {Schema: &huma.Schema{Type: huma.TypeString, Description: "Any bytes."}}}
	op.Parameters = slices.DeleteFunc(op.Parameters, func(p *huma.Param) bool { return p.Name == "Content-Type" })
}

func (a *API) takeReport(ctx context.Context, in *reportQuery) (*bodyOut[accepted], error) {
	body := bodyOf(ctx)
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, newProblem(badRequest, "The report is empty.")
	}
	var formats []string
	for _, f := range maillog.Formats() {
		formats = append(formats, string(f))
	}
	if in.Format != "" && !slices.Contains(formats, in.Format) {
		return nil, newProblem(invalid, "There is no such format of logs.").at("query.format", didYouMean("there is no such format", in.Format, formats))
	}
	p, _ := auth.FromContext(ctx)
	id := keyOf(ctx)
	if id == "" {
		id = spool.NewID()
	}
	report := spool.Report{ID: id, Source: spool.HTTP, Received: a.o.Now(), Trust: spool.TrustSource, Kind: reportKind(in), Body: body, Meta: map[string]string{}}
	set := func(key, value string) {
		if value != "" {
			report.Meta[key] = value
		}
	}
	set(spool.MetaStream, streamOf(in.Stream))
	set(spool.MetaFormat, in.Format)
	set(spool.MetaTo, in.RcptTo)
	set(spool.MetaFrom, in.MailFrom)
	if in.Open {
		report.Trust = spool.TrustOpen
	}
	set(spool.MetaContentType, store.Cut(in.ContentType, 200))
	set(spool.MetaPath, "token "+p.ID)
	return &bodyOut[accepted]{accepted{id}}, a.o.Spool.Append(ctx, report)
}

// reportKind says what a client takes its report for; the content tells if it says
// nothing exact.
func reportKind(in *reportQuery) spool.Kind {
	if in.Format != "" {
		return spool.KindLog
	}
	t, _, err := mime.ParseMediaType(in.ContentType)
	if err == nil && (t == "message/rfc822" || t == "message/global" || t == "multipart/report") {
		return spool.KindMail
	}
	return spool.KindUnknown
}

// HookPath names a provider.
type HookPath struct {
	Provider string `path:"provider" maxLength:"40" doc:"Who posts." example:"sendgrid"`
}

type hookSecretPath struct {
	HookPath
	Secret string `path:"secret" maxLength:"200" doc:"The secret that is set for this provider, where it signs nothing." example:"f3Qm8ZrT1xYk0pLw"`
}

func (a *API) addHooks() {
	const about = "Takes what an e-mail service provider posts, in its own format. Instead of a token it needs the provider's signature, or the secret that is set for it " +
		"(docs/webhooks.md). 200 means that it is stored durably. "
	answers := func(rt *route) *route {
		rt.foreign = true
		return rt.failing(400, 401, 403, 404, 405, 408, 413, 415, 422, 502, 507).answering("Taken, or the answer to a handshake.", map[string]*huma.MediaType{
			"text/plain": {Schema: &huma.Schema{Type: huma.TypeString}}, jsonType: {Schema: &huma.Schema{}}, anyType: {Schema: &huma.Schema{Type: huma.TypeString}},
		})
	}
	for _, m := range [...]struct{ method, name, summary, more string }{
		{http.MethodPost, "hook", "What a provider posts", ""},
		{http.MethodGet, "hook-look", "A provider, or a person, looks whether anybody is there", "Nothing is taken by this method."},
		{http.MethodOptions, "hook-validate", "The handshake of CloudEvents", "Nothing is taken by this method."},
	} {
		take := func(*HookPath) (*raw, error) { return writing(a.takeHook), nil }
		add(a, answers(newRoute(m.method, "/v1/hooks/{provider}", m.name, "", "reports", m.summary, about+m.more)),
			func(_ context.Context, in *HookPath) (*raw, error) { return take(in) })
		add(a, answers(newRoute(m.method, "/v1/hooks/{provider}/{secret}", m.name+"-secret", "", "reports", m.summary, about+m.more)),
			func(_ context.Context, in *hookSecretPath) (*raw, error) { return take(&in.HookPath) })
	}
	for _, path := range [...]string{"/v1/hooks/{provider}", "/v1/hooks/{provider}/{secret}"} {
		operationOf(a.huma.OpenAPI(), http.MethodPost, path).RequestBody = &huma.RequestBody{
			Description: "What the provider posts.", Content: map[string]*huma.MediaType{anyType: {Schema: &huma.Schema{}}},
		}
	}
}

// takeHook hands a provider's post to whom it concerns.
func (a *API) takeHook(w http.ResponseWriter, r *http.Request) {
	provider := webhook.Provider(r.PathValue("provider"))
	if a.o.Hook == nil || !provider.IsKnown() {
		a.fail(w, r, newProblem(noProvider, "No provider by this name posts here; docs/webhooks.md lists them."))
		return
	}
	body, err := a.readHook(w, r)
	if err != nil {
		a.fail(w, r, problemOf(err))
		return
	}
	defer body.free()
	request := webhook.Request{Method: r.Method, URL: hookURL(r), Header: r.Header, Body: body.bytes}
	result, err := a.o.Hook(r.Context(), provider, request, a.o.Gate.Client(r).String())
	if err != nil {
		a.fail(w, r, problemOf(err))
		return
	}
	for name, value := range result.Header {
		w.Header().Set(name, value)
	}
	if result.ContentType != "" {
		w.Header().Set("Content-Type", result.ContentType)
	}
	w.WriteHeader(result.Status)
	_, _ = w.Write(result.Body)
}

// readHook reads a post as it came: signatures cover bytes, so whether it is to be
// unpacked is the receiver's business.
func (a *API) readHook(w http.ResponseWriter, r *http.Request) (*held, error) {
	const limit = webhook.MaxPayload
	if r.ContentLength > limit {
		return nil, errBody(limit)
	}
	paced := &pacedReader{r: http.MaxBytesReader(w, r.Body, limit), pace: http.NewResponseController(w)}
	return a.memory.read(&body{in: paced, left: limit, limit: limit})
}

// hookURL returns the address that a provider posted to, as well as the server can
// know it.
func hookURL(r *http.Request) string {
	u := url.URL{Scheme: "http", Host: r.Host, Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}
	if r.TLS != nil || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https") {
		u.Scheme = "https"
	}
	return u.String()
}
