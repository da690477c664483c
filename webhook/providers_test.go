package webhook

import (
	"net/url"
	"strings"
	"testing"
)

func TestSendGrid(t *testing.T) {
	const tail = `,"email":"ann@example.com","timestamp":1600000000,"smtp-id":"<m1@sender.example>","sg_event_id":"e1","sg_message_id":"m1.filter"}`
	runDecode(t, SendGrid, []decodeCase{
		{name: "a batch", payload: `[
			{"event":"processed"` + tail + `,
			{"event":"delivered","response":"250 2.0.0 OK","ip":"192.0.2.1"` + tail + `,
			{"event":"deferred","response":"451 4.7.1 try later","attempt":"5"` + tail + `,
			{"event":"bounce","type":"bounce","status":"5.1.1","reason":"550 5.1.1 no such user","bounce_classification":"Invalid Address"` + tail + `,
			{"event":"open"` + tail + `,
			{"event":"spamreport"` + tail + `,
			{"event":"unsubscribe"` + tail + `,
			{"event":"group_unsubscribe","asm_group_id":42` + tail + `,
			{"event":"group_resubscribe","asm_group_id":42` + tail + `]`,
			want: []string{
				`delivery ann@example.com 250 2.0.0 "250 2.0.0 OK"`,
				`delay ann@example.com 451 4.7.1 "451 4.7.1 try later" hint=undetermined/temporary`,
				`bounce ann@example.com 550 5.1.1 "550 5.1.1 no such user" hint=user-unknown/permanent`,
				`complaint ann@example.com feedback=abuse`,
				`unsubscribe ann@example.com`,
				`unsubscribe ann@example.com stream=42`,
			}, passed: 3},
		{name: "a block is no hard bounce", payload: `{"event":"bounce","type":"blocked","status":"5.7.1","reason":"550 5.7.1 listed","bounce_classification":"Reputation"` + tail,
			want: []string{`bounce ann@example.com 550 5.7.1 "550 5.7.1 listed" hint=low-reputation/temporary`}},
		{name: "a block without a class", payload: `{"event":"bounce","type":"blocked","reason":"nothing"` + tail,
			want: []string{`bounce ann@example.com "nothing" hint=undetermined/unknown`}},
		{name: "status without text", payload: `{"event":"bounce","type":"bounce","status":"5.2.2"` + tail,
			want: []string{`bounce ann@example.com 5.2.2 hint=undetermined/permanent`}},
		{name: "dropped because of its own lists", payload: `[{"event":"dropped","reason":"Bounced Address","status":"5.0.0"` + tail + `,{"event":"dropped","reason":"Spam Reporting Address"` + tail + `,{"event":"dropped","reason":"Invalid"` + tail + `]`,
			want: []string{`other ann@example.com "Bounced Address" hint=suppressed/strong`, `other ann@example.com "Spam Reporting Address" hint=suppressed/strong`, `other ann@example.com "Invalid" hint=suppressed/strong`}},
		{name: "dropped because of the message", payload: `[{"event":"dropped","reason":"Spam Content (if Spam Checker app enabled)"` + tail + `,{"event":"dropped","reason":"Recipient List over Package Quota"` + tail + `]`,
			want: []string{`bounce ann@example.com "Spam Content (if Spam Checker app enabled)" hint=spam-content/permanent`, `bounce ann@example.com "Recipient List over Package Quota" hint=sending-quota/temporary`}},
	})
}

func mailgunEvent(rest string) string {
	return `{"signature":{"timestamp":"1600000000","token":"t","signature":"s"},"event-data":{"id":"e1","timestamp":1600000000.25,"recipient":"ann@example.com",` +
		`"envelope":{"sender":"news@sender.example","sending-ip":"192.0.2.1","targets":"ann@example.com"},"message":{"headers":{"message-id":"m1@sender.example","to":"Ann <ann@example.com>","subject":"Hi"}},` + rest + `}}`
}

func TestMailgun(t *testing.T) {
	runDecode(t, Mailgun, []decodeCase{
		{name: "delivered", payload: mailgunEvent(`"event":"delivered","delivery-status":{"code":250,"message":"OK","mx-host":"mx.example.com"}`),
			want: []string{`delivery ann@example.com 250 "OK"`}},
		{name: "failed for good", payload: mailgunEvent(`"event":"failed","severity":"permanent","reason":"bounce","delivery-status":{"code":550,"enhanced-code":"5.1.1","message":"no such user","description":""}`),
			want: []string{`bounce ann@example.com 550 5.1.1 "no such user" hint=undetermined/permanent`}},
		{name: "failed for now", payload: mailgunEvent(`"event":"failed","severity":"temporary","reason":"generic","delivery-status":{"code":"452","message":"4.2.2 over quota\n4.2.2 really"}`),
			want: []string{`delay ann@example.com 452 4.2.2 "4.2.2 over quota\n4.2.2 really" hint=undetermined/temporary`}},
		{name: "gave up", payload: mailgunEvent(`"event":"failed","severity":"permanent","reason":"old","delivery-status":{"code":602,"message":"Too old","description":""}`),
			want: []string{`bounce ann@example.com "Too old" hint=expired/temporary`}},
		{name: "its own code for no mail host", payload: mailgunEvent(`"event":"failed","severity":"temporary","reason":"generic","delivery-status":{"code":498,"message":"No MX for example.com"}`),
			want: []string{`delay ann@example.com "No MX for example.com" hint=domain-unknown/temporary`}},
		{name: "blocked by the provider's list", payload: mailgunEvent(`"event":"failed","severity":"permanent","reason":"espblock","delivery-status":{"code":554,"message":"blocked"}`),
			want: []string{`bounce ann@example.com 554 "blocked" hint=blocked/temporary`}},
		{name: "suppressed", payload: mailgunEvent(`"event":"failed","severity":"permanent","reason":"suppress-bounce","delivery-status":{"code":605,"message":"","description":"Not delivering to previously bounced address"}`),
			want: []string{`other ann@example.com "Not delivering to previously bounced address" hint=suppressed/strong`}},
		{name: "rejected names the recipient in the header only", payload: strings.Replace(mailgunEvent(`"event":"rejected","reject":{"reason":"Sandbox"}`), `"recipient":"ann@example.com",`, ``, 1),
			want: []string{`bounce ann@example.com "Sandbox" hint=content-rejected/permanent`}},
		{name: "complained", payload: mailgunEvent(`"event":"complained"`), want: []string{`complaint ann@example.com feedback=abuse`}},
		{name: "unsubscribed", payload: mailgunEvent(`"event":"unsubscribed"`), want: []string{`unsubscribe ann@example.com`}},
		{name: "opened", payload: mailgunEvent(`"event":"opened"`), passed: 1},
		{name: "unknown", payload: mailgunEvent(`"event":"beamed"`), unread: 1},
	})
}

func formOf(pairs ...string) string {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v.Encode()
}

func multipartOf(pairs ...string) string {
	const boundary = "--5f3a"
	var b strings.Builder
	for i := 0; i < len(pairs); i += 2 {
		b.WriteString("--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + pairs[i] + "\"\r\n\r\n" + pairs[i+1] + "\r\n")
	}
	b.WriteString("--" + boundary + "\r\nContent-Disposition: form-data; name=\"attachment-1\"; filename=\"message.mime\"\r\n\r\nX: y\r\n")
	return b.String() + "--" + boundary + "--\r\n"
}

func TestMailgunForms(t *testing.T) {
	headers := `[["Received","by x"],["Message-Id","<m2@sender.example>"],["Subject","Hi"],["Content-Type",["multipart/alternative",{"boundary":"b"}]]]`
	fields := []string{"recipient", "ann@example.com", "timestamp", "1600000000", "token", "t1", "signature", "s", "domain", "sender.example", "message-headers", headers}
	form := func(more ...string) string { return formOf(append(more, fields...)...) }
	runDecode(t, Mailgun, []decodeCase{
		{name: "bounced", payload: form("event", "bounced", "code", "550", "error", "550 5.1.1 no such user"),
			want: []string{`bounce ann@example.com 550 5.1.1 "550 5.1.1 no such user" hint=undetermined/permanent`}},
		{name: "dropped, previously bounced", payload: form("event", "dropped", "reason", "hardfail", "code", "605", "description", "Not delivering to previously bounced address"),
			want: []string{`other ann@example.com "Not delivering to previously bounced address" hint=suppressed/strong`}},
		{name: "dropped, too old", payload: form("event", "dropped", "reason", "old", "code", "499", "description", "Unable to connect to MX servers: [mx.example.com]"),
			want: []string{`bounce ann@example.com "Unable to connect to MX servers: [mx.example.com]" hint=connection-failed/temporary`}},
		{name: "dropped by the server", payload: form("event", "dropped", "reason", "hardfail", "code", "550", "description", "5.1.1 unknown"),
			want: []string{`bounce ann@example.com 550 5.1.1 "5.1.1 unknown" hint=undetermined/permanent`}},
		{name: "with attachments", payload: multipartOf(append([]string{"event", "dropped", "reason", "hardfail", "code", "607"}, fields...)...),
			want: []string{`other ann@example.com hint=suppressed/strong`}},
		{name: "complained", payload: form("event", "complained"), want: []string{`complaint ann@example.com feedback=abuse`}},
		{name: "unsubscribed", payload: form("event", "unsubscribed"), want: []string{`unsubscribe ann@example.com`}},
		{name: "delivered", payload: form("event", "delivered"), want: []string{`delivery ann@example.com`}},
		{name: "opened", payload: form("event", "opened"), passed: 1},
	})
	e := one(t, Mailgun, form("event", "delivered"))
	if e.MessageID != "m2@sender.example" || e.Subject != "Hi" {
		t.Errorf("%q %q", e.MessageID, e.Subject)
	}
}

func postmarkBounce(rest string) string {
	return `{"RecordType":"Bounce","ID":4294967296001,"MessageID":"pm-1","MessageStream":"outbound","Email":"ann@example.com","From":"news@sender.example",` +
		`"BouncedAt":"2024-05-01T10:00:00.1234567-04:00","Description":"The server was unable to deliver your message (ex: unknown user, mailbox not found).",` + rest + `}`
}

func TestPostmark(t *testing.T) {
	runDecode(t, Postmark, []decodeCase{
		{name: "hard", payload: postmarkBounce(`"Type":"HardBounce","TypeCode":1,"Details":"smtp;550 5.7.1 refused by policy"`),
			want: []string{`bounce ann@example.com stream=outbound 550 5.7.1 "550 5.7.1 refused by policy" hint=undetermined/permanent`}},
		{name: "hard without details: the description is no evidence", payload: postmarkBounce(`"Type":"HardBounce","Details":""`),
			want: []string{`bounce ann@example.com stream=outbound hint=undetermined/permanent`}},
		{name: "soft", payload: postmarkBounce(`"Type":"SoftBounce","Details":"smtp;452 4.2.2 full"`),
			want: []string{`bounce ann@example.com stream=outbound 452 4.2.2 "452 4.2.2 full" hint=undetermined/temporary`}},
		{name: "by type code only", payload: postmarkBounce(`"TypeCode":"100009"`),
			want: []string{`bounce ann@example.com stream=outbound hint=dmarc-failed/permanent`}},
		{name: "transient goes on", payload: postmarkBounce(`"Type":"Transient"`), want: []string{`delay ann@example.com stream=outbound hint=connection-failed/temporary`}},
		{name: "out of office", payload: postmarkBounce(`"Type":"AutoResponder","TypeCode":64`), want: []string{`auto-reply ann@example.com stream=outbound`}},
		{name: "challenge", payload: postmarkBounce(`"Type":"ChallengeVerification"`), want: []string{`challenge ann@example.com stream=outbound`}},
		{name: "unsubscribe", payload: postmarkBounce(`"Type":"Unsubscribe"`), want: []string{`unsubscribe ann@example.com stream=outbound`}},
		{name: "address change", payload: postmarkBounce(`"Type":"AddressChange"`), want: []string{`other ann@example.com stream=outbound`}},
		{name: "deactivated by hand", payload: postmarkBounce(`"Type":"ManuallyDeactivated"`), want: []string{`other ann@example.com stream=outbound hint=suppressed/strong`}},
		{name: "a type yet unknown", payload: postmarkBounce(`"Type":"NewType"`), want: []string{`bounce ann@example.com stream=outbound hint=undetermined/unknown`}},
		{name: "complaint", payload: strings.Replace(postmarkBounce(`"Type":"SpamComplaint","TypeCode":512,"Details":"x"`), `"Bounce"`, `"SpamComplaint"`, 1),
			want: []string{`complaint ann@example.com stream=outbound feedback=abuse "x"`}},
		{name: "delivery", payload: `{"RecordType":"Delivery","MessageID":"pm-1","Recipient":"ann@example.com","DeliveredAt":"2024-05-01T10:00:00Z","Details":"smtp;250 2.0.0 ok"}`,
			want: []string{`delivery ann@example.com 250 2.0.0 "250 2.0.0 ok"`}},
		{name: "unsubscribed by hand", payload: `{"RecordType":"SubscriptionChange","MessageID":"pm-1","MessageStream":"news","Recipient":"ann@example.com","ChangedAt":"2024-05-01T10:00:00Z","Origin":"Recipient","SuppressSending":true,"SuppressionReason":"ManualSuppression"}`,
			want: []string{`unsubscribe ann@example.com stream=news`}},
		{name: "suppressed after a bounce that was reported", payload: `{"RecordType":"SubscriptionChange","MessageID":"pm-1","Recipient":"ann@example.com","ChangedAt":"2024-05-01T10:00:00Z","Origin":"Recipient","SuppressSending":true,"SuppressionReason":"HardBounce"}`,
			want: []string{`other ann@example.com hint=suppressed/strong`}},
		{name: "subscribed again", payload: `{"RecordType":"SubscriptionChange","MessageID":"pm-1","Recipient":"ann@example.com","ChangedAt":"2024-05-01T10:00:00Z","SuppressSending":false}`, passed: 1},
		{name: "opened", payload: `{"RecordType":"Open","MessageID":"pm-1","Recipient":"ann@example.com"}`, passed: 1},
	})
}

func sparkPostEvent(wrapper, rest string) string {
	return `[{"msys":{"` + wrapper + `":{"event_id":"92356927693813856","message_id":"000443ee","rcpt_to":"ann@example.com","raw_rcpt_to":"Ann@example.com","msg_from":"b@sender.example",` +
		`"timestamp":"1600000000","sending_ip":"192.0.2.1","ip_address":"203.0.113.7",` + rest + `}}}]`
}

func TestSparkPost(t *testing.T) {
	runDecode(t, SparkPost, []decodeCase{
		{name: "bounce", payload: sparkPostEvent("message_event", `"type":"bounce","bounce_class":"10","error_code":"550","raw_reason":"550 5.1.1 <ann@example.com> unknown","reason":"550 5.1.1 ...@... unknown"`),
			want: []string{`bounce ann@example.com 550 5.1.1 "550 5.1.1 <ann@example.com> unknown" hint=user-unknown/permanent`}},
		{name: "code apart from the text", payload: sparkPostEvent("message_event", `"type":"out_of_band","bounce_class":50,"error_code":554,"raw_reason":"refused"`),
			want: []string{`bounce ann@example.com 554 "refused" hint=blocked/temporary`}},
		{name: "delay", payload: sparkPostEvent("message_event", `"type":"delay","bounce_class":"21","raw_reason":"454 4.4.4 [internal] no MX"`),
			want: []string{`delay ann@example.com 454 4.4.4 "454 4.4.4 [internal] no MX" hint=dns-failure/temporary`}},
		{name: "delivery", payload: sparkPostEvent("message_event", `"type":"delivery"`), want: []string{`delivery ann@example.com`}},
		{name: "auto-reply", payload: sparkPostEvent("message_event", `"type":"out_of_band","bounce_class":"60","raw_reason":"out of office"`), want: []string{`auto-reply ann@example.com "out of office"`}},
		{name: "challenge", payload: sparkPostEvent("message_event", `"type":"bounce","bounce_class":100`), want: []string{`challenge ann@example.com`}},
		{name: "unsubscribe class", payload: sparkPostEvent("message_event", `"type":"bounce","bounce_class":"90"`), want: []string{`unsubscribe ann@example.com`}},
		{name: "complaint", payload: sparkPostEvent("message_event", `"type":"spam_complaint","fbtype":"abuse","report_by":"fbl.example"`), want: []string{`complaint ann@example.com feedback=abuse`}},
		{name: "no spam", payload: sparkPostEvent("message_event", `"type":"spam_complaint","fbtype":"not-spam"`), want: []string{`other ann@example.com feedback=not-spam`}},
		{name: "suppressed", payload: sparkPostEvent("gen_event", `"type":"generation_rejection","error_code":"554","raw_reason":"554 5.7.1 recipient address suppressed due to customer policy"`),
			want: []string{`other ann@example.com "554 5.7.1 recipient address suppressed due to customer policy" hint=suppressed/strong`}},
		{name: "could not be made", payload: sparkPostEvent("gen_event", `"type":"generation_failure","error_code":"554","raw_reason":"bad template"`),
			want: []string{`bounce ann@example.com 554 "bad template" hint=content-rejected/permanent`}},
		{name: "policy", payload: sparkPostEvent("message_event", `"type":"policy_rejection","bounce_class":"25","raw_reason":"550 5.7.1 not allowed"`),
			want: []string{`bounce ann@example.com 550 5.7.1 "550 5.7.1 not allowed" hint=policy-violation/temporary`}},
		{name: "unsubscribes", payload: sparkPostEvent("unsubscribe_event", `"type":"link_unsubscribe"`), want: []string{`unsubscribe ann@example.com`}},
		{name: "clicks", payload: sparkPostEvent("track_event", `"type":"click"`), passed: 1},
		{name: "relayed mail is not ours", payload: sparkPostEvent("relay_event", `"type":"relay_rejection"`), passed: 1},
		{name: "the ping", payload: `[{"msys":{}}]`, passed: 1},
		{name: "a search", payload: `{"results":[{"type":"delivery","event_id":"1","rcpt_to":"ann@example.com","timestamp":"2024-05-01T10:00:00.000Z"}],"total_count":1}`, want: []string{`delivery ann@example.com`}},
	})
}
