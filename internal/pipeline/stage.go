package pipeline

import (
	"context"

	"github.com/rebound-mail/rebound/internal/spool"
	"github.com/rebound-mail/rebound/internal/store"
)

// Stage does one thing to events on their way from a report to the store.
type Stage interface {
	// Do changes entries in place. What it may need of the report they were found
	// in is in r. An error means that the report cannot be processed.
	Do(ctx context.Context, r *Report, entries []store.Entry) error
}

// Report is a report on its way.
type Report struct {
	spool.Claimed
	// path is what is known of the return path, found out once.
	path *returnPath
}

// chain is stages one after the other.
type chain []Stage

// Do implements Stage.
func (c chain) Do(ctx context.Context, r *Report, entries []store.Entry) error {
	for _, stage := range c {
		if err := stage.Do(ctx, r, entries); err != nil {
			return err
		}
	}
	return nil
}
