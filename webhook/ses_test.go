package webhook

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/event"
)

const sesMail = `"mail":{"timestamp":"2024-05-01T10:00:00.000Z","messageId":"0100018f-m","source":"news@sender.example","sourceIp":"198.51.100.9",` +
	`"destination":["ann@example.com","bob@example.org"],"tags":{"ses:outgoing-ip":["192.0.2.10"]},"commonHeaders":{"subject":"Spring"}}`

func sesBounced(kind, class, recipients string) string {
	return `{"` + kind + `":"Bounce","bounce":{"bounceType":` + class + `,"bouncedRecipients":[` + recipients +
		`],"timestamp":"2024-05-01T10:00:05.123Z","feedbackId":"0100018f-f","reportingMTA":"dns; a1.smtp-out.amazonses.example","remoteMtaIp":"203.0.113.7"},` + sesMail + `}`
}

func TestSES(t *testing.T) {
	const unknown = `{"emailAddress":"Ann Lee <ann@example.com>","action":"failed","status":"5.1.1","diagnosticCode":"smtp; 550 5.1.1 no such user here"}`
	runDecode(t, SES, []decodeCase{
		{name: "a bounce, as identity notification", payload: sesBounced("notificationType", `"Permanent","bounceSubType":"General"`, unknown),
			want: []string{`bounce ann@example.com 550 5.1.1 "550 5.1.1 no such user here" hint=undetermined/permanent`}},
		{name: "a bounce, by event publishing", payload: sesBounced("eventType", `"Permanent","bounceSubType":"NoEmail"`, unknown),
			want: []string{`bounce ann@example.com 550 5.1.1 "550 5.1.1 no such user here" hint=undetermined/permanent`}},
		{name: "only those who bounced, not the whole destination", payload: sesBounced("eventType", `"Transient","bounceSubType":"MailboxFull"`,
			`{"emailAddress":"bob@example.org","action":"failed","status":"4.2.2","diagnosticCode":"smtp; 452 4.2.2 full"},{"emailAddress":"eve@example.net","status":"5.2.2"}`),
			want: []string{`bounce bob@example.org 452 4.2.2 "452 4.2.2 full" hint=mailbox-full/temporary`, `bounce eve@example.net 5.2.2 hint=mailbox-full/temporary`}},
		{name: "an out-of-office answer is no bounce", payload: sesBounced("eventType", `"Transient","bounceSubType":"General"`, `{"emailAddress":"ann@example.com"}`),
			want: []string{`auto-reply ann@example.com`}},
		{name: "nor if SES could not tell", payload: sesBounced("notificationType", `"Undetermined","bounceSubType":"Undetermined"`, `{"emailAddress":"ann@example.com"}`),
			want: []string{`auto-reply ann@example.com`}},
		{name: "but a transient bounce with a reply is one", payload: sesBounced("eventType", `"Transient","bounceSubType":"General"`,
			`{"emailAddress":"ann@example.com","action":"failed","status":"4.4.7","diagnosticCode":"smtp; 451 4.4.7 gave up"}`),
			want: []string{`bounce ann@example.com 451 4.4.7 "451 4.4.7 gave up" hint=undetermined/temporary`}},
		{name: "an address on the account's suppression list", payload: sesBounced("eventType", `"Permanent","bounceSubType":"OnAccountSuppressionList"`,
			`{"emailAddress":"ann@example.com","action":"failed","status":"5.1.1","diagnosticCode":"SES did not send: on the list"}`),
			want: []string{`other ann@example.com "SES did not send: on the list" hint=suppressed/strong`}},
		{name: "or on that of SES", payload: sesBounced("eventType", `"Permanent","bounceSubType":"Suppressed"`, unknown),
			want: []string{`other ann@example.com "550 5.1.1 no such user here" hint=suppressed/strong`}},
		{name: "nobody named, several meant", payload: sesBounced("eventType", `"Permanent","bounceSubType":"General"`, ``),
			want: []string{`bounce - hint=undetermined/permanent !ambiguous`}},
		{name: "a complaint", payload: `{"notificationType":"Complaint","complaint":{"complainedRecipients":[{"emailAddress":"bob@example.org"}],"complaintFeedbackType":"abuse","feedbackId":"c1","timestamp":"2024-05-01T11:00:00Z"},` + sesMail + `}`,
			want: []string{`complaint bob@example.org feedback=abuse`}},
		{name: "no spam after all", payload: `{"eventType":"Complaint","complaint":{"complainedRecipients":[{"emailAddress":"bob@example.org"}],"complaintFeedbackType":"not-spam","feedbackId":"c2","timestamp":"2024-05-01T11:00:00Z"},` + sesMail + `}`,
			want: []string{`other bob@example.org feedback=not-spam`}},
		{name: "a complaint of one of several", payload: `{"eventType":"Complaint","complaint":{"complainedRecipients":[{"emailAddress":"bob@example.org"},{"emailAddress":"eve@example.org"}],"complaintSubType":null,"feedbackId":"c3","arrivalDate":"2024-05-01T11:00:00Z"},` + sesMail + `}`,
			want: []string{`complaint - !ambiguous`}},
		{name: "a complaint of long ago", payload: `{"eventType":"Complaint","complaint":{"complainedRecipients":[{"emailAddress":"bob@example.org"}],"complaintSubType":"OnAccountSuppressionList","feedbackId":"c4","timestamp":"2024-05-01T11:00:00Z"},` + sesMail + `}`,
			want: []string{`other bob@example.org hint=suppressed/strong`}},
		{name: "a delivery", payload: `{"eventType":"Delivery","delivery":{"timestamp":"2024-05-01T10:00:03Z","recipients":["ann@example.com","bob@example.org"],"smtpResponse":"250 2.0.0 OK queued","reportingMTA":"a1.example"},` + sesMail + `}`,
			want: []string{`delivery ann@example.com 250 2.0.0 "250 2.0.0 OK queued"`, `delivery bob@example.org 250 2.0.0 "250 2.0.0 OK queued"`}},
		{name: "a delay", payload: `{"eventType":"DeliveryDelay","deliveryDelay":{"delayType":"TransientCommunicationFailure","timestamp":"2024-05-01T10:00:03Z","expirationTime":"2024-05-02T10:00:03Z","delayedRecipients":[{"emailAddress":"ann@example.com","status":"4.4.1","diagnosticCode":"smtp; 421 4.4.1 no connection"}]},` + sesMail + `}`,
			want: []string{`delay ann@example.com 421 4.4.1 "421 4.4.1 no connection" hint=connection-failed/temporary`}},
		{name: "a rejected message failed for all", payload: `{"eventType":"Reject","reject":{"reason":"Bad content"},` + sesMail + `}`,
			want: []string{`bounce ann@example.com "Bad content" hint=virus/permanent`, `bounce bob@example.org "Bad content" hint=virus/permanent`}},
		{name: "a template that cannot be rendered", payload: `{"eventType":"Rendering Failure","failure":{"errorMessage":"Attribute 'name' is not present","templateName":"T"},` + sesMail + `}`,
			want: []string{`bounce ann@example.com "Attribute 'name' is not present" hint=content-rejected/permanent`, `bounce bob@example.org "Attribute 'name' is not present" hint=content-rejected/permanent`}},
		{name: "leaving a topic", payload: `{"eventType":"Subscription","subscription":{"contactList":"L","timestamp":"2024-05-01T12:00:00Z","newTopicPreferences":{"unsubscribeAll":false,"topicSubscriptionStatus":[{"topicName":"offers","subscriptionStatus":"OptOut"},{"topicName":"news","subscriptionStatus":"OptIn"}]}},"mail":{"messageId":"m","destination":["ann@example.com"]}}`,
			want: []string{`unsubscribe ann@example.com stream=offers`}},
		{name: "leaving all", payload: `{"eventType":"Subscription","subscription":{"timestamp":"2024-05-01T12:00:00Z","newTopicPreferences":{"unsubscribeAll":true}},"mail":{"messageId":"m","destination":["ann@example.com"]}}`,
			want: []string{`unsubscribe ann@example.com`}},
		{name: "opens, clicks, sends", payload: `{"eventType":"Open",` + sesMail + `}{"eventType":"Click",` + sesMail + `}{"eventType":"Send",` + sesMail + `}`, passed: 3},
		{name: "what is new to us", payload: `{"eventType":"Teleport",` + sesMail + `}`, unread: 1},
	})
}

func sns(t *testing.T, kind, message string) string {
	t.Helper()
	b, err := json.Marshal(map[string]string{"Type": kind, "MessageId": "id", "TopicArn": "arn:aws:sns:eu-west-1:123456789012:t", "Message": message})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestSESComesInManyEnvelopesWithOneID(t *testing.T) {
	raw := sesBounced("eventType", `"Permanent","bounceSubType":"General"`, `{"emailAddress":"ann@example.com","status":"5.1.1"}`)
	inSNS := sns(t, "Notification", raw)
	quoted, _ := json.Marshal(inSNS)
	want := one(t, SES, raw)
	if !want.Time.Equal(time.Date(2024, 5, 1, 10, 0, 5, 123e6, time.UTC)) || want.SourceIP != "192.0.2.10" || want.RemoteMTA != "203.0.113.7" ||
		want.ReportingMTA != "a1.smtp-out.amazonses.example" || want.Sender != "news@sender.example" || want.Subject != "Spring" || want.MessageID != "0100018f-m" {
		t.Errorf("%+v", want)
	}
	for name, payload := range map[string]string{
		"SNS":                inSNS,
		"identity":           strings.Replace(raw, "eventType", "notificationType", 1),
		"EventBridge":        `{"version":"0","id":"x","detail-type":"Email Bounced","source":"aws.ses","time":"2024-05-01T10:00:06Z","detail":` + raw + `}`,
		"Lambda":             `{"Records":[{"EventSource":"aws:sns","Sns":` + inSNS + `}]}`,
		"SQS":                `{"Records":[{"messageId":"q","body":` + string(quoted) + `}]}`,
		"Firehose, by lines": raw + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			if p, ok := Detect([]byte(payload), nil); !ok || p != SES {
				t.Errorf("detected as %q", p)
			}
			if got := one(t, SES, payload); got.ID != want.ID || sum(&got) != sum(&want) || !got.Time.Equal(want.Time) {
				t.Errorf("%s\n%s", sum(&got), sum(&want))
			}
		})
	}
}

func TestSESEnvelopesWithoutEvents(t *testing.T) {
	runDecode(t, SES, []decodeCase{
		{name: "a subscription", payload: sns(t, "SubscriptionConfirmation", "You have chosen"), passed: 1},
		{name: "its end", payload: sns(t, "UnsubscribeConfirmation", "You have chosen"), passed: 1},
		{name: "a new topic", payload: sns(t, "Notification", "Successfully validated SNS topic for Amazon SES event publishing."), passed: 1},
		{name: "received mail", payload: sns(t, "Notification", `{"notificationType":"Received","mail":{}}`), passed: 1},
	})
}

func TestSESClassesAreTheAutoReplyRuleOnlyWithoutEvidence(t *testing.T) {
	for _, field := range []string{`"status":"4.0.0"`, `"action":"failed"`, `"diagnosticCode":"smtp; 451 x"`} {
		e := one(t, SES, sesBounced("eventType", `"Transient","bounceSubType":"General"`, `{"emailAddress":"ann@example.com",`+field+`}`))
		if e.Kind != event.Bounce {
			t.Errorf("with %s: %s", field, sum(&e))
		}
	}
	e := one(t, SES, sesBounced("eventType", `"Permanent","bounceSubType":"General"`, `{"emailAddress":"ann@example.com"}`))
	if e.Kind != event.Bounce {
		t.Errorf("a permanent bounce without a reply: %s", sum(&e))
	}
}
