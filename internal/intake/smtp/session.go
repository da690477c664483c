package smtp

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	gosmtp "github.com/emersion/go-smtp"

	"github.com/rebound-mail/rebound/internal/intake"
	"github.com/rebound-mail/rebound/internal/spool"
)

// session is what one client does.
type session struct {
	server   *Server
	guard    *guard
	refusals int // of MAIL and RCPT
	envelope
}

// envelope is who sends to whom.
type envelope struct {
	from string
	to   []string
}

// session is called when a client has said hello.
func (s *Server) session(c *gosmtp.Conn) (gosmtp.Session, error) {
	g, ok := c.Conn().(*guard)
	if !ok {
		return nil, errBusy
	}
	return &session{server: s, guard: g}, nil
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
	s.envelope = envelope{}
	s.guard.done()
}

// Logout implements gosmtp.Session.
func (s *session) Logout() error { return nil }

// refuse counts a refusal, and ends the connection if there were too many.
func (s *session) refuse(why error) error {
	s.refusals++
	s.server.refused(why, s.guard.remote)
	if above(s.refusals, s.server.opt.Limits.Refusals) {
		s.guard.answer(errManyRefusals)
		s.guard.Close()
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
	if !s.guard.begin() {
		return errShutdown
	}
	m := message{memory: s.server.memory, most: s.server.opt.MaxMessage}
	defer m.free()
	err := m.read(r)
	var id string
	if err == nil {
		id, err = s.server.keep(m.body, s.envelope, s.guard.remote)
	}
	if err != nil {
		s.server.refused(err, s.guard.remote)
		return err
	}
	return kept(id)
}

// keep gives a message to the spool. Errors are replies.
func (s *Server) keep(body []byte, env envelope, remote string) (id string, why error) {
	reports := s.reports(body, env, remote)
	if err := s.opt.Spool.Append(s.appends, reports...); err != nil {
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
