package bounce

import (
	"strings"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/mailpart"
	"github.com/rebound-mail/rebound/mdn"
)

// fromAutomatic makes the event of an automatic reply, a challenge, an
// unsubscription or a receipt. The recipient is who replied.
func fromAutomatic(a *mdn.Reply, root *mailpart.Part) Report {
	var returned mailpart.Header
	if a.Notification != nil {
		returned = headerOf(a.Notification.Returned)
	}
	e := shared(root, returned)
	e.Source.Format = "auto-reply"
	e.Recipient = a.From
	if a.To != "" {
		e.Sender = a.To
	}
	if a.InReplyTo != "" {
		e.MessageID = trimID(a.InReplyTo)
	}
	e.Kind = kindOfReply(a.Kind)
	if n := a.Notification; n != nil {
		fillDisposition(&e, n)
	}
	return Report{Type: Automatic, Format: e.Source.Format, Events: []Event{e}}
}

func kindOfReply(k mdn.Kind) event.Kind {
	switch k {
	case mdn.Challenge:
		return event.Challenge
	case mdn.Unsubscribe:
		return event.Unsubscribe
	}
	return event.AutoReply
}

// fillDisposition takes what a disposition notification says (RFC 8098).
func fillDisposition(e *Event, n *mdn.Notification) {
	e.Source.Format = "mdn"
	if n.FinalRecipient != "" {
		e.Recipient = n.FinalRecipient
	}
	e.OriginalRecipient = n.OriginalRecipient
	if n.OriginalMessageID != "" {
		e.MessageID = trimID(n.OriginalMessageID)
	}
	if !n.Refused {
		return
	}
	// QUIRK: a Sieve script's reject answers with such a notification (RFC
	// 3028 section 4.1): the recipient did not take the mail.
	e.Kind, e.Action = event.Bounce, event.Failed
	e.Hint = event.Hint{Reason: codebook.RecipientRestricted, Lasting: codebook.Permanent}
	if n.Text != nil {
		e.Diagnostic = strings.TrimSpace(n.Text.Plain())
	}
}
