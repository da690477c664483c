package ndr

import (
	"encoding/json"
	"strings"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/mailpart"
	"github.com/rebound-mail/rebound/smtpcode"
)

// amazonSNS reads the notifications of Amazon SES that Amazon SNS sends by
// mail: a JSON object (https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html)
// with SNS's own words below it. Complaints are no failures and are left to
// others.
var amazonSNS = decoder{
	format: "amazonses",
	marks:  []string{`"notificationtype":"bounce"`, `"notificationtype":"delivery"`, `"eventtype":"bounce"`, `"eventtype":"delivery"`, `"notificationtype" : "bounce"`},
	read:   readAmazonSNS,
}

// sesNotification is what is read of such an object.
type sesNotification struct {
	NotificationType, EventType string
	Bounce                      struct {
		BounceType, BounceSubType, ReportingMTA string
		BouncedRecipients                       []struct{ EmailAddress, Action, Status, DiagnosticCode string }
	}
	Delivery struct {
		Recipients                 []string
		SMTPResponse, ReportingMTA string
	}
	Mail struct {
		Headers []struct{ Name, Value string }
	}
}

func readAmazonSNS(m *Mail) (Report, bool) {
	start := strings.IndexByte(m.Text, '{')
	if start < 0 || !containsFold(m.From, "sns.") && !containsFold(m.Subject, "notification") {
		return Report{}, false
	}
	// QUIRK: SNS breaks lines of more than 990 bytes by a line end and a blank,
	// wherever that falls.
	text := strings.ReplaceAll(m.Text[start:min(len(m.Text), start+maxReturnedHeader)], "\n ", "")
	var n sesNotification
	if err := json.NewDecoder(strings.NewReader(text)).Decode(&n); err != nil {
		return Report{}, false
	}
	r := Report{ReportingMTA: typed(n.Bounce.ReportingMTA + n.Delivery.ReportingMTA)}
	switch n.NotificationType + n.EventType {
	case "Bounce":
		r.Failures = n.bounced()
	case "Delivery":
		for _, address := range n.Delivery.Recipients {
			f := Failure{Recipient: address, Action: event.Delivered}
			f.said(n.Delivery.SMTPResponse)
			found := smtpcode.Find(f.Diagnostic)
			f.Code, f.Status = found.Code, found.Status
			r.Failures = append(r.Failures, f)
		}
	}
	r.Returned.Header = n.header()
	return r, len(r.Failures) > 0
}

func (n *sesNotification) bounced() []Failure {
	var failures []Failure
	for _, to := range n.Bounce.BouncedRecipients {
		f := Failure{Recipient: to.EmailAddress, Action: actionField(to.Action)}
		f.said(typed(to.DiagnosticCode))
		if f.Status.IsZero() {
			_, f.Status = codesIn(to.Status)
		}
		if strings.Contains(n.Bounce.BounceSubType, "Suppress") {
			f.Hint = event.Hint{Reason: codebook.Suppressed, Lasting: codebook.Permanent}
		}
		failures = append(failures, f)
	}
	return failures
}

// header makes the header of the original message, as far as it is told.
func (n *sesNotification) header() mailpart.Header {
	var b strings.Builder
	for _, field := range n.Mail.Headers {
		b.WriteString(strings.NewReplacer("\r", "", "\n", " ").Replace(field.Name + ": " + field.Value))
		b.WriteByte('\n')
	}
	h, _ := mailpart.ParseHeader([]byte(b.String()))
	return h
}
