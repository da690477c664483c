package imap

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"go.uber.org/goleak"

	"github.com/rebound-mail/rebound/internal/intake"
	"github.com/rebound-mail/rebound/internal/intake/intaketest"
	"github.com/rebound-mail/rebound/internal/intake/mailbox"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var _ intake.Source = (*Poller)(nil)

const (
	testUser     = "bounces@example.org"
	testPassword = `pass "word" é`
)

func mail(mark string) string {
	return "From: MAILER-DAEMON@example.org\r\nTo: bounces@example.org\r\nSubject: " + mark + "\r\n\r\nUndelivered: " + mark + "\r\n"
}

// peer is an IMAP server in this process.
type peer struct {
	t     *testing.T
	user  *imapmemserver.User
	caps  imap.CapSet
	cert  tls.Certificate
	roots *x509.CertPool
	wrap  func(*peerSession) imapserver.Session
	plain bool // no TLS from the first byte, but STARTTLS

	address string
	server  *imapserver.Server
	served  sync.WaitGroup

	mu      sync.Mutex
	logins  int
	wire    bytes.Buffer
	noFetch func(*peerSession, imap.NumSet) error
	noMove  func(*peerSession) error
}

func caps(list ...imap.Cap) imap.CapSet {
	set := imap.CapSet{}
	for _, one := range append(list, imap.CapIMAP4rev1) {
		set[one] = struct{}{}
	}
	return set
}

func newPeer(t *testing.T, set imap.CapSet) *peer {
	p := &peer{t: t, caps: set, user: imapmemserver.NewUser(testUser, testPassword)}
	p.cert, p.roots = intaketest.Certificate()
	p.create("INBOX")
	return p
}

func (p *peer) create(mailbox string) {
	p.t.Helper()
	if err := p.user.Create(mailbox, nil); err != nil {
		p.t.Fatal(err)
	}
}

// start listens, on the address of before if there is one.
func (p *peer) start() {
	p.t.Helper()
	config := &tls.Config{Certificates: []tls.Certificate{p.cert}}
	p.server = imapserver.New(&imapserver.Options{
		NewSession: func(c *imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			s := &peerSession{peer: p, conn: c}
			if p.wrap != nil {
				return p.wrap(s), &imapserver.GreetingData{}, nil
			}
			return s, &imapserver.GreetingData{}, nil
		},
		Caps: p.caps, TLSConfig: config, Logger: log.New(io.Discard, "", 0), DebugWriter: p,
	})
	if p.address == "" {
		p.address = "127.0.0.1:0"
	}
	listener := intaketest.Must(net.Listen("tcp", p.address))
	p.address = listener.Addr().String()
	if !p.plain {
		listener = tls.NewListener(listener, config)
	}
	server := p.server
	p.served.Go(func() { _ = server.Serve(listener) })
	p.t.Cleanup(p.stop)
}

func (p *peer) stop() {
	_ = p.server.Close()
	p.served.Wait()
}

// Write keeps what goes over the wire.
func (p *peer) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.wire.Write(b)
}

func (p *peer) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.wire.String()
}

func (p *peer) loggedIn() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.logins
}

func (p *peer) put(mailbox, text string, flags ...imap.Flag) {
	p.t.Helper()
	if _, err := p.user.Append(mailbox, literal{strings.NewReader(text), int64(len(text))}, &imap.AppendOptions{Flags: flags}); err != nil {
		p.t.Fatal(err)
	}
}

// count returns how many mails a mailbox has, and how many of them are marked as deleted.
func (p *peer) count(mailbox string) (mails, deleted int) {
	data, err := p.user.Status(mailbox, &imap.StatusOptions{NumMessages: true, NumDeleted: true})
	if err != nil {
		return -1, -1
	}
	return int(*data.NumMessages), int(*data.NumDeleted)
}

type literal struct {
	*strings.Reader
	size int64
}

func (l literal) Size() int64 { return l.size }

// peerSession can be told to refuse.
type peerSession struct {
	*imapmemserver.UserSession
	peer *peer
	conn *imapserver.Conn
}

func (s *peerSession) Close() error {
	if s.UserSession == nil {
		return nil
	}
	return s.UserSession.Close()
}

func (s *peerSession) Login(user, password string) error {
	s.peer.mu.Lock()
	s.peer.logins++
	s.peer.mu.Unlock()
	if err := s.peer.user.Login(user, password); err != nil {
		return err
	}
	s.UserSession = imapmemserver.NewUserSession(s.peer.user)
	return nil
}

func (s *peerSession) Fetch(w *imapserver.FetchWriter, set imap.NumSet, options *imap.FetchOptions) error {
	s.peer.mu.Lock()
	refuse := s.peer.noFetch
	s.peer.mu.Unlock()
	if refuse != nil && len(options.BodySection) > 0 {
		if err := refuse(s, set); err != nil {
			return err
		}
	}
	return s.UserSession.Fetch(w, set, options)
}

func (s *peerSession) Move(w *imapserver.MoveWriter, set imap.NumSet, folder string) error {
	s.peer.mu.Lock()
	refuse := s.peer.noMove
	s.peer.mu.Unlock()
	if refuse != nil {
		if err := refuse(s); err != nil {
			return err
		}
	}
	return s.UserSession.Move(w, set, folder)
}

// Idle tells what came before it began too, which the server's own does not.
func (s *peerSession) Idle(w *imapserver.UpdateWriter, stop <-chan struct{}) error {
	for {
		if err := s.Poll(w, true); err != nil {
			return err
		}
		select {
		case <-stop:
			return nil
		case <-time.After(2 * time.Millisecond):
		}
	}
}

func (p *peer) refuse(fetch func(*peerSession, imap.NumSet) error, move func(*peerSession) error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.noFetch, p.noMove = fetch, move
}

func no(text string) error {
	return &imap.Error{Type: imap.StatusResponseTypeNo, Text: text}
}

// options are those of a poller of the peer.
func (p *peer) options(b *intaketest.Spool) Options {
	return Options{Account: mailbox.Account{
		Address: p.address, TLSConfig: &tls.Config{RootCAs: p.roots}, Username: testUser, Password: testPassword,
		Spool: b, Backoff: intake.Backoff{First: time.Millisecond, Most: 20 * time.Millisecond}, Timeout: 20 * time.Second,
	}}
}

// run runs a poller until the test ends or stop is called.
func run(t *testing.T, o Options) (p *Poller, stop func()) {
	t.Helper()
	p, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return p, intaketest.Run(t, p)
}

// wants waits until a spool has certain mails, and no others.
func wants(t *testing.T, b *intaketest.Spool, marks ...string) {
	t.Helper()
	var bodies []string
	for _, mark := range marks {
		bodies = append(bodies, mail(mark))
	}
	b.Wants(t, bodies)
}
