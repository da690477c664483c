package store

import (
	"context"
	"errors"
	"time"
)

// What goes wrong with a store. Errors of a Store wrap one of these where it fits.
var (
	// ErrInUse is that another process holds the data directory.
	ErrInUse = errors.New("store: the data directory is in use by another process")
	// ErrFull is that the disk, or the quota, is full. Nothing of the call was
	// kept; it may be repeated when there is room.
	ErrFull = errors.New("store: no space left to write")
	// ErrReadOnly is that the data may be read and not written.
	ErrReadOnly = errors.New("store: the data directory is not writable")
	// ErrCorrupt is that the stored data is damaged.
	ErrCorrupt = errors.New("store: the stored data is damaged")
	// ErrNewer is that the data was written by a later version of the program.
	ErrNewer = errors.New("store: the data was written by a newer version")
	// ErrNotFound is that there is no such thing.
	ErrNotFound = errors.New("store: not found")
	// ErrExists is that there is such a thing already.
	ErrExists = errors.New("store: it exists already")
	// ErrCursor is that a cursor is not one that this store gave.
	ErrCursor = errors.New("store: not a cursor of this list")
	// ErrClosed is that the store was closed.
	ErrClosed = errors.New("store: closed")
)

// Store remembers. All methods may be called concurrently. A method that writes
// has written durably when it returns without an error. When it returns one it has
// written nothing, but where the disk itself failed: then either may be so, and
// the store refuses to write until it is opened again.
type Store interface {
	Memory
	Suppressions
	Events
	Rates
	Unknowns
	Idempotency
	Tokens
	Outbox
	Alerts
	Upkeep
}

// Upkeep is what keeps a store in order.
type Upkeep interface {
	// Prune removes what is older than the settings say, a bounded piece of it
	// at a time: more is whether there is something left to remove.
	Prune(ctx context.Context) (more bool, err error)
	// Backup writes a copy of everything as of now to path, which must not exist,
	// while the store goes on working. The copy can be opened as a store is.
	Backup(ctx context.Context, path string) error
	// Verify looks for damage and for contradictions between what is stored. It
	// reads everything. The problems are sentences; none means a sound store.
	Verify(ctx context.Context) (problems []string, err error)
	// Stats says how much is stored.
	Stats(ctx context.Context) (Stats, error)
	// Ping fails when the store cannot be asked.
	Ping(ctx context.Context) error
	Close() error
}

// Stats are rough numbers of what is stored; counting does not read everything.
type Stats struct {
	Recipients   int64 `json:"recipients"`   // of whom something is known
	Suppressions int64 `json:"suppressions"` // entries of the list, those on probation included
	Events       int64 `json:"events"`       // ever applied
	Outgoing     int64 `json:"outgoing"`     // messages waiting to be delivered
	DeadLetters  int64 `json:"dead_letters"` // messages given up
	Bytes        int64 `json:"bytes"`        // on disk
	Schema       int   `json:"schema"`       // version of the schema
}

// Retention says for how long things are kept. Zero stands for the default, a
// negative time for ever.
type Retention struct {
	Events   time.Duration // events, and by their ids what was applied already; 400 days
	Evidence time.Duration // reports as they came in; 90 days
	Rates    time.Duration // counters; 400 days
	Unknowns time.Duration // texts not seen again; 180 days
	Dead     time.Duration // messages given up; 30 days
}

// WithDefaults fills in what is zero.
func (r Retention) WithDefaults() Retention {
	const day = 24 * time.Hour
	set := func(d *time.Duration, days time.Duration) {
		if *d == 0 {
			*d = days * day
		}
	}
	set(&r.Events, 400)
	set(&r.Evidence, 90)
	set(&r.Rates, 400)
	set(&r.Unknowns, 180)
	set(&r.Dead, 30)
	return r
}
