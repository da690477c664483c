package bounce

import (
	"testing"

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
	if e.Kind != event.Complaint || e.Recipient != "kim@example.org" || e.FeedbackType != "abuse" {
		t.Errorf("event = %+v", e)
	}
}
