package bounce

import (
	"encoding/json"
	"strings"

	"github.com/rebound-mail/rebound/mailpart"
	"github.com/rebound-mail/rebound/webhook"
)

// maxPayload bounds the text that is looked at for an object.
const maxPayload = 1 << 20

// fromPayload reads a provider's events that come by mail: Amazon SNS sends
// the notifications of SES so, a JSON object with its own words below it
// (https://docs.aws.amazon.com/sns/latest/dg/sns-email-notifications.html).
func fromPayload(root *mailpart.Part) (Report, bool) {
	if !root.Header.Has("x-amz-sns-message-id") {
		return Report{}, false
	}
	text := strings.TrimLeft(root.Plain(), " \n")
	if !strings.HasPrefix(text, "{") {
		return Report{}, false
	}
	// QUIRK: SNS breaks lines of more than 990 bytes by a line end and a blank,
	// wherever that falls.
	text = strings.ReplaceAll(text[:min(len(text), maxPayload)], "\n ", "")
	var object json.RawMessage
	if err := json.NewDecoder(strings.NewReader(text)).Decode(&object); err != nil {
		return Report{}, false
	}
	provider, ok := webhook.Detect(object, nil)
	if !ok {
		return Report{}, false
	}
	batch, err := webhook.Decode(provider, object)
	if err != nil || len(batch.Events) == 0 {
		return Report{}, false
	}
	return Report{Type: Payload, Format: string(provider), Events: batch.Events, Problems: batch.Problems}, true
}
