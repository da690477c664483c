package notify

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"time"

	"github.com/rebound-mail/rebound/internal/reputation"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/policy"
)

// Message is the body of a webhook.
type Message struct {
	// ID is the same for the same message however often it comes: the header
	// Webhook-Id repeats it.
	ID   string    `json:"id"`
	Type Kind      `json:"type"`
	Time time.Time `json:"timestamp"` // when it happened
	Data any       `json:"data"`      // a RecipientData or an AlertData
}

// RecipientData is what messages of recipients tell.
type RecipientData struct {
	Recipient string `json:"recipient"`
	// EventID is of the event that made it, "" if it was made by hand.
	EventID string        `json:"event_id,omitempty"`
	Answer  policy.Answer `json:"answer"` // over all streams
	Before  policy.Answer `json:"before"`
}

// AlertData is what messages of alerts tell.
type AlertData struct {
	reputation.Finding
	Subject string        `json:"subject"`
	Was     policy.Health `json:"was,omitempty"` // the level before
	Began   time.Time     `json:"began,omitzero"`
	Ended   time.Time     `json:"ended,omitzero"`
}

// Change makes messages of a change of a recipient's suppression, one a target.
// It is a store.Announce. That a suppression becomes another one makes none.
func (t *Targets) Change(c store.Change) []store.Outgoing {
	kind := Suppressed
	switch {
	case c.Began():
	case c.Ended():
		kind = Released
	default:
		return nil
	}
	return t.messages(kind, c.Time, RecipientData{Recipient: c.Recipient, EventID: c.EventID, Answer: c.Is, Before: c.Was})
}

// Alert makes messages of what became of an alert, one a target. It is a
// reputation.Announce.
func (t *Targets) Alert(n reputation.Notice) []store.Outgoing {
	kind := AlertRaised
	switch n.Happened {
	case reputation.Changed:
		kind = AlertChanged
	case reputation.Ended:
		kind = AlertEnded
	}
	data := AlertData{Finding: n.Finding, Subject: n.Alert.Subject, Was: n.Was, Began: n.Alert.Began, Ended: n.Alert.Ended}
	return t.messages(kind, n.Time, data)
}

// messages makes a message for each target that wants it.
func (t *Targets) messages(kind Kind, at time.Time, data any) []store.Outgoing {
	var list []store.Outgoing
	for i := range t.list {
		if one := &t.list[i]; one.wants(kind) {
			list = append(list, one.message(kind, at, data))
		}
	}
	return list
}

// idOf encodes ids.
var idOf = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding) // never changed

// message makes the message for one target. Its id is a hash of all that it
// tells, and whom: the same change makes the same message.
func (t *target) message(kind Kind, at time.Time, data any) store.Outgoing {
	m := Message{Type: kind, Time: at.UTC(), Data: data}
	named, err := json.Marshal(struct {
		Target  string
		Message Message
	}{t.name, m})
	if err != nil { // no field can make it fail but a number that is none
		named = []byte(err.Error())
	}
	sum := sha256.Sum256(named)
	m.ID = "msg_" + idOf.EncodeToString(sum[:20])
	body, err := json.Marshal(m)
	if err != nil {
		body, _ = json.Marshal(Message{ID: m.ID, Type: kind, Time: m.Time})
	}
	return store.Outgoing{ID: m.ID, Target: t.name, Kind: string(kind), Body: body, Created: at}
}
