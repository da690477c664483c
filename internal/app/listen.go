package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"syscall"
	"time"

	"golang.org/x/net/netutil"

	"github.com/rebound-mail/rebound/internal/config"
)

// The bounds of an HTTP connection. Bodies are bounded by their pace; see paced.
const (
	headerTimeout  = 10 * time.Second
	idleTimeout    = 2 * time.Minute
	maxHeader      = 64 << 10
	maxConnections = 4096
)

// ErrOpen is that the server would listen off loopback without any token.
var ErrOpen = errors.New("app: not without tokens")

// listen takes the addresses of the HTTP servers.
func (a *App) listen(ctx context.Context) error {
	handler, err := a.handler()
	if err != nil {
		return err
	}
	if a.listener, err = a.bind(ctx, "listen", a.config.Server.Listen); err != nil {
		return err
	}
	if err := a.mayListen(ctx, a.listener.Addr()); err != nil {
		return err
	}
	l := a.listener
	if a.certificates != nil {
		l = tls.NewListener(l, a.certificates.config("h2", "http/1.1"))
	}
	a.serveLater("HTTP", handler, l)
	if a.config.Server.MetricsListen == "" {
		return nil
	}
	m, err := a.bind(ctx, "metrics-listen", a.config.Server.MetricsListen)
	if err != nil {
		return err
	}
	a.serveLater("Metrics", a.operations(), m)
	return nil
}

// serveLater has a listener served by Run.
func (a *App) serveLater(name string, h http.Handler, l net.Listener) {
	s := &http.Server{
		Handler: h, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(a.log.With("part", "http").Handler(), slog.LevelDebug),
	}
	a.servers = append(a.servers, server{name, s, l})
}

// bind listens at an address.
func (a *App) bind(ctx context.Context, setting, address string) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot listen at %s: %w", setting, address, bindAdvice(err))
	}
	a.later(setting, l.Close)
	return netutil.LimitListener(l, maxConnections), nil
}

// bindAdvice adds to an error of listening what to do.
func bindAdvice(err error) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("%w; another program listens there: stop it, or choose another port", errno(err))
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("%w; ports below 1024 need the capability CAP_NET_BIND_SERVICE", errno(err))
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fmt.Errorf("%w; this machine has no such address", errno(err))
	}
	return err
}

// errno is the error without the operation around it, which the caller names.
func errno(err error) error {
	var number syscall.Errno
	if errors.As(err, &number) {
		return number
	}
	return err
}

// mayListen refuses an address that others reach as long as there are no tokens.
func (a *App) mayListen(ctx context.Context, addr net.Addr) error {
	tcp, ok := addr.(*net.TCPAddr)
	if a.config.Server.InsecureOpen || ok && tcp.IP.IsLoopback() && config.IsLoopback(hostOf(a.config.Server.Listen)) {
		return nil
	}
	tokens, err := a.store.Tokens(ctx)
	if err != nil {
		return err
	}
	now := a.now()
	for i := range tokens {
		if tokens[i].Valid(now) {
			return nil
		}
	}
	return fmt.Errorf("%w: others reach %s, and there is no token to tell who may do what; make one with: rebound token add NAME --scope admin, or listen at 127.0.0.1 only",
		ErrOpen, addr)
}

func hostOf(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	return host
}
