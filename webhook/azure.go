package webhook

import (
	"strings"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
)

// The event types of Azure that this package knows.
const (
	azureReport     = "Microsoft.Communication.EmailDeliveryReportReceived"
	azureTracking   = "Microsoft.Communication.EmailEngagementTrackingReportReceived"
	azureValidation = "Microsoft.EventGrid.SubscriptionValidationEvent"
	azureDeleted    = "Microsoft.EventGrid.SubscriptionDeletedEvent"
)

// azureType returns the type of an event: eventType in Event Grid's own schema,
// type in CloudEvents 1.0.
func azureType(o object) string { return o.text("eventType", "type") }

// azure reads one delivery report of Azure Communication Services.
//
// https://learn.microsoft.com/azure/event-grid/communication-services-email-events
func (d *decoder) azure(o object) {
	switch kind := azureType(o); {
	case strings.EqualFold(kind, azureReport):
	case strings.EqualFold(kind, azureTracking), strings.EqualFold(kind, azureValidation), strings.EqualFold(kind, azureDeleted):
		d.pass()
		return
	default:
		d.unknown(kind)
		return
	}
	data := o.object("data")
	details := data.object("deliveryStatusDetails")
	// QUIRK: the documentation spells the stamp in two ways.
	e := event.Event{Time: data.time("deliveryAttemptTimeStamp", "deliveryAttemptTimestamp")}
	if e.Time.IsZero() {
		e.Time = o.time("eventTime", "time")
	}
	e.Recipient = address(data.text("recipient"))
	e.Sender = address(data.text("sender"))
	e.MessageID = messageID(data.text("internetMessageId", "messageId"))
	said(&e, details.text("statusMessage"))
	e.RemoteMTA = details.text("recipientMailServerHostName")
	if status := data.word("status"); !azureStatus(&e, status) {
		d.unknown("status " + status)
		return
	}
	d.add(e, o.text("id"))
}

// azureStatus reads the status of a report; it returns false for one that it
// does not know.
func azureStatus(e *event.Event, status string) bool {
	switch status {
	case "delivered":
		e.Kind, e.Action = event.Delivery, event.Delivered
	case "expanded":
		e.Kind, e.Action = event.Delivery, event.Expanded
	case "outfordelivery":
		e.Kind, e.Action = event.Delay, event.Delayed
	case "bounced":
		e.Kind, e.Action = event.Bounce, event.Failed
		e.Hint = weak(codebook.Undetermined, codebook.Permanent)
	case "failed":
		e.Kind, e.Action = event.Bounce, event.Failed
		e.Hint = weak(codebook.Undetermined, codebook.LastingUnknown)
	case "filteredspam", "quarantined":
		e.Kind, e.Action = event.Bounce, event.Failed
		e.Hint = weak(codebook.SpamContent, codebook.Permanent)
	case "suppressed":
		echo(e)
	default:
		return false
	}
	return true
}
