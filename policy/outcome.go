package policy

import (
	"strings"
	"time"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
)

// Effect is what an outcome means for the recipient's state.
type Effect string

// The effects; the zero value means none: the outcome says nothing against or
// for the address.
const (
	NoEffect   Effect = ""
	Suppresses Effect = "suppress" // at once, until lifted by hand
	Counts     Effect = "count"    // one failed message of those in a row
	Resets     Effect = "reset"    // a delivery: failures before it no longer count
	Objects    Effect = "object"   // a complaint or unsubscription: suppresses its stream
)

// Outcome is what of an event counts for a recipient's state.
type Outcome struct {
	EventID string
	// MessageKey names the message, so that one message counts once however
	// often its failure is reported: its Message-ID or queue id. Where it is
	// "", the event is taken for a message of its own.
	MessageKey string
	// Time is when it happened; see ClampTime.
	Time   time.Time
	Effect Effect
	Reason codebook.Reason
	Stream string
	// Trusted is whether the report's source is known. What is not trusted
	// never changes a decision; the latest is remembered, to be shown.
	Trusted bool
}

// OutcomeOf returns what of a classified event counts; ok is false where
// nothing does, as with delays, automatic replies, challenges and failures that
// are the sender's.
func OutcomeOf(e *event.Event, trusted bool) (o Outcome, ok bool) {
	effect := EffectOf(e.Kind, e.Verdict)
	if effect == NoEffect {
		return Outcome{}, false
	}
	o = Outcome{
		EventID: e.ID, MessageKey: strings.Trim(e.MessageID, "<> \t\r\n"), Time: e.Time,
		Effect: effect, Stream: e.Stream, Trusted: trusted,
	}
	if e.Verdict != nil {
		o.Reason = e.Verdict.Reason
	}
	switch e.Kind { // a report's kind is all its reason
	case event.Complaint:
		o.Reason = codebook.Complaint
	case event.Unsubscribe:
		o.Reason = codebook.Unsubscribe
	}
	return o, true
}

// ClampTime returns when an event is taken to have happened: as reported, but
// never after it was received, and then where the report gives no time. A clock
// that runs ahead must not outdate what really comes later.
func ClampTime(reported, received time.Time) time.Time {
	if reported.IsZero() || reported.After(received) {
		return received
	}
	return reported
}

// EffectOf returns what an event of that kind with that verdict means for its
// recipient. A bounce without a verdict means nothing.
func EffectOf(kind event.Kind, v *event.Verdict) Effect {
	switch kind {
	case event.Delivery:
		return Resets
	case event.Complaint, event.Unsubscribe:
		return Objects
	case event.Bounce:
		if v != nil {
			return effectOfBounce(v)
		}
	}
	return NoEffect
}

// effectOfBounce weighs a message that failed for good. That its reason
// speaks against the address is asked again here, whatever the verdict's
// decision says: no codebook may make a blocked sender cost an address.
func effectOfBounce(v *event.Verdict) Effect {
	if v.Decision == codebook.Suppress && v.Lasting == codebook.Permanent && AgainstAddress(v.Reason) {
		return Suppresses
	}
	if !receiverSide(v.Reason, v.Category) {
		return NoEffect
	}
	switch v.Decision {
	case codebook.SlowDown, codebook.FixSender, codebook.FixMessage, codebook.NoAction:
		return NoEffect
	}
	return Counts
}

// AgainstAddress reports the reasons that, when permanent, speak against the
// address itself.
func AgainstAddress(r codebook.Reason) bool {
	switch r {
	case codebook.UserUnknown, codebook.AddressSyntax, codebook.MailboxDisabled,
		codebook.MailboxMoved, codebook.DomainUnknown, codebook.DomainNoMail:
		return true
	}
	return false
}

// receiverSide reports failures that lie with the recipient, the domain, the
// way to it or its system, so that several in a row speak against mailing it.
func receiverSide(r codebook.Reason, c codebook.Category) bool {
	switch r {
	case codebook.Greylisted, // the sender did not try for long enough
		codebook.RelayDenied,        // often the sender's own route is wrong
		codebook.RecipientThrottled: // the mailbox is alive and busy
		return false
	}
	switch c {
	case codebook.CategoryRecipient, codebook.CategoryDomain, codebook.CategoryNetwork, codebook.CategorySystem:
		return true
	}
	return false
}
