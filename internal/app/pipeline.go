package app

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/decode"
	"github.com/rebound-mail/rebound/internal/pipeline"
	"github.com/rebound-mail/rebound/internal/spool"
	"github.com/rebound-mail/rebound/internal/web/api"
)

// processing is the pipeline, and whether it runs.
type processing struct {
	*pipeline.Pipeline
	runs atomic.Bool
}

// Run processes reports until ctx ends.
func (p *processing) Run(ctx context.Context) error {
	p.runs.Store(true)
	defer p.runs.Store(false)
	return p.Pipeline.Run(ctx)
}

func (a *App) buildPipeline(context.Context) error {
	p, err := pipeline.New(pipeline.Options{
		Spool: a.spool, Store: a.store, Classifier: a.classifier, Now: a.now, Keyring: a.keyring, CaseSensitive: a.settings.CaseSensitive,
		Workers: a.config.Server.Workers, Logger: a.log.With("part", "pipeline"), Observer: newObserver(a.metrics, a.classifier.Book()),
	})
	if err != nil {
		return err
	}
	a.pipeline = &processing{Pipeline: p}
	return nil
}

// pipelineProblem is why reports are not processed now; nil if they are.
func (a *App) pipelineProblem() error {
	if !a.pipeline.runs.Load() {
		return errors.New("reports are not processed")
	}
	if problem := a.pipeline.Status().Problem; problem != "" {
		return errors.New(problem)
	}
	return nil
}

// pipelineStatus says how processing fares, for the API.
func (a *App) pipelineStatus() api.PipelineStatus {
	s := a.pipeline.Status()
	state := "running"
	switch {
	case !a.pipeline.runs.Load():
		state = "stopped"
	case s.Problem != "":
		state = "waiting"
	}
	return api.PipelineStatus{State: state, Problem: s.Problem, Since: s.ProblemSince, Done: s.Reports, Events: s.Events}
}

// observer counts what the pipeline does. Providers are those of the codebook, so
// that there is a bounded number of series.
type observer struct {
	*metrics
	providers map[string]bool
}

func newObserver(m *metrics, book *codebook.Codebook) *observer {
	o := &observer{m, map[string]bool{"": true}}
	providers := book.Records().Providers
	for i := range providers {
		o.providers[providers[i].ID] = true
	}
	return o
}

func (o *observer) Processed(source spool.Source, kind decode.Kind, outcome pipeline.Outcome, took, lag time.Duration) {
	o.reports.WithLabelValues(sourceLabel(source), string(kind), string(outcome)).Inc()
	o.passes.WithLabelValues("read").Observe(took.Seconds())
	o.passes.WithLabelValues("accepted-to-settled").Observe(lag.Seconds())
}

func (o *observer) Parked(source spool.Source, cause pipeline.Cause) {
	o.parked.WithLabelValues(sourceLabel(source), string(cause)).Inc()
	if cause == pipeline.CausePanic {
		o.panics.Inc()
	}
}

func (o *observer) Verdict(kind event.Kind, reason codebook.Reason, provider string, trusted bool) {
	if !o.providers[provider] {
		provider = "other"
	}
	trust := "yes"
	if !trusted {
		trust = "no"
	}
	o.events.WithLabelValues(string(kind), string(reason), provider, trust).Inc()
}

func (o *observer) Unknown() { o.unknown.Inc() }

func (o *observer) Stored(events int, took time.Duration) {
	o.stored.Add(float64(events))
	o.passes.WithLabelValues("store").Observe(took.Seconds())
}

func (o *observer) Trouble(err error) {
	if err != nil {
		o.troubles.Inc()
	}
}
