package pipeline

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/cputest"
	"github.com/rebound-mail/rebound/internal/decode"
	"github.com/rebound-mail/rebound/internal/spool"
)

// BenchmarkPipeline takes reports from a spool on the disk into a store on the disk:
// notifications of 4.5 kB, one event each, and what a log follower made, 100
// events a report.
func BenchmarkPipeline(b *testing.B) {
	filler := strings.Repeat("The original message, or what the server returned of it.\n", 70)
	words := []string{"no such user", "user unknown", "mailbox full", "over quota", "account disabled", "blocked using bl.example.org", "try again later", "message rejected"}
	for _, kept := range []int{1 << 20, -1} {
		b.Run(fmt.Sprintf("mails/evidence=%t", kept > 0), func(b *testing.B) {
			benchmark(b, kept, 10_000, 1, func(i int) spool.Report {
				body := bounce(fmt.Sprintf("kim%d@host%d.example", i%50_000, i%997), fmt.Sprint(i), "X-Words: "+words[i%len(words)]+"\n")
				return fromInternet(spool.NewID(), strings.Replace(body, "It did not work.", filler, 1))
			})
		})
	}
	b.Run("followed", func(b *testing.B) {
		benchmark(b, -1, 300, 100, func(i int) spool.Report {
			events := make([]event.Event, 100)
			for j := range events {
				n := i*100 + j
				events[j] = event.Event{Kind: event.Bounce, Time: noon(), Recipient: fmt.Sprintf("kim%d@host%d.example", n%50_000, n%997), Sender: "news@sender.example",
					MessageID: fmt.Sprint(n), ReplyCode: 550, Diagnostic: fmt.Sprintf("550 5.1.1 <kim%d@host%d.example>: %s", n%50_000, n%997, words[n%len(words)]),
					RemoteMTA: fmt.Sprintf("mail%d.host%d.example", n%7, n%997), Source: event.Source{Format: "postfix-log", File: "/var/log/mail.log", Line: n}}
				events[j].ID = events[j].ComputeID()
			}
			return spool.Report{ID: spool.NewID(), Source: spool.Tail, Received: noon(), Trust: spool.TrustSource, Kind: spool.KindJSON, Body: decode.EncodeEvents(events)}
		})
	})
}

// benchmark measures from the first claim to the last report settled. How fast that
// is depends on what else the machine does; the processor's time per event does
// less.
func benchmark(b *testing.B, kept, reports, each int, make func(i int) spool.Report) {
	s, m := openSpool(b, b.TempDir()), openStore(b, b.TempDir())
	defer func() { _, _ = s.Close(), m.Close() }()
	opt := options(s, m)
	opt.Workers, opt.Batch, opt.Evidence = 0, 0, kept
	n, events, busy := 0, 0, time.Duration(0)
	for b.Loop() {
		b.StopTimer()
		for range 10 {
			list := []spool.Report{}
			for range reports / 10 {
				list = append(list, make(n))
				n++
			}
			if err := s.Append(b.Context(), list...); err != nil {
				b.Fatal(err)
			}
		}
		runtime.GC()
		p, err := New(opt)
		if err != nil {
			b.Fatal(err)
		}
		ctx, stop := context.WithCancel(b.Context())
		ended := newChan()
		began := cputest.Time()
		b.StartTimer()
		go func() { ended <- p.Run(ctx) }()
		for s.Stats().Len > 0 {
			time.Sleep(time.Millisecond)
		}
		b.StopTimer()
		busy += cputest.Time() - began
		stop()
		if err := <-ended; err != nil {
			b.Fatal(err)
		}
		events += reports * each
		b.StartTimer()
	}
	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(float64(busy.Microseconds())/float64(events), "cpu-µs/event")
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "reports/s")
}

func newChan() chan error { return make(chan error, 1) }
