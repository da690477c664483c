package mailbox

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/internal/intake/intaketest"
	"github.com/rebound-mail/rebound/internal/spool"
)

// account is a complete account of a server that is not there.
func account(s *intaketest.Spool) *Account {
	a := &Account{Name: "the box", Address: "mail.example.org", Username: "u-name", Password: "p-word", Spool: s, Stream: "news"}
	a.Complete("993", "143")
	return a
}

func TestCompleteFillsInWhatIsMissingAndLeavesTheRest(t *testing.T) {
	for _, c := range []struct{ address, security, want, host string }{
		{"mail.example.org", "", "mail.example.org:993", "mail.example.org"},
		{"mail.example.org", "starttls", "mail.example.org:143", "mail.example.org"},
		{"mail.example.org:7", "plain", "mail.example.org:7", "mail.example.org"},
		{"2001:db8::1", "tls", "[2001:db8::1]:993", "2001:db8::1"},
		{"[2001:db8::1]", "plain", "[2001:db8::1]:143", "2001:db8::1"},
	} {
		theirs := &tls.Config{MinVersion: tls.VersionTLS10}
		a := &Account{Address: c.address, Security: Security(c.security), TLSConfig: theirs}
		a.Complete("993", "143")
		if a.Address != c.want || a.TLSConfig.ServerName != c.host || a.TLSConfig.MinVersion != tls.VersionTLS12 {
			t.Errorf("%s, %s: %s, checked as %s", c.address, c.security, a.Address, a.TLSConfig.ServerName)
		}
		if theirs.ServerName != "" || theirs.MinVersion != tls.VersionTLS10 {
			t.Errorf("%s: the settings that were given are changed", c.address)
		}
		if a.MaxMessage != 32<<20 || a.Timeout != time.Minute || a.Trust != spool.TrustOpen || a.Now == nil || a.Logger == nil {
			t.Errorf("%s: %+v", c.address, a)
		}
	}
}

func TestProblemsAreExplainedWithoutSecrets(t *testing.T) {
	w := NewWatch(account(nil), spool.POP3)
	for want, err := range map[string]error{
		"with a password":   fmt.Errorf("%w: you said u-name p-word", ErrLogin),
		"no protected":      fmt.Errorf("%w: p-word", ErrTLS),
		"cannot be reached": fmt.Errorf("%w: p-word", ErrUnreachable),
		"failed: x ***":     errors.New("x p-word \x00\n y"),
		"disk":              fmt.Errorf("%w: %w", ErrSpool, spool.ErrDiskFull),
		"may use POP3":      ErrLogin,
	} {
		got := w.Explain(err)
		if strings.Contains(got, "p-word") || strings.Contains(got, "u-name") || strings.ContainsAny(got, "\n\x00") {
			t.Errorf("%v: %q", err, got)
		}
		if !strings.Contains(got, want) {
			t.Errorf("%v: %q, want %q", err, got, want)
		}
	}
}

func TestSecretsAreHiddenAndNotTold(t *testing.T) {
	for _, c := range []struct{ text, secret, want string }{
		{"unreachable", "ach", "unreachable"}, // stars would tell it
		{"you said 'ach'.", "ach", "you said '***'."},
		{"ach", "ach", "***"},
		{"ach each ach", "ach", "*** each ***"},
		{"xhunter2-longx", "hunter2-long", "x***x"},
		{"nothing", "", "nothing"},
	} {
		if got := hide(c.text, c.secret); got != c.want {
			t.Errorf("%q without %q: %q, want %q", c.text, c.secret, got, c.want)
		}
	}
}

func TestProblemsAreLoggedOnce(t *testing.T) {
	var log bytes.Buffer
	a := account(nil)
	a.Logger = slog.New(slog.NewTextHandler(&log, nil))
	w := NewWatch(a, spool.IMAP)
	for _, problem := range []string{"", "one", "one", "two", "", ""} {
		w.Settle(problem)
	}
	if got := strings.Count(log.String(), "\n"); got != 3 || !strings.Contains(log.String(), "imap: all is well again") {
		t.Errorf("%d lines, want 3:\n%s", got, log.String())
	}
}

func TestRefusalsAreSpacedByMinutes(t *testing.T) {
	w := NewWatch(account(nil), spool.IMAP)
	for failures := 1; failures < 10; failures++ {
		if pause := w.Pause(ErrLogin, failures); pause < 4*time.Minute || pause > 73*time.Minute {
			t.Errorf("after %d refusals %s", failures, pause)
		}
	}
	if pause := w.Pause(ErrUnreachable, 1); pause > 2*time.Second {
		t.Errorf("after a failure %s", pause)
	}
}

func TestOneReportThatTheSpoolNeverTakesDoesNotHoldUpTheOthers(t *testing.T) {
	for name, c := range map[string]struct {
		refuse       error
		taken, unfit []int
	}{
		"too large": {spool.ErrTooLarge, []int{0, 2, 3}, []int{1}},
		"invalid":   {fmt.Errorf("x: %w", spool.ErrInvalid), []int{0, 2, 3}, []int{1}},
		"full":      {spool.ErrFull, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := &intaketest.Spool{}
			s.Fail(func(r spool.Report) error {
				if string(r.Body) == "1" {
					return c.refuse
				}
				return nil
			})
			w := NewWatch(account(s), spool.IMAP)
			var reports []spool.Report
			for i := range 4 {
				reports = append(reports, w.Report("imap://x", fmt.Append(nil, i)))
			}
			var taken, unfit []int
			err := w.Append(t.Context(), reports, func(i int) { taken = append(taken, i) }, func(i int) { unfit = append(unfit, i) })
			if errors.Is(err, ErrSpool) != (c.taken == nil) {
				t.Errorf("error %v", err)
			}
			if !slices.Equal(taken, c.taken) || !slices.Equal(unfit, c.unfit) {
				t.Errorf("taken %v, unfit %v; want %v, %v", taken, unfit, c.taken, c.unfit)
			}
			if got := w.Status().Accepted; got != int64(len(c.taken)) {
				t.Errorf("%d counted", got)
			}
			for _, r := range s.Reports() {
				if r.Source != spool.IMAP || r.Trust != spool.TrustOpen || r.Meta[spool.MetaStream] != "news" || r.Meta[spool.MetaPath] != "imap://x" {
					t.Errorf("%+v", r)
				}
			}
		})
	}
}

func TestDialHasOneTimeoutForAll(t *testing.T) {
	listener := intaketest.Must(net.Listen("tcp", "127.0.0.1:0"))
	defer listener.Close()
	a := account(nil)
	a.Address, a.Timeout = listener.Addr().String(), 20*time.Millisecond
	_, err := Dial(t.Context(), a, func(_ context.Context, conn net.Conn) (net.Conn, error) {
		_, err := io.ReadAll(conn) // of a server that says nothing
		return conn, err
	})
	if err == nil {
		t.Error("there is no error")
	}
	_ = listener.Close()
	if _, err := Dial(t.Context(), a, func(_ context.Context, conn net.Conn) (net.Conn, error) { return conn, nil }); !errors.Is(err, ErrUnreachable) {
		t.Errorf("nobody listens: %v", err)
	}
}

func FuzzLine(f *testing.F) {
	f.Add("gone\x00\x1b[31m \u202e é")
	f.Add(strings.Repeat("é", maxLine))
	f.Fuzz(func(t *testing.T, text string) {
		got := Line(text)
		if len(got) > 10*maxLine || strings.ContainsAny(got, "\r\n\x00\x1b\u202e") {
			t.Errorf("%q", got)
		}
	})
}
