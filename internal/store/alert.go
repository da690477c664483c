package store

import (
	"context"
	"time"
)

// Alerts is what somebody should know. An alert is open until it ends; there is
// one open alert of a kind and subject at most.
type Alerts interface {
	// RaiseAlert opens an alert, or raises or lowers the level of the open one.
	// It reports whether that changed anything. Messages are kept in the outbox
	// with it if it did.
	RaiseAlert(ctx context.Context, a Alert, messages []Outgoing) (changed bool, err error)
	// EndAlert ends the open alert of that kind and subject, if there is one.
	EndAlert(ctx context.Context, kind, subject string, messages []Outgoing) (changed bool, err error)
	// Alerts lists alerts, the latest first.
	Alerts(ctx context.Context, open bool, limit int) ([]Alert, error)
}

// Alert is one.
type Alert struct {
	Kind    string    `json:"kind"`    // such as "bounce-rate"
	Subject string    `json:"subject"` // what it is about, such as "sender-domain example.org"
	Level   string    `json:"level"`
	Text    string    `json:"text"`
	Value   float64   `json:"value"`
	Began   time.Time `json:"began,omitzero"`   // set by the store
	Changed time.Time `json:"changed,omitzero"` // set by the store
	Ended   time.Time `json:"ended,omitzero"`   // zero while it is open
}
