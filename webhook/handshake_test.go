package webhook

import (
	"net/http"
	"strings"
	"testing"
)

func TestHandshakes(t *testing.T) {
	const confirm = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=tok"
	subscription := func(u string) string {
		return strings.Replace(sns(t, "SubscriptionConfirmation", "You have chosen"), `"TopicArn"`, `"SubscribeURL":"`+u+`","TopicArn"`, 1)
	}
	validation := `[{"id":"1","eventType":"Microsoft.EventGrid.SubscriptionValidationEvent","data":{"validationCode":"512d38b6-\"<x>","validationUrl":"https://evil.example/"}}]`
	for _, c := range []struct {
		name    string
		p       Provider
		r       Request
		ok      bool
		body    string
		confirm string
		header  map[string]string
	}{
		{name: "SNS subscription", p: SES, r: post(subscription(confirm)), ok: true, confirm: confirm},
		{name: "SNS subscription that leads elsewhere", p: SES, r: post(subscription("https://169.254.169.254/?Action=ConfirmSubscription")), ok: true},
		{name: "SNS subscription ended", p: SES, r: post(sns(t, "UnsubscribeConfirmation", "x")), ok: true},
		{name: "SNS notification", p: SES, r: post(sns(t, "Notification", "{}"))},
		{name: "Event Grid", p: Azure, r: post(validation), ok: true, body: `{"validationResponse":"512d38b6-\"\u003cx\u003e"}`, header: map[string]string{"Content-Type": "application/json"}},
		{name: "Event Grid, without a code", p: Azure, r: post(strings.Replace(validation, "validationCode", "x", 1))},
		{name: "Event Grid, a report", p: Azure, r: post("[" + azureReportOf("Delivered", "") + "]")},
		{name: "CloudEvents", p: Azure, r: Request{Method: "OPTIONS", Header: http.Header{"Webhook-Request-Origin": {"eventgrid.azure.example"}, "Webhook-Request-Rate": {"120"}}}, ok: true,
			header: map[string]string{"WebHook-Allowed-Origin": "eventgrid.azure.example", "WebHook-Allowed-Rate": "*", "Allow": "POST"}},
		{name: "CloudEvents, an origin that breaks the line", p: Azure, r: Request{Method: "OPTIONS", Header: http.Header{"Webhook-Request-Origin": {"a\r\nX: y"}}}},
		{name: "OPTIONS without origin", p: Azure, r: Request{Method: "OPTIONS"}},
		{name: "SparkPost", p: SparkPost, r: post(`[{"msys":{}}]`), ok: true},
		{name: "SparkPost with an event", p: SparkPost, r: post(`[{"msys":{}},{"msys":{"message_event":{}}}]`)},
		{name: "Mandrill HEAD", p: Mandrill, r: Request{Method: "HEAD"}, ok: true},
		{name: "Mandrill, an empty batch", p: Mandrill, r: post(formOf("mandrill_events", "[]")), ok: true},
		{name: "Mandrill, events", p: Mandrill, r: post(formOf("mandrill_events", `[{"event":"spam"}]`))},
		{name: "MailerSend", p: MailerSend, r: post(`{"type":"webhook.test"}`), ok: true},
		{name: "HEAD of anybody else", p: SendGrid, r: Request{Method: "HEAD"}},
		{name: "events", p: SendGrid, r: post(bounceBody)},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, ok := Handshake(c.p, c.r)
			if ok != c.ok || a.Confirm != c.confirm || string(a.Body) != c.body || ok && (a.Status != 200 || a.Note == "") {
				t.Fatalf("%v %+v", ok, a)
			}
			for name, want := range c.header {
				if a.Header[name] != want {
					t.Errorf("%s: %q, want %q", name, a.Header[name], want)
				}
			}
		})
	}
}

func TestDetectIsStrict(t *testing.T) {
	for _, payload := range []string{
		``, ` `, `{}`, `[]`, `[1,2]`, `null`, `"x"`, `{"event":"bounce"}`, `{"email":"a@example.com"}`, `{"Type":"Notification"}`, `{"type":"Bounce"}`,
		`{"kind":"Pod","apiVersion":"v1"}`, `{"kind":"bounce"}`, `{"events":[]}`, `{"events":[1]}`, `{"results":[{"type":"x"}]}`, `{"Records":[{}]}`,
		`From: a@example.com` + "\r\nSubject: x=y\r\n\r\nhi", `a=b&c=d`, `event=x`, `<html>`, `--`, `--x`, "\x00\xff", `{"msg":"x","level":"info","ts":1}`,
		`2024-05-01T10:00:00Z host postfix/smtp[1]: A1: to=<a@example.com>, status=bounced`,
	} {
		if p, ok := Detect([]byte(payload), nil); ok || p != "" {
			t.Errorf("%q is %s", payload, p)
		}
	}
}

func TestDetectByHeaderWhereTheContentDoesNotTell(t *testing.T) {
	for name, want := range map[string]Provider{
		"x-amz-sns-message-type": SES, "X-Twilio-Email-Event-Webhook-Signature": SendGrid, "X-MessageSystems-Batch-ID": SparkPost,
		"aeg-event-type": Azure, "X-Postal-Signature": Postal, "Mailtrap-Signature": Mailtrap, "X-Mandrill-Signature": Mandrill,
	} {
		h := http.Header{}
		h.Set(name, "x")
		if p, ok := Detect(nil, h); !ok || p != want {
			t.Errorf("%s: %s", name, p)
		}
		if p, _ := Detect([]byte(postmarkBounce(`"Type":"HardBounce"`)), h); p != Postmark {
			t.Errorf("%s outweighs the content: %s", name, p)
		}
	}
	if p, ok := Detect(nil, http.Header{"User-Agent": {"Mandrill-Webhook/1.0"}}); !ok || p != Mandrill {
		t.Errorf("user agent: %s", p)
	}
	if _, ok := Detect(nil, http.Header{}); ok {
		t.Error("nothing is something")
	}
}

func TestDetectByTheBeginning(t *testing.T) {
	whole := "[" + strings.Repeat(`{"event":"delivered","email":"ann@example.com","timestamp":1600000000,"sg_event_id":"e1","sg_message_id":"m1"},`, 10000)
	for _, n := range []int{200, 4096, len(whole)} {
		if p, _ := Detect([]byte(whole[:n]), nil); p != SendGrid {
			t.Errorf("%d bytes: %q", n, p)
		}
	}
}

func TestProviders(t *testing.T) {
	for _, p := range Providers() {
		if !p.IsKnown() {
			t.Errorf("%s has no decoder", p)
		}
		if b, err := Decode(p, []byte(`{}`)); err != nil || len(b.Events) != 0 || b.Unread+b.Passed != 1 {
			t.Errorf("%s: %+v, %v", p, b, err)
		}
	}
	if len(Providers()) != 15 || Provider("").IsKnown() {
		t.Error("providers")
	}
}
