package pop3

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/rebound-mail/rebound/internal/intake"
	"github.com/rebound-mail/rebound/internal/intake/intaketest"
	"github.com/rebound-mail/rebound/internal/intake/mailbox"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var _ intake.Source = (*Poller)(nil)

const (
	testUser     = "bounces@example.org"
	testPassword = "pass word é"
)

func mail(mark string) string {
	return "From: MAILER-DAEMON@example.org\r\nSubject: " + mark + "\r\n\r\n.\r\n..two dots\r\n.one\r\n" + mark + "\r\n"
}

// letter is a mail on the server.
type letter struct {
	id, text string
}

// peer is a POP3 server as RFC 1939 describes it.
type peer struct {
	t        *testing.T
	security mailbox.Security
	cert     tls.Certificate
	roots    *x509.CertPool
	address  string

	mu          sync.Mutex
	letters     []letter
	next        int
	said        []string          // commands, without PASS's argument
	logins      int               // PASS
	answers     map[string]string // instead of the server's own, to a command or a verb; "" hangs up
	hangUpAfter string            // a command whose answer is the last
}

func newPeer(t *testing.T, security mailbox.Security, marks ...string) *peer {
	p := &peer{t: t, security: security, answers: map[string]string{}}
	p.cert, p.roots = intaketest.Certificate()
	for _, mark := range marks {
		p.put(mail(mark))
	}
	listener := intaketest.Must(net.Listen("tcp", "127.0.0.1:0"))
	p.address = listener.Addr().String()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			p.serve(conn)
		}
	}()
	t.Cleanup(func() {
		listener.Close()
		<-done
	})
	return p
}

func (p *peer) put(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next++
	p.letters = append(p.letters, letter{fmt.Sprintf("id-%d", p.next), text})
}

func (p *peer) answer(command, answer string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answers[command] = answer
}

func (p *peer) heal(command string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.answers, command)
}

func (p *peer) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.letters)
}

func (p *peer) heard(verb string) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, line := range p.said {
		if strings.HasPrefix(line, verb) {
			n++
		}
	}
	return n
}

// serve speaks with one client.
func (p *peer) serve(conn net.Conn) {
	config := &tls.Config{Certificates: []tls.Certificate{p.cert}}
	if p.security == mailbox.TLS {
		conn = tls.Server(conn, config)
	}
	defer func() { conn.Close() }()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	if !p.reply(conn, "greeting", "+OK hello\r\n") {
		return
	}
	s := &peerSession{peer: p, gone: map[int]bool{}}
	lines := bufio.NewReader(conn)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		verb, argument, _ := strings.Cut(line, " ")
		p.mu.Lock()
		if verb == "PASS" {
			p.logins++
			line = verb
		}
		p.said = append(p.said, line)
		p.mu.Unlock()
		if !p.reply(conn, line, s.do(verb, argument)) || verb == "QUIT" || line == p.hangUpAfter {
			return
		}
		if verb == "STLS" && p.security == mailbox.StartTLS {
			conn = tls.Server(conn, config)
			lines = bufio.NewReader(conn)
		}
	}
}

// reply writes the answer to a command, or what the test has put in its place.
func (p *peer) reply(conn net.Conn, command, own string) bool {
	p.mu.Lock()
	verb, _, _ := strings.Cut(command, " ")
	answer, ok := p.answers[command]
	if !ok {
		answer, ok = p.answers[verb]
	}
	p.mu.Unlock()
	if !ok {
		answer = own
	}
	_, err := conn.Write([]byte(answer))
	return err == nil && answer != ""
}

// peerSession is what one client has done so far.
type peerSession struct {
	*peer
	user string
	in   bool
	gone map[int]bool
}

func (s *peerSession) do(verb, argument string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	number, _ := strconv.Atoi(argument)
	exists := number > 0 && number <= len(s.letters) && !s.gone[number]
	switch {
	case verb == "CAPA":
		return "+OK\r\nUIDL\r\nUSER\r\n.\r\n"
	case verb == "STLS" && s.security == mailbox.StartTLS:
		return "+OK\r\n"
	case verb == "USER":
		s.user = argument
		return "+OK\r\n"
	case verb == "PASS" && s.user == testUser && argument == testPassword:
		s.in = true
		return "+OK\r\n"
	case verb == "QUIT":
		s.update()
		return "+OK\r\n"
	case !s.in:
		return "-ERR [AUTH] no; you said " + argument + "\r\n"
	case verb == "LIST" || verb == "UIDL":
		return s.list(verb)
	case verb == "RETR" && exists:
		return "+OK\r\n" + stuff(s.letters[number-1].text) + ".\r\n"
	case verb == "DELE" && exists:
		s.gone[number] = true
		return "+OK\r\n"
	}
	return "-ERR what?\r\n"
}

func (s *peerSession) list(verb string) string {
	text := "+OK\r\n"
	for i, one := range s.letters {
		if verb == "LIST" {
			text += fmt.Sprintf("%d %d\r\n", i+1, len(one.text))
		} else {
			text += fmt.Sprintf("%d %s\r\n", i+1, one.id)
		}
	}
	return text + ".\r\n"
}

func (s *peerSession) update() {
	var left []letter
	for i, one := range s.letters {
		if !s.gone[i+1] {
			left = append(left, one)
		}
	}
	s.letters = left
}

// stuff puts dots before dots.
func stuff(text string) string {
	text = strings.ReplaceAll("\r\n"+text, "\r\n.", "\r\n..")[2:]
	if text != "" && !strings.HasSuffix(text, "\r\n") {
		text += "\r\n"
	}
	return text
}

// options are those of a poller of the peer.
func (p *peer) options(b *intaketest.Spool) Options {
	return Options{
		Account: mailbox.Account{
			Address: p.address, Security: p.security, TLSConfig: &tls.Config{RootCAs: p.roots}, Username: testUser, Password: testPassword,
			Spool: b, Backoff: intake.Backoff{First: time.Millisecond, Most: 20 * time.Millisecond}, Every: 5 * time.Millisecond, Timeout: 10 * time.Second,
		},
		StateFile: p.t.TempDir() + "/mails",
	}
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
