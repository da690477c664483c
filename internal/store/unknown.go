package store

import (
	"context"
	"time"
)

// Unknowns is what servers said that nobody understood.
type Unknowns interface {
	// Unknowns returns the texts that came most often, at most limit.
	Unknowns(ctx context.Context, limit int) ([]Unknown, error)
	// DropUnknown forgets a text, such as one that has been dealt with.
	DropUnknown(ctx context.Context, text string) error
}

// Unknown is a text that no phrase explains.
type Unknown struct {
	Text    string    `json:"text"`    // normalised: see NormalText
	Example string    `json:"example"` // as it was said the first time
	EventID string    `json:"event_id"`
	Host    string    `json:"host,omitempty"` // that said it the first time
	Count   int64     `json:"count"`
	First   time.Time `json:"first"`
	Last    time.Time `json:"last"`
}

// MaxUnknowns is how many texts are kept. When there are more, those that came
// least, and of these the longest ago, are forgotten.
const MaxUnknowns = 10_000
