package event_test

import (
	"encoding/json"
	"fmt"

	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/smtpcode"
)

// However often and by whichever way a report arrives, its id is the same.
func ExampleEvent_ComputeID() {
	first := event.Event{Kind: event.Bounce, Recipient: "kim@example.org", ReplyCode: 550, Diagnostic: "550 5.1.1 no such\r\n user"}
	again := event.Event{Kind: event.Bounce, Recipient: "kim@EXAMPLE.org", ReplyCode: 550, Diagnostic: "550 5.1.1 no such user"}
	fmt.Println(first.ComputeID() == again.ComputeID())
	// Output: true
}

// A remedy names what was captured from the reply.
func ExampleVerdict_Steps() {
	verdict := event.Verdict{
		Remedy: []string{"Ask {dnsbl} to release {ip}."},
		Facts:  event.Facts{{Name: "dnsbl", Value: "bl.example.org"}},
	}
	fmt.Println(verdict.Steps()[0])
	// Output: Ask bl.example.org to release your sending IP address.
}

func ExampleEvent_json() {
	text, err := json.Marshal(event.Event{Kind: event.Bounce, Recipient: "kim@example.org", ReplyCode: 550, Status: smtpcode.Status{Class: 5, Subject: 1, Detail: 1}})
	if err != nil {
		fmt.Println(err)
		return
	}
	var read struct {
		Kind, Recipient, Status string
		ReplyCode               int `json:"reply_code"`
	}
	if err := json.Unmarshal(text, &read); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(read.Kind, read.Recipient, read.ReplyCode, read.Status)
	// Output: bounce kim@example.org 550 5.1.1
}
