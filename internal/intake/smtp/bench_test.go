package smtp

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/rebound-mail/rebound/internal/spool/disk"
)

// BenchmarkDelivery takes bounces of 4.5 kB over loopback into a spool on disk,
// from as many clients as a Postfix delivers with.
func BenchmarkDelivery(b *testing.B) {
	for _, clients := range []int{1, 20} {
		b.Run(fmt.Sprint(clients), func(b *testing.B) {
			kept, err := disk.Open(b.TempDir(), disk.Settings{MinFree: -1, MaxBytes: 64 << 30})
			if err != nil {
				b.Fatal(err)
			}
			defer kept.Close()
			s, err := New(Options{Listen: "127.0.0.1:0", Spool: kept})
			if err != nil {
				b.Fatal(err)
			}
			addr, err := s.Listen()
			if err != nil {
				b.Fatal(err)
			}
			ctx, cancel := context.WithCancel(context.Background())
			ended := make(chan error, 1)
			go func() { ended <- s.Run(ctx) }()
			defer func() { cancel(); <-ended }()
			message := "MAIL FROM:<>\r\nRCPT TO:<bounces@example.com>\r\nDATA\r\n" + strings.Repeat("Received: from mx.example.org\r\n", 150) + ".\r\n"
			work := make(chan struct{}, clients)
			done := make(chan error, clients)
			for range clients {
				go func() { done <- flood(addr.String(), message, work) }()
			}
			b.SetBytes(int64(len(message)))
			for b.Loop() {
				work <- struct{}{}
			}
			close(work)
			for range clients {
				if err := <-done; err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
		})
	}
}

// flood sends a message as often as there is work.
func flood(addr, message string, work <-chan struct{}) error {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	in := bufio.NewScanner(conn)
	wait := func(prefix string) error {
		for in.Scan() {
			if strings.HasPrefix(in.Text(), prefix) {
				return nil
			}
		}
		return fmt.Errorf("no %s: %w", prefix, in.Err())
	}
	io.WriteString(conn, "HELO x\r\n")
	if err := wait("250 "); err != nil {
		return err
	}
	for range work {
		io.WriteString(conn, message)
		if err := wait("250 2.0.0 kept"); err != nil {
			return err
		}
	}
	return nil
}
