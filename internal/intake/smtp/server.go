package smtp

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	gosmtp "github.com/emersion/go-smtp"

	"github.com/rebound-mail/rebound/internal/intake"
)

// Server listens for reports. It is an intake.Source.
type Server struct {
	opt     Options
	domains domains
	gauge   *intake.Gauge
	clients *clients
	memory  *budget

	mu       sync.Mutex
	listener net.Listener
	guards   map[*guard]struct{}

	appends context.Context // of messages under way; outlives that of Run a little
}

// New returns a server that does not listen yet. Errors wrap ErrOptions.
func New(opt Options) (*Server, error) {
	opt, err := opt.complete()
	if err != nil {
		return nil, err
	}
	accepted, err := newDomains(opt.Domains)
	if err != nil {
		return nil, err
	}
	return &Server{
		opt: opt, domains: accepted,
		gauge:   intake.NewGauge(opt.Name, opt.Protocol.source(), opt.Now),
		clients: newClients(opt.Limits),
		memory:  &budget{limit: opt.Limits.Bytes},
		guards:  map[*guard]struct{}{},
	}, nil
}

// Status implements intake.Source.
func (s *Server) Status() intake.Status { return s.gauge.Status() }

// Listen begins to listen, so that an address that cannot be had is known before
// Run, and returns the address. Run does it where it was not done. Close undoes it.
func (s *Server) Listen() (net.Addr, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener != nil {
		return s.listener.Addr(), nil
	}
	l, err := listen(s.opt.Listen, s.opt.SocketMode)
	if err != nil {
		return nil, fmt.Errorf("%s cannot listen on %s: %w", s.opt.Name, s.opt.Listen, err)
	}
	s.listener = l
	return l.Addr(), nil
}

// Close gives up what Listen took. It is for servers that never Run.
func (s *Server) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener == nil {
		return nil
	}
	return s.listener.Close()
}

// Run implements intake.Source. When ctx ends, clients that are not sending a
// message are told so at once (421); messages under way have a moment to end.
func (s *Server) Run(ctx context.Context) error {
	defer s.gauge.Enter(intake.Stopped)
	addr, err := s.Listen()
	if err != nil {
		s.gauge.Trouble(err.Error())
		return err
	}
	appends, give := context.WithCancel(context.WithoutCancel(ctx))
	defer give()
	s.appends = appends
	protocol := s.protocol()
	served := make(chan error, 1)
	go func() { served <- protocol.Serve(&doorman{Listener: s.listener, server: s}) }()
	s.gauge.Enter(intake.Listening)
	s.opt.Logger.Info("listening", "source", s.opt.Name, "address", addr.String())
	select {
	case <-ctx.Done():
		err = nil
		s.listener.Close()
		<-served
	case err = <-served:
		err = fmt.Errorf("%s stopped listening on %s: %w", s.opt.Name, s.opt.Listen, err)
		s.gauge.Trouble(err.Error())
		s.listener.Close()
	}
	s.settle(protocol, give)
	return err
}

// settle ends all connections and waits for them.
func (s *Server) settle(protocol *gosmtp.Server, give func()) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		protocol.Shutdown(context.Background())
	}()
	for _, g := range s.connections() {
		g.stop()
	}
	timer := time.NewTimer(s.opt.Timeouts.Stop)
	defer timer.Stop()
	select {
	case <-ended:
		return
	case <-timer.C:
	}
	give()
	for _, g := range s.connections() {
		g.Conn.Close()
	}
	<-ended
}

// connections returns those that there are.
func (s *Server) connections() []*guard {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]*guard, 0, len(s.guards))
	for g := range s.guards {
		list = append(list, g)
	}
	return list
}

// protocol returns the server that speaks the protocol.
func (s *Server) protocol() *gosmtp.Server {
	p := gosmtp.NewServer(gosmtp.BackendFunc(s.session))
	p.LMTP = s.opt.Protocol == LMTP
	p.Domain = s.opt.Hostname
	p.MaxMessageBytes = s.opt.MaxMessage
	p.MaxRecipients = s.opt.MaxRecipients
	p.MaxLineLength = 0 // the guard limits commands, and reports have lines of any length
	p.EnableSMTPUTF8 = true
	p.WriteTimeout = time.Minute
	p.ErrorLog = protocolLog{s.opt.Logger, s.opt.Name}
	return p
}

// protocolLog takes what go-smtp logs: mostly how clients went away.
type protocolLog struct {
	logger *slog.Logger
	name   string
}

func (l protocolLog) Printf(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if strings.HasPrefix(text, "panic") {
		l.logger.Error("internal error, please report it", "source", l.name, "error", text)
		return
	}
	l.logger.Debug("connection", "source", l.name, "error", text)
}

func (l protocolLog) Println(args ...any) { l.Printf("%s", fmt.Sprintln(args...)) }

// enter adds a connection to those that Run ends.
func (s *Server) enter(g *guard) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.guards[g] = struct{}{}
}

func (s *Server) leave(g *guard) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.guards, g)
}
