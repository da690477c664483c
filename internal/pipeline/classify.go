package pipeline

import (
	"context"

	"github.com/rebound-mail/rebound/classify"
	"github.com/rebound-mail/rebound/internal/store"
)

// judge gives each event its verdict.
type judge struct{ classifier *classify.Classifier }

// Do implements Stage.
func (j judge) Do(_ context.Context, _ *Report, entries []store.Entry) error {
	for i := range entries {
		j.classifier.Event(&entries[i].Event)
	}
	return nil
}
