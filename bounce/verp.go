package bounce

import (
	"strings"

	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/mailpart"
	"github.com/rebound-mail/rebound/verp"
)

// resolveVERP takes from the return path that the report was sent to what only
// it tells: the recipient of a report that names none, and the address that was
// first mailed where another one failed, as it does after forwarding.
func resolveVERP(events []Event, root *mailpart.Part) {
	mailed, ok := verpRecipient(root)
	if !ok {
		return
	}
	for i := range events {
		e := &events[i]
		switch {
		case e.Recipient == "":
			e.Recipient = mailed
			if e.Kind == event.Other && e.Action != "" {
				e.Kind = event.Bounce
			}
		case e.OriginalRecipient == "" && len(events) == 1 && !strings.EqualFold(e.Recipient, mailed):
			e.OriginalRecipient = mailed
		}
	}
}

// verpRecipient looks for a VERP path where the report was sent to.
func verpRecipient(root *mailpart.Part) (string, bool) {
	for _, name := range []string{"Delivered-To", "X-Original-To", "Envelope-To", "To"} {
		for _, value := range root.Header.Values(name) {
			if r, ok := verp.Recipient(addressIn(value)); ok {
				return r, true
			}
		}
	}
	return "", false
}
