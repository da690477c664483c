package smtp

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/rebound-mail/rebound/internal/intake/intaketest"
)

// FuzzConversation lets a client say anything. Whatever it says, the server ends
// in good order, and for each message it says that it kept there is a report.
func FuzzConversation(f *testing.F) {
	for _, d := range dialogs() {
		var said strings.Builder
		for line := range strings.SplitSeq(d.text, "\n") {
			if text, ok := strings.CutPrefix(line, "> "); ok {
				said.WriteString(text + "\r\n")
			}
		}
		f.Add("EHLO mx.example.com\r\n"+said.String(), false)
	}
	f.Add("LHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@b>\r\nRCPT TO:<c@d>\r\nBDAT 0\r\nRSET\r\nMAIL FROM:<>\r\nRCPT TO:<a@b>\r\nBDAT 3 LAST\r\nabcQUIT\r\n", true)
	f.Add("LHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@b>\r\nDATA\r\n"+bounceMail+".\r\nMAIL FROM:<>\r\nRCPT TO:<a@b>\r\nDATA\r\nx\r\n.\r\n", true)
	f.Add("EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@b>\r\nDATA\r\nx\r\n.\r\nDATA\r\nBDAT 4294967295\r\n", false)
	f.Fuzz(func(t *testing.T, said string, lmtp bool) {
		kept := &intaketest.Spool{}
		opt := Options{Listen: "127.0.0.1:0", Spool: kept, MaxMessage: 1 << 10, MaxRecipients: 3}
		if lmtp {
			opt.Protocol = LMTP
		}
		s, err := New(opt)
		if err != nil {
			t.Fatal(err)
		}
		p := newPipes()
		s.listener = p
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- s.Run(ctx) }()
		near, far := net.Pipe()
		p.next <- from{far, "192.0.2.1"}
		replies := make(chan string, 1)
		go func() {
			text, _ := io.ReadAll(near)
			replies <- string(text)
		}()
		io.WriteString(near, said)
		io.WriteString(near, "\r\n.\r\nQUIT\r\n")
		cancel()
		near.Close()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		told, reports := strings.Count(<-replies, "kept as "), len(kept.Reports())
		if told > reports*opt.MaxRecipients || !lmtp && told > reports {
			t.Errorf("%d messages kept, it said; there are %d reports", told, reports)
		}
		if used := s.memory.used.Load(); used != 0 {
			t.Errorf("%d bytes are not given back", used)
		}
		if len(s.guards) > 0 || s.clients.open > 0 {
			t.Errorf("%d connections are left, %d counted", len(s.guards), s.clients.open)
		}
	})
}
