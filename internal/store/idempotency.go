package store

import (
	"context"
	"errors"
	"time"
)

// Idempotency lets a client repeat a request that it has no answer to.
type Idempotency interface {
	// BeginRequest says that a request with this key begins. If one with the
	// same key was finished its answer is returned and the request must not be
	// carried out. ErrRequestDiffers is that the key was used for another
	// request, ErrRequestRuns that the first one is still being carried out.
	BeginRequest(ctx context.Context, key string, fingerprint []byte) (*SavedResponse, error)
	// FinishRequest keeps the answer; nil gives the key up, so that the request
	// may be tried again.
	FinishRequest(ctx context.Context, key string, response *SavedResponse) error
}

// What speaks against a request with an idempotency key.
var (
	ErrRequestDiffers = errors.New("store: the idempotency key was used for another request")
	ErrRequestRuns    = errors.New("store: a request with this idempotency key is being carried out")
)

// SavedResponse is an answer as it was given.
type SavedResponse struct {
	Status int
	Type   string // of its content
	Body   []byte
}

// How long idempotency keys hold, and after how long a request that was begun
// and never finished, as when the process died, may be begun again.
const (
	RequestKept = 24 * time.Hour
	RequestRuns = 5 * time.Minute
)
