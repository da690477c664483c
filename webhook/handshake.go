package webhook

import (
	"encoding/json"
	"strings"
)

// Answer is what to answer to a request that is a handshake. It is a value:
// nothing is sent or fetched here.
type Answer struct {
	Status int // of the HTTP response
	Header map[string]string
	Body   []byte

	// Confirm is a URL to fetch (GET), once Verify has found the request
	// genuine: that confirms a subscription. It has been checked to lead to the
	// provider; "" if there is nothing to fetch.
	Confirm string
	// Note says what the handshake is, for the operator's log.
	Note string
}

// Handshake says whether a request is a provider's handshake, and what to
// answer. Such requests carry no events. Those of Azure and the pings come
// unsigned; answering them gives nothing away.
func Handshake(p Provider, r Request) (Answer, bool) {
	ok := Answer{Status: 200}
	switch method := strings.ToUpper(r.Method); {
	case method == "OPTIONS":
		return cloudEvents(r)
	case method == "HEAD" && p == Mandrill:
		ok.Note = "Mandrill looks whether the URL answers"
		return ok, true
	case method != "" && method != "POST":
		return Answer{}, false
	}
	switch p {
	case SES:
		return snsHandshake(r.Body)
	case Azure:
		return eventGrid(r.Body)
	case SparkPost:
		ok.Note = "SparkPost tries the URL"
		return ok, isSparkPostPing(r.Body)
	case Mandrill:
		f, _ := parseForm(trimBOM(r.Body))
		ok.Note = "Mandrill tries the URL"
		return ok, f.has("mandrill_events") && strings.TrimSpace(f.get("mandrill_events")) == "[]"
	case MailerSend:
		o, _ := soleObject(r.Body)
		ok.Note = "MailerSend tries the URL"
		return ok, o.text("type") == mailerSendTest
	}
	return Answer{}, false
}

// cloudEvents answers the validation of CloudEvents: whoever asks may post.
//
// https://github.com/cloudevents/spec/blob/v1.0/http-webhook.md#4-abuse-protection
func cloudEvents(r Request) (Answer, bool) {
	origin := strings.TrimSpace(r.header("WebHook-Request-Origin"))
	if origin == "" || len(origin) > 256 || strings.ContainsAny(origin, " \t\r\n,*/") {
		return Answer{}, false
	}
	a := Answer{Status: 200, Note: "CloudEvents validation for " + origin, Header: map[string]string{
		"Allow": "POST", "WebHook-Allowed-Origin": origin,
	}}
	if rate := r.header("WebHook-Request-Rate"); rate != "" {
		a.Header["WebHook-Allowed-Rate"] = "*"
	}
	return a, true
}

// eventGrid answers the validation of Event Grid: with the code that it sent.
//
// https://learn.microsoft.com/azure/event-grid/webhook-event-delivery#endpoint-validation-with-event-grid-events
func eventGrid(body []byte) (Answer, bool) {
	code := ""
	_ = eachItem(trimBOM(body), func(raw json.RawMessage) {
		o, _ := parseObject(raw)
		if strings.EqualFold(azureType(o), azureValidation) && code == "" {
			code = o.object("data").text("validationCode")
		}
	})
	if code == "" || len(code) > 256 {
		return Answer{}, false
	}
	answer, err := json.Marshal(map[string]string{"validationResponse": code})
	if err != nil {
		return Answer{}, false
	}
	return Answer{
		Status: 200, Body: answer, Header: map[string]string{"Content-Type": "application/json"}, Note: "Event Grid validates the subscription",
	}, true
}

// snsHandshake reads a confirmation of SNS. A subscription starts when its URL
// is fetched; one that was ended starts again, so that URL is left alone.
//
// https://docs.aws.amazon.com/sns/latest/dg/http-subscription-confirmation-json.html
func snsHandshake(body []byte) (Answer, bool) {
	o, err := soleObject(body)
	if err != nil || !isSNS(o) {
		return Answer{}, false
	}
	a := Answer{Status: 200}
	topic := clip(o.text("TopicArn"), 256)
	switch o.text("Type") {
	case snsSubscribe:
		a.Note = "Amazon SNS asks to confirm the subscription of " + topic
		if u := o.text("SubscribeURL"); CheckSubscribeURL(u) == nil {
			a.Confirm = u
		}
		return a, true
	case snsUnsubscribe:
		a.Note = "Amazon SNS says that the subscription of " + topic + " has ended"
		return a, true
	}
	return Answer{}, false
}

// isSparkPostPing reports the empty batch that SparkPost posts when a webhook is
// made.
func isSparkPostPing(body []byte) bool {
	n, empty := 0, true
	err := eachItem(trimBOM(body), func(raw json.RawMessage) {
		o, _ := parseObject(raw)
		n++
		empty = empty && o.has("msys") && len(o.object("msys")) == 0
	})
	return err == nil && n > 0 && empty
}
