package dsn_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rebound-mail/rebound/dsn"
	"github.com/rebound-mail/rebound/mailpart"
	"github.com/rebound-mail/rebound/smtpcode"
)

func notification() dsn.Notification {
	return dsn.Notification{
		From:      "Zustellung für alle <MAILER-DAEMON@mx.example.org>",
		To:        "sender@example.net",
		Subject:   "Unzustellbar: Grüße",
		MessageID: "<1@mx.example.org>",
		Date:      time.Date(2025, 3, 4, 10, 15, 1, 0, time.UTC),
		Text:      "Kein Empfänger.\nSchade.",
		Returned:  []byte("From: sender@example.net\nMessage-ID: <7@example.net>\n\nbody\n"),
		Report: dsn.Report{
			EnvelopeID:   "env-1",
			ReportingMTA: dsn.MTA{Type: "dns", Name: "mx.example.org"},
			ArrivalDate:  "Tue, 4 Mar 2025 10:15:00 +0000",
			Other:        []dsn.Field{{"X-Queue-ID", "4Xk2"}},
			Recipients: []dsn.Recipient{{
				Original:       dsn.Address{"rfc822", "anna+x@example.com"},
				Final:          dsn.Address{"rfc822", "anna@example.com"},
				Action:         dsn.Failed,
				ActionText:     "failed",
				Status:         smtpcode.Status{Class: 5, Subject: 1, Detail: 1},
				StatusText:     "5.1.1",
				RemoteMTA:      dsn.MTA{"dns", "mail.example.com", "192.0.2.9"},
				Diagnostic:     dsn.Diagnostic{"smtp", "550 5.1.1 <anna@example.com>: " + strings.Repeat("no such user here, ", 20) + "sorry"},
				LastAttempt:    "Tue, 4 Mar 2025 10:15:01 +0000",
				FinalLogID:     "L1",
				WillRetryUntil: "",
				Other:          []dsn.Field{{"X-Display-Name", "Anna"}},
			}},
		},
	}
}

func compose(t *testing.T, n dsn.Notification) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := dsn.Compose(&out, n); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestComposedReportReadsAsItWasWritten(t *testing.T) {
	n := notification()
	international := notification()
	international.Report.Recipients[0].Final = dsn.Address{"utf-8", "用户@example.com"}
	for name, n := range map[string]dsn.Notification{"ASCII": n, "international": international} {
		t.Run(name, func(t *testing.T) {
			mail := compose(t, n)
			root := mailpart.Parse(mail, mailpart.Limits{})
			for part := range root.All() {
				if len(part.Problems) > 0 {
					t.Errorf("%s: %v", part.MediaType, part.Problems)
				}
			}
			report, ok := dsn.Read(root)
			if !ok || len(report.Problems) > 0 {
				t.Fatalf("not read, or problems: %v", report)
			}
			if report.Text.Text() != "Kein Empfänger.\nSchade.\n" || report.Returned.Header.Get("Message-ID") != "<7@example.net>" {
				t.Errorf("text %q, Message-ID %q", report.Text.Text(), report.Returned.Header.Get("Message-ID"))
			}
			report.Part, report.Text, report.Returned = nil, nil, nil
			if diff := cmp.Diff(n.Report, *report); diff != "" {
				t.Errorf("(-written +read):\n%s", diff)
			}
			if got := root.Header.Get("Subject"); got != n.Subject {
				t.Errorf("Subject %q", got)
			}
		})
	}
}

func TestComposedLinesAreFitToSend(t *testing.T) {
	n := notification()
	n.Text = strings.Repeat("long ", 1000)
	n.Full = true
	n.Returned = []byte("Subject: x\n\n" + strings.Repeat("y", 2000))
	n.Report.Recipients[0].Diagnostic.Text = strings.Repeat("ü", 2000)
	for line := range bytes.SplitSeq(compose(t, n), []byte("\r\n")) {
		if len(line) > 998 || bytes.ContainsAny(line, "\r\n") {
			t.Errorf("line of %d bytes: %.60q", len(line), line)
		}
	}
}

func TestComposeWhatIsReturned(t *testing.T) {
	n := notification()
	n.Full = true
	if mail := string(compose(t, n)); !strings.Contains(mail, "message/rfc822\r\n") || !strings.Contains(mail, "\r\nbody\r\n") {
		t.Error("the whole message is not there")
	}
	n.Full = false
	if mail := string(compose(t, n)); !strings.Contains(mail, "text/rfc822-headers") || strings.Contains(mail, "\r\nbody\r\n") {
		t.Error("not just the header is there")
	}
}

func TestComposeLetsNothingBeSmuggledIn(t *testing.T) {
	n := notification()
	n.To = "a@example.net\r\nBcc: b@example.net"
	n.Subject = "x\nX-Evil: 1"
	n.Report.Recipients[0].Diagnostic.Text = "550 no\r\n\r\nFinal-Recipient: rfc822; evil@example.com"
	n.Report.Recipients[0].Other = []dsn.Field{{"X: 1\nAction", "delivered"}, {"X-Ok", "a\r\nAction: delivered"}}
	root := mailpart.Parse(compose(t, n), mailpart.Limits{})
	if root.Header.Has("Bcc") || root.Header.Has("X-Evil") {
		t.Error("a header field was smuggled in")
	}
	report, _ := dsn.Read(root)
	if len(report.Recipients) != 1 || report.Recipients[0].Action != dsn.Failed {
		t.Errorf("smuggled: %v", report.Recipients)
	}
}

func TestComposeRefusesWhatIsIncomplete(t *testing.T) {
	for name, spoil := range map[string]func(*dsn.Notification){
		"From":          func(n *dsn.Notification) { n.From = "" },
		"To":            func(n *dsn.Notification) { n.To = " " },
		"Date":          func(n *dsn.Notification) { n.Date = time.Time{} },
		"Reporting-MTA": func(n *dsn.Notification) { n.Report.ReportingMTA = dsn.MTA{} },
		"Action":        func(n *dsn.Notification) { n.Report.Recipients[0].Action = dsn.ActionUnknown },
	} {
		n := notification()
		spoil(&n)
		var out bytes.Buffer
		if err := dsn.Compose(&out, n); !errors.Is(err, dsn.ErrIncomplete) || out.Len() > 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	n := notification()
	n.Report.Recipients = nil
	if err := dsn.Compose(&bytes.Buffer{}, n); !errors.Is(err, dsn.ErrNoRecipient) {
		t.Errorf("no recipients: %v", err)
	}
}
