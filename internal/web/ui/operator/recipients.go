package operator

import (
	"strings"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/internal/web/ui"
	"github.com/rebound-mail/rebound/policy"
)

// recipientView is the page about an address.
type recipientView struct {
	Asked   string // as it was typed
	Wrong   string // what is wrong with it
	Stream  string
	Found   *store.Recipient
	Grounds []policy.Answer
	History []store.Record
	Next    string // where older events are
	Reasons []choice
}

// historyRows is how many events the page of a recipient shows at a time.
const historyRows = 25

func (o *Operator) recipient(v *visit) error {
	view := recipientView{Asked: v.query("address"), Stream: v.query("stream")}
	p := v.page("Recipients", "recipients", &view)
	if view.Asked == "" {
		return v.show("recipient", p)
	}
	key, err := policy.NewKey(view.Asked, view.Stream, o.o.Settings)
	if err != nil {
		view.Wrong = "That is no mail address. One looks like kim@example.org."
		return v.show("recipient", p)
	}
	found, err := o.o.Store.Recipient(v.r.Context(), key)
	if err != nil {
		return err
	}
	found.Address = key.Recipient
	view.Found, view.Grounds = &found, policy.Grounds(found.State, o.o.Settings, o.o.Now())
	view.Reasons = o.reasonChoices("", "none; the note says why")
	next := ""
	view.History, next, err = o.search(v.r.Context(), store.EventFilter{Recipient: key.Recipient}, v.query("cursor"), historyRows)
	if err != nil {
		return err
	}
	if next != "" {
		view.Next = link(Prefix+"recipients", "address", key.Recipient, "cursor", next) + "#history"
	}
	p.Title = key.Recipient
	return v.show("recipient", p)
}

// maxNote is how long a note may be, in bytes, as in the API.
const maxNote = 1000

// changed is the recipient that a form is about, the stream and the note.
func (o *Operator) changed(v *visit) (policy.Key, string, error) {
	key, err := policy.NewKey(v.field("address"), v.field("stream"), o.o.Settings)
	if err != nil {
		return policy.Key{}, "", err
	}
	note := v.field("note")
	if len(note) > maxNote {
		return policy.Key{}, "", mistaken("A note may have %d bytes; this one has %d.", maxNote, len(note))
	}
	return key, note, nil
}

func recipientPath(address string) string { return link(Prefix+"recipients", "address", address) }

// by is who did something, as it is written there.
func (v *visit) by() string {
	if v.open() {
		return "operator"
	}
	return v.who.Name
}

func (o *Operator) release(v *visit) error {
	key, note, err := o.changed(v)
	if err != nil {
		return err
	}
	if note == "" {
		return mistaken("Say in the note why %s may be mailed again: whoever asks later wants to know.", key.Recipient)
	}
	answer, err := o.o.Store.Release(v.r.Context(), key.Recipient, policy.Lift{By: v.by(), Note: note, Stream: key.Stream})
	if err != nil {
		return err
	}
	if answer.Suppressed {
		return v.goOn(recipientPath(key.Recipient), ui.ToneWarn, "What you named was lifted, and the address is still suppressed: "+answer.Why)
	}
	return v.goOn(recipientPath(key.Recipient), ui.ToneGood, "Released. What happened until now no longer counts; a new failure does.")
}

func (o *Operator) suppress(v *visit) error {
	key, note, err := o.changed(v)
	if err != nil {
		return err
	}
	reason := codebook.Reason(v.field("reason"))
	if reason != "" && !reason.IsKnown() {
		return mistaken("There is no reason %q.", string(reason))
	}
	if note == "" && reason == "" {
		return mistaken("Give a reason or a note: whoever asks later why %s is suppressed wants to know.", key.Recipient)
	}
	block := store.Block{Recipient: key.Recipient, Block: policy.Block{By: v.by(), Note: note, Reason: reason, Stream: key.Stream}}
	if _, err := o.o.Store.AddSuppressions(v.r.Context(), []store.Block{block}); err != nil {
		return err
	}
	return v.goOn(recipientPath(key.Recipient), ui.ToneGood, "Suppressed, until somebody releases it.")
}

func (o *Operator) forget(v *visit) error {
	key, _, err := o.changed(v)
	if err != nil {
		return err
	}
	if typed, err := policy.NewKey(v.field("typed"), "", o.o.Settings); err != nil || typed.Recipient != key.Recipient {
		return mistaken("Nothing was removed. To forget %s, type the address into the field beside the button.", key.Recipient)
	}
	n, err := o.o.Store.Forget(v.r.Context(), key.Recipient)
	if err != nil {
		return err
	}
	return v.goOn(recipientPath(key.Recipient), ui.ToneGood, "Forgotten: the state, suppressions and "+strings.TrimSpace(big(n)+" events")+" are removed, with the reports that they came from.")
}
