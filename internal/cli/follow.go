package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/intake/follow"
	"github.com/rebound-mail/rebound/internal/intray"
	"github.com/rebound-mail/rebound/maillog"
)

// followEvery is how often the files are looked at.
const followEvery = 250 * time.Millisecond

// follow reads logs while they grow, until a signal ends it.
func (c *scanCmd) follow(s *streams, scan *scanner, report *scanReport, out *bufio.Writer) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	f := &follower{scanner: scan, report: report, out: out, now: s.now, newOnly: c.NewOnly}
	if scan.encoder == nil {
		scan.encoder = func() encoder { return &eventLines{} }
	}
	defer f.close()
	if err := f.start(c.State, c.Paths); err != nil {
		return err
	}
	if err := f.run(ctx); err != nil {
		return err
	}
	switch {
	case c.JSON, c.CSV, c.Explain:
		report.summary(newPaper(s.err))
		report.damage(newPaper(s.err))
	default:
		report.summary(newPaper(s.out))
	}
	return nil
}

// checkFollow refuses what cannot be followed.
func (c *scanCmd) checkFollow() error {
	if !c.Follow && (c.State != "" || c.NewOnly) {
		return usage("--state and --new-only go with --follow")
	}
	if !c.Follow {
		return nil
	}
	if len(c.Paths) == 0 {
		return usage("scan --follow needs the names of the logs")
	}
	for _, path := range c.Paths {
		info, err := os.Stat(path)
		switch {
		case path == intray.Stdin:
			return usage("scan --follow is for files, not for standard input")
		case err == nil && info.IsDir():
			return usage("scan --follow is for files; %s is a folder", path)
		case err == nil && !info.Mode().IsRegular():
			return usage("scan --follow is for files; %s is none", path)
		case intray.IsPacked(path):
			return usage("scan --follow is for logs that grow; %s is compressed", path)
		}
	}
	return nil
}

// follower follows logs. All runs on one goroutine.
type follower struct {
	*scanner
	report  *scanReport
	out     *bufio.Writer
	now     func() time.Time
	newOnly bool
	files   []*followed
}

// followed is one log.
type followed struct {
	*follow.Log
	trouble string // what was told of it last
}

// start finds the places to begin at. Without a state none are kept.
func (f *follower) start(state string, paths []string) error {
	places, err := openPlaces(state)
	if err != nil {
		return err
	}
	written := func() time.Time { return f.logs.written(f.now()) }
	for _, path := range paths {
		log, err := follow.Open(follow.LogOptions{
			Path: path, Places: places, NewOnly: f.newOnly, Written: written,
			Reader: maillog.Options{Location: f.logs.location, Samples: f.logs.damaged},
		})
		if err != nil {
			return err
		}
		f.files = append(f.files, &followed{Log: log})
		if _, err := os.Stat(path); err != nil {
			f.trouble(f.files[len(f.files)-1], err)
		}
	}
	f.report.logs.files = len(f.files)
	return nil
}

// openPlaces opens the file that keeps how far was read, if one is named.
func openPlaces(path string) (*follow.Places, error) {
	if path == "" {
		return nil, nil
	}
	places, err := follow.OpenPlaces(path)
	if errors.Is(err, follow.ErrPlaces) {
		return nil, usage("--state: %s is no state of rebound scan --follow; name another file, or remove it to begin anew", path)
	}
	if err != nil {
		return nil, usage("--state: %w", err)
	}
	return places, nil
}

func (f *follower) close() {
	for _, log := range f.files {
		log.Close()
	}
}

// run looks at the files until the context ends. What it has read is written and
// noted before it returns.
func (f *follower) run(ctx context.Context) error {
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	for {
		for _, log := range f.files {
			if err := f.poll(ctx, log); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// poll reads what was added to a file, writes its events, and then notes how far
// it was read: after a crash events may come twice, with the same ids, but none
// is lost.
func (f *follower) poll(ctx context.Context, log *followed) error {
	before := log.Position()
	err := log.Poll(func(b *follow.Batch) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return f.batch(b)
	})
	var writing *follow.GiveError
	switch {
	case errors.As(err, &writing) && ctx.Err() == nil:
		return writing.Err
	case err != nil && ctx.Err() == nil:
		f.trouble(log, err)
	case err == nil && log.Position().Line > 0:
		log.trouble = ""
	}
	if log.Position() == before {
		return nil
	}
	if err := f.out.Flush(); err != nil {
		return err
	}
	if err := log.Keep(); err != nil {
		return fmt.Errorf("--state: %w", err)
	}
	return nil
}

// trouble says once what keeps a file from being read.
func (f *follower) trouble(log *followed, err error) {
	var path *os.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	if log.trouble != err.Error() {
		log.trouble = err.Error()
		fmt.Fprintf(f.report.err, "rebound: %s: %s; waiting for it\n", printable(log.Path()), printable(log.trouble))
	}
}

// batch judges and writes the events of some lines.
func (f *follower) batch(b *follow.Batch) error {
	w := f.worker(0)
	for i := range b.Events {
		w.logEvent(&b.Events[i])
	}
	w.result.tally.log(&logJob{stats: b.Stats})
	for _, l := range b.Stats.Samples {
		w.result.lines = append(w.result.lines, damagedLine(l.File, l.Line, l.Problem, l.Text))
	}
	if b.Panics > 0 {
		w.fail(b.Name, fmt.Sprintf("internal error, please report it with this file: %d lines could not be read", b.Panics))
	}
	f.report.add(w.result)
	_, err := f.out.Write(w.result.out)
	return err
}

// eventLines writes an event a line, for people who look on.
type eventLines struct{}

func (eventLines) encode(dst []byte, e *event.Event) []byte {
	when := "-"
	if !e.Time.IsZero() {
		when = e.Time.Format(time.RFC3339)
	}
	who := e.Recipient
	if who == "" {
		who = "-"
	}
	said := strings.Join(strings.Fields(e.Diagnostic), " ")
	return fmt.Appendf(dst, "%s  %-8s  %s  %s  %s  %s\n", when, e.Kind, printable(who), e.Verdict.Reason, e.Verdict.Decision, printable(said))
}

func (eventLines) none(dst []byte, _ string, _ int) []byte { return dst }
