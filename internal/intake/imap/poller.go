package imap

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

// What becomes of mails. The zero value is Move.
const (
	Move   After = "move"   // to the folder
	Delete After = "delete" // for good
)

// Options say which mailbox to read. Fields that are zero have the defaults.
type Options struct {
	// Account has the name imap://ADDRESS/MAILBOX by default, and Every, where the
	// server has no IDLE, is 1 minute.
	mailbox.Account

	Mailbox string // as the server names it; default INBOX
	After   After  // default Move
	// Folder is where mails are moved to, default Rebound/Processed; it is made if
	// it is not there. "/" stands for what the server separates folders with.
	Folder string
}

// ErrOptions is that options make no sense. Errors of New wrap it.
var ErrOptions = errors.New("imap: bad options")

// idleFor is how long an IDLE lasts before the mailbox is looked at all the same:
// below the time after which routers forget a silent connection, and servers (RFC
// 9051, section 5.4: 30 minutes) end it.
const idleFor = 9 * time.Minute

// steady is how long a connection must last for earlier failures to be forgotten.
const steady = 2 * time.Minute

// Poller reads a mailbox. It is an intake.Source.
type Poller struct {
	opt Options
	mailbox.Watch
	memory
}

// New returns a poller. It does not connect yet.
func New(opt Options) (*Poller, error) {
	if err := opt.complete(); err != nil {
		return nil, err
	}
	p := &Poller{opt: opt, memory: newMemory()}
	p.Watch = mailbox.NewWatch(&p.opt.Account, spool.IMAP)
	return p, nil
}

// complete checks the options and fills in the defaults.
func (o *Options) complete() error {
	o.After = cmp.Or(o.After, Move)
	o.Mailbox = cmp.Or(o.Mailbox, "INBOX")
	o.Folder = cmp.Or(o.Folder, "Rebound/Processed")
	if err := o.check(); err != nil {
		return fmt.Errorf("%w: %w", ErrOptions, err)
	}
	o.Complete("993", "143")
	o.Name = cmp.Or(o.Name, fmt.Sprintf("imap://%s/%s", o.Address, o.Mailbox))
	o.Every = cmp.Or(o.Every, time.Minute)
	return nil
}

func (o *Options) check() error {
	if err := o.Check(); err != nil {
		return err
	}
	switch {
	case o.After != Move && o.After != Delete:
		return fmt.Errorf("%s: mails are to %s or %s, not %q", o.Address, Move, Delete, o.After)
	case strings.ContainsAny(o.Folder+o.Mailbox, "*%\r\n\x00"):
		return fmt.Errorf("%s: the name of a mailbox has no *, %% or line break", o.Address)
	case o.After == Move && o.Folder == o.Mailbox:
		return fmt.Errorf("%s: mails cannot be moved to the mailbox %s that they are in", o.Address, o.Mailbox)
	}
	return nil
}

// Run implements intake.Source. It never fails: what is wrong may be mended.
func (p *Poller) Run(ctx context.Context) error {
	defer p.Gauge.Enter(intake.Stopped)
	for failures := 0; ctx.Err() == nil; {
		began := p.opt.Now()
		err := p.connection(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if p.opt.Now().Sub(began) >= steady {
			failures = 0
		}
		failures++
		p.Trouble(p.explain(err))
		p.Gauge.Enter(intake.Waiting)
		if !intake.Sleep(ctx, p.Pause(err, failures)) {
			return nil
		}
	}
	return nil
}

// connection works with one connection until it fails or ctx ends.
func (p *Poller) connection(ctx context.Context) error {
	s, err := dial(ctx, &p.opt)
	if err != nil {
		return err
	}
	defer s.close()
	// Whatever is in flight may end by itself, but not at leisure.
	stop := context.AfterFunc(ctx, func() { s.endWithin(mailbox.Grace) })
	defer stop()
	if err := s.login(p.opt.Username, p.opt.Password); err != nil {
		return err
	}
	if p.opt.After == Move {
		if s.folder, err = s.ensure(p.opt.Folder); err != nil {
			return err
		}
	}
	for {
		if err := p.round(ctx, s); err != nil || ctx.Err() != nil {
			return err
		}
		if err := p.wait(ctx, s); err != nil || ctx.Err() != nil {
			return err
		}
	}
}

// wait waits until there may be something new.
func (p *Poller) wait(ctx context.Context, s *session) error {
	if !s.canIdle() {
		p.Gauge.Enter(intake.Polling)
		intake.Sleep(ctx, p.opt.Every)
		return nil
	}
	p.Gauge.Enter(intake.Listening)
	return s.idle(ctx, idleFor)
}
