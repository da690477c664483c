package maildir

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"time"

	"github.com/rebound-mail/rebound/internal/intake"
	"github.com/rebound-mail/rebound/internal/spool"
)

// Options say which Maildir to watch. Fields that are zero have the defaults.
type Options struct {
	Name  string        // of the status; default the path
	Path  string        // the folder that has new, cur and tmp
	Every time.Duration // between two looks; default 5 seconds
	// MaxMessage is how many bytes a mail may have; default 32 MiB.
	MaxMessage int64
	// Trust of the mails; default spool.TrustOpen, since anybody can send to a mailbox.
	Trust   spool.Trust
	Stream  string // that the events belong to, if it is known
	Backoff intake.Backoff

	Spool  intake.Spool
	Now    func() time.Time // default time.Now
	Logger *slog.Logger     // default none
}

// ErrOptions is that options make no sense. Errors of New wrap it.
var ErrOptions = errors.New("maildir: bad options")

// Maildir watches a folder. It is an intake.Source.
type Maildir struct {
	opt   Options
	gauge *intake.Gauge
	moves []string        // names in new that the spool has and that are still to be moved
	known map[string]bool // names that were counted as refused
}

// New returns a watcher of a Maildir, which need not exist yet.
func New(opt Options) (*Maildir, error) {
	switch {
	case opt.Path == "":
		return nil, fmt.Errorf("%w: no path", ErrOptions)
	case opt.Spool == nil:
		return nil, fmt.Errorf("%w: no spool", ErrOptions)
	case opt.Every < 0 || opt.MaxMessage < 0:
		return nil, fmt.Errorf("%w: %s: neither the pause nor the size of a mail can be negative", ErrOptions, opt.Path)
	}
	if opt.Name == "" {
		opt.Name = opt.Path
	}
	if opt.Every == 0 {
		opt.Every = 5 * time.Second
	}
	if opt.MaxMessage == 0 {
		opt.MaxMessage = 32 << 20
	}
	if opt.Trust == spool.TrustUnknown {
		opt.Trust = spool.TrustOpen
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	return &Maildir{opt: opt, gauge: intake.NewGauge(opt.Name, spool.Maildir, opt.Now)}, nil
}

// Status implements intake.Source.
func (m *Maildir) Status() intake.Status { return m.gauge.Status() }

// Run implements intake.Source. It never fails: what is wrong may be mended.
func (m *Maildir) Run(ctx context.Context) error {
	defer m.gauge.Enter(intake.Stopped)
	m.gauge.Enter(intake.Polling)
	for failures := 0; ; {
		err := m.look(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err == nil {
			failures = 0
			m.gauge.Enter(intake.Polling)
			if !intake.Sleep(ctx, m.opt.Every) {
				return nil
			}
			continue
		}
		failures++
		m.trouble(err.Error())
		m.gauge.Enter(intake.Waiting)
		if !m.opt.Backoff.Wait(ctx, failures) {
			return nil
		}
	}
}

// look takes in what there is. An error keeps the folder, or the spool, from
// being used at all; single mails that cannot be read are only shown.
func (m *Maildir) look(ctx context.Context) error {
	l := &look{Maildir: m, bad: map[string]bool{}}
	if err := l.open(); err != nil {
		return err
	}
	defer l.close()
	if err := l.settle(); err != nil {
		return err
	}
	if err := l.all(ctx); err != nil {
		maps.Copy(l.bad, m.known) // not all of it was seen this time
		m.known = l.bad
		return err
	}
	m.known = l.bad
	if l.problem != "" {
		m.trouble(l.summary())
		return nil
	}
	if m.gauge.Fine() {
		m.opt.Logger.Info("all mails can be read again", "source", m.opt.Name)
	}
	return nil
}

// trouble shows a problem, and logs it once.
func (m *Maildir) trouble(problem string) {
	if m.gauge.Trouble(problem) {
		m.opt.Logger.Warn("trouble with a Maildir", "source", m.opt.Name, "problem", problem)
	}
}
