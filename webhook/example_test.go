package webhook_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"time"

	"github.com/rebound-mail/rebound/webhook"
)

func ExampleDecode() {
	body := []byte(`[
		{"event":"bounce","email":"ann@example.com","timestamp":1714557600,"sg_event_id":"e1","reason":"550 5.1.1 no such user"},
		{"event":"open","email":"bob@example.com","timestamp":1714557601,"sg_event_id":"e2"}]`)
	batch, err := webhook.Decode(webhook.SendGrid, body)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, e := range batch.Events {
		fmt.Println(e.Kind, e.Recipient, e.ReplyCode, e.Status, e.Diagnostic)
	}
	fmt.Println(batch.Passed, "passed over")
	// Output:
	// bounce ann@example.com 550 5.1.1 550 5.1.1 no such user
	// 1 passed over
}

func ExampleDetect() {
	p, ok := webhook.Detect([]byte(`{"RecordType":"Bounce","ID":42,"Type":"HardBounce","Email":"ann@example.com"}`), nil)
	fmt.Println(p, ok)
	// Output: postmark true
}

func ExampleVerify() {
	body := []byte(`{"events":[]}`)
	mac := hmac.New(sha256.New, []byte("key shown by Mailtrap"))
	mac.Write(body)
	request := webhook.Request{
		Header: http.Header{"Mailtrap-Signature": {hex.EncodeToString(mac.Sum(nil))}},
		Body:   body,
	}
	keys := webhook.Keys{Signing: []string{"key shown by Mailtrap"}}
	now := time.Date(2024, 5, 1, 10, 0, 0, 0, time.UTC)
	fmt.Println(webhook.Verify(webhook.Mailtrap, request, keys, now).Outcome)

	request.Body = []byte(`{"events":[{"event":"bounce"}]}`)
	fmt.Println(webhook.Verify(webhook.Mailtrap, request, keys, now).Outcome)
	// Output:
	// genuine
	// forged
}

func ExampleHandshake() {
	request := webhook.Request{Body: []byte(`[{"eventType":"Microsoft.EventGrid.SubscriptionValidationEvent","data":{"validationCode":"0123-abcd"}}]`)}
	answer, ok := webhook.Handshake(webhook.Azure, request)
	fmt.Println(ok, answer.Status, string(answer.Body))
	// Output: true 200 {"validationResponse":"0123-abcd"}
}
