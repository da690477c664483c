package dsn_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/dsn"
	"github.com/rebound-mail/rebound/mailpart"
	"github.com/rebound-mail/rebound/smtpcode"
)

func ExampleRead() {
	mail := "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n" +
		"--b\n\nSorry, that did not work.\n" +
		"--b\nContent-Type: message/delivery-status\n\n" +
		"Reporting-MTA: dns; mx.example.org\n\n" +
		"Final-Recipient: rfc822; anna@example.com\nAction: failed\nStatus: 5.2.2\nDiagnostic-Code: smtp; 552 5.2.2 over quota\n--b--\n"
	report, ok := dsn.Read(mailpart.Parse([]byte(mail), mailpart.Limits{}))
	fmt.Println(ok, report.ReportingMTA.Name)
	for _, r := range report.Recipients {
		fmt.Println(r.Final.Address, r.Action, r.Status, r.Diagnostic.Text)
	}
	// Output:
	// true mx.example.org
	// anna@example.com failed 5.2.2 552 5.2.2 over quota
}

func ExampleCompose() {
	var out strings.Builder
	err := dsn.Compose(&out, dsn.Notification{
		From: "MAILER-DAEMON@mx.example.org",
		To:   "sender@example.net",
		Date: time.Date(2025, 3, 4, 10, 15, 1, 0, time.UTC),
		Text: "There is no anna here.",
		Report: dsn.Report{
			ReportingMTA: dsn.MTA{Name: "mx.example.org"},
			Recipients: []dsn.Recipient{{
				Final:      dsn.Address{Address: "anna@example.com"},
				Action:     dsn.Failed,
				Status:     smtpcode.Status{Class: 5, Subject: 1, Detail: 1},
				Diagnostic: dsn.Diagnostic{Text: "550 5.1.1 no such user"},
			}},
		},
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	_, status, _ := strings.Cut(out.String(), "message/delivery-status\r\n\r\n")
	status, _, _ = strings.Cut(status, "\r\n\r\n--")
	fmt.Println(strings.ReplaceAll(status, "\r\n", "\n"))
	// Output:
	// Reporting-MTA: dns; mx.example.org
	//
	// Final-Recipient: rfc822; anna@example.com
	// Action: failed
	// Status: 5.1.1
	// Diagnostic-Code: smtp; 550 5.1.1 no such user
}

func BenchmarkRead(b *testing.B) {
	raw := []byte("Content-Type: multipart/report; boundary=b\n\n--b\n\nhello\n--b\nContent-Type: message/delivery-status\n\n" +
		messageGroup + "\n" + annaGroup + "--b--\n")
	b.ReportAllocs()
	for b.Loop() {
		dsn.Read(mailpart.Parse(raw, mailpart.Limits{}))
	}
}

func BenchmarkParseRecipients(b *testing.B) {
	for _, size := range []struct {
		name string
		n    int
	}{{"5000", 5000}, {"10000", 10000}} {
		raw := []byte(messageGroup + strings.Repeat("\n"+annaGroup, size.n))
		b.Run(size.name, func(b *testing.B) {
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			for b.Loop() {
				dsn.Parse(mailpart.ParseBlocks(raw))
			}
		})
	}
}
