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

// mixedLog generates lines of every MTA, and of programs that are none.
func mixedLog(rnd *rand.Rand) [][]byte {
	var lines [][]byte
	add := func(format string, args ...any) { lines = append(lines, fmt.Appendf(nil, format, args...)) }
	for range 1000 {
		n, to := rnd.Uint32(), fmt.Sprintf("u%d@d%d.example", rnd.Uint32(), rnd.Uint32())
		id := fmt.Sprintf("1tp%03X-%04X-%02X", n&0xfff, n>>8&0xffff, n&0xff)
		add("2026-03-04 05:06:07 %s <= s@example.com H=app [198.51.100.9] P=esmtp S=1 id=%x@example.com", id, n)
		add("2026-03-04 05:06:08 %s ** %s R=dnslookup T=remote_smtp H=mx.example [192.0.2.1]: SMTP error from remote mail server after RCPT TO:<%s>: 550 5.1.1 no such user %x", id, to, to, n)
		add("2026-03-04 05:06:08 %s Completed", id)
		add("Mar  4 05:06:07 mx1 sshd[%d]: Failed password for invalid user x%d from 203.0.113.7 port 22 ssh2", n&0x7fff, n)
		add("Mar  4 05:06:07 mx1 dovecot: imap(u%d): Logged out in=1 out=2", n)
		add("Mar  4 05:06:07 mx1 sm-mta[1]: %08x%06d: to=<%s>, delay=00:00:01, mailer=esmtp, pri=1, relay=mx.example. [192.0.2.1], dsn=5.1.1, reply=550 5.1.1 no such user, stat=User unknown", n, n%1e6, to)
		add("Mar  4 05:06:07 mx1 smtpd[1]: %016x mta delivery evpid=%016x from=<s@example.com> to=<%s> rcpt=<-> source=\"198.51.100.4\" relay=\"192.0.2.1 (mx.example)\" delay=1s result=\"TempFail\" stat=\"451 4.7.1 greylisted\"", n, uint64(n)<<32, to)
		add("@4000000069a7bdc93b9ac9ff starting delivery %d: msg %d to remote %s", n, n, to)
		add("@4000000069a7bdc93b9ac9ff delivery %d: failure: 192.0.2.1_does_not_like_recipient./Remote_host_said:_550_no_such_user/Giving_up_on_192.0.2.1./", n)
		add(`{"type":"Bounce","id":"%x","sender":"s@example.com","recipient":"%s","queue":"q","response":{"code":550,"enhanced_code":{"class":5,"subject":1,"detail":1},"content":"no such user","command":"RCPT TO"},"timestamp":1772600767}`, n, to)
	}
	return append(lines, postfixLog(rnd, 400)...)
}

// BenchmarkMixed reads and classifies lines of all kinds in one stream.
func BenchmarkMixed(b *testing.B) { benchmarkLines(b, mixedLog) }
