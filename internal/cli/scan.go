package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/rebound-mail/rebound/bounce"
	"github.com/rebound-mail/rebound/classify"
	"github.com/rebound-mail/rebound/internal/intray"
)

// scanCmd reads reports and gives an event a recipient.
type scanCmd struct {
	Paths    []string `arg:"" optional:"" name:"path" help:"Files, folders, Maildirs, mboxes, gzip or zstd of these; - for standard input. What a file is shows its content, not its name."`
	JSON     bool     `help:"Write one event a line as JSON." name:"json" xor:"form"`
	CSV      bool     `help:"Write one event a line as CSV." name:"csv" xor:"form"`
	Explain  bool     `help:"Explain each event of one file, with the evidence." xor:"form"`
	MaxMail  string   `help:"How much of one mail is read." default:"128MB" placeholder:"SIZE"`
	Progress bool     `help:"Show progress on a terminal." default:"true" negatable:""`
	bookFlags
}

// Run scans. That some files cannot be read is no failure; they are listed.
func (c *scanCmd) Run(s *streams) error {
	limit, err := parseSize(c.MaxMail)
	if err != nil {
		return err
	}
	if err := c.checkPaths(s); err != nil {
		return err
	}
	book, err := c.open(s)
	if err != nil {
		return err
	}
	x := &explainer{book: book, classifier: classify.New(book), hints: &hintFlags{}, trace: true}
	scan := &scanner{in: s.in, paths: c.Paths, limit: limit, classifier: x.classifier, parse: bounce.Parse}
	out := bufio.NewWriterSize(s.out, 64<<10)
	scan.encoder = c.encoder(x, newPaper(s.out), out)
	report := &scanReport{tally: newTally(), live: c.JSON || c.CSV, err: s.err}
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
		if errors.Is(err, fs.ErrNotExist) {
			return usage("%s does not exist", path)
		}
		if c.Explain && err == nil && info.IsDir() {
			return usage("scan --explain is for one file; %s is a folder", path)
		}
	}
	if c.Explain && len(c.Paths) > 1 {
		return usage("scan --explain is for one file")
	}
	return nil
}

// finish writes the summary and gives the exit status.
func (c *scanCmd) finish(s *streams, r *scanReport) error {
	_, onTerminal := terminal(s.err)
	switch {
	case c.Explain:
		r.failures(newPaper(s.err))
	case !r.live:
		r.summary(newPaper(s.out))
	case onTerminal:
		r.summary(newPaper(s.err))
	}
	if r.read == 0 {
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
