package follow

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/internal/spool"
)

// BenchmarkLines reads lines of Postfix's log, each of which is a bounce, and
// encodes their events for the spool.
func BenchmarkLines(b *testing.B) {
	const lines = 20_000
	var text []byte
	for n := range lines {
		text = append(text, bounced(n)...)
	}
	path := filepath.Join(b.TempDir(), "mail.log")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		log, err := Open(LogOptions{Path: path, Written: time.Now})
		if err != nil {
			b.Fatal(err)
		}
		f := &following{Source: &Source{opt: Options{Spool: nowhere{}, Now: time.Now}}, path: path, log: log}
		events := 0
		err = log.Poll(func(batch *Batch) error {
			events += len(batch.Events)
			return f.opt.Spool.Append(b.Context(), f.reports(batch)...)
		})
		if err != nil || events != lines {
			b.Fatal(err, events)
		}
		log.Close()
	}
	b.ReportMetric(float64(b.N)*lines/b.Elapsed().Seconds(), "lines/s")
}

// nowhere is a spool that keeps nothing.
type nowhere struct{}

func (nowhere) Append(context.Context, ...spool.Report) error { return nil }
