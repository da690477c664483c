package app

import (
	"context"
	"time"

	"github.com/rebound-mail/rebound/internal/intake"
)

const (
	pruneEvery  = 10 * time.Minute
	pruneAgain  = time.Second // while there is something left to remove
	pruneMostIn = 5 * time.Minute
)

// upkeep removes what is old, and keeps the handshake true to the certificate.
func (a *App) upkeep(ctx context.Context) error {
	pin := ""
	if a.certificates != nil {
		pin = a.certificates.pin()
	}
	for next := a.now().Add(pruneAgain); intake.Sleep(ctx, pruneAgain); {
		if a.certificates != nil && a.certificates.pin() != pin {
			pin = a.certificates.pin()
			if err := a.greet(); err != nil {
				a.log.Warn("the command line could not be told of the new certificate", "cause", err)
			}
		}
		now := a.now()
		if now.Before(next) && next.Sub(now) <= pruneEvery { // more: the clock was set back
			continue
		}
		next = now.Add(a.prune(ctx))
	}
	return nil
}

// prune removes a piece of what is old and says when to go on.
func (a *App) prune(ctx context.Context) time.Duration {
	ctx, cancel := context.WithTimeout(ctx, pruneMostIn)
	defer cancel()
	more, err := a.store.Prune(ctx)
	if err != nil && ctx.Err() == nil {
		a.log.Warn("what is old could not be removed", "cause", err)
	}
	if more && err == nil {
		return pruneAgain
	}
	return pruneEvery
}
