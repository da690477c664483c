package webhook

import (
	"encoding/json"
	"net/http"
	"testing"
	"unicode/utf8"
)

// seeds are payloads of every provider.
func seeds() []string {
	return []string{
		sesBounced("eventType", `"Permanent","bounceSubType":"General"`, `{"emailAddress":"ann@example.com","diagnosticCode":"smtp; 550 5.1.1 x"}`),
		`{"Type":"Notification","MessageId":"1","TopicArn":"arn:aws:sns:eu-west-1:1:t","Message":"{\"eventType\":\"Open\",\"mail\":{}}","SignatureVersion":"2","SigningCertURL":"` + testCertURL + `","Signature":"AAAA"}`,
		`{"Records":[{"Sns":{"Type":"Notification","TopicArn":"t","Message":"{}"}},{"body":"{}"}]}`,
		bounceBody, mailgunEvent(`"event":"failed","severity":"permanent","delivery-status":{"code":550}`), formOf("event", "bounced", "recipient", "a@example.com", "token", "t"),
		multipartOf("event", "dropped", "code", "605"), postmarkBounce(`"Type":"HardBounce","Details":"smtp;550 5.1.1 x"`), sparkPostEvent("message_event", `"type":"bounce","bounce_class":"10"`),
		`{"event":"bounce","time":1600000000,"MessageID":1,"email":"a@example.com","hard_bounce":true,"error":"user unknown"}`,
		`{"event":"hard_bounce","email":"a@example.com","message-id":"<m>","ts_epoch":1600000000000}`,
		formOf("mandrill_events", "["+mandrillEvent("hard_bounce", "")+"]"), resendEvent("email.bounced", `"to":["a@example.com","b@example.com"]`),
		azureReportOf("Bounced", ""), mailerSendEvent("activity.hard_bounced", `{"reason":"x"}`), `{"events":[{"event":"bounce","email":"a@example.com","event_id":"1","timestamp":1}]}`,
		postalEvent("MessageDeliveryFailed", `"output":"550 x",`), kumoRecord("Bounce", `"response":{"code":550,"content":"x"},`), `{"kind":"bounce","recipient":"a@example.com","id":"1"}`,
		`[{"a":1},[{"b":[`, `[[[[`, `{"event":{"event":{}}}`, "\xef\xbb\xbf{}", "--b\r\n\r\n", "a=%zz&=&b",
	}
}

// FuzzDecode checks that no payload makes Decode panic, lose count of itself, or
// make an event that breaks its promises; and that Detect agrees with the
// decoder.
func FuzzDecode(f *testing.F) {
	for i, s := range seeds() {
		f.Add([]byte(s), uint8(i))
	}
	f.Fuzz(func(t *testing.T, payload []byte, which uint8) {
		p := Providers()[int(which)%len(Providers())]
		if which >= 128 {
			if found, ok := Detect(payload, nil); ok {
				p = found
			}
		}
		batch, err := Decode(p, payload)
		if err != nil && len(batch.Events) > 0 {
			t.Errorf("%v, and %d events", err, len(batch.Events))
		}
		if err == nil && len(batch.Events)+batch.Passed+batch.Unread == 0 && len(batch.Problems) == 0 && len(payload) > 0 {
			if o, _ := soleObject(payload); !o.hasAny("events", "Records", "results", "mandrill_events") && !isForm(trimBOM(payload)) {
				t.Errorf("nothing came of %q, without a word", payload)
			}
		}
		for i := range batch.Events {
			e := &batch.Events[i]
			checkEvent(t, p, e)
			if len(e.Recipient) > maxAddress || len(e.Diagnostic) > maxDiagnostic {
				t.Errorf("unbounded: %d, %d", len(e.Recipient), len(e.Diagnostic))
			}
			if e.Recipient == "" && !hasProblem(e, ProblemRecipient) && !hasProblem(e, ProblemAmbiguous) {
				t.Error("no recipient, and no problem")
			}
			if b, err := json.Marshal(e); err != nil || !utf8.Valid(b) {
				t.Errorf("JSON: %v", err)
			}
		}
		again, _ := Decode(p, payload)
		for i := range again.Events {
			if again.Events[i].ID != batch.Events[i].ID {
				t.Error("an id that changes")
			}
		}
	})
}

// FuzzVerify checks that nothing that was not signed passes: the keys are real,
// but the fuzzer has no private ones.
func FuzzVerify(f *testing.F) {
	for i, s := range seeds() {
		f.Add([]byte(s), "v1,AAAA", "1714557600", uint8(i))
	}
	sns := signSNS("2", nil)
	keys := Keys{Topics: []string{testTopic}, Certificates: sns.keys.Certificates, Secrets: []string{"0123456789abcdef-secret"}}
	for _, s := range []signed{signSendGrid(), signMailgun(), signSvix(Resend, "svix-"), signHMAC(Mailtrap, "Mailtrap-Signature"), signMandrill()} {
		keys.Signing = append(keys.Signing, s.keys.Signing[len(s.keys.Signing)-1])
	}
	names := []string{"X-Twilio-Email-Event-Webhook-Signature", "Svix-Signature", "Webhook-Signature", "Signature", "Mailtrap-Signature", "X-Mandrill-Signature",
		"X-Postal-Signature", "X-Postal-Signature-256", "Authorization"}
	f.Fuzz(func(t *testing.T, body []byte, signature, stamp string, which uint8) {
		h := http.Header{}
		for _, name := range names {
			h.Set(name, signature)
		}
		for _, name := range []string{"X-Twilio-Email-Event-Webhook-Timestamp", "Svix-Timestamp", "Webhook-Timestamp", "Svix-Id", "Webhook-Id"} {
			h.Set(name, stamp)
		}
		p := Providers()[int(which)%len(Providers())]
		r := Request{Method: "POST", URL: "https://hooks.sender.example/" + stamp, Header: h, Body: body}
		v := Verify(p, r, keys, at)
		switch v.Outcome {
		case Forged, Unsigned, MissingKey:
		default:
			t.Errorf("%s: %+v", p, v)
		}
		if v.ReplayKey != "" && v.Outcome == Forged {
			t.Error("a forged request has a replay key")
		}
		if u := v.CertificateURL; u != "" && CheckSigningCertURL(u) != nil {
			t.Errorf("leads to %q", u)
		}
		if a, ok := Handshake(p, r); ok && a.Confirm != "" && CheckSubscribeURL(a.Confirm) != nil {
			t.Errorf("leads to %q", a.Confirm)
		}
	})
}
