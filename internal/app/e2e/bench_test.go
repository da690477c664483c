package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/event"
)

// metric returns the value of a series, whose whole name is given.
func (p *process) metric(series string) float64 {
	p.t.Helper()
	_, text := p.get("/metrics")
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(line, series+" "); ok {
			n, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			if err != nil {
				p.t.Fatal(err)
			}
			return n
		}
	}
	p.t.Fatalf("no metric %s", series)
	return 0
}

// measured reports what the server did meanwhile: things a second, and its
// processor's time for each, which depends less on what else the machine does.
func (p *process) measured(b *testing.B, one, many string, n int, cpu float64) {
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), many+"/s")
	b.ReportMetric((p.metric("process_cpu_seconds_total")-cpu)/float64(n)*1e9, "cpu-ns/"+one)
	b.ReportMetric(p.metric("process_resident_memory_bytes")/1e6, "MB-resident")
}

// eventLines is what a sender posts that knows its bounces already.
func eventLines(from, n int, at time.Time) string {
	var b strings.Builder
	for i := from; i < from+n; i++ {
		e := event.Event{
			ID: event.ProviderID("bench", strconv.Itoa(i)), Kind: event.Bounce, Time: at, Recipient: fmt.Sprintf("kim%d@host%d.example", i%100_000, i%997), Sender: "news@sender.example",
			MessageID: strconv.Itoa(i), ReplyCode: 550, Diagnostic: fmt.Sprintf("550 5.1.1 <kim%d@host%d.example>: user unknown", i%100_000, i%997), RemoteMTA: "mx.example",
		}
		line, _ := json.Marshal(e)
		b.Write(line)
		b.WriteByte('\n')
	}
	return b.String()
}

// BenchmarkServerEvents measures the whole way of events through the real server:
// from being posted, 200 a request by four clients, to being in the store.
func BenchmarkServerEvents(b *testing.B) {
	const clients, each = 4, 200
	p := start(b, b.TempDir(), "--keep-evidence", "0s")
	at, n := time.Now().Add(-time.Hour), 0
	cpu := p.metric("process_cpu_seconds_total")
	for b.Loop() {
		b.StopTimer()
		bodies := make([][]string, clients)
		for c := range bodies {
			for range 25 {
				bodies[c] = append(bodies[c], eventLines(n, each, at))
				n += each
			}
		}
		b.StartTimer()
		var all sync.WaitGroup
		for _, list := range bodies {
			all.Go(func() {
				for _, body := range list {
					if status, answer, err := p.ask(b.Context(), http.MethodPost, "/v1/reports", "application/x-ndjson", strings.NewReader(body)); err != nil || status != http.StatusAccepted {
						b.Errorf("%d %s %v", status, answer, err)
					}
				}
			})
		}
		all.Wait()
		for p.metric("rebound_spool_reports") > 0 { // asked seldom: that costs, too
			time.Sleep(50 * time.Millisecond)
		}
	}
	p.measured(b, "event", "events", n, cpu)
	if got := int(p.metric("rebound_store_events")); got != n {
		b.Errorf("%d events, %d stored", n, got)
	}
}

// BenchmarkServerCheck asks the real server about 10,000 addresses at a time, of
// whom it knows 100,000 as suppressed; one in fifty is one of those.
func BenchmarkServerCheck(b *testing.B) {
	p := start(b, b.TempDir(), "--keep-evidence", "0s")
	for from := 0; from < 100_000; from += 2000 {
		body := eventLines(from, 2000, time.Now().Add(-time.Hour))
		if status, answer, err := p.ask(b.Context(), http.MethodPost, "/v1/reports", "application/x-ndjson", strings.NewReader(body)); err != nil || status != http.StatusAccepted {
			b.Fatalf("%d %s %v", status, answer, err)
		}
	}
	p.idle()
	const each = 10_000
	var ask strings.Builder
	for i := range each {
		if i%50 == 0 {
			fmt.Fprintf(&ask, "kim%d@host%d.example\n", i, i%997)
			continue
		}
		fmt.Fprintf(&ask, "lee%d@host%d.example\n", i, i%997)
	}
	cpu, n := p.metric("process_cpu_seconds_total"), 0
	for b.Loop() {
		status, answer, err := p.ask(b.Context(), http.MethodPost, "/v1/check", "application/x-ndjson", strings.NewReader(ask.String()))
		if err != nil || status != http.StatusOK || strings.Count(answer, "\n") != each || strings.Count(answer, `"suppressed":true`) != each/50 {
			b.Fatalf("%d, %d lines, %d suppressed, %v", status, strings.Count(answer, "\n"), strings.Count(answer, `"suppressed":true`), err)
		}
		n += each
	}
	p.measured(b, "address", "addresses", n, cpu)
}

// BenchmarkServerMails measures the whole way of bounce mails of 4.5 kB, handed in
// one at a time by 16 clients at once, to the store, with the mail kept as evidence.
func BenchmarkServerMails(b *testing.B) {
	const clients, each = 16, 200
	filler := strings.Repeat("What the server returned of the original message, line by line.\r\n", 55)
	for _, by := range []string{"lmtp", "http"} {
		b.Run(by, func(b *testing.B) {
			p := start(b, b.TempDir(), "--lmtp-listen", "127.0.0.1:0")
			l := &load{at: time.Now().Add(-time.Hour)}
			cpu, n := p.metric("process_cpu_seconds_total"), 0
			for b.Loop() {
				var all sync.WaitGroup
				for c := range clients {
					from := n + c*each
					all.Go(func() {
						send := l.byHTTP
						if by == "lmtp" {
							send = l.byLMTP()
						}
						for i := from; i < from+each; i++ {
							text := strings.Replace(dsn(fmt.Sprintf("kim%d@host%d.example", i, i%997), l.at), "Your message", filler+"Your message", 1)
							if err := send(b.Context(), p, text); err != nil {
								b.Error(err)
							}
						}
					})
				}
				all.Wait()
				n += clients * each
				for p.metric("rebound_spool_reports") > 0 {
					time.Sleep(20 * time.Millisecond)
				}
			}
			p.measured(b, "mail", "mails", n, cpu)
			if got := int(p.metric("rebound_store_events")); got != n {
				b.Errorf("%d mails, %d stored", n, got)
			}
		})
	}
}
