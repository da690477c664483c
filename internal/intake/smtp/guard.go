package smtp

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	gosmtp "github.com/emersion/go-smtp"
)

// maxLine is how long a command may be. RFC 5321 section 4.5.3.1.4 demands 512;
// extensions and addresses that sign others need more.
const maxLine = 4 << 10

// guard stands between a client and go-smtp. It passes on one line at a time, so
// that it knows commands from messages, and watches over the time that either may
// take: a client that sends a byte now and then is never idle.
//
// QUIRK: what go-smtp does about chunks (RFC 3030) is not safe: a chunk cut off by
// the end of the connection counts as whole, and RSET within one is a data race.
// It cannot be told not to offer them, so the guard takes the offer out and answers
// BDAT itself. To read lines it has to be above TLS, and so it answers STARTTLS too.
type guard struct {
	net.Conn // the network
	server   *Server
	remote   string // IP address
	client   string // for limits
	end      time.Time

	in    *bufio.Reader // in the clear
	rest  []byte        // of the line that is being passed on, in the buffer of in
	mute  bool          // the reply to be written is not for the client
	shy   bool          // the client has to say hello again
	plain net.Conn      // in the clear: the network, or TLS over it

	mu       sync.Mutex
	message  time.Time // when the present message must have come; zero if there is none
	stopping bool
	left     bool
	failed   error // of reading
}

func newGuard(s *Server, conn net.Conn) *guard {
	ip := remoteIP(conn)
	// Deadlines of connections are by the true clock.
	return &guard{
		Conn: conn, server: s, remote: ip, client: clientOf(ip), end: time.Now().Add(s.opt.Timeouts.Session),
		in: bufio.NewReaderSize(conn, maxLine), plain: conn,
	}
}

// Read implements net.Conn for go-smtp.
func (g *guard) Read(b []byte) (int, error) {
	for len(g.rest) == 0 {
		if err := g.next(); err != nil {
			return 0, err
		}
	}
	n := copy(b, g.rest)
	g.rest = g.rest[n:]
	return n, nil
}

// next reads the next line, or answers it.
func (g *guard) next() error {
	busy, err := g.ready()
	if err != nil {
		return g.fail(err)
	}
	line, err := g.in.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull) && !busy:
		err = gosmtp.ErrTooLongLine
	case errors.Is(err, bufio.ErrBufferFull):
		err = nil
	}
	switch {
	case err != nil && busy && len(line) > 0:
		g.rest = line
		g.fail(err)
		return nil
	case err != nil:
		return g.fail(err)
	case busy:
		g.rest = line
		return nil
	}
	if g.rest, err = g.command(line); err != nil {
		return g.fail(err)
	}
	return nil
}

// ready sets the deadline of a read, or says why there is to be none.
func (g *guard) ready() (busy bool, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	busy = !g.message.IsZero()
	switch {
	case g.failed != nil:
		return busy, g.failed
	case g.stopping && !busy:
		return busy, errStopping
	}
	now, times := time.Now(), g.server.opt.Timeouts
	if busy {
		return busy, g.Conn.SetReadDeadline(earlier(g.message, now.Add(times.Line)))
	}
	return busy, g.Conn.SetReadDeadline(earlier(g.end, now.Add(times.Command)))
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// errStopping is that a connection has to end because the server does.
var errStopping = errors.New("smtp: stopping")

// fail notes why reading has ended, for ever. A client that did nothing wrong is
// told why.
func (g *guard) fail(err error) error {
	g.mu.Lock()
	if g.stopping && g.message.IsZero() && errors.Is(err, os.ErrDeadlineExceeded) {
		err = errStopping
	}
	isStopping := errors.Is(err, errStopping)
	if isStopping {
		err = net.ErrClosed // upon which go-smtp says nothing more
	}
	g.failed = err
	g.mu.Unlock()
	if isStopping {
		g.answer(errShutdown)
	}
	return err
}

// answer writes a reply of the guard's own.
func (g *guard) answer(why error) error {
	g.plain.SetWriteDeadline(time.Now().Add(10 * time.Second))
	_, err := g.plain.Write(line(why))
	return err
}

// command returns what go-smtp is to read in place of a command.
func (g *guard) command(line []byte) ([]byte, error) {
	verb, _, _ := strings.Cut(strings.TrimRight(string(line), "\r\n"), " ")
	switch verb = strings.ToUpper(verb); {
	case verb == "EHLO" || verb == "LHLO" || verb == "HELO":
		g.shy = false
	case verb == "BDAT":
		g.answer(errChunks)
		return nil, net.ErrClosed // lest the chunk that follows be taken for commands
	case verb == "STARTTLS" && g.server.opt.TLS != nil:
		return g.secure()
	case g.shy && (verb == "MAIL" || verb == "RCPT" || verb == "DATA"):
		return nil, g.answer(errHello)
	}
	return line, nil
}

// secure begins TLS. What was sent before in the clear is forgotten: that which
// was read ahead, and that which go-smtp remembers (RFC 3207 section 4.2).
func (g *guard) secure() ([]byte, error) {
	if g.plain != g.Conn {
		return nil, g.answer(errSecure)
	}
	if err := g.answer(errReady); err != nil {
		return nil, err
	}
	g.Conn.SetWriteDeadline(time.Now().Add(g.server.opt.Timeouts.Command))
	conn := tls.Server(g.Conn, g.server.opt.TLS)
	if err := conn.Handshake(); err != nil {
		return nil, err
	}
	g.plain, g.in = conn, bufio.NewReaderSize(conn, maxLine)
	g.mute, g.shy = true, true
	return []byte("RSET\r\n"), nil
}

// Write implements net.Conn for go-smtp, which writes line by line.
func (g *guard) Write(b []byte) (int, error) {
	switch {
	case g.mute:
		g.mute = false
		return len(b), nil
	case !bytes.Equal(b, []byte("250-CHUNKING\r\n")):
		return g.plain.Write(b)
	case g.server.opt.TLS == nil || g.plain != g.Conn:
		return len(b), nil
	}
	if _, err := g.plain.Write([]byte("250-STARTTLS\r\n")); err != nil {
		return 0, err
	}
	return len(b), nil
}

// SetReadDeadline implements net.Conn for go-smtp, whose deadlines are not needed.
func (g *guard) SetReadDeadline(time.Time) error { return nil }

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
	g.message = time.Time{}
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
	return g.plain.Close()
}
