package hook

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/rebound-mail/rebound/internal/intake"
	"github.com/rebound-mail/rebound/internal/spool"
	"github.com/rebound-mail/rebound/webhook"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var _ intake.Source = (*Receiver)(nil)

func eachProvider(t *testing.T, do func(t *testing.T, c *clock, p provider, r *Receiver, b *box)) {
	providers := append(secretProviders(), signingProviders()...)
	providers = append(providers, provider{name: webhook.SES})
	if len(providers) != len(webhook.Providers()) {
		t.Fatalf("%d providers, want all %d", len(providers), len(webhook.Providers()))
	}
	for _, p := range providers {
		t.Run(string(p.name), func(t *testing.T) {
			c, b := newClock(), &box{}
			o := Options{Spool: b, Now: c.now}
			if p.name == webhook.SES {
				a := newFakeAmazon(t, c)
				p, o.Transport, o.Roots = ses(a), a.transport(), a.roots
			}
			p.hook.Stream = "news"
			o.Hooks = map[webhook.Provider]Hook{p.name: p.hook}
			do(t, c, p, receiver(t, o), b)
		})
	}
}

func TestWhatIsGenuineGoesToTheSpoolAsTrusted(t *testing.T) {
	eachProvider(t, func(t *testing.T, c *clock, p provider, r *Receiver, b *box) {
		request := p.post(c, "one")
		result, err := r.Receive(t.Context(), p.name, request, "192.0.2.1")
		if err != nil || result.Status != 200 || result.ID == "" {
			t.Fatalf("%+v %v", result, err)
		}
		got := b.all()
		if len(got) != 1 {
			t.Fatalf("%d reports", len(got))
		}
		report := got[0]
		if report.ID != result.ID || report.Source != spool.Webhook || report.Kind != spool.KindHook || report.Trust != spool.TrustSource || !report.Received.Equal(c.now()) {
			t.Errorf("%+v", report)
		}
		if report.Meta[spool.MetaProvider] != string(p.name) || report.Meta[spool.MetaRemote] != "192.0.2.1" || report.Meta[spool.MetaStream] != "news" {
			t.Errorf("meta %v", report.Meta)
		}
		if !bytes.Equal(report.Body, request.Body) {
			t.Error("the body is another")
		}
		batch, err := webhook.Decode(p.name, report.Body)
		if err != nil || len(batch.Events) != 1 || batch.Events[0].Recipient != "ann@example.com" {
			t.Errorf("%+v %v", batch, err)
		}
		if s := r.Status(); s.Accepted != 1 || s.Refused != 0 || !s.Last.Equal(c.now()) {
			t.Errorf("%+v", s)
		}
	})
}

func TestWhatIsAlteredIsRefusedEvenWhereUnsignedIsAllowed(t *testing.T) {
	eachProvider(t, func(t *testing.T, c *clock, p provider, r *Receiver, b *box) {
		hook := p.hook
		hook.AllowUnsigned = true
		r.options.Hooks[p.name] = hook
		request := p.post(c, "one")
		want := Forged
		if p.secret {
			want = Unauthorized
			request.URL += "x"
		}
		body := strings.ReplaceAll(string(request.Body), "ann", "eve")
		if p.name == webhook.Mailgun { // whose signature covers the token alone
			body = strings.ReplaceAll(string(request.Body), `"one"`, `"two"`)
		}
		request.Body = []byte(body)
		_, err := r.Receive(t.Context(), p.name, request, "192.0.2.1")
		var refusal *Refusal
		if !errors.As(err, &refusal) || refusal.Reason != want || refusal.Status/100 != 4 || refusal.Title == "" || refusal.Detail == "" {
			t.Fatalf("%v, want %s", err, want)
		}
		if want == Unauthorized && refusal.Header["WWW-Authenticate"] == "" {
			t.Error("401 without a challenge")
		}
		if len(b.all()) != 0 || r.Status().Refused != 1 {
			t.Errorf("%d reports, %+v", len(b.all()), r.Status())
		}
	})
}

func TestWhatIsTooOldOrFromTheFutureIsRefused(t *testing.T) {
	eachProvider(t, func(t *testing.T, c *clock, p provider, r *Receiver, b *box) {
		if p.timeless || p.secret {
			return
		}
		for _, late := range []time.Duration{26 * time.Hour, -10 * time.Minute} {
			c.pass(-late)
			request := p.post(c, "one")
			c.pass(late)
			_, err := r.Receive(t.Context(), p.name, request, "")
			var refusal *Refusal
			if !errors.As(err, &refusal) || refusal.Reason != Stale || refusal.Status != http.StatusForbidden {
				t.Errorf("%s late: %v", late, err)
			}
		}
		if len(b.all()) != 0 {
			t.Error("accepted")
		}
	})
}

func TestARepeatIsAnsweredAsAcceptedAndNotProcessed(t *testing.T) {
	eachProvider(t, func(t *testing.T, c *clock, p provider, r *Receiver, b *box) {
		request := p.post(c, "one")
		for range 3 {
			if result, err := r.Receive(t.Context(), p.name, request, ""); err != nil || result.Status != 200 {
				t.Fatal(err)
			}
		}
		if _, err := r.Receive(t.Context(), p.name, p.post(c, "two"), ""); err != nil {
			t.Fatal(err)
		}
		want := 2
		if p.secret { // nothing tells a repeat; its events have ids
			want = 4
		}
		if n := len(b.all()); n != want {
			t.Errorf("%d reports, want %d", n, want)
		}
	})
}

func TestWhatTheSpoolDoesNotTakeIsNotAcceptedAndMayBeRepeated(t *testing.T) {
	for _, one := range []struct {
		err    error
		status int
	}{{fmt.Errorf("x: %w", spool.ErrFull), 507}, {spool.ErrReadOnly, 503}, {spool.ErrTooLarge, 413}, {spool.ErrClosed, 503}, {context.Canceled, 503}} {
		eachProvider(t, func(t *testing.T, c *clock, p provider, r *Receiver, b *box) {
			b.failWith(one.err)
			request := p.post(c, "one")
			_, err := r.Receive(t.Context(), p.name, request, "")
			var refusal *Refusal
			if !errors.As(err, &refusal) || refusal.Status != one.status || !errors.Is(err, one.err) || refusal.RetryAfter == 0 && one.status > 500 {
				t.Fatalf("%v", err)
			}
			if one.status > 500 && r.Status().Problem == "" {
				t.Error("no problem is shown")
			}
			b.failWith(nil)
			if result, err := r.Receive(t.Context(), p.name, request, ""); err != nil || result.ID == "" || len(b.all()) != 1 {
				t.Errorf("tried again: %+v %v", result, err)
			}
			if r.Status().Problem != "" {
				t.Error("the problem is shown when it is over")
			}
		})
	}
}

func TestNothingIsTakenThatNothingVouchesFor(t *testing.T) {
	eachProvider(t, func(t *testing.T, c *clock, p provider, r *Receiver, b *box) {
		r.options.Hooks[p.name] = Hook{}
		_, err := r.Receive(t.Context(), p.name, p.post(c, "one"), "")
		var refusal *Refusal
		if !errors.As(err, &refusal) || refusal.Reason != Unsigned && refusal.Reason != MissingKey || refusal.Status != 403 {
			t.Fatal(err)
		}
		if r.Status().Problem == "" {
			t.Error("the operator sees no problem")
		}
		r.options.Hooks[p.name] = Hook{AllowUnsigned: true}
		if p.name == webhook.SES { // without a topic: raw delivery
			_, err = r.Receive(t.Context(), p.name, posted(`{"eventType":"Bounce","mail":{"messageId":"m"},"bounce":{"bounceType":"Permanent","bouncedRecipients":[{"emailAddress":"ann@example.com"}]}}`), "")
		} else {
			_, err = r.Receive(t.Context(), p.name, p.post(c, "one"), "")
		}
		if err != nil || len(b.all()) != 1 || b.all()[0].Trust != spool.TrustOpen {
			t.Errorf("allowed: %v %+v", err, b.all())
		}
		_, err = r.Receive(t.Context(), p.name, posted("what is this?"), "")
		if !errors.As(err, &refusal) || refusal.Reason != Unreadable || refusal.Status != 422 {
			t.Errorf("no payload at all: %v", err)
		}
	})
}

func packed(body []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(body)
	w.Close()
	return b.Bytes()
}

func TestPackedBodiesAreUnpacked(t *testing.T) {
	eachProvider(t, func(t *testing.T, c *clock, p provider, r *Receiver, b *box) {
		request := p.post(c, "one")
		plain := request.Body
		request.Body = packed(plain)
		request.Header.(http.Header).Set("Content-Encoding", "GZip")
		if _, err := r.Receive(t.Context(), p.name, request, ""); err != nil || len(b.all()) != 1 || !bytes.Equal(b.all()[0].Body, plain) {
			t.Errorf("%v, %d reports", err, len(b.all()))
		}
	})
}

func TestASignatureOverThePackedBytesIsGoodToo(t *testing.T) {
	c, b := newClock(), &box{}
	body := packed([]byte(`{"events":[{"event":"bounce","email":"ann@example.com","event_id":"1"}]}`))
	r := receiver(t, Options{Spool: b, Now: c.now, Hooks: map[webhook.Provider]Hook{webhook.Mailtrap: {Keys: webhook.Keys{Signing: []string{"body-key"}}}}})
	request := posted(string(body), "Mailtrap-Signature", fmt.Sprintf("%x", mac(string(body), "body-key")), "Content-Encoding", "gzip")
	if _, err := r.Receive(t.Context(), webhook.Mailtrap, request, ""); err != nil || len(b.all()) != 1 || b.all()[0].Body[0] != '{' {
		t.Errorf("%v, %d reports", err, len(b.all()))
	}
}

func TestHostileBodiesAreRefused(t *testing.T) {
	c, b := newClock(), &box{}
	p := secretProviders()[0]
	r := receiver(t, Options{Spool: b, Now: c.now, Hooks: map[webhook.Provider]Hook{p.name: p.hook}})
	bomb := packed(make([]byte, webhook.MaxPayload+1))
	for name, one := range map[string]struct {
		body   []byte
		coding string
		want   Reason
	}{
		"too large":            {make([]byte, webhook.MaxPayload+1), "", TooLarge},
		"too large, packed":    {bomb, "gzip", TooLarge},
		"no gzip":              {[]byte("{}"), "gzip", BadEncoding},
		"cut off":              {packed([]byte(`{"a":1}`))[:20], "gzip", BadEncoding},
		"another coding":       {[]byte("{}"), "br", BadEncoding},
		"packed twice":         {[]byte("{}"), "gzip, gzip", BadEncoding},
		"garbage after a bomb": {append(slices.Clone(bomb), "x"...), "gzip", TooLarge},
	} {
		request := p.post(c, "one")
		request.Body = one.body
		request.Header.(http.Header).Set("Content-Encoding", one.coding)
		_, err := r.Receive(t.Context(), p.name, request, "")
		var refusal *Refusal
		if !errors.As(err, &refusal) || refusal.Reason != one.want {
			t.Errorf("%s: %v, want %s", name, err, one.want)
		}
		request.URL = "https://rebound.example/wrong"
		if one.want != TooLarge || one.coding == "" {
			continue
		}
		if _, err := r.Receive(t.Context(), p.name, request, ""); !errors.As(err, &refusal) || refusal.Reason != Unauthorized {
			t.Errorf("%s, without the secret: %v, want that nothing is unpacked", name, err)
		}
	}
	if len(b.all()) != 0 {
		t.Error("accepted")
	}
}

func TestHandshakesAreAnswered(t *testing.T) {
	form := func(events string) webhook.Request { return posted("mandrill_events=" + url.QueryEscape(events)) }
	hooks := map[webhook.Provider]Hook{}
	for _, p := range webhook.Providers() {
		hooks[p] = Hook{Keys: webhook.Keys{Secrets: []string{testSecret}, Signing: []string{"key"}}}
	}
	validation := posted(`[{"id":"1","eventType":"Microsoft.EventGrid.SubscriptionValidationEvent","data":{"validationCode":"512d38b6"}}]`)
	wrong := validation
	validation.URL += "/" + testSecret
	for name, one := range map[string]struct {
		p           webhook.Provider
		r           webhook.Request
		status      int // 4xx: refused
		contentType string
		body        string
		header      string
	}{
		"Event Grid":                  {p: webhook.Azure, r: validation, status: 200, contentType: "application/json", body: "512d38b6"},
		"Event Grid, wrong secret":    {p: webhook.Azure, r: wrong, status: 401},
		"CloudEvents":                 {p: webhook.Azure, r: webhook.Request{Method: "OPTIONS", Header: http.Header{"Webhook-Request-Origin": {"eventgrid.azure.example"}}}, status: 200, header: "WebHook-Allowed-Origin"},
		"OPTIONS":                     {p: webhook.Postmark, r: webhook.Request{Method: "OPTIONS"}, status: 204, header: "Allow"},
		"Mandrill HEAD":               {p: webhook.Mandrill, r: webhook.Request{Method: "HEAD"}, status: 200},
		"Mandrill, an empty batch":    {p: webhook.Mandrill, r: form("[]"), status: 200},
		"SparkPost":                   {p: webhook.SparkPost, r: posted(`[{"msys":{}}]`), status: 200},
		"MailerSend":                  {p: webhook.MailerSend, r: posted(`{"type":"webhook.test"}`), status: 200},
		"a person with a browser":     {p: webhook.SendGrid, r: webhook.Request{Method: "get"}, status: 200, contentType: "text/plain; charset=utf-8", body: "Rebound takes what sendgrid posts"},
		"HEAD":                        {p: webhook.Mailjet, r: webhook.Request{Method: "HEAD"}, status: 200, contentType: "text/plain; charset=utf-8", body: "Rebound"},
		"DELETE":                      {p: webhook.Mailjet, r: webhook.Request{Method: "DELETE"}, status: 405},
		"a provider that is none":     {p: "evil\r\nX: y", r: posted("{}"), status: 404},
		"an empty post, no secret":    {p: webhook.Mailjet, r: posted(""), status: 401},
		"an empty post, in good hand": {p: webhook.Mailjet, r: webhook.Request{URL: "https://x.example/" + testSecret, Body: []byte(" ")}, status: 200},
	} {
		t.Run(name, func(t *testing.T) {
			b := &box{}
			r := receiver(t, Options{Spool: b, Hooks: hooks, Now: newClock().now})
			result, err := r.Receive(t.Context(), one.p, one.r, "")
			var refusal *Refusal
			if errors.As(err, &refusal) {
				result.Status = refusal.Status
			}
			if result.Status != one.status || result.ContentType != one.contentType || !strings.Contains(string(result.Body), one.body) || len(b.all()) != 0 {
				t.Errorf("%+v %v", result, err)
			}
			if one.header != "" && result.Header[one.header] == "" {
				t.Errorf("no %s in %v", one.header, result.Header)
			}
		})
	}
}

func TestAProviderThatIsNotSetUpIsRefused(t *testing.T) {
	r := receiver(t, Options{Spool: &box{}})
	_, err := r.Receive(t.Context(), webhook.Postmark, posted("{}"), "")
	var refusal *Refusal
	if !errors.As(err, &refusal) || refusal.Reason != NotConfigured || refusal.Status != 403 {
		t.Error(err)
	}
	for name, o := range map[string]Options{"no spool": {}, "a provider that is none": {Spool: &box{}, Hooks: map[webhook.Provider]Hook{"x": {}}}} {
		if _, err := New(o); !errors.Is(err, ErrOptions) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLogsHoldNoSecretsAndAreNotFlooded(t *testing.T) {
	c, b := newClock(), &box{}
	var log bytes.Buffer
	p := secretProviders()[0]
	r := receiver(t, Options{Spool: b, Now: c.now, Hooks: map[webhook.Provider]Hook{p.name: p.hook}, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	for i := range 100 {
		wrong := p.post(c, "one")
		wrong.URL += fmt.Sprint(i)
		r.Receive(t.Context(), p.name, wrong, "192.0.2.1")
	}
	if n := strings.Count(log.String(), "\n"); n != 1 {
		t.Errorf("%d lines, want 1:\n%s", n, log.String())
	}
	if strings.Contains(log.String(), testSecret) || strings.Contains(log.String(), "ann@") {
		t.Errorf("a secret or an address in the log: %s", log.String())
	}
	c.pass(logEvery)
	wrong := p.post(c, "one")
	wrong.URL += "x"
	r.Receive(t.Context(), p.name, wrong, "192.0.2.1")
	if n := strings.Count(log.String(), "\n"); n != 2 {
		t.Errorf("%d lines a minute later, want 2", n)
	}
}

func remembered(r *Receiver) int {
	r.replays.mu.Lock()
	defer r.replays.mu.Unlock()
	return len(r.replays.order)
}

func TestRunForgetsWhatHasExpired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, err := New(Options{Spool: &box{}, Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 10 {
			if _, err := r.replays.begin(replay{key: [16]byte{byte(i)}, expires: time.Now().Add(time.Hour).Unix()}, false, time.Now()); err != nil {
				t.Fatal(err)
			}
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- r.Run(ctx) }()
		time.Sleep(59 * time.Minute)
		synctest.Wait()
		if n := remembered(r); n != 10 || r.Status().State != intake.Listening {
			t.Errorf("%d remembered, %+v", n, r.Status())
		}
		time.Sleep(20 * time.Minute)
		synctest.Wait()
		if n := remembered(r); n != 0 {
			t.Errorf("%d remembered after they expired", n)
		}
		stop()
		if err := <-done; err != nil || r.Status().State != intake.Stopped {
			t.Errorf("%v %+v", err, r.Status())
		}
	})
}
