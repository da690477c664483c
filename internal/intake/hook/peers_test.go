package hook

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/internal/spool"
	"github.com/rebound-mail/rebound/webhook"
)

// box is a spool in memory.
type box struct {
	mu      sync.Mutex
	reports []spool.Report
	fail    error
	wait    chan struct{} // if set, Append waits for it
}

func (b *box) Append(ctx context.Context, reports ...spool.Report) error {
	if b.wait != nil {
		<-b.wait
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fail != nil {
		return b.fail
	}
	for _, r := range reports {
		r.Body = bytes.Clone(r.Body)
		b.reports = append(b.reports, r)
	}
	return ctx.Err()
}

func (b *box) all() []spool.Report {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.reports)
}

func (b *box) failWith(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fail = err
}

// clock is a clock that is set by hand.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func (c *clock) unix() string { return strconv.FormatInt(c.now().Unix(), 10) }

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// rsaKey is made once: that takes its time.
var rsaKey = sync.OnceValue(func() *rsa.PrivateKey { return must(rsa.GenerateKey(rand.Reader, 2048)) })

func b64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

func mac(text string, key string) []byte {
	h := hmac.New(sha256.New, []byte(key))
	h.Write([]byte(text))
	return h.Sum(nil)
}

func posted(body string, header ...string) webhook.Request {
	h := http.Header{}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return webhook.Request{Method: "POST", URL: "https://rebound.example/v1/hooks/x", Header: h, Body: []byte(body)}
}

// provider is one provider as it posts: its set-up, and what makes a genuine post
// of a time and a mark that tells it from others.
type provider struct {
	name webhook.Provider
	hook Hook
	post func(c *clock, mark string) webhook.Request
	// timeless schemes sign no time, secret ones not even the body.
	timeless, secret bool
}

const (
	testSecret = "a-secret-of-some-length"
	testTopic  = "arn:aws:sns:eu-west-1:123456789012:bounces"
	certURL    = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem"
)

// withSecret makes a provider that signs nothing: the secret is in the URL.
func withSecret(name webhook.Provider, body string) provider {
	return provider{
		name: name, hook: Hook{Keys: webhook.Keys{Secrets: []string{testSecret}}}, secret: true,
		post: func(_ *clock, mark string) webhook.Request {
			r := posted(strings.ReplaceAll(body, "MARK", mark), "Content-Type", "application/json")
			r.URL += "/" + testSecret
			return r
		},
	}
}

func secretProviders() []provider {
	return []provider{
		withSecret(webhook.Postmark, `{"RecordType":"Bounce","ID":42,"Type":"HardBounce","TypeCode":1,"MessageID":"MARK","Details":"550 5.1.1 no such user","Email":"ann@example.com","BouncedAt":"2026-03-04T05:00:00Z"}`),
		withSecret(webhook.SparkPost, `[{"msys":{"message_event":{"type":"bounce","event_id":"MARK","rcpt_to":"ann@example.com","raw_reason":"550 5.1.1 no such user","bounce_class":"10","timestamp":"1772600000"}}}]`),
		withSecret(webhook.Mailjet, `[{"event":"bounce","time":1772600000,"MessageID":1,"Message_GUID":"MARK","email":"ann@example.com","hard_bounce":true,"error":"user unknown"}]`),
		withSecret(webhook.Brevo, `{"event":"hard_bounce","email":"ann@example.com","message-id":"<MARK@example.org>","ts_event":1772600000,"ts":1772600000,"reason":"550 5.1.1 no such user"}`),
		withSecret(webhook.Azure, `[{"id":"MARK","eventType":"Microsoft.Communication.EmailDeliveryReportReceived","eventTime":"2026-03-04T05:00:00Z","data":{"sender":"news@example.org","recipient":"ann@example.com","messageId":"MARK","status":"Bounced","deliveryStatusDetails":{"statusMessage":"550 5.1.1 no such user"},"deliveryAttemptTimeStamp":"2026-03-04T05:00:00Z"}}]`),
		withSecret(webhook.KumoMTA, `{"type":"Bounce","id":"MARK","sender":"news@example.org","recipient":"ann@example.com","queue":"example.com","timestamp":1772600000,"response":{"code":550,"content":"no such user","enhanced_code":{"class":5,"subject":1,"detail":1}}}`),
	}
}

func signingProviders() []provider {
	hmacOf := func(name webhook.Provider, field, body string) provider {
		return provider{name: name, timeless: true, hook: Hook{Keys: webhook.Keys{Signing: []string{"body-key"}}}, post: func(_ *clock, mark string) webhook.Request {
			body := strings.ReplaceAll(body, "MARK", mark)
			return posted(body, field, hex.EncodeToString(mac(body, "body-key")))
		}}
	}
	svix := func(name webhook.Provider, prefix, body string) provider {
		key := "0123456789abcdef01234567"
		return provider{name: name, hook: Hook{Keys: webhook.Keys{Signing: []string{"whsec_" + b64([]byte(key))}}}, post: func(c *clock, mark string) webhook.Request {
			body := strings.ReplaceAll(body, "MARK", mark)
			signature := "v1," + b64(mac("msg_"+mark+"."+c.unix()+"."+body, key))
			return posted(body, prefix+"id", "msg_"+mark, prefix+"timestamp", c.unix(), prefix+"signature", signature)
		}}
	}
	return []provider{
		sendGrid(), mailgun(), mandrill(), postal(),
		svix(webhook.Resend, "svix-", `{"type":"email.bounced","created_at":"2026-03-04T05:00:00Z","data":{"email_id":"MARK","to":["ann@example.com"],"bounce":{"message":"no such user","type":"Permanent","subType":"General"}}}`),
		svix(webhook.Rebound, "webhook-", `{"id":"MARK","kind":"bounce","recipient":"ann@example.com","diagnostic":"550 5.1.1 no such user"}`),
		hmacOf(webhook.MailerSend, "Signature", `{"type":"activity.hard_bounced","created_at":"2026-03-04T05:00:00Z","data":{"id":"MARK","type":"hard_bounced","email":{"recipient":{"email":"ann@example.com"}}}}`),
		hmacOf(webhook.Mailtrap, "Mailtrap-Signature", `{"events":[{"event":"bounce","email":"ann@example.com","event_id":"MARK","timestamp":1772600000,"response":"550 5.1.1 no such user"}]}`),
	}
}

func sendGrid() provider {
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	public := b64(must(x509.MarshalPKIXPublicKey(&key.PublicKey)))
	return provider{name: webhook.SendGrid, hook: Hook{Keys: webhook.Keys{Signing: []string{public}}}, post: func(c *clock, mark string) webhook.Request {
		body := `[{"event":"bounce","email":"ann@example.com","sg_event_id":"` + mark + `","sg_message_id":"m","timestamp":1772600000,"reason":"550 5.1.1 no such user"}]` + "\r\n"
		sum := sha256.Sum256([]byte(c.unix() + body))
		signature := must(ecdsa.SignASN1(rand.Reader, key, sum[:]))
		return posted(body, "X-Twilio-Email-Event-Webhook-Signature", b64(signature), "X-Twilio-Email-Event-Webhook-Timestamp", c.unix())
	}}
}

func mailgun() provider {
	return provider{name: webhook.Mailgun, hook: Hook{Keys: webhook.Keys{Signing: []string{"mailgun-key"}}}, post: func(c *clock, mark string) webhook.Request {
		return mailgunPost(c, mark, "ann@example.com")
	}}
}

// mailgunPost signs a token; whom the event is about is not covered.
func mailgunPost(c *clock, token, recipient string) webhook.Request {
	signature := hex.EncodeToString(mac(c.unix()+token, "mailgun-key"))
	return posted(fmt.Sprintf(`{"signature":{"timestamp":"%s","token":"%s","signature":"%s"},"event-data":{"event":"failed","severity":"permanent","id":"%s","timestamp":1772600000.5,"recipient":"%s","delivery-status":{"code":550,"message":"5.1.1 no such user"}}}`,
		c.unix(), token, signature, token, recipient))
}

func mandrill() provider {
	const where = "https://public.example/hooks/mandrill?stream=news"
	return provider{name: webhook.Mandrill, timeless: true, hook: Hook{URL: where, Keys: webhook.Keys{Signing: []string{"mandrill-key"}}}, post: func(_ *clock, mark string) webhook.Request {
		events := `[{"event":"hard_bounce","_id":"` + mark + `","ts":1772600000,"msg":{"email":"ann@example.com","_id":"` + mark + `","diag":"550 5.1.1 no such user"}}]`
		h := hmac.New(sha1.New, []byte("mandrill-key"))
		h.Write([]byte(where + "mandrill_events" + events))
		return posted("mandrill_events="+url.QueryEscape(events), "X-Mandrill-Signature", b64(h.Sum(nil)), "Content-Type", "application/x-www-form-urlencoded")
	}}
}

func postal() provider {
	key := rsaKey()
	public := b64(must(x509.MarshalPKIXPublicKey(&key.PublicKey)))
	return provider{name: webhook.Postal, timeless: true, hook: Hook{Keys: webhook.Keys{Signing: []string{public}}}, post: func(_ *clock, mark string) webhook.Request {
		body := `{"event":"MessageDeliveryFailed","timestamp":1772600000.1,"uuid":"` + mark + `","payload":{"status":"HardFail","output":"550 5.1.1 no such user","message":{"id":1,"to":"ann@example.com","from":"news@example.org"}}}`
		sum := sha256.Sum256([]byte(body))
		return posted(body, "X-Postal-Signature-256", b64(must(rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:]))))
	}}
}

// ses posts by SNS, signed with a certificate of the given Amazon.
func ses(a *fakeAmazon) provider {
	return provider{name: webhook.SES, hook: Hook{Keys: webhook.Keys{Topics: []string{testTopic}}}, post: func(c *clock, mark string) webhook.Request {
		return a.sign(c, map[string]string{"MessageId": mark})
	}}
}

// sign makes an SNS message of fields that differ from those of a bounce.
func (a *fakeAmazon) sign(c *clock, fields map[string]string) webhook.Request {
	message := map[string]string{
		"Type": "Notification", "MessageId": "1", "TopicArn": testTopic, "Timestamp": c.now().Format("2006-01-02T15:04:05.000Z"), "SignatureVersion": "2",
		"SigningCertURL": certURL,
		"Message":        `{"eventType":"Bounce","mail":{"messageId":"m","destination":["ann@example.com"]},"bounce":{"feedbackId":"f","bounceType":"Permanent","bounceSubType":"General","timestamp":"2026-03-04T05:00:00Z","bouncedRecipients":[{"emailAddress":"ann@example.com","status":"5.1.1","action":"failed","diagnosticCode":"smtp; 550 5.1.1 no such user"}]}}`,
	}
	for name, value := range fields {
		message[name] = value
	}
	names := []string{"Message", "MessageId", "Timestamp", "TopicArn", "Type"}
	if message["Type"] != "Notification" {
		names = []string{"Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"}
	}
	var text strings.Builder
	for _, name := range names {
		text.WriteString(name + "\n" + message[name] + "\n")
	}
	sum := sha256.Sum256([]byte(text.String()))
	message["Signature"] = b64(must(rsa.SignPKCS1v15(rand.Reader, a.signer, crypto.SHA256, sum[:])))
	return posted(string(must(json.Marshal(message))), "X-Amz-Sns-Message-Type", message["Type"], "Content-Type", "text/plain; charset=UTF-8")
}

// receiver makes a receiver for a test, and closes it after it.
func receiver(t *testing.T, o Options) *Receiver {
	t.Helper()
	r, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}
