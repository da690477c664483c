package cli

import (
	"fmt"
	"io"
	"strconv"
)

// scanReport gathers what a scan found, for the summary.
type scanReport struct {
	*tally
	failed   []failure // the first mostFailures of them
	unread   int       // how many there are
	live     bool      // say at once what cannot be read
	err      io.Writer
	progress *progress
}

// mostFailures is how many files that cannot be read are kept by name.
const mostFailures = 1000

// add takes what came of a job.
func (r *scanReport) add(result *scanResult) {
	r.tally.merge(result.tally)
	r.progress.add(result.small)
	for _, f := range result.failed {
		r.unread++
		if len(r.failed) < mostFailures {
			r.failed = append(r.failed, f)
		}
		if r.live {
			r.progress.clear()
			fmt.Fprintf(r.err, "rebound: %s: %s\n", printable(f.file), printable(f.why))
		}
	}
}

// summary says what was found: by kind, reason, provider and domain.
func (r *scanReport) summary(p *paper) {
	p.line(fmt.Sprintf("%s read: %s, %s.", count(r.read, "mail"), count(r.events, "event"), noReportWords(r.noReport)))
	r.section(p, "Kind", r.kinds)
	r.section(p, "Reason", r.reasons)
	r.section(p, "Decision", r.decisions)
	r.section(p, "Provider", r.providers)
	r.section(p, "Recipient domain", r.domains)
	r.section(p, "Report format", r.formats)
	if !r.live {
		r.failures(p)
	}
}

func noReportWords(n int) string {
	if n == 1 {
		return "1 mail was no report"
	}
	return fmt.Sprintf("%d mails were no reports", n)
}

// shownNames is how many names of one sort the summary shows.
const shownNames = 12

func (r *scanReport) section(p *paper, title string, c counts) {
	names, more := c.top(shownNames)
	if len(names) == 0 {
		return
	}
	p.head(title)
	width := 0
	for _, name := range names {
		width = max(width, len(strconv.Itoa(c[name])))
	}
	for _, name := range names {
		p.block(fmt.Sprintf("  %*d  ", width, c[name]), plain, plain, name)
	}
	if more > 0 {
		p.line(fmt.Sprintf("  %*s  and %d more", width, "", more))
	}
}

// failures lists what could not be read, and why.
func (r *scanReport) failures(p *paper) {
	if r.unread == 0 {
		return
	}
	p.head(fmt.Sprintf("Not read (%d)", r.unread))
	for _, f := range r.failed {
		p.block("  ", plain, plain, f.file+": "+f.why)
	}
	if n := r.unread - len(r.failed); n > 0 {
		p.line(fmt.Sprintf("  and %d more", n))
	}
}
