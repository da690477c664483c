package sqlite

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/cputest"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/policy"
	"github.com/rebound-mail/rebound/smtpcode"
)

// benchRecipients are the sizes that are measured side by side. REBOUND_BENCH_RECIPIENTS
// adds one, such as 10000000.
func benchRecipients(b *testing.B) []int {
	sizes := []int{10_000, 1_000_000}
	if more := os.Getenv("REBOUND_BENCH_RECIPIENTS"); more != "" {
		n, err := strconv.Atoi(more)
		if err != nil {
			b.Fatal(err)
		}
		sizes = append(sizes, n)
	}
	return sizes
}

// benchStart is after all times of the events that benchmarks make.
func benchStart() time.Time { return time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC) }

// traffic makes events as a large sender has them: of recipients at random, half
// of them deliveries, the bounces for many reasons.
type traffic struct {
	rng        *rand.Rand
	recipients int
	n          int
	verdicts   []*event.Verdict
}

func newTraffic(recipients int) *traffic {
	tr := &traffic{rng: rand.New(rand.NewPCG(1, uint64(recipients))), recipients: recipients}
	reasons := []codebook.Reason{codebook.UserUnknown, codebook.MailboxFull, codebook.IPBlocklisted, codebook.SystemUnavailable, codebook.SpamContent, codebook.RateLimited}
	for i := range 300 {
		reason := reasons[i%len(reasons)]
		v := &event.Verdict{
			Reason: reason, Category: codebook.CategoryRecipient, Lasting: codebook.Temporary, Bounce: event.Soft, Decision: codebook.Count,
			Impact: codebook.ImpactMedium, Confidence: event.Certain, Provider: fmt.Sprint("provider-", i%20), Rule: fmt.Sprint("rule-", i),
			Sources: []string{"rfc5321", "provider-page"}, Remedy: []string{"Look at what the server says about {ip}.", "Write to the postmaster.", "Try again."},
			Facts: event.Facts{{Name: "ip", Value: "192.0.2.17"}},
		}
		if policy.AgainstAddress(reason) {
			v.Lasting, v.Bounce, v.Decision = codebook.Permanent, event.Hard, codebook.Suppress
		}
		tr.verdicts = append(tr.verdicts, v)
	}
	return tr
}

func benchAddress(i int) string { return fmt.Sprintf("first.last%d@example%d.org", i, i%1000) }

func (tr *traffic) batch(n int) []store.Entry {
	list := make([]store.Entry, n)
	for i := range list {
		list[i] = tr.entry(benchAddress(tr.rng.IntN(tr.recipients)))
	}
	return list
}

func (tr *traffic) entry(recipient string) store.Entry {
	tr.n++
	at := benchStart().Add(time.Duration(tr.n) * 50 * time.Microsecond)
	e := event.Event{
		Time: at, Kind: event.Delivery, Recipient: recipient, Sender: fmt.Sprintf("news@sender%d.example", tr.n%30),
		MessageID: fmt.Sprintf("%x.%d@sender.example", tr.rng.Uint64(), tr.n), ReportingMTA: "mta1.sender.example", RemoteMTA: "mx1.example.org",
		SourceIP: fmt.Sprintf("192.0.2.%d", tr.n%16), Stream: "newsletter", Source: event.Source{File: "mail.log", Line: tr.n, Format: "postfix-log"},
		Action: event.Delivered, ReplyCode: 250, Status: smtpcode.Status{Class: 2},
	}
	if tr.n%2 == 0 {
		e.Kind, e.Action, e.ReplyCode, e.Status = event.Bounce, event.Failed, 550, smtpcode.Status{Class: 5, Subject: 1, Detail: 1}
		e.Diagnostic = fmt.Sprintf("550-5.1.1 The email account that you tried to reach (%s) cannot take mail; see https://provider.example/help/%d", recipient, tr.n)
		e.Verdict = tr.verdicts[tr.rng.IntN(len(tr.verdicts))]
	}
	e.ID = e.ComputeID()
	return store.Entry{Event: e, Trusted: true, Received: at}
}

func openBench(b testing.TB, dir string) *Store {
	s, err := Open(b.Context(), dir, Options{Now: benchStart})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	return s
}

// seed makes a store with so many recipients, of whom a fifth is suppressed.
func seed(b testing.TB, s *Store, recipients int) {
	tr := newTraffic(recipients)
	user := tr.verdicts[0]
	for from := 0; from < recipients; from += 4000 {
		list := make([]store.Entry, 0, 4000)
		for i := from; i < min(from+4000, recipients); i++ {
			en := tr.entry(benchAddress(i))
			en.Event.Kind, en.Event.Verdict = event.Delivery, nil
			if i%5 == 0 {
				en.Event.Kind, en.Event.Verdict = event.Bounce, user
			}
			en.Event.ID = event.ProviderID("seed", strconv.Itoa(i))
			list = append(list, en)
		}
		if err := s.Apply(b.Context(), list); err != nil {
			b.Fatal(err)
		}
	}
}

// resident is how much memory the process has, in bytes; 0 where that is not told.
func resident() float64 {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		return 0
	}
	defer f.Close()
	for in := bufio.NewScanner(f); in.Scan(); {
		if rest, ok := strings.CutPrefix(in.Text(), "VmRSS:"); ok {
			kb, _ := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 64)
			return kb * 1024
		}
	}
	return 0
}

func fileSize(dir string) (bytes float64) {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if info, err := os.Stat(filepath.Join(dir, FileName+suffix)); err == nil {
			bytes += float64(info.Size())
		}
	}
	return bytes
}

// BenchmarkApply measures accepted events to durable state, from four callers
// with 500 events each, beside the number of recipients that are known.
func BenchmarkApply(b *testing.B) {
	for _, recipients := range benchRecipients(b) {
		b.Run(fmt.Sprintf("recipients=%d", recipients), func(b *testing.B) {
			const callers, each = 4, 500
			dir := b.TempDir()
			s := openBench(b, dir)
			seed(b, s, recipients)
			before := fileSize(dir)
			tr := newTraffic(recipients)
			events := 0
			var busy time.Duration
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				batches := make([][]store.Entry, callers)
				for i := range batches {
					batches[i] = tr.batch(each)
				}
				b.StartTimer()
				start := cputest.Time()
				var all sync.WaitGroup
				for _, batch := range batches {
					all.Go(func() {
						if err := s.Apply(b.Context(), batch); err != nil {
							b.Error(err)
						}
					})
				}
				all.Wait()
				events += callers * each
				busy += cputest.Time() - start
			}
			took := b.Elapsed()
			b.ReportMetric(float64(events)/took.Seconds(), "events/s")
			b.ReportMetric(float64(took.Nanoseconds())/float64(events), "ns/event")
			b.ReportMetric(float64(busy.Nanoseconds())/float64(events), "cpu-ns/event")
			b.ReportMetric((fileSize(dir)-before)/float64(events), "B/event")
			b.ReportMetric(before/float64(recipients), "B/seeded-recipient")
			b.ReportMetric(resident()/1e6, "MB-resident")
		})
	}
}

// BenchmarkApplyOne measures callers with one event each, who share commits.
func BenchmarkApplyOne(b *testing.B) {
	s := openBench(b, b.TempDir())
	tr := newTraffic(10_000)
	entries := make(chan []store.Entry, 1024)
	go func() {
		for {
			select {
			case entries <- tr.batch(1):
			case <-b.Context().Done():
				return
			}
		}
	}()
	b.SetParallelism(64)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := s.Apply(b.Context(), <-entries); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkCheck measures "may I mail X?", in batches of 10,000 addresses of a
// list with 200,000 suppressions.
func BenchmarkCheck(b *testing.B) {
	s := openBench(b, b.TempDir())
	seed(b, s, 1_000_000)
	for _, hits := range []float64{0, 0.001, 0.02} {
		b.Run(fmt.Sprintf("suppressed=%g", hits), func(b *testing.B) {
			rng := rand.New(rand.NewPCG(1, 2))
			keys := make([]policy.Key, 10_000)
			for i := range keys {
				n := rng.IntN(200_000) * 5
				if rng.Float64() >= hits {
					n += 1 + rng.IntN(4)
				}
				keys[i] = policy.Key{Recipient: benchAddress(n), Stream: "newsletter"}
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Check(b.Context(), keys); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)*float64(len(keys))/b.Elapsed().Seconds(), "addresses/s")
		})
	}
	filter := (*s.filter.layers.Load())[0]
	b.Logf("the filter takes %d bytes for %d suppressions", 8*len(filter.words), filter.added)
}
