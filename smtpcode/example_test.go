package smtpcode_test

import (
	"fmt"

	"github.com/rebound-mail/rebound/smtpcode"
)

func ExampleFind() {
	text := "host mx.example[192.0.2.5] said: 550-5.1.1 The mailbox does not exist"
	f := smtpcode.Find(text)
	fmt.Println(f.Code, f.Status, f.Code.Class() == smtpcode.Permanent)
	fmt.Println(text[f.End:])
	// Output:
	// 550 5.1.1 true
	//  The mailbox does not exist
}

func ExampleAll() {
	for f := range smtpcode.All("554 5.4.7 expired (last transfail: 452 4.2.2 out of storage)") {
		fmt.Println(f.Code, f.Status)
	}
	// Output:
	// 554 5.4.7
	// 452 4.2.2
}

func ExampleParse() {
	r := smtpcode.Parse("550-4.2.2 The mailbox\r\n550 4.2.2 is full")
	fmt.Println(r.Code, r.Status, r.Text, r.Problems)
	fmt.Printf("%q\n", r.Lines)
	// Output:
	// 550 4.2.2 The mailbox is full [class-mismatch]
	// ["The mailbox" "is full"]
}

func ExampleJoin() {
	fmt.Println(smtpcode.Join("550-5.1.1 The mailbox", "550 5.1.1 does not exist"))
	// Output: 550 5.1.1 The mailbox does not exist
}

func ExampleParsePattern() {
	p, err := smtpcode.ParsePattern("X.2.2")
	if err != nil {
		panic(err)
	}
	f := smtpcode.Find("452 4.2.2 mailbox full")
	fmt.Println(p, p.Kind(), p.Match(f.Code, f.Status))
	// Output: x.2.2 status true
}
