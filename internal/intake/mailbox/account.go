// Package mailbox is what sources share that fetch mail out of a mailbox on a
// server, by whatever protocol: how the account is set up and the connection made,
// how mails get into the spool, and what an operator is told when something fails.
package mailbox

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
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
	TLS      Security = "tls"      // from the first byte (RFC 8314)
	StartTLS Security = "starttls" // after the command for it, which must succeed
	Plain    Security = "plain"    // none: everybody on the way reads the password
)

// Bounds of what is done at a time, and remembered.
const (
	BatchMails = 64              // mails handed on at once
	BatchBytes = 8 << 20         // of them together, unless one has more
	MaxSkipped = 100_000         // mails left where they are that are remembered, so as to be counted once
	Slowest    = 8 << 10         // bytes a second that a server must send of a mail
	Grace      = 5 * time.Second // how long an exchange may go on after the context has ended
)

// Account says which mailbox to read, and how. Fields that are zero have the
// defaults.
type Account struct {
	Name     string   // of the status; default the URL of the mailbox
	Address  string   // host or host:port; required
	Security Security // default TLS
	// TLSConfig is how to check the server; nil is by its name and the authorities
	// of the system.
	TLSConfig *tls.Config
	Username  string // required
	Password  string // required; it is never logged or shown

	// MaxMessage is how many bytes a mail may have; default 32 MiB.
	MaxMessage int64
	Every      time.Duration // between two looks; the default is the protocol's
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

// Check says what makes no sense in an account as it was given.
func (a *Account) Check() error {
	switch {
	case a.Spool == nil:
		return errors.New("no spool")
	case a.Address == "":
		return errors.New("no address: give host:port")
	case a.Username == "" || a.Password == "":
		return fmt.Errorf("%s: give the user name and the password", a.Address)
	case a.Security != "" && a.Security != TLS && a.Security != StartTLS && a.Security != Plain:
		return fmt.Errorf("%s: security is %s, %s or %s, not %q", a.Address, TLS, StartTLS, Plain, a.Security)
	case a.MaxMessage < 0 || a.Every < 0 || a.Timeout < 0:
		return fmt.Errorf("%s: neither times nor sizes can be negative", a.Address)
	}
	return nil
}

// Complete fills in the defaults. The port is secure where TLS begins with the
// first byte, else clear.
func (a *Account) Complete(secure, clear string) {
	a.Security = cmp.Or(a.Security, TLS)
	host, _, err := net.SplitHostPort(a.Address)
	if err != nil {
		host = strings.Trim(a.Address, "[]")
		port := clear
		if a.Security == TLS {
			port = secure
		}
		a.Address = net.JoinHostPort(host, port)
	}
	config := cmp.Or(a.TLSConfig, &tls.Config{})
	a.TLSConfig = config.Clone()
	a.TLSConfig.MinVersion = max(a.TLSConfig.MinVersion, tls.VersionTLS12)
	a.TLSConfig.ServerName = cmp.Or(a.TLSConfig.ServerName, host)
	a.MaxMessage = cmp.Or(a.MaxMessage, 32<<20)
	a.Timeout = cmp.Or(a.Timeout, time.Minute)
	a.Refused.First = cmp.Or(a.Refused.First, 5*time.Minute)
	a.Refused.Most = cmp.Or(a.Refused.Most, time.Hour)
	a.Trust = cmp.Or(a.Trust, spool.TrustOpen)
	if a.Now == nil {
		a.Now = time.Now
	}
	a.Logger = cmp.Or(a.Logger, slog.New(slog.DiscardHandler))
}

// Dial connects to the server of a complete account, and begins as the protocol
// does; both together have the account's timeout.
func Dial[T any](ctx context.Context, a *Account, begin func(context.Context, net.Conn) (T, error)) (T, error) {
	var none T
	ctx, cancel := context.WithTimeout(ctx, a.Timeout)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", a.Address)
	if err != nil {
		return none, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	client, err := begin(ctx, conn)
	if err != nil {
		return none, errors.Join(err, conn.Close())
	}
	return client, nil
}

// Secure goes on with TLS.
func (a *Account) Secure(ctx context.Context, conn net.Conn) (net.Conn, error) {
	secure := tls.Client(conn, a.TLSConfig)
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTLS, err)
	}
	return secure, nil
}
