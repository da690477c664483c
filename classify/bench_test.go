package classify

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/rebound-mail/rebound/codebook"
)

// replyTemplates are replies as servers of many kinds word them; %[1]s is a
// local part, %[2]s a domain, %[3]s an IP address, %[4]s an id.
var replyTemplates = []string{
	"550 5.1.1 <%[1]s@%[2]s>: Recipient address rejected: User unknown in virtual mailbox table",
	"550-5.1.1 The email account that you tried to reach does not exist. %[4]s - gsmtp",
	"552 5.2.2 <%[1]s@%[2]s> mailbox is over its storage limit",
	"554 5.7.1 Service unavailable; Client host [%[3]s] blocked using zen.example.net; see %[4]s",
	"421 4.7.0 [%[3]s] Our system noticed too much mail from your address, slow down. %[4]s",
	"450 4.2.0 <%[1]s@%[2]s>: Recipient address rejected: Greylisted, come back in 300 seconds",
	"550 Message refused by the content filter as spam, id %[4]s",
	"550 5.7.26 Mail from %[2]s did not pass DMARC and its policy is reject %[4]s",
	"451 4.3.0 %[2]s: temporary failure in the lookup of %[1]s, try again later",
	"smtp; 550 no such person %[1]s here (%[4]s)",
	"host mx.%[2]s[%[3]s] said: 550 5.4.1 Recipient address rejected: Access denied %[4]s (in reply to RCPT TO command)",
	"552 5.3.4 message size exceeds the fixed maximum of %[4]s for %[2]s",
	"553 sorry, that domain isn't in my list of allowed rcpthosts %[2]s (#5.7.1)",
	"connect to mx.%[2]s[%[3]s]:25: Connection timed out",
	"554 %[4]s something quite out of the ordinary happened to %[1]s at %[2]s",
	"550 account %[1]s has been closed by the owner, ref %[4]s",
}

// newReply makes a text that was not made before, as far as chance allows.
func newReply(rnd *rand.Rand) string {
	return fmt.Sprintf(replyTemplates[rnd.IntN(len(replyTemplates))],
		fmt.Sprintf("u%d", rnd.Uint32()), fmt.Sprintf("d%d.example", rnd.Uint32()),
		fmt.Sprintf("192.0.%d.%d", rnd.IntN(256), rnd.IntN(256)), fmt.Sprintf("%x", rnd.Uint32()))
}

// BenchmarkClassify classifies reply texts none of which was seen before.
func BenchmarkClassify(b *testing.B) {
	c := New(codebook.Default())
	c.Classify(Input{Text: "550 warm up"})
	rnd := rand.New(rand.NewPCG(1, 2))
	texts := make([]string, 10_000)
	size, left := 0, 0
	b.ReportAllocs()
	for range b.N {
		if left == 0 {
			b.StopTimer()
			for i := range texts {
				texts[i] = newReply(rnd)
			}
			left = len(texts)
			runtime.GC() // what making the texts left behind is not classify's
			b.StartTimer()
		}
		left--
		size += len(texts[left])
		c.Classify(Input{Text: texts[left]})
	}
	b.ReportMetric(float64(size)/float64(b.N), "bytes/text")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "texts/s")
}

// BenchmarkStart is what a process pays before its first verdict.
func BenchmarkStart(b *testing.B) {
	b.ReportAllocs()
	for range b.N {
		book, err := codebook.New(codebook.Default().Records())
		if err != nil {
			b.Fatal(err)
		}
		New(book).Classify(Input{Text: "550 5.1.1 user unknown"})
	}
}
