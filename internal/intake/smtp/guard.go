package smtp

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"

	gosmtp "github.com/emersion/go-smtp"
)

// maxLine is how many bytes a client may send before a command ends. RFC 5321
// section 4.5.3.1.4 demands 512; TLS reads up to 16 kB ahead, pipelining 4 kB.
const maxLine = 64 << 10

// errStopping is that a connection has to end because the server does.
var errStopping = errors.New("smtp: stopping")

// guard watches over the time and the length of what one client sends, below TLS
// if there is any. go-smtp sets a deadline before each command; the rest is here,
// because a client that sends a byte now and then is never idle.
type guard struct {
	net.Conn
	server *Server
	remote string // IP address
	client string // for limits
	end    time.Time

	mu       sync.Mutex
	command  time.Time // when the present command must have come
	taken    int64     // bytes of it
	roomy    bool      // a recipient was accepted: a chunk (RFC 3030) may follow the command
	message  time.Time // when the present message must have come; zero if there is none
	stopping bool
	left     bool
	out      io.Writer // where a farewell is written to; nil if nowhere
}

func newGuard(s *Server, conn net.Conn) *guard {
	ip := remoteIP(conn)
	// Deadlines of connections are by the true clock.
	return &guard{Conn: conn, server: s, remote: ip, client: clientOf(ip), end: time.Now().Add(s.opt.Timeouts.Session), out: conn}
}

// SetReadDeadline is called by go-smtp before it reads a command.
func (g *guard) SetReadDeadline(t time.Time) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.command, g.taken = t, 0
	return nil
}

// Read implements net.Conn.
func (g *guard) Read(b []byte) (int, error) {
	if err := g.ready(); err != nil {
		return 0, g.farewell(err)
	}
	n, err := g.Conn.Read(b)
	return n, g.farewell(g.took(n, err))
}

// ready sets the deadline of a read, or says why there is to be none.
func (g *guard) ready() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	if !g.message.IsZero() {
		return g.Conn.SetReadDeadline(earlier(g.message, now.Add(g.server.opt.Timeouts.Idle)))
	}
	limit := int64(maxLine)
	if g.roomy {
		limit += g.server.opt.MaxMessage
	}
	switch {
	case g.stopping:
		return errStopping
	case g.taken > limit:
		return gosmtp.ErrTooLongLine
	}
	return g.Conn.SetReadDeadline(earlier(g.command, g.end))
}

// took counts what was read.
func (g *guard) took(n int, err error) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.taken += int64(n)
	if g.stopping && g.message.IsZero() && errors.Is(err, os.ErrDeadlineExceeded) {
		return errStopping
	}
	return err
}

// farewell tells a client why its connection ends although it did nothing wrong.
func (g *guard) farewell(err error) error {
	if !errors.Is(err, errStopping) {
		return err
	}
	g.mu.Lock()
	out := g.out
	g.out = nil
	g.mu.Unlock()
	if out != nil {
		g.Conn.SetWriteDeadline(time.Now().Add(time.Second))
		out.Write(line(errShutdown))
	}
	return net.ErrClosed // upon which go-smtp says nothing more
}

// earlier returns the earlier of two times, of which a zero one is never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

// stop ends the connection as soon as no message is under way.
func (g *guard) stop() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.stopping = true
	if g.message.IsZero() {
		g.Conn.SetReadDeadline(time.Unix(1, 0))
	}
}

// begin notes that a message begins, and reports whether it may.
func (g *guard) begin() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.stopping {
		return false
	}
	g.message = time.Now().Add(g.server.opt.Timeouts.Message)
	return true
}

// done notes that a message has ended.
func (g *guard) done() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.message, g.roomy = time.Time{}, false
}

// recipient notes that a recipient was accepted.
func (g *guard) recipient() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.roomy = true
}

// speak says where farewells are to be written to.
func (g *guard) speak(out io.Writer) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.out = out
}

// Close implements net.Conn.
func (g *guard) Close() error {
	g.mu.Lock()
	first := !g.left
	g.left = true
	g.mu.Unlock()
	if first {
		g.server.leave(g)
		g.server.clients.leave(g.client)
	}
	return g.Conn.Close()
}
