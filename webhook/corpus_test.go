package webhook

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// corpus returns a file of the shared samples, or skips the test.
func corpus(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(corpusPath(name))
	if err != nil {
		t.Skipf("no sample: %v (set REBOUND_CORPUS)", err)
	}
	return b
}

func corpusPath(name string) string {
	root := os.Getenv("REBOUND_CORPUS")
	if root == "" {
		root = filepath.Join("..", "..", "shared", "corpus")
	}
	return filepath.Join(root, "webhooks", filepath.FromSlash(name))
}

func TestARealSendGridSignature(t *testing.T) {
	body := corpus(t, "sendgrid/sendgrid-go/signed_payload.json")
	h, key := http.Header{}, ""
	for line := range strings.Lines(string(corpus(t, "sendgrid/sendgrid-go/signed_payload.headers"))) {
		line = strings.TrimSpace(line)
		if name, value, ok := strings.Cut(line, ": "); ok && !strings.HasPrefix(line, "#") {
			h.Set(name, value)
		} else if line != "" && !strings.HasPrefix(line, "#") {
			key = line
		}
	}
	now := parseTime(h.Get("X-Twilio-Email-Event-Webhook-Timestamp")).Add(time.Minute)
	checkReal(t, SendGrid, Request{Header: h, Body: body}, Keys{Signing: []string{key}}, now)
	for name := range h {
		for i := range h.Get(name) {
			altered := h.Clone()
			b := []byte(h.Get(name))
			b[i] ^= 1
			altered.Set(name, string(b))
			if v := Verify(SendGrid, Request{Header: altered, Body: body}, Keys{Signing: []string{key}}, now); v.Outcome != Forged {
				t.Fatalf("%s, byte %d altered: %+v", name, i, v)
			}
		}
	}
}

func TestRealSNSSignatures(t *testing.T) {
	for _, name := range []string{"bounce", "subscription"} {
		t.Run(name, func(t *testing.T) {
			body := corpus(t, "amazon_ses/keila/"+name+".signed.json")
			u := SigningCertURL(body)
			if u == "" {
				t.Fatal("no certificate named")
			}
			o, err := soleObject(body)
			if err != nil {
				t.Fatal(err)
			}
			block, _ := pem.Decode(corpus(t, "amazon_ses/keila/"+path.Base(u)))
			if block == nil {
				t.Fatal("the certificate is no PEM")
			}
			cert, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				t.Fatal(err)
			}
			keys := Keys{Certificates: map[string]*x509.Certificate{u: cert}, Topics: []string{o.text("TopicArn")}}
			checkReal(t, SES, Request{Body: body}, keys, o.time("Timestamp").Add(time.Minute))
		})
	}
}

// checkReal asserts that a request is genuine, and with any byte altered either
// refused or, where a signature covers values and not bytes, of the same
// events.
func checkReal(t *testing.T, p Provider, r Request, keys Keys, now time.Time) {
	t.Helper()
	if v := Verify(p, r, keys, now); v.Outcome != Genuine {
		t.Fatalf("%+v", v)
	}
	if v := Verify(p, r, keys, now.AddDate(0, 0, 2)); v.Outcome != Stale {
		t.Errorf("two days later: %+v", v)
	}
	for i := range r.Body {
		altered := r
		altered.Body = bytes.Clone(r.Body)
		altered.Body[i] ^= 1
		if v := Verify(p, altered, keys, now); v.Outcome == Genuine && (p != SES || !sameEvents(p, altered.Body, r.Body)) {
			t.Fatalf("byte %d altered passes", i)
		}
	}
}

// TestSamples decodes every sample and compares what came of it with what a
// person read there: "events passed unread".
func TestSamples(t *testing.T) {
	want := map[string]string{
		"amazon_ses/anymail/bounce_event.json":                          "bounce",
		"amazon_ses/anymail/complaint_event.json":                       "complaint",
		"amazon_ses/anymail/reject_event.json":                          "bounce",
		"amazon_ses/anymail/open_event.json":                            "",
		"amazon_ses/anymail/send_event.json":                            "",
		"amazon_ses/anymail/incorrect_received_event.json":              "",
		"amazon_ses/anymail/sns_confirmation_success_notification.json": "",
		"amazon_ses/anymail/sns_unsubscribe_confirmation.json":          "",
		"amazon_ses/keila/bounce.signed.json":                           "bounce",
		"amazon_ses/keila/subscription.signed.json":                     "",
		"brevo/anymail/deferred_event.json":                             "delay",
		"brevo/anymail/delivered_event.json":                            "delivery",
		"brevo/anymail/hard_bounce.json":                                "bounce",
		"brevo/anymail/invalid_email.json":                              "bounce",
		"brevo/anymail/soft_bounce_event.json":                          "bounce",
		"brevo/anymail/proxy_open_event.json":                           "",
		"brevo/symfony/blocked.json":                                    "other",
		"brevo/symfony/complaint.json":                                  "complaint",
		"brevo/symfony/unsubscribed.json":                               "unsubscribe",
		"mailchimp/symfony/batch.json":                                  "delay",
		"mailchimp/symfony/hard_bounce.json":                            "bounce",
		"mailchimp/symfony/reject.json":                                 "other",
		"mailchimp/symfony/spam.json":                                   "complaint",
		"mandrill/anymail/click_event.json":                             "",
		"mailersend/anymail/hard_bounced_event.json":                    "bounce",
		"mailersend/anymail/spam_complaint_event.json":                  "complaint",
		"mailersend/symfony/opened.json":                                "",
		"mailersend/symfony/unsubscribed.json":                          "unsubscribe",
		"mailgun/anymail/failed_permanent_event.json":                   "bounce",
		"mailgun/anymail/failed_temporary_event.json":                   "delay",
		"mailgun/anymail/rejected_event.json":                           "bounce",
		"mailgun/symfony/spam_complaints.json":                          "complaint",
		"mailgun/symfony/clicks.json":                                   "",
		"mailjet/anymail/bounce_event.json":                             "bounce",
		"mailjet/symfony/sent.json":                                     "delivery",
		"mailjet/symfony/unsub.json":                                    "unsubscribe",
		"mailtrap/anymail/reject_event.json":                            "other",
		"mailtrap/anymail/soft_bounce_event.json":                       "bounce",
		"mailtrap/symfony/suspension.json":                              "bounce",
		"postal/anymail/bounce_event.json":                              "bounce",
		"postal/anymail/deferred_event.json":                            "delay",
		"postal/anymail/delivered_event.json":                           "delivery",
		"postal/anymail/queued_event.json":                              "other",
		"postmark/anymail/bounce_event.json":                            "bounce",
		"postmark/anymail/bounce_unsubscribe_variant.json":              "unsubscribe",
		"postmark/anymail/resubscribe.json":                             "",
		"postmark/anymail/spam_event.json":                              "complaint",
		"postmark/anymail/subscription_change_bounce.json":              "other",
		"postmark/anymail/unsubscribe.json":                             "unsubscribe",
		"resend/anymail/complained_event.json":                          "complaint",
		"resend/anymail/delivery_delayed_event.json":                    "delay",
		"resend/anymail/hard_bounced_event.json":                        "bounce",
		"resend/anymail/suppressed_event.json":                          "other",
		"sendgrid/anymail/bounce_event.json":                            "bounce",
		"sendgrid/anymail/deferred_event.json":                          "delay",
		"sendgrid/anymail/dropped_bounced.json":                         "other",
		"sendgrid/symfony/batch.json":                                   "other",
		"sparkpost/anymail/bounce_challenge_response.json":              "auto-reply",
		"sparkpost/anymail/delay_event.json":                            "delay",
		"sparkpost/anymail/delivery_event.json":                         "delivery",
		"sparkpost/anymail/generation_rejection_event.json":             "other",
		"sparkpost/gosparkpost/sample-webhook-validation.json":          "",
		"sparkpost/anymail/amp_events.json":                             "",
	}
	for name, kinds := range want {
		t.Run(name, func(t *testing.T) {
			b := corpus(t, name)
			p, ok := Detect(b, nil)
			if !ok {
				t.Fatal("not recognised")
			}
			batch, err := Decode(p, b)
			if err != nil || batch.Unread > 0 || len(batch.Problems) > 0 {
				t.Fatalf("%v, %v", err, batch.Problems)
			}
			var got []string
			for i := range batch.Events {
				checkEvent(t, p, &batch.Events[i])
				got = append(got, string(batch.Events[i].Kind))
			}
			if strings.Join(got, " ") != kinds {
				t.Errorf("%s: %q, want %q", p, got, kinds)
			}
		})
	}
}

// TestNoSampleLosesItsRecipient reads all that is there, also what is not listed
// above.
func TestNoSampleLosesItsRecipient(t *testing.T) {
	n := 0
	_ = filepath.WalkDir(corpusPath("."), func(file string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(file, ".json") {
			return nil
		}
		b, err := os.ReadFile(file)
		if err != nil || !json.Valid(b) {
			return nil
		}
		p, ok := Detect(b, nil)
		if !ok {
			return nil
		}
		n++
		batch, err := Decode(p, b)
		if err != nil {
			t.Errorf("%s: %v", file, err)
		}
		for i := range batch.Events {
			e := &batch.Events[i]
			if e.Recipient == "" && strings.Contains(string(b), "@example.com") && !hasProblem(e, ProblemAmbiguous) {
				t.Errorf("%s: no recipient", file)
			}
		}
		return nil
	})
	if n == 0 {
		t.Skip("no samples (set REBOUND_CORPUS)")
	}
}
