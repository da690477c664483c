package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/rebound-mail/rebound/internal/intake"
)

// drainEvery is how often it is looked whether accepted reports are processed,
// when the server stops.
const drainEvery = 10 * time.Millisecond

// Run serves until ctx ends, then stops as the package says, and returns nil. An
// error is that a part cannot go on, by which the whole server ended.
func (a *App) Run(ctx context.Context) error {
	if err := a.greet(); err != nil {
		return fmt.Errorf("the command line could not be told how to reach the server: %w", err)
	}
	// What is running is ended in stages, so no part gets ctx itself.
	detached := context.WithoutCancel(ctx)
	in, work, after := newGroup(detached), newGroup(detached), newGroup(detached)
	failed := make(chan error, 8)
	vital := func(g *group, name string, run func(context.Context) error) {
		g.start(func(ctx context.Context) {
			if err := run(ctx); err != nil {
				select {
				case failed <- fmt.Errorf("%s: %w", name, err):
				default:
				}
			}
		})
	}
	for _, s := range a.servers {
		vital(in, s.name, func(context.Context) error { return closedIsFine(s.http.Serve(s.listener)) })
	}
	for _, s := range a.sources {
		in.start(func(ctx context.Context) { a.runSource(ctx, s) })
	}
	vital(work, "pipeline", a.pipeline.Run)
	vital(after, "notify", a.sender.Run)
	vital(after, "reputation", a.reputation.Run)
	vital(after, "upkeep", a.upkeep)
	a.stage.Store(stageRunning)
	a.tell("READY=1")
	a.log.Info("serving", "url", a.URL(), "data", a.dir)

	var cause error
	select {
	case <-ctx.Done():
		a.log.Info("stopping: nothing more is let in, what was accepted is processed", "at_most", a.config.Server.StopTimeout.String())
	case cause = <-failed:
		a.log.Error("stopping: a part cannot go on", "cause", cause)
	}
	a.stage.Store(stageStopping)
	a.tell("STOPPING=1")
	return errors.Join(cause, a.stop(in, work, after))
}

// stop ends the groups one after the other.
func (a *App) stop(in, work, after *group) error {
	limit, cancel := context.WithTimeout(context.Background(), time.Duration(a.config.Server.StopTimeout))
	defer cancel()
	in.cancel()
	a.shutServers(limit)
	in.wait()
	a.drain(limit)
	work.end()
	after.end()
	left := a.spool.Stats().Len
	if left > 0 {
		a.log.Warn("stopped with accepted reports not yet processed; they are durable, and processed after the next start", "reports", left)
	} else {
		a.log.Info("stopped: all that was accepted is processed")
	}
	return a.leave()
}

// shutServers lets requests under way end, for as long as limit allows.
func (a *App) shutServers(limit context.Context) {
	var done sync.WaitGroup
	for _, s := range a.servers {
		done.Go(func() {
			if err := s.http.Shutdown(limit); err != nil {
				a.log.Warn("requests under way were cut off", "server", s.name)
				_ = s.http.Close()
			}
		})
	}
	done.Wait()
}

// drain waits until what was accepted is processed, for as long as limit allows
// and there is somebody who processes.
func (a *App) drain(limit context.Context) {
	tick := time.NewTicker(drainEvery)
	defer tick.Stop()
	for a.spool.Stats().Len > 0 && a.pipelineProblem() == nil {
		select {
		case <-limit.Done():
			return
		case <-tick.C:
		}
	}
}

// runSource runs a source. One that cannot work says so in its status; the others
// go on.
func (a *App) runSource(ctx context.Context, s intake.Source) {
	err := s.Run(ctx)
	if err == nil || ctx.Err() != nil {
		return
	}
	status := s.Status()
	a.log.Error("a source cannot work; the others go on", "source", status.Kind, "name", status.Name, "cause", err)
}

func closedIsFine(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// group is some goroutines that are ended together.
type group struct {
	ctx    context.Context
	cancel context.CancelFunc
	all    sync.WaitGroup
}

func newGroup(ctx context.Context) *group {
	g := &group{}
	g.ctx, g.cancel = context.WithCancel(ctx)
	return g
}

func (g *group) start(run func(context.Context)) { g.all.Go(func() { run(g.ctx) }) }

func (g *group) wait() { g.all.Wait() }

func (g *group) end() {
	g.cancel()
	g.wait()
}
