package imap

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rebound-mail/rebound/internal/intake/mailbox"
)

// errTooMuch is that a server sends more than belongs to an answer.
var errTooMuch = errors.New("the server sends more than it was asked for")

// ration bounds what a server may send in answer to a command: what it sends
// beyond it is not read. So no parser above it can be made to take memory.
type ration struct {
	net.Conn
	first []byte // to be read before anything else
	left  atomic.Int64
}

func (r *ration) allow(bytes int64) { r.left.Store(bytes) }

func (r *ration) Read(b []byte) (int, error) {
	if len(r.first) > 0 {
		n := copy(b, r.first)
		r.first = r.first[n:]
		return n, nil
	}
	left := r.left.Load()
	if left <= 0 {
		return 0, errTooMuch
	}
	n, err := r.Conn.Read(b[:min(int64(len(b)), left)])
	r.left.Add(int64(-n))
	return n, err
}

// dial connects, with TLS as the options say.
func dial(ctx context.Context, o *Options) (*session, error) {
	return mailbox.Dial(ctx, &o.Account, func(ctx context.Context, conn net.Conn) (_ *session, err error) {
		greeting := ""
		if o.Security == mailbox.StartTLS {
			if err := startTLS(conn, o.Timeout); err != nil {
				return nil, err
			}
			greeting = afterStartTLS
		}
		if o.Security != mailbox.Plain {
			if conn, err = o.Secure(ctx, conn); err != nil {
				return nil, err
			}
		}
		return newSession(&ration{Conn: conn, first: []byte(greeting)}, o), nil
	})
}

// afterStartTLS stands for the greeting, which comes before STARTTLS and must not
// be believed: what follows asks for the capabilities anew (RFC 9051, section
// 6.2.1).
const afterStartTLS = "* OK\r\n"

// maxClearLine and maxClearLines bound what is read before TLS.
const (
	maxClearLine  = 4 << 10
	maxClearLines = 16
)

// startTLS asks for TLS. Bytes that come before the handshake and after the
// answer would be a stranger's, smuggled in: so it reads byte by byte, and leaves
// what follows to TLS, which has none of it.
func startTLS(conn net.Conn, timeout time.Duration) error {
	if err := conn.SetDeadline(time.Now().Add(timeout)); err != nil {
		return err
	}
	greeting, err := clearLine(conn)
	if err != nil {
		return err
	}
	if word := strings.ToUpper(strings.TrimSpace(greeting)); !strings.HasPrefix(word, "* OK") {
		return fmt.Errorf("%w: instead of a greeting the server says %q", mailbox.ErrUnreachable, mailbox.Line(greeting)) // PREAUTH included
	}
	if _, err := io.WriteString(conn, "s STARTTLS\r\n"); err != nil {
		return fmt.Errorf("%w: %w", mailbox.ErrUnreachable, err)
	}
	for range maxClearLines {
		answer, err := clearLine(conn)
		if err != nil {
			return err
		}
		if strings.HasPrefix(answer, "* ") {
			continue
		}
		if !strings.HasPrefix(strings.ToUpper(answer), "S OK") {
			return fmt.Errorf("%w: the server refuses STARTTLS: %q; use port 993 with TLS", mailbox.ErrTLS, mailbox.Line(answer))
		}
		return conn.SetDeadline(time.Time{})
	}
	return fmt.Errorf("%w: no answer to STARTTLS", mailbox.ErrTLS)
}

// clearLine reads a line, byte by byte.
func clearLine(conn net.Conn) (string, error) {
	var text []byte
	for one := make([]byte, 1); len(text) < maxClearLine; {
		if _, err := io.ReadFull(conn, one); err != nil {
			return "", fmt.Errorf("%w: %w", mailbox.ErrUnreachable, err)
		}
		if one[0] == '\n' {
			return string(bytes.TrimRight(text, "\r")), nil
		}
		text = append(text, one[0])
	}
	return "", fmt.Errorf("%w: the server is none of IMAP: its line does not end", mailbox.ErrUnreachable)
}
