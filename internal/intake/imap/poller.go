package imap

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"strings"
	"time"

	"github.com/rebound-mail/rebound/internal/intake"
	"github.com/rebound-mail/rebound/internal/spool"
)

// Security says how the connection is protected.
type Security string

// The kinds of security. The zero value is TLS.
const (
	TLS      Security = "tls"      // from the first byte, port 993 (RFC 8314)
	StartTLS Security = "starttls" // after STARTTLS, which must succeed; port 143
	Plain    Security = "plain"    // none: everybody on the way reads the password
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
	Name     string   // of the status; default imap://ADDRESS/MAILBOX
	Address  string   // host or host:port; required
	Security Security // default TLS
	// TLSConfig is how to check the server; nil is by its name and the authorities
	// of the system.
	TLSConfig *tls.Config
	Username  string // required
	Password  string // required; it is never logged or shown

	Mailbox string // as the server names it; default INBOX
	After   After  // default Move
	// Folder is where mails are moved to, default Rebound/Processed; it is made if
	// it is not there. "/" stands for what the server separates folders with.
	Folder string

	// MaxMessage is how many bytes a mail may have; default 32 MiB.
	MaxMessage int64
	Every      time.Duration // between two looks where the server has no IDLE; default 1 minute
	Timeout    time.Duration // of the server's answer to a command; default 1 minute
	Backoff    intake.Backoff
	// Refused spaces attempts where the server refuses the name and password, or
	// the mailbox: by default 5 minutes, up to an hour, lest an account is locked.
	Refused intake.Backoff

	Trust  spool.Trust // of the mails; default spool.TrustOpen, since anybody can send to a mailbox
	Stream string      // that the events belong to, if it is known

	Spool  intake.Spool     // required
	Now    func() time.Time // default time.Now
	Logger *slog.Logger     // default none
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
	opt   Options
	gauge *intake.Gauge
	mailbox
}

// New returns a poller. It does not connect yet.
func New(opt Options) (*Poller, error) {
	if err := opt.complete(); err != nil {
		return nil, err
	}
	return &Poller{opt: opt, gauge: intake.NewGauge(opt.Name, spool.IMAP, opt.Now), mailbox: newMailbox()}, nil
}

// complete checks the options and fills in the defaults.
func (o *Options) complete() error {
	if o.Security == "" {
		o.Security = TLS
	}
	if o.After == "" {
		o.After = Move
	}
	o.Mailbox = orDefault(o.Mailbox, "INBOX")
	o.Folder = orDefault(o.Folder, "Rebound/Processed")
	if err := o.check(); err != nil {
		return fmt.Errorf("%w: %w", ErrOptions, err)
	}
	host, _, err := net.SplitHostPort(o.Address)
	if err != nil {
		host = strings.Trim(o.Address, "[]")
		port := "993"
		if o.Security != TLS {
			port = "143"
		}
		o.Address = net.JoinHostPort(host, port)
	}
	config := o.TLSConfig
	if config == nil {
		config = &tls.Config{}
	}
	o.TLSConfig = config.Clone()
	o.TLSConfig.MinVersion = max(o.TLSConfig.MinVersion, tls.VersionTLS12)
	o.TLSConfig.ServerName = orDefault(o.TLSConfig.ServerName, host)
	o.Name = orDefault(o.Name, fmt.Sprintf("imap://%s/%s", o.Address, o.Mailbox))
	o.MaxMessage = orDefault(o.MaxMessage, 32<<20)
	o.Every = orDefault(o.Every, time.Minute)
	o.Timeout = orDefault(o.Timeout, time.Minute)
	o.Refused.First = orDefault(o.Refused.First, 5*time.Minute)
	o.Refused.Most = orDefault(o.Refused.Most, time.Hour)
	o.Trust = orDefault(o.Trust, spool.TrustOpen)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return nil
}

func orDefault[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}

func (o *Options) check() error {
	switch {
	case o.Spool == nil:
		return errors.New("no spool")
	case o.Address == "":
		return errors.New("no address: give host:port")
	case o.Username == "" || o.Password == "":
		return fmt.Errorf("%s: give the user name and the password", o.Address)
	case o.Security != TLS && o.Security != StartTLS && o.Security != Plain:
		return fmt.Errorf("%s: security is %s, %s or %s, not %q", o.Address, TLS, StartTLS, Plain, o.Security)
	case o.After != Move && o.After != Delete:
		return fmt.Errorf("%s: mails are to %s or %s, not %q", o.Address, Move, Delete, o.After)
	case o.MaxMessage < 0 || o.Every < 0 || o.Timeout < 0:
		return fmt.Errorf("%s: neither times nor sizes can be negative", o.Address)
	case strings.ContainsAny(o.Folder+o.Mailbox, "*%\r\n\x00"):
		return fmt.Errorf("%s: the name of a mailbox has no *, %% or line break", o.Address)
	case o.After == Move && o.Folder == o.Mailbox:
		return fmt.Errorf("%s: mails cannot be moved to the mailbox %s that they are in", o.Address, o.Mailbox)
	}
	return nil
}

// Status implements intake.Source.
func (p *Poller) Status() intake.Status { return p.gauge.Status() }

// Run implements intake.Source. It never fails: what is wrong may be mended.
func (p *Poller) Run(ctx context.Context) error {
	defer p.gauge.Enter(intake.Stopped)
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
		p.trouble(err)
		p.gauge.Enter(intake.Waiting)
		if !intake.Sleep(ctx, p.pause(err, failures)) {
			return nil
		}
	}
	return nil
}

// pause returns how long to wait after a failure.
func (p *Poller) pause(err error, failures int) time.Duration {
	backoff := p.opt.Backoff
	if errors.Is(err, errRefused) {
		backoff = p.opt.Refused
	}
	return backoff.After(failures, rand.Float64())
}

// trouble shows a problem, and logs it once.
func (p *Poller) trouble(err error) {
	if problem := p.explain(err); p.gauge.Trouble(problem) {
		p.opt.Logger.Warn("imap: "+problem, "source", p.opt.Name)
	}
}

// connection works with one connection until it fails or ctx ends.
func (p *Poller) connection(ctx context.Context) error {
	s, err := dial(ctx, &p.opt)
	if err != nil {
		return err
	}
	defer s.close()
	// Whatever is in flight may end by itself, but not at leisure.
	stop := context.AfterFunc(ctx, func() { s.endWithin(grace) })
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

// grace is how long an exchange may go on after the context has ended.
const grace = 5 * time.Second

// wait waits until there may be something new.
func (p *Poller) wait(ctx context.Context, s *session) error {
	if !s.canIdle() {
		p.gauge.Enter(intake.Polling)
		intake.Sleep(ctx, p.opt.Every)
		return nil
	}
	p.gauge.Enter(intake.Listening)
	return s.idle(ctx, idleFor)
}
