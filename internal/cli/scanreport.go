package cli

import (
	"fmt"
	"io"
	"strconv"

	"github.com/rebound-mail/rebound/event"
)

// scanReport gathers what a scan found, for the summary.
type scanReport struct {
	*tally
	failed   []failure // the first mostFailures of them
	unread   int       // how many there are
	live     bool      // say at once what cannot be read
	err      io.Writer
	progress *progress
	damaged  []string // lines, at most as many as were asked for
	most     int      // of them
}

// mostFailures is how many files that cannot be read are kept by name.
const mostFailures = 1000

// add takes what came of a job.
func (r *scanReport) add(result *scanResult) {
	r.tally.merge(result.tally)
	r.progress.add(result.small)
	r.damaged = append(r.damaged, result.lines[:min(len(result.lines), r.most-len(r.damaged))]...)
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
	r.counts(p)
	r.section(p, "Kind", r.kinds)
	r.outcomes(p)
	r.section(p, "Reason", r.reasons)
	r.section(p, "Decision", r.decisions)
	r.section(p, "Provider", r.providers)
	r.section(p, "Recipient domain", r.domains)
	r.section(p, "Report format", r.formats)
	if !r.live {
		r.damage(p)
		r.failures(p)
	}
}

// counts says how much was read, and how much of it told anything.
func (r *scanReport) counts(p *paper) {
	if r.read > 0 || r.logs.files == 0 && r.payloads.read == 0 {
		p.line(fmt.Sprintf("%s read: %s, %s.", count(r.read, "mail"), count(r.fromMail, "event"), noReportWords(r.noReport)))
	}
	if l := &r.logs; l.files > 0 {
		text := fmt.Sprintf("%s of %s read: %s, %s of no interest", count(int(l.lines), "log line"), count(l.files, "file"), count(int(l.events), "event"), count(int(l.foreign), "line"))
		if l.orphans > 0 {
			text += ", " + count(int(l.orphans), "outcome") + " without a recipient"
		}
		if l.damaged > 0 {
			text += ", " + count(int(l.damaged), "line") + " damaged"
		}
		p.block("", plain, plain, text+"."+r.hint(l.damaged+l.orphans))
	}
	if l := &r.payloads; l.read > 0 {
		text := fmt.Sprintf("%s read: %s, %s passed over", count(l.read, "payload"), count(l.events, "event"), count(l.passed, "note"))
		if l.unread > 0 {
			text += ", " + count(l.unread, "item") + " not read"
		}
		p.block("", plain, plain, text+"."+r.hint(int64(l.unread)))
	}
}

// hint says how to see what is damaged.
func (r *scanReport) hint(n int64) string {
	if n == 0 || r.most > 0 {
		return ""
	}
	return " --damaged shows what could not be read."
}

// outcomes sets failures against deliveries, where the source tells of both.
func (r *scanReport) outcomes(p *paper) {
	sent, failed := r.kinds[string(event.Delivery)], r.kinds[string(event.Bounce)]
	if sent == 0 {
		return
	}
	p.gap()
	p.line(fmt.Sprintf("Of %s %d delivered, %d bounced (%.1f %%).", count(sent+failed, "outcome"), sent, failed, 100*float64(failed)/float64(sent+failed)))
}

// damage shows what of logs and payloads could not be read.
func (r *scanReport) damage(p *paper) {
	if len(r.damaged) == 0 {
		return
	}
	p.head("Damaged")
	for _, l := range r.damaged {
		p.block("  ", plain, plain, l)
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
