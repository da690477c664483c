package app

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rebound-mail/rebound/internal/spool"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/policy"
)

// timedStore measures what is asked of a store most. Times are measured by the
// real clock, whatever clock the server has.
type timedStore struct {
	store.Store
	metrics *metrics
}

func (s *timedStore) Apply(ctx context.Context, entries []store.Entry) (err error) {
	defer func(start time.Time) { s.metrics.took("apply", start, err) }(time.Now())
	return s.Store.Apply(ctx, entries)
}

func (s *timedStore) Check(ctx context.Context, keys []policy.Key) (_ []policy.Answer, err error) {
	defer func(start time.Time) { s.metrics.took("check", start, err) }(time.Now())
	return s.Store.Check(ctx, keys)
}

func (s *timedStore) Recipient(ctx context.Context, key policy.Key) (_ store.Recipient, err error) {
	defer func(start time.Time) { s.metrics.took("recipient", start, err) }(time.Now())
	return s.Store.Recipient(ctx, key)
}

func (s *timedStore) Suppressions(ctx context.Context, f store.SuppressionFilter, cursor string, limit int) (_ []store.Suppression, _ string, err error) {
	defer func(start time.Time) { s.metrics.took("suppressions", start, err) }(time.Now())
	return s.Store.Suppressions(ctx, f, cursor, limit)
}

func (s *timedStore) AddSuppressions(ctx context.Context, blocks []store.Block) (_ []policy.Answer, err error) {
	defer func(start time.Time) { s.metrics.took("add-suppressions", start, err) }(time.Now())
	return s.Store.AddSuppressions(ctx, blocks)
}

func (s *timedStore) Release(ctx context.Context, recipient string, lift policy.Lift) (_ policy.Answer, err error) {
	defer func(start time.Time) { s.metrics.took("release", start, err) }(time.Now())
	return s.Store.Release(ctx, recipient, lift)
}

func (s *timedStore) Events(ctx context.Context, f store.EventFilter, cursor string, limit int) (_ []store.Record, _ string, err error) {
	defer func(start time.Time) { s.metrics.took("events", start, err) }(time.Now())
	return s.Store.Events(ctx, f, cursor, limit)
}

func (s *timedStore) Rates(ctx context.Context, q store.RateQuery) (_ []store.RateGroup, err error) {
	defer func(start time.Time) { s.metrics.took("rates", start, err) }(time.Now())
	return s.Store.Rates(ctx, q)
}

func (s *timedStore) Prune(ctx context.Context) (_ bool, err error) {
	defer func(start time.Time) { s.metrics.took("prune", start, err) }(time.Now())
	return s.Store.Prune(ctx)
}

// countedSpool counts what a spool takes and refuses, by source, and remembers
// that it was full.
type countedSpool struct {
	spool.Spool
	metrics *metrics
	now     func() time.Time
	full    atomic.Int64 // when it last refused for want of room, in Unix seconds; 0 since it took something
}

// fullFor is how long a spool counts as full after it refused a report and nobody
// tried again.
const fullFor = time.Minute

// room fails while there is no room for another report.
func (s *countedSpool) room() error {
	if stats := s.Stats(); stats.Limit > 0 && stats.Bytes >= stats.Limit {
		return errors.New("the spool is full: nothing is accepted until reports are processed")
	}
	if at := s.full.Load(); at != 0 && s.now().Sub(time.Unix(at, 0)).Abs() < fullFor {
		return errors.New("there was no room for a report: the spool or its disk is full")
	}
	return nil
}

// Append implements spool.Spool.
func (s *countedSpool) Append(ctx context.Context, reports ...spool.Report) error {
	start := time.Now()
	err := s.Spool.Append(ctx, reports...)
	s.metrics.took("spool-append", start, err)
	counter := s.metrics.accepted
	switch {
	case errors.Is(err, spool.ErrFull):
		s.full.Store(s.now().Unix())
	case err == nil:
		s.full.Store(0)
	}
	if err != nil {
		counter = s.metrics.refused
	}
	for i := range reports {
		counter.WithLabelValues(sourceLabel(reports[i].Source)).Inc()
	}
	return err
}

// sources are the ways that reports come.
var sources = [...]spool.Source{spool.HTTP, spool.Webhook, spool.SMTP, spool.LMTP, spool.Maildir, spool.IMAP, spool.POP3, spool.Tail}

func sourceLabel(s spool.Source) string {
	if slices.Contains(sources[:], s) {
		return string(s)
	}
	return "other"
}

// measured counts requests and their time.
func (m *metrics) measured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start, route := time.Now(), routeOf(r.URL.Path)
		seen := &statusWriter{ResponseWriter: w}
		defer func() {
			m.requests.WithLabelValues(route, methodOf(r.Method), classOf(seen.status)).Inc()
			m.requestTime.WithLabelValues(route).Observe(time.Since(start).Seconds())
		}()
		next.ServeHTTP(seen, r)
	})
}

// routeOf names the part of the server that answers a path.
func routeOf(path string) string {
	rest, ok := strings.CutPrefix(path, "/v1/")
	if ok {
		word, _, _ := strings.Cut(rest, "/")
		switch word {
		case "explain", "codes", "reasons", "providers", "recipients", "check", "suppressions", "reputation", "attempts", "events", "unknowns",
			"reports", "hooks", "alerts", "dead-letters", "parked", "tokens", "status", "backup":
			return "/v1/" + word
		}
		return "/v1/other"
	}
	switch {
	case path == "/healthz" || path == "/readyz" || path == "/metrics":
		return path
	case strings.HasPrefix(path, "/openapi."):
		return "/openapi"
	case strings.HasPrefix(path, "/assets/"):
		return "/assets"
	case strings.HasPrefix(path, "/operator/"):
		return "/operator"
	}
	return "pages"
}

func methodOf(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}

func classOf(status int) string {
	if status < 100 || status > 599 {
		status = http.StatusOK
	}
	return string('0'+byte(status/100)) + "xx"
}

// statusWriter remembers the status of an answer.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController find what is below.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
