package webhook

import (
	"encoding/json"
	"strings"

	"github.com/rebound-mail/rebound/event"
)

// detectBytes is how much of a payload Detect looks at.
const detectBytes = 256 << 10

// Detect says whose payload this is, by its content; where that does not tell,
// by the header. payload may be the beginning of a longer one; header may be
// nil. It is strict: JSON of others, and Rebound's own output of other kinds,
// are no webhook.
func Detect(payload []byte, header Header) (Provider, bool) {
	payload = trimBOM(payload[:min(len(payload), detectBytes)])
	p := byContent(payload)
	if p == "" && header != nil {
		p = byHeader(header)
	}
	return p, p != ""
}

func byHeader(h Header) Provider {
	for _, known := range []struct {
		field string
		p     Provider
	}{
		{"X-Amz-Sns-Message-Type", SES}, {"X-Twilio-Email-Event-Webhook-Signature", SendGrid}, {"X-MessageSystems-Batch-ID", SparkPost},
		{"X-Mandrill-Signature", Mandrill}, {"Aeg-Event-Type", Azure}, {"X-Postal-Signature", Postal}, {"X-Postal-Signature-256", Postal},
		{"Mailtrap-Signature", Mailtrap},
	} {
		if h.Get(known.field) != "" {
			return known.p
		}
	}
	if strings.HasPrefix(h.Get("User-Agent"), "Mandrill-Webhook") {
		return Mandrill
	}
	return ""
}

func byContent(payload []byte) Provider {
	if isForm(payload) {
		return byForm(payload)
	}
	if len(payload) == 0 || payload[0] != '{' && payload[0] != '[' {
		return ""
	}
	var p Provider
	seen := 0
	_ = eachItem(payload, func(raw json.RawMessage) {
		if seen++; p != "" || seen > 3 {
			return
		}
		if o, _ := parseObject(raw); len(o) > 0 {
			p = byFields(o)
		}
	})
	return p
}

func byForm(payload []byte) Provider {
	f, _ := parseForm(payload)
	switch {
	case f.has("mandrill_events"):
		return Mandrill
	case f.has("event") && f.has("recipient") && (f.has("token") || f.has("domain") || f.has("message-headers")):
		return Mailgun
	}
	return ""
}

// byFields goes by members that no other provider has.
func byFields(o object) Provider {
	switch {
	case isSNS(o), isSES(o), isEventBridge(o), isRecords(o):
		return SES
	case o.has("event-data"):
		return Mailgun
	case o.has("msys"), isSparkPostSearch(o):
		return SparkPost
	case o.has("mandrill_events"), o.has("event", "msg", "ts"), o.has("event", "msg", "_id"), o.has("type", "action", "reject"):
		return Mandrill
	case o.has("event", "email") && o.hasAny("sg_event_id", "sg_message_id"):
		return SendGrid
	case o.has("RecordType") && o.hasAny("MessageID", "ID"), o.has("BouncedAt", "TypeCode", "Email"):
		return Postmark
	case o.has("event", "payload", "uuid"), o.has("event", "payload") && strings.HasPrefix(o.text("event"), "Message"):
		return Postal
	case o.has("events") && isMailtrap(o):
		return Mailtrap
	case o.has("event", "time", "email") && o.hasAny("mj_campaign_id", "mj_contact_id", "MessageID", "Message_GUID"):
		return Mailjet
	case isBrevo(o):
		return Brevo
	}
	return byType(o)
}

// byType goes by the value of the member that names the type.
func byType(o object) Provider {
	kind := azureType(o)
	switch {
	case strings.HasPrefix(kind, "Microsoft.Communication.Email"), strings.HasPrefix(kind, "Microsoft.EventGrid.Subscription"):
		return Azure
	case strings.HasPrefix(kind, "email.") && o.object("data").has("email_id"):
		return Resend
	case strings.HasPrefix(kind, "activity.") && o.has("data"), kind == mailerSendTest:
		return MailerSend
	}
	if _, known := kumoEvent(o); known && o.has("id", "recipient") && o.hasAny("queue", "peer_address", "num_attempts", "nodeid") {
		return KumoMTA
	}
	if o.has("kind", "recipient") && isKind(event.Kind(o.text("kind"))) && o.hasAny("id", "action", "diagnostic", "time", "message_id", "verdict") {
		return Rebound
	}
	return ""
}

func isMailtrap(o object) bool {
	list := o.list("events")
	if len(list) == 0 {
		return false
	}
	one, _ := parseObject(list[0])
	return one.has("event", "email", "event_id")
}

// isSparkPostSearch reports an answer of the Events API.
func isSparkPostSearch(o object) bool {
	list := o.list("results")
	if len(list) == 0 {
		return false
	}
	one, _ := parseObject(list[0])
	return one.has("type", "rcpt_to") && one.hasAny("event_id", "transmission_id", "message_id")
}

func isBrevo(o object) bool {
	if !o.has("event", "email") {
		return false
	}
	return o.has("message-id") && o.hasAny("ts_epoch", "ts_event", "s_epoch", "date", "ts") || o.has("camp_id", "date_event")
}
