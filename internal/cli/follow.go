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
	"github.com/rebound-mail/rebound/internal/intray"
	"github.com/rebound-mail/rebound/internal/tail"
	"github.com/rebound-mail/rebound/maillog"
)

// followEvery is how often the files are looked at.
const followEvery = 250 * time.Millisecond

// seenAgain is how much before the place where the last run ended is read again,
// for senders and Message-IDs of mails that were under way.
const seenAgain = 8 << 20

// follow reads logs while they grow, until a signal ends it.
func (c *scanCmd) follow(s *streams, scan *scanner, report *scanReport, out *bufio.Writer) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	f := &follower{scanner: scan, report: report, out: out, state: &followState{path: c.State}, now: s.now, newOnly: c.NewOnly}
	if scan.encoder == nil {
		scan.encoder = func() encoder { return &eventLines{} }
	}
	if err := f.start(c.Paths); err != nil {
		return err
	}
	defer f.close()
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
	state   *followState
	now     func() time.Time
	newOnly bool
	files   []*followed
}

// followed is one log.
type followed struct {
	path    string
	tail    *tail.Tail
	reader  *maillog.Reader
	told    maillog.Stats
	trouble string // what was told of it last
	dst     []event.Event
}

// start finds the places to begin at.
func (f *follower) start(paths []string) error {
	if err := f.state.load(); err != nil {
		return err
	}
	for _, path := range paths {
		pos, known := f.state.position(path)
		log := &followed{path: path, tail: tail.New(pos), reader: f.logs.reader(f.logs.written(f.now()))}
		if _, err := os.Stat(path); err != nil {
			f.trouble(log, err)
		}
		if !known && f.newOnly {
			if err := log.tail.End(); err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			if err := f.state.save(log.tail.Position()); err != nil {
				return err
			}
		}
		log.reader.File(path)
		before, err := log.tail.Before(seenAgain)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		for line := range strings.Lines(string(before)) {
			log.dst = log.reader.Line(log.dst[:0], []byte(line))
		}
		log.told = log.reader.Stats()
		f.files = append(f.files, log)
	}
	f.report.logs.files = len(f.files)
	return nil
}

func (f *follower) close() {
	for _, log := range f.files {
		log.tail.Close()
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
	before := log.tail.Position()
	log.reader.SetNow(f.logs.written(f.now()))
	var writing error
	err := log.tail.Poll(func(l tail.Lines) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		writing = f.lines(log, l)
		return writing
	})
	switch {
	case writing != nil:
		return writing
	case err != nil && ctx.Err() == nil:
		f.trouble(log, err)
	case err == nil && log.tail.Position().Line > 0:
		log.trouble = ""
	}
	if log.tail.Position() == before {
		return nil
	}
	if err := f.out.Flush(); err != nil {
		return err
	}
	return f.state.save(log.tail.Position())
}

// trouble says once what keeps a file from being read.
func (f *follower) trouble(log *followed, err error) {
	var path *os.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	if log.trouble != err.Error() {
		log.trouble = err.Error()
		fmt.Fprintf(f.report.err, "rebound: %s: %s; waiting for it\n", printable(log.path), printable(log.trouble))
	}
}

// lines reads some lines of a log.
func (f *follower) lines(log *followed, l tail.Lines) error {
	w := f.worker(0)
	if l.Begin {
		log.dst = log.reader.Flush(log.dst[:0])
		w.followed(log, l.Name, l.First-1)
		log.reader.File(l.Name)
	}
	number := l.First
	for text := l.Text; len(text) > 0; number++ {
		end := lineEnd(text)
		log.dst = log.reader.Line(log.dst[:0], text[:end])
		text = text[end:]
		w.followed(log, l.Name, number)
	}
	now := log.reader.Stats()
	w.result.tally.log(&logJob{stats: sinceStats(now, log.told)})
	for _, l := range now.Samples[len(log.told.Samples):] {
		w.result.lines = append(w.result.lines, damagedLine(l.File, l.Line, l.Problem, l.Text))
	}
	log.told = now
	f.report.add(w.result)
	_, err := f.out.Write(w.result.out)
	return err
}

// followed judges and writes the events of one line.
func (w *scanWorker) followed(log *followed, name string, line int) {
	for i := range log.dst {
		log.dst[i].Source.File, log.dst[i].Source.Line = name, line
		w.logEvent(&log.dst[i])
	}
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
