package webhook

import (
	"strings"
	"testing"
)

func BenchmarkDecode(b *testing.B) {
	item := `{"email":"ann@example.com","event":"bounce","type":"bounce","status":"5.1.1","reason":"550 5.1.1 no such user here","timestamp":1600000000,"ip":"192.0.2.1","tls":1,"sg_event_id":"e1","sg_message_id":"m1.filter","smtp-id":"<m1@sender.example>","category":["news"]}`
	batch := "[" + strings.Repeat(item+",", 999) + item + "]"
	for name, c := range map[string]struct {
		p       Provider
		payload string
		events  int
	}{
		"sendgrid-1000": {SendGrid, batch, 1000},
		"ses":           {SES, sesBounced("eventType", `"Permanent","bounceSubType":"General"`, `{"emailAddress":"ann@example.com","action":"failed","status":"5.1.1","diagnosticCode":"smtp; 550 5.1.1 no"}`), 1},
		"mailgun":       {Mailgun, mailgunEvent(`"event":"failed","severity":"permanent","reason":"bounce","delivery-status":{"code":550,"message":"5.1.1 no such user"}`), 1},
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(c.payload)))
			b.ReportAllocs()
			for b.Loop() {
				if got, err := Decode(c.p, []byte(c.payload)); err != nil || len(got.Events) != c.events {
					b.Fatal(err, len(got.Events))
				}
			}
			b.ReportMetric(float64(c.events)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

func BenchmarkVerify(b *testing.B) {
	for name, s := range map[string]signed{"sns": signSNS("2", nil), "sendgrid": signSendGrid(), "svix": signSvix(Resend, "svix-")} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if v := Verify(s.provider, s.request, s.keys, at); v.Outcome != Genuine {
					b.Fatal(v)
				}
			}
		})
	}
}
