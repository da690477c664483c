package mailpart_test

import (
	"fmt"

	"github.com/rebound-mail/rebound/mailpart"
)

func ExampleParse() {
	mail := "Subject: =?utf-8?q?Zur=C3=BCck?=\n" +
		"Content-Type: multipart/report; boundary=b\n\n" +
		"--b\nContent-Transfer-Encoding: quoted-printable\n\nKein Empf=E4nger\n" +
		"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.org\n\nAction: failed\nStatus: 5.1.1\n"
	root := mailpart.Parse([]byte(mail), mailpart.Limits{})
	fmt.Println(root.Header.Get("Subject"))
	fmt.Println(root.Children[0].Text())
	for _, block := range root.Find("message/delivery-status").Blocks() {
		fmt.Printf("%t %q\n", block.Has("Status"), block.Get("Status"))
	}
	fmt.Println(root.Problems[0])
	// Output:
	// Zurück
	// Kein Empfänger
	// false ""
	// true "5.1.1"
	// multipart not closed
}

func ExampleHTMLText() {
	fmt.Println(mailpart.HTMLText("<p>Mailbox of <b>&lt;a@example.com&gt;</b><br>is full</p>"))
	// Output:
	// Mailbox of <a@example.com>
	// is full
}

func ExampleDecodeWords() {
	fmt.Println(mailpart.DecodeWords("=?iso-8859-1?Q?Unzustellbar:?= =?utf-8?B?IGdyw7xu?="))
	// Output: Unzustellbar: grün
}
