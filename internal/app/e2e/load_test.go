package e2e

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/rebound-mail/rebound/internal/spool/disk"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/internal/store/sqlite"
	"github.com/rebound-mail/rebound/policy"
)

// load is senders who hand in reports, each of a recipient of its own, as real
// clients do: what was not answered is sent again.
type load struct {
	server atomic.Pointer[process] // the one that lives
	at     time.Time               // when all reports were made
	all    sync.WaitGroup

	// Senders end when stop is closed, with the report at hand.
	stop chan struct{}
	// patient senders send that until it is accepted; others give it up.
	patient bool

	mu       sync.Mutex
	accepted []string // recipients whose reports were
	repeated int      // how many reports were sent again, having been accepted
}

// begin starts senders, by HTTP and by LMTP.
func (l *load) begin(ctx context.Context, senders int) {
	l.at, l.stop = time.Now().Add(-time.Minute), make(chan struct{})
	for n := range senders {
		first, second := l.byHTTP, l.byLMTP()
		if n%2 == 1 {
			first, second = second, first
		}
		l.all.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-l.stop:
					return
				default:
				}
				recipient := fmt.Sprintf("r%d-%d@example.org", n, i)
				if !l.deliver(ctx, first, recipient) {
					return
				}
				l.mu.Lock()
				l.accepted = append(l.accepted, recipient)
				l.mu.Unlock()
				if i%8 == 0 && l.deliver(ctx, second, recipient) { // it comes twice, by two ways
					l.mu.Lock()
					l.repeated++
					l.mu.Unlock()
				}
			}
		})
	}
}

// end waits for the senders.
func (l *load) end() {
	close(l.stop)
	l.all.Wait()
}

func (l *load) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.accepted)
}

type way func(ctx context.Context, p *process, text string) error

// deliver sends a report until it is accepted.
func (l *load) deliver(ctx context.Context, by way, recipient string) bool {
	text := dsn(recipient, l.at)
	for ctx.Err() == nil {
		if p := l.server.Load(); p != nil && by(ctx, p, text) == nil {
			return true
		}
		if !l.patient {
			return false
		}
		select {
		case <-ctx.Done():
		case <-time.After(3 * time.Millisecond):
		}
	}
	return false
}

var errRefused = errors.New("refused")

func (l *load) byHTTP(ctx context.Context, p *process, text string) error {
	status, answer, err := p.ask(ctx, http.MethodPost, "/v1/reports", "message/rfc822", strings.NewReader(text))
	if err == nil && status != http.StatusAccepted {
		err = fmt.Errorf("%w: %d %s", errRefused, status, answer)
	}
	return err
}

// byLMTP is a way that keeps its connection.
func (l *load) byLMTP() way {
	var client *smtp.Client
	var of *process
	return func(_ context.Context, p *process, text string) error {
		if client == nil || of != p {
			var err error
			if client, err = dialLMTP(p); err != nil {
				client = nil
				return err
			}
			of = p
		}
		err := sendLMTP(client, "bounces@lists.example", text)
		if err != nil {
			_ = client.Close()
			client = nil
		}
		return err
	}
}

func dialLMTP(p *process) (*smtp.Client, error) {
	conn, err := net.DialTimeout("tcp", p.at["LMTP"], 10*time.Second)
	if err != nil {
		return nil, err
	}
	c := smtp.NewClientLMTP(conn)
	c.CommandTimeout, c.SubmissionTimeout = 30*time.Second, time.Minute
	return c, nil
}

// sendLMTP hands in a report; no error is that it was accepted.
func sendLMTP(c *smtp.Client, to, text string) error {
	if err := c.Mail("", nil); err != nil {
		return err
	}
	if err := c.Rcpt(to, nil); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write([]byte(text)); err != nil {
		return err
	}
	answers, err := w.CloseWithLMTPResponse()
	if err == nil && len(answers) != 1 {
		err = errRefused
	}
	return err
}

// checkKept looks into a data directory that no server has: each of the recipients
// is suppressed for one event, nothing was counted twice, all is sound, and no
// report waits. Others than those recipients may be known if more is set.
func checkKept(t *testing.T, dir string, recipients []string, more bool) {
	t.Helper()
	checkSpool(t, dir)
	m, err := sqlite.Open(t.Context(), dir, sqlite.Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	for _, address := range recipients {
		r, err := m.Recipient(t.Context(), policy.Key{Recipient: address})
		if err != nil || !r.Answer.Suppressed || r.Events != 1 {
			t.Fatalf("%s was accepted: known %v, suppressed %v, %d events, %v", address, r.Known, r.Answer.Suppressed, r.Events, err)
		}
	}
	stats, err := m.Stats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	rates, err := m.Rates(t.Context(), store.RateQuery{Dimension: store.ByTotal})
	if err != nil || len(rates) != 1 {
		t.Fatalf("rates %+v, %v", rates, err)
	}
	events, want := stats.Events, int64(len(recipients))
	if events < want || events > want && !more || stats.Recipients != events || stats.Suppressions != events || rates[0].Bounced() != events {
		t.Errorf("%d reports were accepted: %d events, %d recipients, %d suppressions, %d counted", want, events, stats.Recipients, stats.Suppressions, rates[0].Bounced())
	}
	if problems, err := m.Verify(t.Context()); err != nil || len(problems) > 0 {
		t.Errorf("not sound: %q, %v", problems, err)
	}
}

// checkSpool looks that no report waits.
func checkSpool(t *testing.T, dir string) {
	t.Helper()
	s, err := disk.Open(filepath.Join(dir, "spool"), disk.Settings{MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if st := s.Stats(); st.Len != 0 || st.Parked != 0 {
		t.Errorf("%d reports wait, %d are put aside", st.Len, st.Parked)
	}
}
