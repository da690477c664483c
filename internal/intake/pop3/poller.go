package pop3

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
	TLS      Security = "tls"      // from the first byte, port 995
	StartTLS Security = "starttls" // after STLS, which must succeed; port 110
	Plain    Security = "plain"    // none: everybody on the way reads the password
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
	Name     string   // of the status; default pop3://ADDRESS
	Address  string   // host or host:port; required
	Security Security // default TLS
	// TLSConfig is how to check the server; nil is by its name and the authorities
	// of the system.
	TLSConfig *tls.Config
	Username  string // required
	Password  string // required; it is never logged or shown

	After After // default Keep
	// StateFile keeps which mails were taken; required unless they are deleted.
	// Each mailbox has its own.
	StateFile string

	// MaxMessage is how many bytes a mail may have; default 32 MiB.
	MaxMessage int64
	Every      time.Duration // between two looks; default 5 minutes, and what the server asks for
	Timeout    time.Duration // of the server's answer to a command; default 1 minute
	Backoff    intake.Backoff
	// Refused spaces attempts where the server refuses the name and password: by
	// default 5 minutes, up to an hour, lest an account is locked.
	Refused intake.Backoff

	Trust  spool.Trust // of the mails; default spool.TrustOpen, since anybody can send to a mailbox
	Stream string      // that the events belong to, if it is known

	Spool  intake.Spool     // required
	Now    func() time.Time // default time.Now
	Logger *slog.Logger     // default none
}

// ErrOptions is that options make no sense. Errors of New wrap it.
var ErrOptions = errors.New("pop3: bad options")

// Poller reads a mailbox. It is an intake.Source.
type Poller struct {
	opt     Options
	gauge   *intake.Gauge
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
	return &Poller{opt: opt, gauge: intake.NewGauge(opt.Name, spool.POP3, opt.Now), known: known, skipped: map[string]bool{}}, nil
}

// complete checks the options and fills in the defaults.
func (o *Options) complete() error {
	o.Security = orDefault(o.Security, TLS)
	o.After = orDefault(o.After, Keep)
	if err := o.check(); err != nil {
		return fmt.Errorf("%w: %w", ErrOptions, err)
	}
	host, _, err := net.SplitHostPort(o.Address)
	if err != nil {
		host = strings.Trim(o.Address, "[]")
		port := "995"
		if o.Security != TLS {
			port = "110"
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
	o.Name = orDefault(o.Name, "pop3://"+o.Address)
	o.MaxMessage = orDefault(o.MaxMessage, 32<<20)
	o.Every = orDefault(o.Every, 5*time.Minute)
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
	case strings.ContainsAny(o.Username+o.Password, "\r\n\x00"):
		return fmt.Errorf("%s: neither user name nor password can have a line break", o.Address)
	case o.Security != TLS && o.Security != StartTLS && o.Security != Plain:
		return fmt.Errorf("%s: security is %s, %s or %s, not %q", o.Address, TLS, StartTLS, Plain, o.Security)
	case o.After != Keep && o.After != Delete:
		return fmt.Errorf("%s: mails are to %s or %s, not %q", o.Address, Keep, Delete, o.After)
	case o.After == Keep && o.StateFile == "":
		return fmt.Errorf("%s: mails that stay must be remembered: give a state file", o.Address)
	case o.MaxMessage < 0 || o.Every < 0 || o.Timeout < 0:
		return fmt.Errorf("%s: neither times nor sizes can be negative", o.Address)
	}
	return nil
}

// Status implements intake.Source.
func (p *Poller) Status() intake.Status { return p.gauge.Status() }

// Run implements intake.Source. It never fails: what is wrong may be mended.
func (p *Poller) Run(ctx context.Context) error {
	defer p.gauge.Enter(intake.Stopped)
	for failures := 0; ; {
		err := p.look(ctx)
		if ctx.Err() != nil {
			return nil
		}
		pause := max(p.opt.Every, p.delay)
		if err == nil {
			failures = 0
			p.gauge.Enter(intake.Polling)
		} else {
			failures++
			p.trouble(p.explain(err))
			p.gauge.Enter(intake.Waiting)
			pause = p.pause(err, failures)
		}
		if !intake.Sleep(ctx, pause) {
			return nil
		}
	}
}

// pause returns how long to wait after a failure.
func (p *Poller) pause(err error, failures int) time.Duration {
	backoff := p.opt.Backoff
	if errors.Is(err, errRefused) {
		backoff = p.opt.Refused
	}
	return max(backoff.After(failures, rand.Float64()), p.delay)
}

// trouble shows a problem, and logs it once.
func (p *Poller) trouble(problem string) {
	if p.gauge.Trouble(problem) {
		p.opt.Logger.Warn("pop3: "+problem, "source", p.opt.Name)
	}
}
