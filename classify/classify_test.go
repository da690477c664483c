package classify

import (
	"testing"

	"github.com/rebound-mail/rebound/codebook"
)

func TestScratchLook(t *testing.T) {
	c := New(codebook.Default())
	for _, s := range []string{"550 5.1.1 <a@b.example>: User unknown", "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org; https://www.spamhaus.org/query/ip/192.0.2.1", "421 4.7.0 try again later", "552", "554 5.4.7 [internal] message timeout (exceeded max time, last transfail: 452 4.2.2 out of storage)"} {
		v, tr := c.Explain(Input{Text: s})
		t.Logf("%s\n  %+v\n  %+v", s, v, tr)
	}
}
