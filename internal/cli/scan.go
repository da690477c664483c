package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/rebound-mail/rebound/bounce"
	"github.com/rebound-mail/rebound/internal/intray"
)

// scanCmd reads reports and gives an event a recipient.
type scanCmd struct {
	Paths    []string `arg:"" optional:"" name:"path" help:"Mails, mboxes, Maildirs, logs of mail servers, events of providers, folders, gzip, zstd or bzip2 of these; - for standard input. What a file is shows its content, not its name."`
	JSON     bool     `help:"Write one event a line as JSON." name:"json" xor:"form"`
	CSV      bool     `help:"Write one event a line as CSV." name:"csv" xor:"form"`
	Explain  bool     `help:"Explain each event of one file, with the evidence." xor:"form"`
	MaxMail  string   `help:"How much of one mail is read." default:"128MB" placeholder:"SIZE"`
	Now      string   `help:"When the logs were written, for stamps without a year: a date or RFC 3339 time. Usually the time of the file." placeholder:"TIME"`
	Zone     string   `help:"Time zone of stamps in logs that name none." default:"UTC" placeholder:"NAME"`
	Damaged  bool     `help:"Show what of logs and provider events could not be read."`
	Follow   bool     `help:"Go on reading logs while they grow and rotate, until a signal ends it."`
	State    string   `help:"With --follow: a file that keeps how far was read, so that the next run goes on there." placeholder:"FILE"`
	NewOnly  bool     `help:"With --follow: begin at the end of logs of which no place is kept." name:"new-only"`
	Progress bool     `help:"Show progress on a terminal." default:"true" negatable:""`
	bookFlags
}

// Run scans. That some files cannot be read is no failure; they are listed.
func (c *scanCmd) Run(s *streams) error {
	limit, err := parseSize(c.MaxMail)
	if err != nil {
		return err
	}
	logs, err := c.logOptions(s)
	if err != nil {
		return err
	}
	if err := c.checkFollow(); err != nil {
		return err
	}
	if err := c.checkPaths(s); err != nil {
		return err
	}
	book, err := c.open(s)
	if err != nil {
		return err
	}
	x := newExplainer(book, &hintFlags{})
	x.trace = true
	scan := &scanner{in: s.in, paths: c.Paths, limit: limit, classifier: x.Classifier, parse: bounce.Parse, logs: logs}
	out := bufio.NewWriterSize(s.out, 64<<10)
	scan.encoder = c.encoder(x, newPaper(s.out), out)
	report := &scanReport{tally: newTally(), live: c.JSON || c.CSV, err: s.err, most: logs.damaged}
	if c.Follow {
		return c.follow(s, scan, report, out)
	}
	report.progress = c.newProgress(s)
	err = scan.run(report, out)
	report.progress.done()
	if err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return c.finish(s, report)
}

// checkPaths refuses what does not exist before anything is read.
func (c *scanCmd) checkPaths(s *streams) error {
	if len(c.Paths) == 0 {
		if _, ok := terminal(s.in); ok {
			return usage("nothing to read: rebound scan PATH..., or - for standard input")
		}
		c.Paths = []string{intray.Stdin}
	}
	for _, path := range c.Paths {
		if path == intray.Stdin {
			continue
		}
		info, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) && !c.Follow {
			return usage("%s does not exist", path)
		}
		if c.Explain && err == nil && info.IsDir() {
			return usage("scan --explain is for one file; %s is a folder", path)
		}
	}
	if c.Explain && len(c.Paths) > 1 && !c.Follow {
		return usage("scan --explain is for one file")
	}
	return nil
}

// mostDamaged is how many damaged lines are shown.
const mostDamaged = 100

// logOptions reads the flags for logs.
func (c *scanCmd) logOptions(s *streams) (logOptions, error) {
	o := logOptions{clock: s.now}
	if c.Damaged {
		o.damaged = mostDamaged
	}
	location, err := time.LoadLocation(c.Zone)
	if err != nil {
		return o, usage("--zone: %q is no time zone known here; write Europe/Berlin, Local or UTC", c.Zone)
	}
	o.location = location
	if c.Now == "" {
		return o, nil
	}
	for _, layout := range [...]string{time.RFC3339, time.DateTime, time.DateOnly} {
		if t, err := time.ParseInLocation(layout, c.Now, location); err == nil {
			o.now = t
			return o, nil
		}
	}
	return o, usage("--now: %q is no time; write 2026-03-04 or 2026-03-04T05:06:07Z", c.Now)
}

// finish writes the summary and gives the exit status.
func (c *scanCmd) finish(s *streams, r *scanReport) error {
	_, onTerminal := terminal(s.err)
	switch {
	case c.Explain:
		r.damage(newPaper(s.err))
		r.failures(newPaper(s.err))
	case !r.live:
		r.summary(newPaper(s.out))
	case onTerminal:
		r.summary(newPaper(s.err))
	}
	if r.live {
		r.damage(newPaper(s.err))
	}
	if r.nothing() {
		if len(r.failed) == 0 {
			fmt.Fprintln(s.err, "rebound: no files there")
		}
		return errFailed
	}
	return nil
}

// parseSize reads 128MB, 64 KiB, 1000000. Units count in powers of two.
func parseSize(s string) (int64, error) {
	digits := strings.TrimRight(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ")
	n, err := strconv.ParseInt(digits, 10, 64)
	shift := map[string]int{"": 0, "b": 0, "k": 10, "kb": 10, "kib": 10, "m": 20, "mb": 20, "mib": 20, "g": 30, "gb": 30, "gib": 30}
	bits, ok := shift[strings.ToLower(strings.TrimSpace(s[len(digits):]))]
	if err != nil || !ok || n <= 0 || n > 1<<40>>bits {
		return 0, usage("--max-mail: %q is no size; write 128MB, 64KB or a number of bytes", s)
	}
	return n << bits, nil
}
