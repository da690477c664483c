package bounce

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/rebound-mail/rebound/classify"
	"github.com/rebound-mail/rebound/codebook"
)

// mixed returns mails of several forms, padded with a returned message to a
// mean of 4.5 kB, each with another recipient.
func mixed(n int) [][]byte {
	forms := []string{postfixDSN, postfixDSN, delayDSN, finalDelayDSN, withType("abuse"), qmailBounce, postfixDSN, vacation}
	pad := strings.Repeat("All work and no play makes a dull newsletter, dear reader.\n", 83)
	mails := make([][]byte, n)
	for i := range mails {
		mail := strings.ReplaceAll(forms[i%len(forms)], "kim", fmt.Sprintf("u%d", i))
		mails[i] = []byte(strings.Replace(mail, "--BB--", pad+"--BB--", 1))
	}
	return mails
}

// BenchmarkDecodeAndClassify reads mixed bounces of 4.5 kB in the mean and
// gives each event its verdict.
func BenchmarkDecodeAndClassify(b *testing.B) {
	c := classify.New(codebook.Default())
	mails := mixed(4096)
	size := 0
	for _, m := range mails {
		size += len(m)
	}
	b.ReportAllocs()
	b.SetBytes(int64(size / len(mails)))
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			r := Parse(mails[i%len(mails)], Options{})
			for j := range r.Events {
				c.Event(&r.Events[j])
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
}

// BenchmarkSize reads a bounce whose returned message doubles: a mail of twice
// the size takes twice the time.
func BenchmarkSize(b *testing.B) {
	for _, mb := range []int{1, 2, 4, 8} {
		body := bytes.Repeat([]byte("QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo=\n"), mb<<20/37)
		raw := []byte(strings.Replace(postfixDSN, "Dear kim", string(body), 1))
		b.Run(fmt.Sprintf("%dMB", mb), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(raw)))
			for b.Loop() {
				Parse(raw, Options{})
			}
		})
	}
}
