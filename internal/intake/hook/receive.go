package hook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/rebound-mail/rebound/internal/intake"
	"github.com/rebound-mail/rebound/internal/spool"
	"github.com/rebound-mail/rebound/webhook"
)

// Receive takes one request for a provider, from an IP address (remote, "" if it
// is not known). Its body is as it came, packed if Content-Encoding says so.
//
// An error is a *Refusal. Without one the result is to be answered, and what the
// request holds is durable.
func (r *Receiver) Receive(ctx context.Context, p webhook.Provider, request webhook.Request, remote string) (Result, error) {
	result, refusal := r.receive(ctx, p, request, remote)
	if refusal != nil {
		r.refused(p, refusal, remote)
		return Result{}, refusal
	}
	return result, nil
}

// post is one request on its way.
type post struct {
	provider webhook.Provider
	hook     Hook
	request  webhook.Request
	remote   string
	now      time.Time
	verified webhook.Verification
}

func (r *Receiver) receive(ctx context.Context, p webhook.Provider, request webhook.Request, remote string) (Result, *Refusal) {
	if !p.IsKnown() {
		return Result{}, refuse(UnknownProvider, fmt.Sprintf("the provider is the last part of the path; known are %v", webhook.Providers()))
	}
	hook, ok := r.options.Hooks[p]
	if !ok {
		return Result{}, refuse(NotConfigured, fmt.Sprintf("set a signing key, a secret or, for Amazon SES, a topic for %s", p))
	}
	if method := strings.ToUpper(request.Method); method != "" && method != http.MethodPost {
		return greet(p, request)
	}
	if len(request.Body) > webhook.MaxPayload {
		return Result{}, refuse(TooLarge, fmt.Sprintf("at most %d bytes are taken", webhook.MaxPayload))
	}
	if p == webhook.Mandrill && hook.URL != "" {
		request.URL = hook.URL
	}
	one := &post{provider: p, hook: hook, request: request, remote: remote, now: r.options.Now()}
	if refusal := r.check(ctx, one); refusal != nil {
		return Result{}, refusal
	}
	if answer, ok := webhook.Handshake(p, one.request); ok {
		return r.shake(ctx, one, answer)
	}
	if refusal := one.judge(); refusal != nil {
		return Result{}, refusal
	}
	if len(bytes.TrimSpace(one.request.Body)) == 0 { // a ping
		return Result{Status: http.StatusOK}, nil
	}
	return r.accept(ctx, one)
}

// greet answers to what is no post: a provider, or a person with a browser, looks
// whether anybody is there.
func greet(p webhook.Provider, request webhook.Request) (Result, *Refusal) {
	if answer, ok := webhook.Handshake(p, request); ok {
		return resultOf(answer), nil
	}
	switch strings.ToUpper(request.Method) {
	case http.MethodGet, http.MethodHead:
		text := fmt.Sprintf("Rebound takes what %s posts to this address.\n", p)
		return Result{Status: http.StatusOK, ContentType: "text/plain; charset=utf-8", Body: []byte(text)}, nil
	case http.MethodOptions:
		return Result{Status: http.StatusNoContent, Header: map[string]string{"Allow": "POST, GET, HEAD, OPTIONS"}}, nil
	}
	return Result{}, refuse(BadMethod, "post the payload")
}

// resultOf makes a result of the answer to a handshake.
func resultOf(a webhook.Answer) Result {
	result := Result{Status: a.Status, Body: a.Body}
	for name, value := range a.Header {
		if strings.EqualFold(name, "Content-Type") {
			result.ContentType = value
			continue
		}
		if result.Header == nil {
			result.Header = map[string]string{}
		}
		result.Header[name] = value
	}
	return result
}

// shake answers to a handshake. Amazon's must be genuine, since it makes us fetch
// something; Azure's must not have a wrong secret, so that a mistake shows when
// the subscription is made. The others give nothing away.
func (r *Receiver) shake(ctx context.Context, one *post, answer webhook.Answer) (Result, *Refusal) {
	switch one.provider {
	case webhook.SES:
		one.hook.AllowUnsigned = false
		if refusal := one.judge(); refusal != nil {
			return Result{}, refusal
		}
		if refusal := r.confirm(ctx, one, answer); refusal != nil {
			return Result{}, refusal
		}
	case webhook.Azure:
		if one.verified.Outcome == webhook.Forged {
			return Result{}, one.judge()
		}
	}
	r.options.Logger.Info("webhooks: handshake", "provider", string(one.provider), "what", answer.Note)
	return resultOf(answer), nil
}

// judge says whether a verified request may be accepted.
func (one *post) judge() *Refusal {
	v := &one.verified
	switch v.Outcome {
	case webhook.Genuine:
		return nil
	case webhook.Forged:
		if v.Scheme == webhook.SchemeSecret {
			return refuse(Unauthorized, v.Detail)
		}
		return refuse(Forged, v.Detail)
	case webhook.Stale:
		return refuse(Stale, v.Detail)
	case webhook.Unsigned, webhook.MissingKey:
		return one.unvouched()
	}
	return refuse(Forged, "it could not be checked")
}

// unvouched settles a request that nothing can be checked by. What the operator
// lets in all the same must at least be a payload of the provider.
func (one *post) unvouched() *Refusal {
	if !one.hook.AllowUnsigned {
		reason := MissingKey
		if one.verified.Outcome == webhook.Unsigned {
			reason = Unsigned
		}
		return refuse(reason, one.verified.Detail)
	}
	if _, err := webhook.Decode(one.provider, one.request.Body); err != nil {
		return refuse(Unreadable, err.Error())
	}
	return nil
}

// accept makes a request durable, unless it is a repeat.
func (r *Receiver) accept(ctx context.Context, one *post) (Result, *Refusal) {
	seen, refusal := r.remember(one)
	if refusal != nil {
		return Result{}, refusal
	}
	if seen == repeated {
		r.options.Logger.Debug("webhooks: seen before", "provider", string(one.provider))
		return Result{Status: http.StatusOK}, nil
	}
	report := one.report()
	if err := r.options.Spool.Append(ctx, report); err != nil {
		return Result{}, notKept(err)
	}
	r.settle(one)
	r.Accept(1)
	if r.Fine() {
		r.options.Logger.Info("webhooks: reports are accepted again")
	}
	return Result{Status: http.StatusOK, ID: report.ID}, nil
}

// report makes the report that goes to the spool.
func (one *post) report() spool.Report {
	report := spool.Report{
		ID: spool.NewID(), Source: spool.Webhook, Received: one.now, Trust: spool.TrustOpen, Kind: spool.KindHook,
		Body: one.request.Body, Meta: map[string]string{spool.MetaProvider: string(one.provider)},
	}
	if one.verified.Outcome == webhook.Genuine {
		report.Trust = spool.TrustSource
	}
	for key, value := range map[string]string{
		spool.MetaRemote: one.remote, spool.MetaStream: one.hook.Stream, spool.MetaContentType: one.contentType(),
	} {
		if value != "" {
			report.Meta[key] = value
		}
	}
	return report
}

// maxContentType bounds what is kept of a header that anybody may have written.
const maxContentType = 256

func (one *post) contentType() string {
	value := one.header("Content-Type")
	return value[:min(len(value), maxContentType)]
}

func (one *post) header(name string) string {
	if one.request.Header == nil {
		return ""
	}
	return one.request.Header.Get(name)
}

// notKept makes a refusal of an error of the spool.
func notKept(err error) *Refusal {
	reason := Unavailable
	switch {
	case errors.Is(err, spool.ErrFull):
		reason = SpoolFull
	case errors.Is(err, spool.ErrTooLarge):
		reason = TooLarge
	}
	refusal := refuse(reason, intake.SpoolProblem(err))
	refusal.cause = err
	return refusal
}

// refused counts and logs a refusal, and shows in the status what the operator
// can mend.
func (r *Receiver) refused(p webhook.Provider, refusal *Refusal, remote string) {
	r.Refuse(1)
	if !p.IsKnown() {
		p = "unknown" // the word is the sender's
	}
	switch refusal.Reason {
	case NotConfigured, Unsigned, MissingKey, NoCertificate, NotConfirmed, SpoolFull, Unavailable:
		r.Trouble(fmt.Sprintf("%s: %s", p, refusal.Detail))
	}
	level := slog.LevelDebug
	if r.logged.may(string(p) + " " + string(refusal.Reason)) {
		level = slog.LevelWarn
	}
	r.options.Logger.Log(context.Background(), level, "webhooks: refused", "provider", string(p), "reason", string(refusal.Reason),
		"detail", refusal.Detail, "remote", remote)
}
