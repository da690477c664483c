package smtp

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/rebound-mail/rebound/internal/intake/intaketest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// running is a server that listens.
type running struct {
	*Server
	address string
	spool   *intaketest.Spool
	stop    func() // and waits until it has ended
}

// serve runs a server until the test ends.
func serve(t *testing.T, opt Options) *running {
	t.Helper()
	if opt.Listen == "" {
		opt.Listen = "127.0.0.1:0"
	}
	r := &running{spool: &intaketest.Spool{}}
	if opt.Spool == nil {
		opt.Spool = r.spool
	}
	s, err := New(opt)
	if err != nil {
		t.Fatal(err)
	}
	addr, err := s.Listen()
	if err != nil {
		t.Fatal(err)
	}
	r.Server, r.address = s, addr.String()
	r.stop = start(t, s)
	return r
}

// start runs a server. The function returned stops it and waits; so does the end
// of the test.
func start(t *testing.T, s *Server) func() {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	stop := sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run ended with %v", err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// peer speaks to a server, line by line.
type peer struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

func newPeer(t *testing.T, conn net.Conn) *peer {
	t.Cleanup(func() { conn.Close() })
	return &peer{t, conn, bufio.NewReader(conn)}
}

// dial connects and reads the greeting.
func (r *running) dial(t *testing.T) *peer {
	t.Helper()
	network := "tcp"
	if strings.HasPrefix(r.address, "/") {
		network = "unix"
	}
	conn, err := net.Dial(network, r.address)
	if err != nil {
		t.Fatal(err)
	}
	c := newPeer(t, conn)
	c.want("220 ")
	return c
}

// hello connects and says hello.
func (r *running) hello(t *testing.T) *peer {
	t.Helper()
	c := r.dial(t)
	if r.opt.Protocol == LMTP {
		c.say("LHLO mx.example.com", "250")
		return c
	}
	c.say("EHLO mx.example.com", "250")
	return c
}

// send writes text as it is.
func (c *peer) send(text string) {
	c.t.Helper()
	if _, err := io.WriteString(c.conn, text); err != nil {
		c.t.Errorf("writing %.40q: %v", text, err)
	}
}

// reply reads a whole reply and returns its last line.
func (c *peer) reply() string {
	for {
		line, err := c.in.ReadString('\n')
		if err != nil {
			return "(" + err.Error() + ")"
		}
		if len(line) < 4 || line[3] != '-' {
			return strings.TrimSuffix(line, "\r\n")
		}
	}
}

// want reads a reply and compares its beginning.
func (c *peer) want(prefix string) {
	c.t.Helper()
	if got := c.reply(); !strings.HasPrefix(got, prefix) {
		c.t.Errorf("reply %q, want %q", got, prefix)
	}
}

// say sends a line and compares the reply.
func (c *peer) say(line, prefix string) {
	c.t.Helper()
	c.send(line + "\r\n")
	c.want(prefix)
}

// closed waits until the server has closed the connection.
func (c *peer) closed() {
	c.t.Helper()
	if _, err := c.in.ReadByte(); err == nil || errors.Is(err, context.DeadlineExceeded) {
		c.t.Errorf("the connection goes on: %v", err)
	}
}

// envelope sends a sender and recipients.
func (c *peer) envelope(to ...string) {
	c.t.Helper()
	c.say("MAIL FROM:<>", "250")
	for _, one := range to {
		c.say("RCPT TO:<"+one+">", "250")
	}
}

// deliver sends a whole message.
func (c *peer) deliver(body, prefix string) {
	c.t.Helper()
	c.envelope("bounces@example.com")
	c.say("DATA", "354")
	c.send(body)
	c.say(".", prefix)
}

const bounceMail = "From: MAILER-DAEMON@mx.example.org\r\nSubject: Undelivered\r\n\r\nno such user\r\n"

// pipes is a listener without a network, for tests in which only waiting moves
// the clock.
type pipes struct {
	next   chan net.Conn
	closed chan struct{}
}

func newPipes() *pipes { return &pipes{make(chan net.Conn), make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.next:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	select {
	case <-p.closed:
	default:
		close(p.closed)
	}
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// connect connects from an address.
func (p *pipes) connect(t *testing.T, ip string) *peer {
	near, far := net.Pipe()
	p.next <- from{far, ip}
	return newPeer(t, near)
}

// from is a connection from an address.
type from struct {
	net.Conn
	ip string
}

func (f from) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.ParseIP(f.ip), Port: 25} }

// pipeServer is a server on pipes. The test has to stop it.
func pipeServer(t *testing.T, opt Options) (*pipes, *intaketest.Spool, func()) {
	kept := &intaketest.Spool{}
	if opt.Spool == nil {
		opt.Spool = kept
	}
	opt.Listen = "127.0.0.1:0"
	s, err := New(opt)
	if err != nil {
		t.Fatal(err)
	}
	p := newPipes()
	s.listener = p
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	return p, kept, func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run ended with %v", err)
		}
	}
}

// at is the time of a test's clock.
func at() time.Time { return time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC) }
