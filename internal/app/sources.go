package app

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rebound-mail/rebound/internal/intake"
	"github.com/rebound-mail/rebound/internal/intake/follow"
	"github.com/rebound-mail/rebound/internal/intake/imap"
	"github.com/rebound-mail/rebound/internal/intake/mailbox"
	"github.com/rebound-mail/rebound/internal/intake/maildir"
	"github.com/rebound-mail/rebound/internal/intake/pop3"
	"github.com/rebound-mail/rebound/internal/intake/smtp"
	"github.com/rebound-mail/rebound/maillog"
)

// listening is a source that listens, and where.
type listening struct {
	intake.Source
	label, address string
}

// statuses says how the sources fare.
func (a *App) statuses() []intake.Status {
	list := make([]intake.Status, len(a.sources))
	for i, s := range a.sources {
		list[i] = s.Status()
	}
	return list
}

// buildSources makes what the settings name.
func (a *App) buildSources(ctx context.Context) error {
	for _, build := range []func(context.Context) error{a.buildSMTP, a.buildLMTP, a.buildMaildirs, a.buildLogs, a.buildIMAP, a.buildPOP3} {
		if err := build(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (a *App) buildSMTP(context.Context) error {
	if a.config.SMTP.Listen == "" {
		return nil
	}
	return a.addListener("smtp-listen", "SMTP", a.smtpOptions(smtp.SMTP, a.config.SMTP.Listen))
}

func (a *App) buildLMTP(context.Context) error {
	if a.config.LMTP.Listen == "" {
		return nil
	}
	return a.addListener("lmtp-listen", "LMTP", a.smtpOptions(smtp.LMTP, a.config.LMTP.Listen))
}

func (a *App) smtpOptions(protocol smtp.Protocol, listen string) smtp.Options {
	c := a.config.SMTP
	o := smtp.Options{
		Name: string(protocol), Protocol: protocol, Listen: listen, Hostname: c.Hostname, Domains: c.Domains, AnySender: c.AnySender, MaxMessage: int64(c.MaxSize),
		Limits: smtp.Limits{Connections: c.Connections, MessagesPerMinute: c.ClientRate}, Spool: a.spool, Now: a.now, Logger: a.log.With("part", string(protocol)),
	}
	if o.Limits.MessagesPerMinute == 0 {
		o.Limits.MessagesPerMinute = -1
	}
	if o.Hostname == "" {
		o.Hostname, _ = os.Hostname()
	}
	if a.certificates != nil {
		o.TLS = a.certificates.config()
	}
	return o
}

// cause is what a listener's own words are wrapped around: the setting and the
// address are named already.
func cause(err error) error {
	if inner := errors.Unwrap(err); inner != nil {
		return inner
	}
	return err
}

// addListener begins to listen, so that an address that cannot be had is known at
// once.
func (a *App) addListener(setting, label string, o smtp.Options) error {
	s, err := smtp.New(o)
	if err != nil {
		return fmt.Errorf("%s: %w", setting, err)
	}
	addr, err := s.Listen()
	if err != nil {
		return fmt.Errorf("%s: cannot listen at %s: %w", setting, o.Listen, bindAdvice(cause(err)))
	}
	a.later(setting, s.Close)
	a.sources = append(a.sources, &listening{s, label, addressWords(addr)})
	return nil
}

func addressWords(addr net.Addr) string {
	if strings.HasPrefix(addr.Network(), "unix") {
		return "unix:" + addr.String()
	}
	return addr.String()
}

func (a *App) buildMaildirs(context.Context) error {
	for _, m := range a.config.Intake.Maildir {
		s, err := maildir.New(maildir.Options{
			Path: m.Path, Every: time.Duration(m.Poll), Stream: m.Stream, MaxMessage: int64(a.config.Spool.MaxReport),
			Spool: a.spool, Now: a.now, Logger: a.log.With("part", "maildir"),
		})
		if err != nil {
			return fmt.Errorf("%s: maildir: %w", a.config.Origin("maildir"), err)
		}
		a.sources = append(a.sources, s)
	}
	return nil
}

// buildLogs follows each log by a source of its own: they differ in format, zone
// and stream.
func (a *App) buildLogs(context.Context) error {
	for _, l := range a.config.Intake.Follow {
		zone, err := time.LoadLocation(l.Zone)
		if err != nil {
			return err
		}
		s, err := follow.New(follow.Options{
			Name: l.Path, Paths: []string{l.Path}, State: a.statePath("log-" + nameOf(absolute(l.Path))), NewOnly: l.NewOnly, Location: zone,
			Format: maillog.Format(l.Format), Stream: l.Stream, Spool: a.spool, Now: a.now, Logger: a.log.With("part", "follow"),
		})
		if err != nil {
			return fmt.Errorf("%s: follow: %w", a.config.Origin("follow"), err)
		}
		a.sources = append(a.sources, s)
	}
	return nil
}

func (a *App) buildIMAP(context.Context) error {
	for _, m := range a.config.Intake.IMAP {
		trust, err := authorities(m.CAFile)
		if err != nil {
			return fmt.Errorf("%s: imap: %w", a.config.Origin("imap"), err)
		}
		after := imap.Move
		if m.Delete {
			after = imap.Delete
		}
		s, err := imap.New(imap.Options{
			Account: mailbox.Account{
				Address: m.Host, Security: security(m.TLS), TLSConfig: trust, Username: m.User, Password: string(m.Password),
				MaxMessage: int64(a.config.Spool.MaxReport), Every: time.Duration(m.Poll), Stream: m.Stream, Spool: a.spool, Now: a.now, Logger: a.log.With("part", "imap"),
			},
			Mailbox: m.Mailbox, After: after, Folder: m.Folder,
		})
		if err != nil {
			return fmt.Errorf("%s: imap: %w", a.config.Origin("imap"), err)
		}
		a.sources = append(a.sources, s)
	}
	return nil
}

func (a *App) buildPOP3(context.Context) error {
	for _, m := range a.config.Intake.POP3 {
		trust, err := authorities(m.CAFile)
		if err != nil {
			return fmt.Errorf("%s: pop3: %w", a.config.Origin("pop3"), err)
		}
		after := pop3.Keep
		if m.Delete {
			after = pop3.Delete
		}
		s, err := pop3.New(pop3.Options{
			Account: mailbox.Account{
				Address: m.Host, Security: security(m.TLS), TLSConfig: trust, Username: m.User, Password: string(m.Password),
				MaxMessage: int64(a.config.Spool.MaxReport), Every: time.Duration(m.Poll), Stream: m.Stream, Spool: a.spool, Now: a.now, Logger: a.log.With("part", "pop3"),
			},
			After: after, StateFile: a.statePath("pop3-" + nameOf(m.User+"@"+m.Host)),
		})
		if err != nil {
			return fmt.Errorf("%s: pop3: %w", a.config.Origin("pop3"), err)
		}
		a.sources = append(a.sources, s)
	}
	return nil
}

// security turns the setting into what sources call it.
func security(setting string) mailbox.Security {
	switch setting {
	case "starttls":
		return mailbox.StartTLS
	case "none":
		return mailbox.Plain
	}
	return mailbox.TLS
}

// authorities returns the settings of TLS that trust those of a file too; nil
// without a file.
func authorities(file string) (*tls.Config, error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("ca-file: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("ca-file: %s holds no certificate in PEM", file)
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool}, nil
}

// nameOf makes a file name of what may be a path or an address.
func nameOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:8]) + ".json"
}

// absolute returns the one path by which a file is known.
func absolute(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	return abs
}
