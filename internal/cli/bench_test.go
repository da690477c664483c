package cli

import (
	"io"
	"os/exec"
	"strings"
	"testing"
)

// BenchmarkProcess runs the whole program: to load, to answer, to exit. Beside
// the time it reports the largest resident memory, where the system tells.
func BenchmarkProcess(b *testing.B) {
	for _, args := range []string{"explain 550", "explain --json 550", "codes 541", "--help"} {
		b.Run(strings.ReplaceAll(args, " ", "_"), func(b *testing.B) {
			most := int64(0)
			for b.Loop() {
				cmd := exec.Command("rebound", strings.Fields(args)...)
				if err := cmd.Run(); err != nil {
					b.Fatal(err)
				}
				most = max(most, residentKB(cmd.ProcessState))
			}
			b.ReportMetric(float64(most), "kB-resident")
		})
	}
}

// BenchmarkExplain is the same without the process.
func BenchmarkExplain(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if status := Main([]string{"explain", "550"}, strings.NewReader(""), io.Discard, io.Discard); status != exitOK {
			b.Fatal(status)
		}
	}
}

func BenchmarkExplainLines(b *testing.B) {
	text := strings.Repeat("550 5.1.1 <kim@example.org>: Recipient address rejected: User unknown in virtual mailbox table\n", 1000)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if status := Main([]string{"explain", "--lines", "--json"}, strings.NewReader(text), io.Discard, io.Discard); status != exitOK {
			b.Fatal(status)
		}
	}
}
