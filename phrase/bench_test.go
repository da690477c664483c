package phrase

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// BenchmarkScan matches a hundred patterns against texts of doubled length:
// the bytes per second stay the same.
func BenchmarkScan(b *testing.B) {
	patterns := make([]string, 0, 100)
	for i := range 100 {
		patterns = append(patterns, fmt.Sprintf("(mailbox|account) <*> (is )?w%d (full|gone)", i))
	}
	set := mustCompile(b, nil, append(patterns, fuzzPatterns...)...)
	line := "550 5.2.2 <j.doe@example.org>: the mailbox of this account is w7 full; client host mx.example.net [192.0.2.1] blocked "
	for _, n := range []int{1, 8, 64, 512} {
		text := strings.Repeat(line, n)
		b.Run(fmt.Sprintf("%dB", len(text)), func(b *testing.B) {
			var sc Scratch
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				set.Scan(text, &sc)
			}
		})
	}
}

// BenchmarkScanHostile matches texts made to be slow: what begins many
// patterns and ends none, runs without blanks, address and code soup.
func BenchmarkScanHostile(b *testing.B) {
	set := mustCompile(b, nil, fuzzPatterns...)
	rnd := rand.New(rand.NewPCG(1, 2))
	texts := map[string]string{
		"gaps":   strings.Repeat("a b c d ", 8192),
		"hosts":  "client host " + strings.Repeat("a.", 32768),
		"at":     strings.Repeat("@a", 32768),
		"digits": strings.Repeat("1.", 32768),
		"colons": strings.Repeat("1:", 32768),
		"urls":   strings.Repeat("see http://", 6000),
		"words":  strings.Repeat("user client from wait ", 3000),
	}
	var random strings.Builder
	for range 65536 {
		random.WriteByte(byte(rnd.Uint32()))
	}
	texts["random"] = random.String()
	for name, text := range texts {
		b.Run(name, func(b *testing.B) {
			var sc Scratch
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				set.Scan(text, &sc)
			}
		})
	}
}
