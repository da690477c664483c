package follow

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/rebound-mail/rebound/internal/intake"
	"github.com/rebound-mail/rebound/internal/spool"
	"github.com/rebound-mail/rebound/maillog"
)

// Options say which logs to follow. Fields that are zero have the defaults.
type Options struct {
	Name    string        // of the status; default "logs"
	Paths   []string      // of the logs, which need not exist yet
	State   string        // the file that keeps how far was read; its folder is made
	NewOnly bool          // begin at the end of logs of which no place is kept
	Every   time.Duration // between two looks; default 1 second
	// Location is the zone of stamps that name none; default UTC.
	Location *time.Location
	// Format is that of the lines; by default each is told by its form.
	Format maillog.Format
	// Filters are hosts that only pass mail on within the site; see maillog.Options.
	Filters []string
	Stream  string // that the events belong to, if it is known
	Backoff intake.Backoff

	Spool  intake.Spool
	Now    func() time.Time // default time.Now
	Logger *slog.Logger     // default none
}

// ErrOptions is that options make no sense. Errors of New wrap it.
var ErrOptions = errors.New("follow: bad options")

// Source follows logs for the server. It is an intake.Source.
type Source struct {
	opt    Options
	places *Places
	gauge  *intake.Gauge

	mu       sync.Mutex
	problems map[string]string // by path
}

// New reads the places that are kept. Errors wrap ErrOptions or ErrPlaces, or are
// those of reading.
func New(opt Options) (*Source, error) {
	switch {
	case len(opt.Paths) == 0 || slices.Contains(opt.Paths, ""):
		return nil, fmt.Errorf("%w: no path of a log", ErrOptions)
	case opt.State == "":
		return nil, fmt.Errorf("%w: no file to keep places in", ErrOptions)
	case opt.Spool == nil:
		return nil, fmt.Errorf("%w: no spool", ErrOptions)
	case opt.Every < 0:
		return nil, fmt.Errorf("%w: the pause cannot be negative", ErrOptions)
	}
	opt.Paths = unique(opt.Paths)
	if opt.Name == "" {
		opt.Name = "logs"
	}
	if opt.Every == 0 {
		opt.Every = time.Second
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(filepath.Dir(opt.State), 0o700); err != nil {
		return nil, err
	}
	places, err := OpenPlaces(opt.State)
	if err != nil {
		return nil, err
	}
	return &Source{opt: opt, places: places, gauge: intake.NewGauge(opt.Name, spool.Tail, opt.Now), problems: map[string]string{}}, nil
}

// unique leaves out paths that are the same file by name.
func unique(paths []string) []string {
	list := make([]string, 0, len(paths))
	for _, path := range paths {
		if !slices.ContainsFunc(list, func(p string) bool { return absolute(p) == absolute(path) }) {
			list = append(list, path)
		}
	}
	return list
}

// Status implements intake.Source. Refused counts lines that could not be read.
func (s *Source) Status() intake.Status { return s.gauge.Status() }

// Run implements intake.Source. It never fails: what is wrong may be mended.
func (s *Source) Run(ctx context.Context) error {
	defer s.gauge.Enter(intake.Stopped)
	s.gauge.Enter(intake.Polling)
	var all sync.WaitGroup
	for _, path := range s.opt.Paths {
		all.Go(func() { s.follow(ctx, path) })
	}
	all.Wait()
	return nil
}

// trouble shows what keeps a log from being followed, and logs it once.
func (s *Source) trouble(path, problem string) {
	s.mu.Lock()
	isNew := s.problems[path] != problem
	s.problems[path] = problem
	s.show()
	s.mu.Unlock()
	if isNew {
		s.opt.Logger.Warn("trouble with a log", "source", s.opt.Name, "path", path, "problem", problem)
	}
}

// fine notes that a log is followed.
func (s *Source) fine(path string) {
	s.mu.Lock()
	_, was := s.problems[path]
	delete(s.problems, path)
	s.show()
	s.mu.Unlock()
	if was {
		s.opt.Logger.Info("the log is followed again", "source", s.opt.Name, "path", path)
	}
}

// show puts the problem of the first log that has one into the status.
func (s *Source) show() {
	if len(s.problems) == 0 {
		s.gauge.Fine()
		s.gauge.Enter(intake.Polling)
		return
	}
	for _, path := range s.opt.Paths {
		problem, is := s.problems[path]
		if !is {
			continue
		}
		if others := len(s.problems) - 1; others > 0 {
			problem = fmt.Sprintf("%s (and %d other logs have trouble)", problem, others)
		}
		s.gauge.Trouble(problem)
		s.gauge.Enter(intake.Waiting)
		return
	}
}
