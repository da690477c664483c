package disk

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/rebound-mail/rebound/internal/spool"
)

// benchmarkBody has the mean size of a bounce.
func benchmarkBody() []byte {
	b := make([]byte, 4500)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// BenchmarkAppend has many callers at once, as a busy server has, each of which
// waits until its report is durable. Others process the reports meanwhile, so
// that the spool stays short.
func BenchmarkAppend(b *testing.B) {
	for _, c := range []struct {
		name    string
		callers int
		each    int
	}{{"1 caller", 1, 1}, {"16 callers", 16, 1}, {"256 callers", 256, 1}, {"1024 callers", 1024, 1}, {"16 callers, 64 reports a call", 16, 64}} {
		b.Run(c.name, func(b *testing.B) { benchmarkAppend(b, c.callers, c.each) })
	}
}

func benchmarkAppend(b *testing.B, callers, each int) {
	s := mustOpen(b, b.TempDir(), Settings{})
	body := benchmarkBody()
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	ctx, cancel := context.WithCancel(b.Context())
	var left atomic.Int64
	left.Store(int64(b.N))
	var writing, reading sync.WaitGroup
	reading.Go(func() { process(ctx, s) })
	for range callers {
		writing.Go(func() {
			for {
				n := min(int64(each), left.Add(-int64(each))+int64(each))
				if n <= 0 {
					return
				}
				reports := make([]spool.Report, n)
				for i := range reports {
					reports[i] = spool.Report{ID: spool.NewID(), Source: spool.LMTP, Received: received(), Body: body}
				}
				if err := s.Append(ctx, reports...); err != nil {
					b.Error(err)
				}
			}
		})
	}
	writing.Wait()
	b.StopTimer()
	stats := s.Stats()
	cancel()
	reading.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "reports/s")
	b.ReportMetric(float64(stats.Commits)/b.Elapsed().Seconds(), "fsyncs/s")
	b.ReportMetric(float64(b.N)/float64(max(1, stats.Commits)), "reports/fsync")
}

func process(ctx context.Context, s *Disk) {
	for {
		list, err := s.Claim(ctx, 500)
		if err != nil {
			return
		}
		ids := make([]string, len(list))
		for i := range list {
			ids[i] = list[i].ID
		}
		if err := s.Done(ctx, ids...); err != nil {
			return
		}
	}
}

// BenchmarkClaim reads a backlog.
func BenchmarkClaim(b *testing.B) {
	s := mustOpen(b, b.TempDir(), Settings{})
	body := benchmarkBody()
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for n := 0; n < b.N; n += 500 {
		reports := make([]spool.Report, min(500, b.N-n))
		for i := range reports {
			reports[i] = spool.Report{ID: spool.NewID(), Received: received(), Body: body}
		}
		must(b, s.Append(b.Context(), reports...))
	}
	b.ResetTimer()
	for n := 0; n < b.N; {
		list, err := s.Claim(b.Context(), 500)
		must(b, err)
		ids := make([]string, len(list))
		for i := range list {
			ids[i] = list[i].ID
		}
		must(b, s.Done(b.Context(), ids...))
		n += len(list)
	}
}
