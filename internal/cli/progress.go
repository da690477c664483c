package cli

import (
	"io"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/rebound-mail/rebound/internal/intray"
)

// progress is the bar on a terminal; nil shows nothing.
type progress struct{ bar *progressbar.ProgressBar }

// redraw is how often the bar changes.
const redraw = 100 * time.Millisecond

// newProgress returns a bar if people look on and the output does not run over
// the same terminal.
func (c *scanCmd) newProgress(s *streams) *progress {
	_, onErr := terminal(s.err)
	_, onOut := terminal(s.out)
	if !c.Progress || !onErr || onOut && (c.JSON || c.CSV || c.Explain) {
		return nil
	}
	total := int64(0)
	intray.Walk(c.Paths, func(f intray.File) bool {
		if f.Size < 0 && f.Err == nil {
			total = -1 // a stream: nobody knows
			return false
		}
		total += max(f.Size, 0)
		return true
	})
	return &progress{progressbar.NewOptions64(total, progressbar.OptionSetWriter(s.err), progressbar.OptionShowBytes(true),
		progressbar.OptionSetDescription("scanning"), progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(redraw), progressbar.OptionFullWidth())}
}

func (p *progress) add(n int64) {
	if p != nil && n > 0 {
		p.bar.Add64(n)
	}
}

// clear takes the bar away for a moment, so that a line can be written.
func (p *progress) clear() {
	if p != nil {
		p.bar.Clear()
	}
}

func (p *progress) done() {
	if p != nil {
		p.bar.Finish()
		p.bar.Clear()
	}
}

// counted tells the bar what was read, but for the first skip bytes, which were
// read before.
type counted struct {
	r    io.Reader
	p    *progress
	skip int64
	n    int64 // bytes read
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += int64(n)
	passed := min(c.skip, int64(n))
	c.skip -= passed
	c.p.add(int64(n) - passed)
	return n, err
}
