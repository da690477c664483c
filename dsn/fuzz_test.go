package dsn_test

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/rebound-mail/rebound/dsn"
	"github.com/rebound-mail/rebound/mailpart"
)

func FuzzRead(f *testing.F) {
	f.Add([]byte("Content-Type: message/delivery-status\n\n" + messageGroup + "\n" + annaGroup + "\n" + bertGroup))
	f.Add([]byte("Subject: x\n\n" + messageGroup + annaGroup))
	f.Add([]byte("Content-Type: message/global-delivery-status\n\nFinal-Recipient: utf-8; \\x{20AC}@example.com\nAction: failed (x)\nStatus: 5.1.1 (y)\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		report, ok := dsn.Read(mailpart.Parse(raw, mailpart.Limits{}))
		if !ok {
			return
		}
		for _, r := range report.Recipients {
			if !utf8.ValidString(r.Final.Address+r.Original.Address+r.Diagnostic.Text) || strings.ContainsAny(r.Final.Address, "\r\n") {
				t.Errorf("recipient %q", r)
			}
			r.LastAttempt.Time()
		}
		n := dsn.Notification{From: "a@example.org", To: "b@example.org", Date: time.Unix(0, 0), Report: *report, Returned: raw}
		var out bytes.Buffer
		if dsn.Compose(&out, n) != nil {
			return
		}
		again, ok := dsn.Read(mailpart.Parse(out.Bytes(), mailpart.Limits{}))
		if !ok || len(again.Recipients) != len(report.Recipients) {
			t.Errorf("composed anew, %d recipients are %d", len(report.Recipients), len(again.Recipients))
		}
	})
}
