package smtp

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	gosmtp "github.com/emersion/go-smtp"

	"github.com/rebound-mail/rebound/internal/intake"
	"github.com/rebound-mail/rebound/internal/spool"
)

// session is what one client does. go-smtp calls Data beside the other methods
// where chunks (RFC 3030) are sent.
type session struct {
	server   *Server
	guard    *guard
	conn     *gosmtp.Conn
	refusals int // of MAIL and RCPT

	mu sync.Mutex
	envelope
}

// envelope is who sends to whom.
type envelope struct {
	from string
	to   []string
}

// session is called when a client has said hello, and again after STARTTLS.
func (s *Server) session(c *gosmtp.Conn) (gosmtp.Session, error) {
	g := guardOf(c.Conn())
	if g == nil {
		return nil, errBusy
	}
	g.speak(c.Conn())
	return &session{server: s, guard: g, conn: c}, nil
}

// guardOf finds the guard of a connection, below TLS.
func guardOf(conn net.Conn) *guard {
	if t, ok := conn.(*tls.Conn); ok {
		conn = t.NetConn()
	}
	g, _ := conn.(*guard)
	return g
}

// Mail implements gosmtp.Session.
func (s *session) Mail(from string, _ *gosmtp.MailOptions) error {
	switch {
	case !isAddress(from) && from != "":
		return s.refuse(errSenderSyntax)
	case from != "" && !s.server.opt.AnySender:
		return s.refuse(errSender)
	}
	if err := s.server.clients.message(s.guard.client, s.server.opt.Now()); err != nil {
		return s.refuse(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.envelope = envelope{from: from}
	return nil
}

// Rcpt implements gosmtp.Session.
func (s *session) Rcpt(to string, _ *gosmtp.RcptOptions) error {
	if !isAddress(to) {
		return s.refuse(errRecipientSyntax)
	}
	if !s.server.domains.accept(to[strings.LastIndexByte(to, '@')+1:]) {
		return s.refuse(errRelay)
	}
	s.guard.recipient()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Contains(s.to, to) {
		s.to = append(s.to, to)
	}
	return nil
}

// maxAddress is how long an address may be: RFC 5321 section 4.5.3.1.3 asks for
// 254, and return paths that sign others are longer than their local parts may be.
const maxAddress = 512

// isAddress refuses what no server could have meant: go-smtp takes control
// characters.
func isAddress(a string) bool {
	return len(a) <= maxAddress && !strings.ContainsFunc(a, func(r rune) bool { return r < ' ' || r == 0x7f }) && strings.LastIndexByte(a, '@') > 0
}

// Reset implements gosmtp.Session. It is called after each message.
func (s *session) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.envelope = envelope{}
	s.guard.done()
}

// Logout implements gosmtp.Session. It is also called when TLS begins, and what
// is then written would not be.
func (s *session) Logout() error {
	s.guard.speak(nil)
	s.guard.done()
	return nil
}

// refuse counts a refusal, and ends the connection if there were too many.
func (s *session) refuse(why error) error {
	s.refusals++
	s.server.refused(why, s.guard.remote)
	if above(s.refusals, s.server.opt.Limits.Refusals) {
		conn := s.conn.Conn()
		conn.SetWriteDeadline(time.Now().Add(10 * time.Second))
		conn.Write(line(errManyRefusals))
		conn.Close()
	}
	return why
}

// refused counts and logs a refusal.
func (s *Server) refused(why error, remote string) {
	s.gauge.Refuse(1)
	s.opt.Logger.Debug("refused", "source", s.opt.Name, "remote", remote, "reply", why)
}

// Data implements gosmtp.Session, for LMTP too: all recipients fare alike. The
// reply 250 is an error in form only.
func (s *session) Data(r io.Reader) error {
	ctx, ok := s.server.work()
	if !ok {
		return errShutdown
	}
	defer s.server.messages.Done()
	env, err := s.begin()
	if err != nil {
		return err
	}
	m := message{memory: s.server.memory, most: s.server.opt.MaxMessage}
	defer m.free()
	id, err := s.server.take(ctx, &m, r, env, s.guard.remote)
	if err != nil {
		s.server.refused(err, s.guard.remote)
		return err
	}
	return kept(id)
}

// begin begins a message and returns its envelope. A chunk may have been given up
// before.
func (s *session) begin() (envelope, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case len(s.to) == 0:
		return envelope{}, errReset
	case !s.guard.begin():
		return envelope{}, errShutdown
	}
	return s.envelope, nil
}

// take reads a message and gives it to the spool.
func (s *Server) take(ctx context.Context, m *message, r io.Reader, env envelope, remote string) (id string, why error) {
	if err := m.read(r); err != nil {
		return "", err
	}
	reports := s.reports(m.body, env, remote)
	if err := s.opt.Spool.Append(ctx, reports...); err != nil {
		s.troubled(err)
		return "", ofSpool(err)
	}
	s.gauge.Accept(len(reports))
	if s.gauge.Fine() {
		s.opt.Logger.Info("reports are accepted again", "source", s.opt.Name)
	}
	return reports[0].ID, nil
}

// troubled notes what is wrong with the spool. That the server stops, or that one
// message is too large, is nothing that anybody has to look into.
func (s *Server) troubled(err error) {
	if errors.Is(err, context.Canceled) || errors.Is(err, spool.ErrClosed) || errors.Is(err, spool.ErrTooLarge) {
		return
	}
	if s.gauge.Trouble(intake.SpoolProblem(err)) {
		s.opt.Logger.Warn("reports are refused for now", "source", s.opt.Name, "error", err)
	}
}

// reports makes a report for each recipient.
func (s *Server) reports(body []byte, env envelope, remote string) []spool.Report {
	from := env.from
	if from == "" {
		from = "<>"
	}
	list := make([]spool.Report, len(env.to))
	for i, to := range env.to {
		list[i] = spool.Report{
			ID: spool.NewID(), Source: s.opt.Protocol.source(), Received: s.opt.Now(), Trust: spool.TrustOpen, Kind: spool.KindMail, Body: body,
			Meta: map[string]string{spool.MetaFrom: from, spool.MetaTo: to},
		}
		if remote != "" {
			list[i].Meta[spool.MetaRemote] = remote
		}
	}
	return list
}
