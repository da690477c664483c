package decode

import (
	"strings"
	"testing"

	"github.com/rebound-mail/rebound/internal/spool"
)

// BenchmarkEvents reads the events of a log follower.
func BenchmarkEvents(b *testing.B) {
	found, err := Bytes(Input{Body: []byte(strings.Repeat(postfixLines, 256)), Kind: spool.KindLog, Received: received()})
	if err != nil {
		b.Fatal(err)
	}
	body := EncodeEvents(found.Events)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Bytes(Input{Body: body, Kind: spool.KindJSON, Received: received()}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*len(found.Events))/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkMail reads one notification.
func BenchmarkMail(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Bytes(Input{Body: []byte(notification), Kind: spool.KindMail}); err != nil {
			b.Fatal(err)
		}
	}
}
