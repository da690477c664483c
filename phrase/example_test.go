package phrase_test

import (
	"fmt"

	"github.com/rebound-mail/rebound/phrase"
)

func Example() {
	sets := map[string][]string{"mailbox": {"mailbox", "mail box", "account"}}
	set, err := phrase.Compile([]phrase.Pattern{
		{ID: 1, Words: "{mailbox} (is|has gone)? over (its|the)? quota"},
		{ID: 2, Words: "client host <ip>? (blocked|rejected) using <dnsbl:host>"},
	}, sets)
	if err != nil {
		fmt.Println(err)
		return
	}
	var scratch phrase.Scratch // one a goroutine, used again and again
	text := "554-5.7.1 Client host [192.0.2.9] blocked\r\n554 5.7.1 using bl.example.org"
	for _, match := range set.Scan(text, &scratch) {
		fmt.Println(match.ID)
		for i := range match.Captures() {
			hole := scratch.Capture(&match, i)
			fmt.Println(hole.Name, hole.Value)
		}
	}
	// Output:
	// 2
	// ip 192.0.2.9
	// dnsbl bl.example.org
}
