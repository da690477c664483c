package ndr_test

import (
	"fmt"

	"github.com/rebound-mail/rebound/mailpart"
	"github.com/rebound-mail/rebound/ndr"
)

func ExampleRead() {
	mail := `From: MAILER-DAEMON@mx.example.net
Subject: failure notice

Hi. This is the qmail-send program at mx.example.net.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<gone@example.com>:
192.0.2.20 does not like recipient.
Remote host said: 550 5.1.1 nobody of that name
Giving up on 192.0.2.20.

--- Below this line is a copy of the message.
`
	report, ok := ndr.Read(ndr.NewMail(mailpart.Parse([]byte(mail), mailpart.Limits{})))
	fmt.Println(ok, report.Format, report.ReportingMTA)
	for _, f := range report.Failures {
		fmt.Println(f.Recipient, f.Action, f.Code, f.Status, f.Command, f.RemoteMTA)
		fmt.Println(f.Diagnostic)
	}
	// Output:
	// true qmail mx.example.net
	// gone@example.com failed 550 5.1.1 RCPT TO 192.0.2.20
	// 550 5.1.1 nobody of that name
}

func ExampleProse() {
	// The text of a report whose standard part leaves out what the remote host
	// said.
	mail := `From: MAILER-DAEMON@mx.example.net
Subject: Returned mail: see transcript for details

   ----- The following addresses had permanent fatal errors -----
<gone@example.com>

   ----- Transcript of session follows -----
... while talking to mx1.example.com.:
>>> RCPT To:<gone@example.com>
<<< 550-5.1.1 nobody
<<< 550 5.1.1 of that name
`
	for _, f := range ndr.Prose(ndr.NewMail(mailpart.Parse([]byte(mail), mailpart.Limits{}))) {
		fmt.Println(f.Recipient, f.Code, f.Status, f.RemoteMTA)
		fmt.Println(f.Diagnostic)
	}
	// Output:
	// gone@example.com 550 5.1.1 mx1.example.com
	// 550-5.1.1 nobody 550 5.1.1 of that name
}
