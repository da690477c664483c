package maillog_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/maillog"
)

const mailLog = `Mar  4 05:06:07 mx1 postfix/cleanup[12]: 4D0F2A1B3C: message-id=<m1@example.com>
Mar  4 05:06:07 mx1 postfix/qmgr[13]: 4D0F2A1B3C: from=<news@example.com>, size=1234, nrcpt=1 (queue active)
Mar  4 05:06:08 mx1 sshd[99]: Accepted publickey for root
Mar  4 05:06:09 mx1 postfix/smtp[14]: 4D0F2A1B3C: to=<bob@example.org>, relay=mx.example.org[192.0.2.1]:25, delay=2, delays=0/0/1/1, dsn=5.1.1, status=bounced (host mx.example.org[192.0.2.1] said: 550 5.1.1 no such person (in reply to RCPT TO command))
`

// A log is read line by line; most lines complete no event.
func ExampleReader_Line() {
	r := maillog.New(maillog.Options{Now: time.Date(2026, 3, 5, 0, 0, 0, 0, time.UTC)})
	var events []event.Event
	for line := range strings.Lines(mailLog) {
		events = r.Line(events[:0], []byte(line))
		for _, e := range events {
			fmt.Println(e.Time.Format(time.RFC3339), e.Kind, e.Recipient, "from", e.Sender)
			fmt.Println(e.RemoteMTA, "said to", e.Command+":", e.Diagnostic)
		}
	}
	// Output:
	// 2026-03-04T05:06:09Z bounce bob@example.org from news@example.com
	// mx.example.org said to RCPT TO: 550 5.1.1 no such person
}

// Whole files are read one after the other; messages that one begins and
// another ends are joined.
func ExampleReader_Read() {
	r := maillog.New(maillog.Options{Now: time.Date(2026, 3, 5, 0, 0, 0, 0, time.UTC), Samples: 3})
	r.File("mail.log")
	err := r.Read(strings.NewReader(mailLog), func(e *event.Event) error {
		fmt.Printf("%s:%d: %s %s\n", e.Source.File, e.Source.Line, e.Source.Format, e.ReplyCode)
		return nil
	})
	fmt.Println(err, r.Stats().Foreign, "foreign line")
	// Output:
	// mail.log:4: postfix-log 550
	// <nil> 1 foreign line
}

func ExampleDetect() {
	fmt.Println(maillog.Detect([]byte(mailLog)))
	fmt.Println(maillog.Detect([]byte("Subject: no log at all\n\nHello.\n")))
	// Output:
	// postfix-log true
	//  false
}
