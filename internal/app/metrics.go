package app

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/rebound-mail/rebound/internal/notify"
	"github.com/rebound-mail/rebound/internal/pipeline"
	"github.com/rebound-mail/rebound/internal/spool"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/policy"
)

// metrics is what the server tells Prometheus. Labels have values from closed
// lists, or of what the operator configured: nothing that comes from outside
// makes a series.
type metrics struct {
	registry *prometheus.Registry
	list     []Metric

	accepted, refused *prometheus.CounterVec // by source
	reports           *prometheus.CounterVec // by source, kind and outcome
	events            *prometheus.CounterVec // by kind, reason, provider and trust
	unknown           prometheus.Counter
	stored, troubles  prometheus.Counter
	parked            *prometheus.CounterVec   // by source and cause
	passes            *prometheus.HistogramVec // of the pipeline, by stage
	began, ended      prometheus.Counter       // suppressions
	storeTime         *prometheus.HistogramVec // by operation
	storeErrors       *prometheus.CounterVec
	requests          *prometheus.CounterVec   // by route, method and status
	requestTime       *prometheus.HistogramVec // by route
	panics            prometheus.Counter
}

// Metric describes a metric.
type Metric struct {
	Name   string
	Help   string
	Labels []string
}

// Metrics describes all metrics but those of the Go runtime and of the process.
func (a *App) Metrics() []Metric { return append(slices.Clone(a.metrics.list), watched()...) }

func newMetrics(version string) *metrics {
	m := &metrics{registry: prometheus.NewRegistry()}
	declare := func(name, help string, labels ...string) {
		m.list = append(m.list, Metric{"rebound_" + name, help, labels})
	}
	counter := func(name, help string) prometheus.Counter {
		declare(name, help)
		c := prometheus.NewCounter(prometheus.CounterOpts{Name: "rebound_" + name, Help: help})
		m.registry.MustRegister(c)
		return c
	}
	counters := func(name, help string, labels ...string) *prometheus.CounterVec {
		declare(name, help, labels...)
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "rebound_" + name, Help: help}, labels)
		m.registry.MustRegister(c)
		return c
	}
	times := func(name, help string, labels ...string) *prometheus.HistogramVec {
		declare(name, help, labels...)
		h := prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "rebound_" + name, Help: help, Buckets: []float64{.0001, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, labels)
		m.registry.MustRegister(h)
		return h
	}
	m.accepted = counters("reports_accepted_total", "Reports made durable in the spool.", "source")
	m.refused = counters("reports_refused_total", "Reports that the spool did not take.", "source")
	m.reports = counters("reports_processed_total", "Reports read, by the way they came, what they are, and what became of them.", "source", "kind", "outcome")
	m.events = counters("events_total", "Events brought into the store. A report that comes twice counts twice here.", "kind", "reason", "provider", "trusted")
	m.unknown = counter("events_unknown_total", "Failures whose text nothing is known of.")
	m.parked = counters("reports_parked_total", "Reports put aside because they could not be processed.", "source", "cause")
	m.stored = counter("events_stored_total", "Events in transactions that are durable.")
	m.troubles = counter("pipeline_troubles_total", "How often spool or store began to fail.")
	m.passes = times("pipeline_seconds", "How long reports take: to be read, to be stored (a transaction), and from acceptance to the end.", "stage")
	m.began = counter("suppressions_began_total", "Recipients who were suppressed.")
	m.ended = counter("suppressions_ended_total", "Recipients who may be mailed again.")
	m.storeTime = times("store_seconds", "How long the store takes, by operation.", "operation")
	m.storeErrors = counters("store_errors_total", "Operations of the store that failed.", "operation")
	m.requests = counters("http_requests_total", "HTTP requests, by route, method and class of status.", "route", "method", "status")
	m.requestTime = times("http_request_seconds", "How long HTTP requests take, bodies included.", "route")
	m.panics = counter("panics_total", "Defects of the program that a request or report showed.")
	declare("build_info", "The version that runs.", "version")
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "rebound_build_info", Help: "The version that runs.", ConstLabels: prometheus.Labels{"version": version},
	})
	build.Set(1)
	m.begin()
	m.registry.MustRegister(build, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// begin makes the series of what ought not to happen. A series that begins with
// its first failure has not risen, and nobody would be told of that failure.
func (m *metrics) begin() {
	for _, source := range sources {
		m.refused.WithLabelValues(string(source))
		for _, cause := range []pipeline.Cause{pipeline.CauseUnreadable, pipeline.CausePanic, pipeline.CauseTries, pipeline.CauseStore} {
			m.parked.WithLabelValues(string(source), string(cause))
		}
	}
	for _, operation := range []string{"apply", "check", "recipient", "suppressions", "add-suppressions", "release", "events", "rates", "prune", "spool-append"} {
		m.storeErrors.WithLabelValues(operation)
	}
}

// changed counts what becomes of suppressions.
func (m *metrics) changed(c *store.Change) {
	if c.Began() {
		m.began.Inc()
	}
	if c.Ended() {
		m.ended.Inc()
	}
}

// took notes how long an operation of the store took.
func (m *metrics) took(operation string, start time.Time, err error) {
	m.storeTime.WithLabelValues(operation).Observe(time.Since(start).Seconds())
	if err != nil && !isTheirs(err) {
		m.storeErrors.WithLabelValues(operation).Inc()
	}
}

// isTheirs reports whether it is whoever asked that an error speaks of: nothing is
// wrong with the store then.
func isTheirs(err error) bool {
	for _, theirs := range []error{
		store.ErrCursor, store.ErrNotFound, store.ErrExists, policy.ErrAddress, spool.ErrTooLarge, spool.ErrInvalid, context.Canceled,
	} {
		if errors.Is(err, theirs) {
			return true
		}
	}
	return false
}

// watch adds what is asked of the parts when the metrics are read.
func (m *metrics) watch(a *App) { m.registry.MustRegister(&watcher{a, descriptions()}) }

// watcher asks the parts how they fare.
type watcher struct {
	app  *App
	desc map[string]*prometheus.Desc
}

// watched describes what is asked of the parts when the metrics are read.
func watched() []Metric {
	return []Metric{
		{"rebound_ready", "1 if the server can do its work.", nil},
		{"rebound_spool_reports", "Reports accepted and not yet processed.", nil},
		{"rebound_spool_bytes", "Bytes used of the spool.", nil},
		{"rebound_spool_limit_bytes", "The bound of the spool.", nil},
		{"rebound_spool_lag_seconds", "How long the oldest report waits.", nil},
		{"rebound_spool_parked", "Reports put aside, for somebody to look at.", nil},
		{"rebound_spool_damaged_reports", "Reports found damaged since the start.", nil},
		{"rebound_spool_syncs_total", "How often accepted reports were made durable.", nil},
		{"rebound_recipients", "Recipients of whom something is known, roughly.", nil},
		{"rebound_suppressions", "Entries of the list of suppressions, roughly.", nil},
		{"rebound_store_events", "Events ever stored.", nil},
		{"rebound_store_bytes", "Size of the database.", nil},
		{"rebound_notify_waiting", "Notifications waiting to be delivered.", nil},
		{"rebound_notify_dead_letters", "Notifications given up.", nil},
		{"rebound_notify_delivered_total", "Notifications delivered.", []string{"target"}},
		{"rebound_notify_failed_total", "Tries of notifications that failed.", []string{"target"}},
		{"rebound_source_up", "1 if a source works, 0 if it has a problem.", []string{"source", "name"}},
		{"rebound_alerts_open", "Alerts that are open.", []string{"level"}},
	}
}

func descriptions() map[string]*prometheus.Desc {
	desc := map[string]*prometheus.Desc{}
	for _, m := range watched() {
		desc[strings.TrimPrefix(m.Name, "rebound_")] = prometheus.NewDesc(m.Name, m.Help, m.Labels, nil)
	}
	return desc
}

// Describe implements prometheus.Collector.
func (w *watcher) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range w.desc {
		ch <- d
	}
}

func (w *watcher) gauge(ch chan<- prometheus.Metric, name string, v float64, labels ...string) {
	ch <- prometheus.MustNewConstMetric(w.desc[name], prometheus.GaugeValue, v, labels...)
}

func (w *watcher) counter(ch chan<- prometheus.Metric, name string, v float64, labels ...string) {
	ch <- prometheus.MustNewConstMetric(w.desc[name], prometheus.CounterValue, v, labels...)
}

// Collect implements prometheus.Collector.
func (w *watcher) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), readyTimeout)
	defer cancel()
	ready := 1.0
	for _, c := range w.app.ready(ctx) {
		if !c.OK {
			ready = 0
		}
	}
	w.gauge(ch, "ready", ready)
	w.spool(ch)
	w.store(ctx, ch)
	w.others(ch)
}

func (w *watcher) spool(ch chan<- prometheus.Metric) {
	s := w.app.spool.Stats()
	w.gauge(ch, "spool_reports", float64(s.Len))
	w.gauge(ch, "spool_bytes", float64(s.Bytes))
	w.gauge(ch, "spool_limit_bytes", float64(s.Limit))
	w.gauge(ch, "spool_lag_seconds", s.Lag(w.app.now()).Seconds())
	w.gauge(ch, "spool_parked", float64(s.Parked))
	w.gauge(ch, "spool_damaged_reports", float64(s.Damaged))
	w.counter(ch, "spool_syncs_total", float64(s.Commits))
}

func (w *watcher) store(ctx context.Context, ch chan<- prometheus.Metric) {
	if s, err := w.app.store.Stats(ctx); err == nil {
		w.gauge(ch, "recipients", float64(s.Recipients))
		w.gauge(ch, "suppressions", float64(s.Suppressions))
		w.gauge(ch, "store_events", float64(s.Events))
		w.gauge(ch, "store_bytes", float64(s.Bytes))
		w.gauge(ch, "notify_waiting", float64(s.Outgoing))
		w.gauge(ch, "notify_dead_letters", float64(s.DeadLetters))
	}
	alerts, err := w.app.store.Alerts(ctx, true, 1000)
	if err != nil {
		return
	}
	open := map[string]float64{"warning": 0, "critical": 0}
	for i := range alerts {
		if _, known := open[alerts[i].Level]; known {
			open[alerts[i].Level]++
		}
	}
	for level, n := range open {
		w.gauge(ch, "alerts_open", n, level)
	}
}

func (w *watcher) others(ch chan<- prometheus.Metric) {
	for _, s := range w.app.statuses() {
		up := 1.0
		if s.Problem != "" {
			up = 0
		}
		w.gauge(ch, "source_up", up, string(s.Kind), s.Name)
	}
	var list []notify.Status
	if w.app.sender != nil {
		list = w.app.sender.Status()
	}
	for _, t := range list {
		w.counter(ch, "notify_delivered_total", float64(t.Delivered), t.Target)
		w.counter(ch, "notify_failed_total", float64(t.Failed), t.Target)
	}
}
