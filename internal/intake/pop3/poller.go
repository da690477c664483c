package pop3

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rebound-mail/rebound/internal/intake"
	"github.com/rebound-mail/rebound/internal/intake/mailbox"
	"github.com/rebound-mail/rebound/internal/spool"
)

// After says what becomes of a mail that was taken.
type After string

// What becomes of mails. The zero value is Keep.
const (
	Keep   After = "keep"   // it stays, and is remembered
	Delete After = "delete" // for good
)

// Options say which mailbox to read. Fields that are zero have the defaults.
type Options struct {
	// Account has the name pop3://ADDRESS by default, and Every is 5 minutes, or what
	// the server asks for.
	mailbox.Account

	After After // default Keep
	// StateFile keeps which mails were taken; required unless they are deleted.
	// Each mailbox has its own.
	StateFile string
}

// ErrOptions is that options make no sense. Errors of New wrap it.
var ErrOptions = errors.New("pop3: bad options")

// Poller reads a mailbox. It is an intake.Source.
type Poller struct {
	opt Options
	mailbox.Watch
	known   *memory
	skipped map[string]bool // ids of mails that cannot be taken
	delay   time.Duration   // between logins, as the server asks
}

// New returns a poller. It reads the state file and does not connect yet.
func New(opt Options) (*Poller, error) {
	if err := opt.complete(); err != nil {
		return nil, err
	}
	known, err := openMemory(opt.StateFile)
	if err != nil {
		return nil, err
	}
	p := &Poller{opt: opt, known: known, skipped: map[string]bool{}}
	p.Watch = mailbox.NewWatch(&p.opt.Account, spool.POP3)
	return p, nil
}

// complete checks the options and fills in the defaults.
func (o *Options) complete() error {
	o.After = cmp.Or(o.After, Keep)
	if err := o.check(); err != nil {
		return fmt.Errorf("%w: %w", ErrOptions, err)
	}
	o.Complete("995", "110")
	o.Name = cmp.Or(o.Name, "pop3://"+o.Address)
	o.Every = cmp.Or(o.Every, 5*time.Minute)
	return nil
}

func (o *Options) check() error {
	if err := o.Check(); err != nil {
		return err
	}
	switch {
	case strings.ContainsAny(o.Username+o.Password, "\r\n\x00"):
		return fmt.Errorf("%s: neither user name nor password can have a line break", o.Address)
	case o.After != Keep && o.After != Delete:
		return fmt.Errorf("%s: mails are to %s or %s, not %q", o.Address, Keep, Delete, o.After)
	case o.After == Keep && o.StateFile == "":
		return fmt.Errorf("%s: mails that stay must be remembered: give a state file", o.Address)
	}
	return nil
}

// Run implements intake.Source. It never fails: what is wrong may be mended.
func (p *Poller) Run(ctx context.Context) error {
	defer p.Gauge.Enter(intake.Stopped)
	for failures := 0; ; {
		err := p.look(ctx)
		if ctx.Err() != nil {
			return nil
		}
		pause := max(p.opt.Every, p.delay)
		if err == nil {
			failures = 0
			p.Gauge.Enter(intake.Polling)
		} else {
			failures++
			p.Trouble(p.explain(err))
			p.Gauge.Enter(intake.Waiting)
			pause = p.pause(err, failures)
		}
		if !intake.Sleep(ctx, pause) {
			return nil
		}
	}
}

// pause returns how long to wait after a failure.
func (p *Poller) pause(err error, failures int) time.Duration {
	return max(p.Pause(err, failures), p.delay)
}
