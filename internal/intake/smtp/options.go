package smtp

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"time"

	"github.com/rebound-mail/rebound/internal/intake"
	"github.com/rebound-mail/rebound/internal/spool"
)

// Protocol is what is spoken.
type Protocol string

// The protocols.
const (
	SMTP Protocol = "smtp"
	LMTP Protocol = "lmtp" // RFC 2033: a reply for each recipient
)

// Options say where to listen and what to take. Fields that are zero have the
// defaults.
type Options struct {
	Name     string   // of the status; default the protocol
	Protocol Protocol // default SMTP
	// Listen is host:port, or unix: and the path of a socket.
	Listen     string
	SocketMode fs.FileMode // of a Unix socket; default 0660
	Hostname   string      // in the greeting; default localhost
	TLS        *tls.Config // offers STARTTLS (RFC 3207), if given
	// Domains are those whose recipients are taken; "*.example.com" stands for
	// all below example.com. None means any.
	Domains []string
	// AnySender takes messages of any sender, not only of the null sender:
	// complaints of feedback loops, auto-replies and reports of some systems have one.
	AnySender     bool
	MaxMessage    int64 // bytes of a message; default 32 MiB
	MaxRecipients int   // of a message, each of which makes a report; default 10
	Limits        Limits
	Timeouts      Timeouts

	Spool  intake.Spool
	Now    func() time.Time // default time.Now
	Logger *slog.Logger     // default none
}

// Limits bound what clients may do. Zero has the default; less than zero means no
// limit. A client is an IPv4 address or an IPv6 network of 64 bits; those of this
// machine, by loopback or Unix socket, have no limits of their own.
type Limits struct {
	Connections          int   // at once, of all clients; default 200
	PerClient            int   // connections of a client at once; default 20
	ConnectionsPerMinute int   // of a client; default 120
	MessagesPerMinute    int   // of a client; default 1200
	Refusals             int   // in a connection before it is closed; default 20
	Bytes                int64 // in memory of all messages under way; default 256 MiB
}

// Timeouts bound how long clients may take. Zero has the default.
type Timeouts struct {
	Command time.Duration // for a command to come, whole; default 5 minutes (RFC 5321 section 4.5.3.2.7)
	Line    time.Duration // for a line, or 4 kB, of a message; default 3 minutes (section 4.5.3.2.5)
	Message time.Duration // for the whole of a message; default 10 minutes
	Session time.Duration // for a connection, outside of messages; default 1 hour
	Stop    time.Duration // for messages under way when Run is to end; default 10 seconds
}

// ErrOptions is that options make no sense. Errors of New wrap it.
var ErrOptions = errors.New("smtp: bad options")

// complete checks options and fills defaults in.
func (o Options) complete() (Options, error) {
	if o.Protocol == "" {
		o.Protocol = SMTP
	}
	if o.Name == "" {
		o.Name = string(o.Protocol)
	}
	switch {
	case o.Protocol != SMTP && o.Protocol != LMTP:
		return o, fmt.Errorf("%w: protocol %q; there are smtp and lmtp", ErrOptions, o.Protocol)
	case o.Listen == "" || o.Listen == unixPrefix:
		return o, fmt.Errorf("%w: %s has no address to listen on, such as 127.0.0.1:2525 or unix:/run/rebound/lmtp", ErrOptions, o.Name)
	case o.Spool == nil:
		return o, fmt.Errorf("%w: %s has no spool", ErrOptions, o.Name)
	case o.MaxMessage < 0 || o.MaxRecipients < 0:
		return o, fmt.Errorf("%w: %s: the size and the recipients of a message cannot be negative", ErrOptions, o.Name)
	}
	if o.Hostname == "" {
		o.Hostname = "localhost"
	}
	if strings.ContainsFunc(o.Hostname, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return o, fmt.Errorf("%w: hostname %q", ErrOptions, o.Hostname)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	setDefault(&o.SocketMode, 0o660)
	setDefault(&o.MaxMessage, 32<<20)
	setDefault(&o.MaxRecipients, 10)
	o.Limits.complete()
	o.Timeouts.complete()
	return o, nil
}

func (l *Limits) complete() {
	setDefault(&l.Connections, 200)
	setDefault(&l.PerClient, 20)
	setDefault(&l.ConnectionsPerMinute, 120)
	setDefault(&l.MessagesPerMinute, 1200)
	setDefault(&l.Refusals, 20)
	setDefault(&l.Bytes, 256<<20)
}

func (t *Timeouts) complete() {
	setDefault(&t.Command, 5*time.Minute)
	setDefault(&t.Line, 3*time.Minute)
	setDefault(&t.Message, 10*time.Minute)
	setDefault(&t.Session, time.Hour)
	setDefault(&t.Stop, 10*time.Second)
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// source returns the protocol as a source of reports.
func (p Protocol) source() spool.Source {
	if p == LMTP {
		return spool.LMTP
	}
	return spool.SMTP
}
