package pipeline

import (
	"context"

	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/spool"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/policy"
)

// addressee says whom an event counts for, and in which stream. The event's own
// recipients stay as the report has them.
//
// What the sender can stop mailing is the address that he mailed; the one that
// failed may be another, behind an alias or a forwarding. So an event counts for
//
//  1. the recipient that was signed with the return path, where the signature
//     is right and the event is trusted for it;
//  2. else the original recipient (ORCPT, RFC 3461 section 4.2), where the report
//     names one that is an address;
//  3. else the final recipient.
//
// Where one message to one original recipient has several final ones, the
// original is a list or an alias of several people. That one of them fails does
// not speak against it: each event counts for its final recipient.
type addressee struct{ caseSensitive bool }

// Do implements Stage.
func (a addressee) Do(_ context.Context, r *Report, entries []store.Entry) error {
	expanded := a.expanded(entries)
	stream := policy.StreamName(r.Meta[spool.MetaStream])
	for i := range entries {
		en := &entries[i]
		if stream != "" {
			en.Event.Stream = stream
		}
		en.Recipient = a.choose(r, en, expanded)
	}
	return nil
}

// choose returns whom an entry counts for, "" for the event's own recipient.
func (a addressee) choose(r *Report, en *store.Entry, expanded map[mailing]bool) string {
	e := &en.Event
	if en.Trusted && r.path != nil {
		if mailed := r.path.mailed(e, a.caseSensitive); mailed != "" {
			return mailed
		}
	}
	original, ok := a.original(e)
	if !ok || expanded[mailing{original, messageOf(e)}] {
		return ""
	}
	return e.OriginalRecipient
}

// original returns the normalised original recipient, if it is an address and
// not the final one.
func (a addressee) original(e *event.Event) (string, bool) {
	if e.OriginalRecipient == "" || e.OriginalRecipient == e.Recipient {
		return "", false
	}
	original, err := policy.NormalAddress(e.OriginalRecipient, a.caseSensitive)
	if err != nil {
		return "", false
	}
	final, err := policy.NormalAddress(e.Recipient, a.caseSensitive)
	return original, err != nil || final != original
}

// mailing is a message to an original recipient.
type mailing struct{ original, message string }

// messageOf returns what tells an event's message from others in one report.
func messageOf(e *event.Event) string {
	if e.MessageID != "" {
		return e.MessageID
	}
	return e.ReportingMTA + "\x00" + e.Sender
}

// expanded returns the mailings that have several final recipients.
func (a addressee) expanded(entries []store.Entry) map[mailing]bool {
	var finals map[mailing]string
	var several map[mailing]bool
	for i := range entries {
		e := &entries[i].Event
		original, ok := a.original(e)
		if !ok {
			continue
		}
		m := mailing{original, messageOf(e)}
		final, seen := finals[m]
		switch {
		case !seen && finals == nil:
			finals = map[mailing]string{m: e.Recipient}
		case !seen:
			finals[m] = e.Recipient
		case !sameAddress(final, e.Recipient, a.caseSensitive):
			if several == nil {
				several = map[mailing]bool{}
			}
			several[m] = true
		}
	}
	return several
}
