package bounce

import (
	"strings"
	"testing"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
)

// snsMail is a complaint as SNS sends it by mail, its long line broken.
const snsMail = `From: AWS Notifications <no-reply@sns.amazonaws.com>
To: ops@sender.example
Subject: Amazon SES Email Event Notification
x-amz-sns-message-id: 11111111-2222-3333-4444-555555555555
Date: Mon, 2 Nov 2026 10:00:05 +0000

{"notificationType":"Complaint","complaint":{"complainedRecipients":[{"emailAddress":"kim@exam
 ple.org"}],"timestamp":"2026-11-02T10:00:00.000Z","feedbackId":"f-1","complaintFeedbackType":"abuse"},"mail":{"timestamp":"2026-11-02T09:00:00.000Z","messageId":"m-1","source":"news@sender.example","destination":["kim@example.org"]}}

--
If you wish to stop receiving notifications from this topic, please visit the link below.
`

func TestProviderEventsByMail(t *testing.T) {
	e := one(t, snsMail)
	if e.Kind != event.Complaint || e.Recipient != "kim@example.org" || e.FeedbackType != "abuse" || e.ID == "" {
		t.Errorf("event = %+v", e)
	}
}

// snsWith is snsMail with another object.
func snsWith(object string) string {
	before, rest, _ := strings.Cut(snsMail, "{")
	return before + object + rest[strings.Index(rest, "\n\n--"):]
}

func TestSESBouncesByMail(t *testing.T) {
	const mail = `,"mail":{"timestamp":"2026-11-02T09:00:00.000Z","messageId":"m-1","source":"news@sender.example","destination":["kim@example.org","lee@example.org"]}}`
	e := one(t, snsWith(`{"notificationType":"Bounce","bounce":{"bounceType":"Permanent","bounceSubType":"General","bouncedRecipients":[{"emailAddress":"kim@example.org","action":"failed","status":"5.1.1","diagnosticCode":"smtp; 550 5.1.1 no such user"}],"timestamp":"2026-11-02T10:00:00.000Z","feedbackId":"f-2"}`+mail))
	if e.Kind != event.Bounce || e.Recipient != "kim@example.org" || e.ReplyCode != 550 || e.Status.String() != "5.1.1" {
		t.Errorf("bounce = %+v", e)
	}
	e = one(t, snsWith(`{"notificationType":"Bounce","bounce":{"bounceType":"Permanent","bounceSubType":"OnAccountSuppressionList","bouncedRecipients":[{"emailAddress":"kim@example.org"}],"timestamp":"2026-11-02T10:00:00.000Z","feedbackId":"f-3"}`+mail))
	if e.Kind != event.Other || e.Hint.Reason != codebook.Suppressed {
		t.Errorf("an echo of the suppression list is no new evidence: %+v", e)
	}
	if r := parse(snsWith(`{"notificationType":"Bounce","bounce":{"bounced`)); len(r.Events) != 0 {
		t.Errorf("cut object: %+v", r.Events)
	}
}
