package classify_test

import (
	"fmt"

	"github.com/rebound-mail/rebound/classify"
	"github.com/rebound-mail/rebound/codebook"
)

func ExampleClassifier_Classify() {
	classifier := classify.New(codebook.Default())
	verdict := classifier.Classify(classify.Input{Text: "554 5.7.1 Service unavailable; Client host [192.0.2.9] blocked using zen.spamhaus.org"})
	fmt.Println(verdict.Reason, verdict.Lasting, verdict.Bounce, verdict.Decision)
	fmt.Println(verdict.Facts.Get("ip"), verdict.Facts.Get("dnsbl"))
	// Output:
	// ip-blocklisted permanent hard fix-sender
	// 192.0.2.9 zen.spamhaus.org
}

// The text outweighs the codes, and the trace tells so.
func ExampleClassifier_Explain() {
	classifier := classify.New(codebook.Default())
	verdict, trace := classifier.Explain(classify.Input{Text: "550 5.1.1 Mailbox is over its quota"})
	fmt.Println(verdict.Reason, verdict.Bounce)
	for _, step := range trace.Steps {
		if step.Won || step.Evidence == classify.FromStatus {
			fmt.Println(step.Evidence, "says", step.Reason)
		}
	}
	// Output:
	// mailbox-full soft
	// phrase says mailbox-full
	// status says user-unknown
}
