package store

import (
	"context"
	"time"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/policy"
)

// Suppressions is the list of addresses not to be mailed.
type Suppressions interface {
	// Suppressions lists them. The cursor "" begins; next is "" at the end.
	Suppressions(ctx context.Context, f SuppressionFilter, cursor string, limit int) (list []Suppression, next string, err error)
	// AddSuppressions blocks addresses by hand, all or none. Where a block's At
	// is zero it is now. The answers are those before, over all streams.
	AddSuppressions(ctx context.Context, blocks []Block) (before []policy.Answer, err error)
	// Release lifts what holds against a recipient: everything, or the stream
	// that lift names. Where lift.At is zero it is now, and not before what is
	// known already. It returns the answer that holds then.
	Release(ctx context.Context, recipient string, lift policy.Lift) (policy.Answer, error)
}

// Suppression is an entry of the list: an address, and the stream for which it
// is not to be mailed.
type Suppression struct {
	Recipient string          `json:"recipient"`
	Stream    string          `json:"stream,omitempty"` // "" for every stream
	Ground    policy.Ground   `json:"ground"`
	Reason    codebook.Reason `json:"reason,omitempty"`
	Since     time.Time       `json:"since"`
	Until     time.Time       `json:"until,omitzero"` // when it ends by itself; zero if it does not
	By        string          `json:"by,omitempty"`
	Note      string          `json:"note,omitempty"`
	// Probation is that Until has passed: one message may be tried.
	Probation bool `json:"probation,omitempty"`
}

// SuppressionFilter chooses suppressions; a field that is zero chooses all.
type SuppressionFilter struct {
	Stream string // those that hold for it
	Ground policy.Ground
	Reason codebook.Reason
	Domain string    // of the recipient
	From   time.Time // Since is not before From
	To     time.Time // Since is before To
	// Probation includes those whose time has run out.
	Probation bool
	// Newest orders by Since, the latest first. The order is by address else.
	Newest bool
}

// Block is an address to be suppressed by hand.
type Block struct {
	Recipient string // normalised; see policy.NormalAddress
	policy.Block
}
