package maillog_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/classify"
	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/maillog"
)

// outcomes are what servers of many kinds answer; %s are the recipient's local
// part and an id.
var outcomes = []string{
	"dsn=5.1.1, status=bounced (host mx.d%[3]d.example[192.0.2.7] said: 550 5.1.1 <%[1]s>: Recipient address rejected: User unknown, %[2]x (in reply to RCPT TO command))",
	"dsn=4.2.2, status=deferred (host mx.d%[3]d.example[192.0.2.7] said: 452 4.2.2 %[1]s is over its storage limit, %[2]x (in reply to RCPT TO command))",
	"dsn=4.7.0, status=deferred (host mx.d%[3]d.example[192.0.2.7] refused to talk to me: 421 4.7.0 too many connections from 198.51.100.4, %[2]x)",
	"dsn=4.4.1, status=deferred (connect to mx.d%[3]d.example[192.0.2.7]:25: Connection timed out)",
	"dsn=5.7.1, status=bounced (host mx.d%[3]d.example[192.0.2.7] said: 554 5.7.1 Message %[2]x refused as spam (in reply to end of DATA command))",
}

// postfixLog generates the log of n messages, none like the other. Of ten
// messages failing are two. It returns the lines.
func postfixLog(rnd *rand.Rand, n int) [][]byte {
	var b bytes.Buffer
	at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	for range n {
		at = at.Add(time.Duration(rnd.IntN(50)) * time.Millisecond)
		id, to, domain := fmt.Sprintf("4%07X", rnd.Uint32N(1<<28)), fmt.Sprintf("u%d", rnd.Uint32()), rnd.Uint32()
		line := func(daemon, format string, args ...any) {
			fmt.Fprintf(&b, "%s mx1 postfix/%s[%d]: %s: %s\n", at.Format("Jan _2 15:04:05"), daemon, rnd.IntN(32000), id, fmt.Sprintf(format, args...))
		}
		line("smtpd", "client=app.example.com[198.51.100.9]")
		line("cleanup", "message-id=<%x.%x@app.example.com>", rnd.Uint64(), rnd.Uint32())
		line("qmgr", "from=<bounce+%x@example.com>, size=%d, nrcpt=1 (queue active)", rnd.Uint32(), rnd.IntN(90000))
		outcome := fmt.Sprintf("dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as %X)", rnd.Uint64())
		if rnd.IntN(5) == 0 {
			outcome = fmt.Sprintf(outcomes[rnd.IntN(len(outcomes))], to, rnd.Uint32(), domain)
		}
		line("smtp", "to=<%s@d%d.example>, relay=mx.d%d.example[192.0.2.7]:25, delay=1.3, delays=0.02/0/0.6/0.68, %s", to, domain, domain, outcome)
		line("qmgr", "removed")
	}
	return bytes.SplitAfter(bytes.TrimSpace(b.Bytes()), []byte("\n"))
}

// failureLog generates failed and deferred deliveries alone.
func failureLog(rnd *rand.Rand, n int) [][]byte {
	var lines [][]byte
	for len(lines) < n {
		for _, l := range postfixLog(rnd, 1000) {
			if bytes.Contains(l, []byte("status=bounced")) || bytes.Contains(l, []byte("status=deferred")) {
				lines = append(lines, l)
			}
		}
	}
	return lines
}

func benchmarkLines(b *testing.B, generate func(*rand.Rand) [][]byte) {
	c := classify.New(codebook.Default())
	r := maillog.New(maillog.Options{Now: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)})
	rnd := rand.New(rand.NewPCG(1, 2))
	var lines [][]byte
	var dst []event.Event
	size, events := 0, 0
	b.ReportAllocs()
	for range b.N {
		if len(lines) == 0 {
			b.StopTimer()
			lines = generate(rnd)
			b.StartTimer()
		}
		size += len(lines[0])
		dst = r.Line(dst[:0], lines[0])
		lines = lines[1:]
		for i := range dst {
			c.Event(&dst[i])
		}
		events += len(dst)
	}
	b.SetBytes(int64(size / b.N))
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "lines/s")
	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkPostfix reads and classifies the lines of whole messages.
func BenchmarkPostfix(b *testing.B) {
	benchmarkLines(b, func(rnd *rand.Rand) [][]byte { return postfixLog(rnd, 5000) })
}

// BenchmarkPostfixFailures reads and classifies failures alone.
func BenchmarkPostfixFailures(b *testing.B) {
	benchmarkLines(b, func(rnd *rand.Rand) [][]byte { return failureLog(rnd, 10_000) })
}
