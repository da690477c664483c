package webhook

import (
	"strings"
	"testing"
	"time"
)

func TestMailjet(t *testing.T) {
	const tail = `,"time":1600000000,"MessageID":19421777835146490,"email":"ann@example.com","mj_campaign_id":7,"mj_contact_id":9}`
	runDecode(t, Mailjet, []decodeCase{
		{name: "grouped", payload: `[{"event":"sent","smtp_reply":"250 2.0.0 OK"` + tail + `,{"event":"open"` + tail + `,{"event":"spam","source":"fbl.example"` + tail + `]`,
			want: []string{`delivery ann@example.com 250 2.0.0 "250 2.0.0 OK"`, `complaint ann@example.com feedback=abuse`}, passed: 1},
		{name: "hard", payload: `{"event":"bounce","hard_bounce":true,"blocked":true,"error_related_to":"recipient","error":"user unknown"` + tail,
			want: []string{`bounce ann@example.com hint=user-unknown/permanent`}},
		{name: "soft, class in the wrong member", payload: `{"event":"bounce","hard_bounce":false,"error_related_to":"policy issue","error":"","comment":"421 4.7.0 deferred"` + tail,
			want: []string{`bounce ann@example.com 421 4.7.0 "421 4.7.0 deferred" hint=policy-violation/temporary`}},
		{name: "truth as text", payload: `{"event":"bounce","hard_bounce":"true","error_related_to":"domain","error":"relay/access denied"` + tail,
			want: []string{`bounce ann@example.com hint=relay-denied/permanent`}},
		{name: "not tried", payload: `{"event":"blocked","error_related_to":"mailjet","error":"preblocked"` + tail, want: []string{`other ann@example.com hint=suppressed/strong`}},
		{name: "twice in a campaign", payload: `{"event":"blocked","error_related_to":"mailjet","error":"duplicate in campaign"` + tail, want: []string{`other ann@example.com`}},
		{name: "its template", payload: `{"event":"blocked","error_related_to":"content","error":"error in template language"` + tail, want: []string{`bounce ann@example.com hint=content-rejected/unknown`}},
		{name: "unsubscribed from a list", payload: `{"event":"unsub","mj_list_id":3` + tail, want: []string{`unsubscribe ann@example.com stream=3`}},
	})
	if e := one(t, Mailjet, `{"event":"sent"`+tail); e.MessageID != "19421777835146490" {
		t.Errorf("a message id of 64 bits was rounded: %s", e.MessageID)
	}
}

func TestBrevo(t *testing.T) {
	const tail = `,"email":"ann@example.com","id":26224,"date":"2020-09-13 14:26:40","ts":1600000000,"message-id":"<m1@relay.example>","ts_event":1600000000,"ts_epoch":1600000000123}`
	runDecode(t, Brevo, []decodeCase{
		{name: "hard", payload: `{"event":"hard_bounce","reason":" RecipientError: 550 5.5.0 mailbox unavailable."` + tail,
			want: []string{`bounce ann@example.com 550 5.5.0 "RecipientError: 550 5.5.0 mailbox unavailable." hint=undetermined/permanent`}},
		{name: "soft", payload: `{"event":"soft_bounce","reason":"server is down"` + tail, want: []string{`bounce ann@example.com "server is down" hint=undetermined/temporary`}},
		{name: "deferred", payload: `{"event":"deferred","reason":"451 later"` + tail, want: []string{`delay ann@example.com 451 "451 later" hint=undetermined/temporary`}},
		{name: "delivered", payload: `{"event":"delivered","reason":"sent"` + tail, want: []string{`delivery ann@example.com`}},
		{name: "blocked", payload: `{"event":"blocked","reason":"blocked : due to unsubscribed user"` + tail, want: []string{`other ann@example.com "blocked : due to unsubscribed user" hint=suppressed/strong`}},
		{name: "invalid", payload: `{"event":"invalid_email"` + tail, want: []string{`bounce ann@example.com hint=address-syntax/permanent`}},
		{name: "error", payload: `{"event":"error"` + tail, want: []string{`bounce ann@example.com hint=system-error/unknown`}},
		{name: "complaint", payload: `{"event":"complaint"` + tail + `{"event":"spam"` + tail, want: []string{`complaint ann@example.com feedback=abuse`, `complaint ann@example.com feedback=abuse`}},
		{name: "unsubscribed", payload: `{"event":"unsubscribed"` + tail, want: []string{`unsubscribe ann@example.com`}},
		{name: "opens", payload: `[{"event":"unique_opened"` + tail + `,{"event":"request"` + tail + `]`, passed: 2},
		{name: "marketing", payload: `{"event":"hard_bounce","email":"ann@example.com","camp_id":7,"date_event":"2020-09-13 14:26:40","ts_event":1600000000,"reason":"550 no"}`,
			want: []string{`bounce ann@example.com 550 "550 no" hint=undetermined/permanent`}},
	})
	e := one(t, Brevo, `{"event":"hard_bounce"`+tail)
	if !e.Time.Equal(time.Unix(1600000000, 0)) || e.MessageID != "m1@relay.example" {
		t.Errorf("%v %q", e.Time, e.MessageID)
	}
}

func mandrillEvent(kind, msg string) string {
	return `{"event":"` + kind + `","_id":"abc","ts":1600000000,"msg":{"ts":1599999990,"_id":"abc","email":"ann@example.com","sender":"b@sender.example","subject":"Hi"` + msg + `}}`
}

func TestMandrill(t *testing.T) {
	hard := mandrillEvent("hard_bounce", `,"bounce_description":"bad_mailbox","bgtools_code":10,"diag":"smtp;550 5.1.1 no such user"`)
	hardWant := `bounce ann@example.com 550 5.1.1 "550 5.1.1 no such user" hint=user-unknown/permanent`
	runDecode(t, Mandrill, []decodeCase{
		{name: "form", payload: formOf("mandrill_events", "["+hard+","+mandrillEvent("open", "")+"]"), want: []string{hardWant}, passed: 1},
		{name: "bare", payload: "[" + hard + "]", want: []string{hardWant}},
		{name: "as JSON", payload: `{"mandrill_events":[` + hard + `]}`, want: []string{hardWant}},
		{name: "deferral", payload: mandrillEvent("deferral", `,"diag":null,"smtp_events":[{"ts":1,"diag":"450 4.2.0 first"},{"ts":2,"type":"deferred","diag":"451 4.3.0 again","source_ip":"192.0.2.1"}]`),
			want: []string{`delay ann@example.com 451 4.3.0 "451 4.3.0 again" hint=undetermined/temporary`}},
		{name: "soft", payload: mandrillEvent("soft_bounce", `,"bounce_description":"mailbox_full"`), want: []string{`bounce ann@example.com hint=mailbox-full/temporary`}},
		{name: "spam", payload: mandrillEvent("spam", ""), want: []string{`complaint ann@example.com feedback=abuse`}},
		{name: "unsub", payload: mandrillEvent("unsub", ""), want: []string{`unsubscribe ann@example.com`}},
		{name: "delivered", payload: mandrillEvent("delivered", ""), want: []string{`delivery ann@example.com`}},
		{name: "rejected: on its list", payload: mandrillEvent("reject", `,"reject":{"reason":"hard-bounce"}`), want: []string{`other ann@example.com "hard-bounce" hint=suppressed/strong`}},
		{name: "rejected: no word why", payload: mandrillEvent("reject", `,"reject":null`), want: []string{`other ann@example.com hint=suppressed/strong`}},
		{name: "rejected: unsigned", payload: mandrillEvent("reject", `,"reject":{"reason":"unsigned"}`), want: []string{`bounce ann@example.com "unsigned" hint=unauthenticated/permanent`}},
		{name: "reject list", payload: `[{"type":"blacklist","action":"add","ts":1600000000,"reject":{"reason":"hard-bounce","email":"ann@example.com"}},{"type":"whitelist","action":"add","ts":1600000000,"entry":{}}]`,
			want: []string{`other ann@example.com "hard-bounce" hint=suppressed/strong`}, passed: 1},
	})
}

func resendEvent(kind, rest string) string {
	return `{"type":"` + kind + `","created_at":"2024-05-01T10:00:00.000Z","data":{"email_id":"r1","from":"B <b@sender.example>","subject":"Hi",` + rest + `}}`
}

func TestResend(t *testing.T) {
	const to = `"to":["Ann <ann@example.com>"]`
	runDecode(t, Resend, []decodeCase{
		{name: "bounced", payload: resendEvent("email.bounced", to+`,"bounce":{"type":"Permanent","subType":"General","message":"The recipient's provider sent a hard bounce; that hurts your reputation."}`),
			want: []string{`bounce ann@example.com hint=undetermined/permanent`}},
		{name: "with what the server said", payload: resendEvent("email.bounced", to+`,"bounce":{"type":"Transient","subType":"MailboxFull","diagnosticCode":["smtp; 452 4.2.2 full"]}`),
			want: []string{`bounce ann@example.com 452 4.2.2 "452 4.2.2 full" hint=mailbox-full/temporary`}},
		{name: "by word only", payload: resendEvent("email.bounced", to+`,"bounce":{"message":"sent a hard bounce message"}`), want: []string{`bounce ann@example.com hint=undetermined/permanent`}},
		{name: "suppressed, as a bounce", payload: resendEvent("email.bounced", to+`,"bounce":{"type":"Permanent","subType":"Suppressed"}`), want: []string{`other ann@example.com hint=suppressed/strong`}},
		{name: "suppressed, by word only", payload: resendEvent("email.bounced", to+`,"bounce":{"message":"it is on the account-level suppression list"}`), want: []string{`other ann@example.com hint=suppressed/strong`}},
		{name: "suppressed", payload: resendEvent("email.suppressed", to), want: []string{`other ann@example.com hint=suppressed/strong`}},
		{name: "one of several bounced", payload: resendEvent("email.bounced", `"to":["ann@example.com","bob@example.com"],"bounce":{"type":"Permanent"}`), want: []string{`bounce - hint=undetermined/permanent !ambiguous`}},
		{name: "all of several failed", payload: resendEvent("email.failed", `"to":["ann@example.com","bob@example.com"],"failed":{"reason":"reached_daily_quota"}`),
			want: []string{`bounce ann@example.com "reached_daily_quota" hint=sending-quota/temporary`, `bounce bob@example.com "reached_daily_quota" hint=sending-quota/temporary`}},
		{name: "delayed", payload: resendEvent("email.delivery_delayed", to), want: []string{`delay ann@example.com hint=undetermined/temporary`}},
		{name: "delivered", payload: resendEvent("email.delivered", `"to":"ann@example.com"`), want: []string{`delivery ann@example.com`}},
		{name: "complained", payload: resendEvent("email.complained", to), want: []string{`complaint ann@example.com feedback=abuse`}},
		{name: "nobody", payload: resendEvent("email.complained", `"to":[]`), want: []string{`complaint - feedback=abuse !no-recipient`}},
		{name: "opened", payload: resendEvent("email.opened", to), passed: 1},
	})
}

func azureReportOf(status, rest string) string {
	return `{"id":"g1","topic":"/subscriptions/x","subject":"sender/b@sender.example","eventType":"Microsoft.Communication.EmailDeliveryReportReceived","eventTime":"2024-05-01T10:00:09Z",` +
		`"data":{"sender":"b@sender.example","recipient":"ann@example.com","messageId":"az-1","status":"` + status + `"` + rest + `}}`
}

func TestAzure(t *testing.T) {
	bounced := azureReportOf("Bounced", `,"deliveryStatusDetails":{"statusMessage":"550 5.1.1 no such user","recipientMailServerHostName":"mx.example.com"},"deliveryAttemptTimeStamp":"2024-05-01T10:00:00.123Z"`)
	runDecode(t, Azure, []decodeCase{
		{name: "Event Grid", payload: "[" + bounced + "]", want: []string{`bounce ann@example.com 550 5.1.1 "550 5.1.1 no such user" hint=undetermined/permanent`}},
		{name: "CloudEvents", payload: strings.NewReplacer("eventType", "type", "eventTime", "time").Replace(bounced), want: []string{`bounce ann@example.com 550 5.1.1 "550 5.1.1 no such user" hint=undetermined/permanent`}},
		{name: "delivered", payload: azureReportOf("Delivered", ""), want: []string{`delivery ann@example.com`}},
		{name: "expanded", payload: azureReportOf("Expanded", ""), want: []string{`delivery ann@example.com`}},
		{name: "on its way", payload: azureReportOf("OutForDelivery", ""), want: []string{`delay ann@example.com`}},
		{name: "failed", payload: azureReportOf("Failed", ""), want: []string{`bounce ann@example.com hint=undetermined/unknown`}},
		{name: "suppressed", payload: azureReportOf("Suppressed", ""), want: []string{`other ann@example.com hint=suppressed/strong`}},
		{name: "filtered", payload: azureReportOf("FilteredSpam", "") + azureReportOf("Quarantined", ""), want: []string{`bounce ann@example.com hint=spam-content/permanent`, `bounce ann@example.com hint=spam-content/permanent`}},
		{name: "engagement", payload: strings.Replace(bounced, "EmailDeliveryReportReceived", "EmailEngagementTrackingReportReceived", 1), passed: 1},
		{name: "unknown status", payload: azureReportOf("Vanished", ""), unread: 1},
	})
	for _, name := range []string{"deliveryAttemptTimeStamp", "deliveryAttemptTimestamp"} {
		e := one(t, Azure, strings.Replace(bounced, "deliveryAttemptTimeStamp", name, 1))
		if !e.Time.Equal(time.Date(2024, 5, 1, 10, 0, 0, 123e6, time.UTC)) || e.RemoteMTA != "mx.example.com" {
			t.Errorf("%s: %v", name, e.Time)
		}
	}
}

func mailerSendEvent(kind, morph string) string {
	return `{"type":"` + kind + `","created_at":"2024-05-01T10:00:00.000000Z","data":{"object":"activity","id":"a1","created_at":"2024-05-01T10:00:00.000000Z",` +
		`"email":{"from":"b@sender.example","subject":"Hi","message":{"id":"ms-1"},"recipient":{"email":"ann@example.com"}},"morph":` + morph + `}}`
}

func TestMailerSend(t *testing.T) {
	runDecode(t, MailerSend, []decodeCase{
		{name: "hard", payload: mailerSendEvent("activity.hard_bounced", `{"reason":"550 5.1.1 no such user"}`), want: []string{`bounce ann@example.com 550 5.1.1 "550 5.1.1 no such user" hint=undetermined/permanent`}},
		{name: "soft", payload: mailerSendEvent("activity.soft_bounced", `{"reason":"Unknown reason"}`), want: []string{`bounce ann@example.com "Unknown reason" hint=undetermined/temporary`}},
		{name: "deferred", payload: mailerSendEvent("activity.deferred", `null`), want: []string{`delay ann@example.com hint=undetermined/temporary`}},
		{name: "suppressed", payload: mailerSendEvent("activity.suppressed", `null`), want: []string{`other ann@example.com hint=suppressed/strong`}},
		{name: "delivered", payload: mailerSendEvent("activity.delivered", `null`), want: []string{`delivery ann@example.com`}},
		{name: "complaint", payload: mailerSendEvent("activity.spam_complaint", `{"reason":null}`), want: []string{`complaint ann@example.com feedback=abuse`}},
		{name: "unsubscribed", payload: mailerSendEvent("activity.unsubscribed", `{"reason":"option_3"}`), want: []string{`unsubscribe ann@example.com`}},
		{name: "opened", payload: mailerSendEvent("activity.opened_unique", `null`), passed: 1},
		{name: "the ping", payload: `{"type":"webhook.test","message":"ping"}`, passed: 1},
	})
}

func TestMailtrap(t *testing.T) {
	const tail = `,"message_id":"mt-1","sending_stream":"bulk","email":"ann@example.com","timestamp":1600000000,"event_id":"e1"}`
	runDecode(t, Mailtrap, []decodeCase{
		{name: "batch", payload: `{"events":[{"event":"delivery"` + tail + `,{"event":"bounce","response":"no such user","response_code":550,"bounce_category":"badmailbox"` + tail + `,{"event":"open"` + tail + `]}`,
			want: []string{`delivery ann@example.com stream=bulk`, `bounce ann@example.com stream=bulk 550 "no such user" hint=user-unknown/permanent`}, passed: 1},
		{name: "soft", payload: `{"events":[{"event":"soft bounce","response":"soft bounce (450 4.2.0 not now)","response_code":450,"bounce_category":"unavailable"` + tail + `]}`,
			want: []string{`bounce ann@example.com stream=bulk 450 4.2.0 "soft bounce (450 4.2.0 not now)" hint=mailbox-unavailable/temporary`}},
		{name: "account suspended", payload: `{"events":[{"event":"suspension","reason":"daily limit"` + tail + `]}`, want: []string{`bounce ann@example.com stream=bulk "daily limit" hint=sending-quota/temporary`}},
		{name: "rejected", payload: `{"events":[{"event":"reject","reason":"unknown"` + tail + `]}`, want: []string{`other ann@example.com stream=bulk "unknown" hint=suppressed/strong`}},
		{name: "spam", payload: `{"events":[{"event":"spam"` + tail + `,{"event":"unsubscribe"` + tail + `]}`, want: []string{`complaint ann@example.com stream=bulk feedback=abuse`, `unsubscribe ann@example.com stream=bulk`}},
	})
}

func postalEvent(kind, rest string) string {
	return `{"event":"` + kind + `","timestamp":1600000001.5,"uuid":"u-1","payload":{"message":{"id":1,"token":"x","direction":"outgoing","message_id":"m1@rp.sender.example","to":"ann@example.com","from":"b@sender.example","subject":"Hi","tag":"welcome"},` + rest + `"timestamp":1600000000.25,"time":0.2}}`
}

func TestPostal(t *testing.T) {
	runDecode(t, Postal, []decodeCase{
		{name: "sent", payload: postalEvent("MessageSent", `"status":"Sent","details":"accepted","output":"250 2.0.0 OK\n",`), want: []string{`delivery ann@example.com 250 2.0.0 "250 2.0.0 OK"`}},
		{name: "delayed", payload: postalEvent("MessageDelayed", `"status":"SoftFail","output":"451 4.7.1 later\n",`), want: []string{`delay ann@example.com 451 4.7.1 "451 4.7.1 later" hint=undetermined/temporary`}},
		{name: "failed, Postal's own words", payload: postalEvent("MessageDeliveryFailed", `"status":"HardFail","details":"No SMTP servers were available","output":"",`), want: []string{`bounce ann@example.com "No SMTP servers were available" hint=undetermined/permanent`}},
		{name: "held: suppressed", payload: postalEvent("MessageHeld", `"status":"Held","details":"Recipient (ann@example.com) is on the suppression list",`), want: []string{`other ann@example.com "Recipient (ann@example.com) is on the suppression list" hint=suppressed/strong`}},
		{name: "held", payload: postalEvent("MessageHeld", `"status":"Held","details":"Server is in development mode",`), want: []string{`other ann@example.com "Server is in development mode"`}},
		{name: "a mail came back", payload: strings.Replace(postalEvent("MessageBounced", `"bounce":{"to":"x@rp.sender.example","subject":"Undelivered"},`), `"message":`, `"original_message":`, 1), want: []string{`bounce ann@example.com hint=undetermined/unknown`}},
		{name: "incoming mail", payload: strings.Replace(postalEvent("MessageDeliveryFailed", `"status":"HardFail",`), "outgoing", "incoming", 1), passed: 1},
		{name: "opened", payload: postalEvent("MessageLoaded", ""), passed: 1},
	})
}

func kumoRecord(kind, rest string) string {
	return `{"type":"` + kind + `","id":"k1","sender":"b@sender.example","recipient":"ann@example.com","queue":"example.com","site":"mx.example.com","size":1,` + rest +
		`"peer_address":{"name":"mx.example.com.","addr":"203.0.113.7"},"source_address":{"address":"192.0.2.1:4711"},"timestamp":1600000000,"event_time":1600000000.5,"num_attempts":2,"headers":{"Message-Id":"<m1@sender.example>"},"nodeid":"n"}`
}

func TestKumoMTA(t *testing.T) {
	const refused = `"response":{"code":550,"enhanced_code":{"class":5,"subject":1,"detail":1},"content":"no such user","command":"RCPT TO:<ann@example.com>"},`
	runDecode(t, KumoMTA, []decodeCase{
		{name: "bounce", payload: kumoRecord("Bounce", refused+`"bounce_classification":"InvalidRecipient",`), want: []string{`bounce ann@example.com 550 5.1.1 "no such user" hint=user-unknown/unknown`}},
		{name: "an attempt", payload: kumoRecord("TransientFailure", `"response":{"code":451,"enhanced_code":null,"content":"later"},"bounce_classification":"Uncategorized",`), want: []string{`delay ann@example.com 451 "later" hint=undetermined/unknown`}},
		{name: "expired", payload: kumoRecord("Expiration", `"response":{"code":551,"content":"next attempt would be too late"},`), want: []string{`bounce ann@example.com "next attempt would be too late" hint=expired/temporary`}},
		{name: "out of band, out of office", payload: kumoRecord("OOB", `"response":{"code":550,"content":"away"},"bounce_classification":"AutoReply",`), want: []string{`auto-reply ann@example.com 550 "away"`}},
		{name: "delivery", payload: kumoRecord("Delivery", `"response":{"code":250,"content":"OK"},`), want: []string{`delivery ann@example.com 250 "OK"`}},
		{name: "by hand", payload: kumoRecord("AdminBounce", `"response":{"code":551,"content":"purged"},`), want: []string{`other ann@example.com "purged"`}},
		{name: "several recipients", payload: strings.Replace(kumoRecord("Bounce", refused), `"recipient":"ann@example.com"`, `"recipient":["ann@example.com","bob@example.com"]`, 1),
			want: []string{`bounce ann@example.com 550 5.1.1 "no such user" hint=undetermined/unknown`, `bounce bob@example.com 550 5.1.1 "no such user" hint=undetermined/unknown`}},
		{name: "feedback", payload: kumoRecord("Feedback", `"feedback_report":{"feedback_type":"abuse","original_rcpto_to":["bob@example.com"],"original_mail_from":"<b@sender.example>"},`), want: []string{`complaint bob@example.com feedback=abuse`}},
		{name: "feedback that names nobody", payload: kumoRecord("Feedback", `"feedback_report":{"feedback_type":"not-spam"},`), want: []string{`other - feedback=not-spam !no-recipient`}},
		{name: "records", payload: kumoRecord("Reception", "") + "\n" + kumoRecord("Delayed", "") + "\n" + kumoRecord("Rejection", ""), passed: 3},
	})
	e := one(t, KumoMTA, kumoRecord("Bounce", refused))
	if e.Command != "RCPT TO" || e.SourceIP != "192.0.2.1" || e.MessageID != "m1@sender.example" || e.RemoteMTA != "mx.example.com." {
		t.Errorf("%+v", e)
	}
}

func TestReboundOwnEvents(t *testing.T) {
	runDecode(t, Rebound, []decodeCase{
		{name: "one", payload: `{"id":"x1","time":"2024-05-01T10:00:00Z","kind":"bounce","recipient":"ann@example.com","reply_code":550,"status":"5.1.1","diagnostic":"no"}`, want: []string{`bounce ann@example.com 550 5.1.1 "no"`}},
		{name: "codes from the text", payload: `{"kind":"delay","recipient":"ann@example.com","time":1600000000,"diagnostic":"451 4.7.1 later"}`, want: []string{`delay ann@example.com 451 4.7.1 "451 4.7.1 later"`}},
		{name: "a verdict is evidence", payload: `{"kind":"bounce","recipient":"ann@example.com","time":1600000000,"verdict":{"reason":"mailbox-full","lasting":"temporary","decision":"suppress"}}`, want: []string{`bounce ann@example.com hint=mailbox-full/temporary`}},
		{name: "nonsense in the verdict", payload: `{"kind":"bounce","recipient":"ann@example.com","time":1600000000,"verdict":{"reason":"bad-luck","lasting":"forever"}}`, want: []string{`bounce ann@example.com`}},
		{name: "many", payload: `{"kind":"complaint","recipient":"ann@example.com","id":"1","time":1600000000}` + "\n" + `{"kind":"unsubscribe","recipient":"ann@example.com","stream":"news","id":"2","time":1600000000}`,
			want: []string{`complaint ann@example.com`, `unsubscribe ann@example.com stream=news`}},
		{name: "a kind that is none", payload: `{"kind":"suppress-all","recipient":"ann@example.com"}`, unread: 1},
	})
	if e := one(t, Rebound, `{"id":"x1","kind":"bounce","recipient":"ann@example.com"}`); e.ID != "x1" {
		t.Errorf("the id was not kept: %q", e.ID)
	}
}
