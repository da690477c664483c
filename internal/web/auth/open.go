package auth

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/rebound-mail/rebound/internal/store"
)

// noTokensFor is how long it is believed that there is no token yet.
const noTokensFor = time.Second

// withoutToken says whether a request may come without one.
func (g *Gate) withoutToken(r *http.Request, now time.Time) (Principal, error) {
	if g.o.Mode == Closed {
		return Principal{}, noToken()
	}
	have, err := g.haveTokens(r.Context(), now)
	if err != nil {
		return Principal{}, unavailable(err)
	}
	if have {
		return Principal{}, noToken()
	}
	if refused := g.outside(r); refused != nil {
		return Principal{}, refused
	}
	if wait, ok := g.clients.take(g.client(r), now); !ok {
		return Principal{}, tooMany(wait)
	}
	return Principal{ID: openID, Name: "open", Scopes: []store.Scope{store.ScopeAdmin}}, nil
}

// haveTokens reports whether a token was ever made. Revoked ones count: who
// revokes the last token does not mean to let everybody in.
func (g *Gate) haveTokens(ctx context.Context, now time.Time) (bool, error) {
	c := &g.cache
	c.mu.Lock()
	have, fresh := c.any, now.Sub(c.asked).Abs() < noTokensFor && !c.asked.IsZero()
	c.mu.Unlock()
	if have || fresh {
		return have, nil
	}
	list, err := g.o.Tokens.Tokens(ctx)
	if err != nil {
		return false, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.any, c.asked = c.any || len(list) > 0, now
	return c.any, nil
}

// outside says what speaks against serving a request without a token, nil if
// nothing does.
func (g *Gate) outside(r *http.Request) *Refusal {
	if foreignPage(r) {
		return crossSite()
	}
	if g.o.Mode == OpenAll {
		return nil
	}
	for _, name := range [...]string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Via"} {
		if r.Header.Get(name) != "" {
			return notLocal("this request came through a proxy")
		}
	}
	if a := remote(r); !a.IsLoopback() {
		return notLocal("this request comes from another one")
	}
	if !loopbackHost(r.Host) {
		return notLocal("this request is for another host than localhost")
	}
	return nil
}

// foreignPage reports whether a browser says that a page of another site makes
// the request. Programs send neither header.
func foreignPage(r *http.Request) bool {
	for _, site := range r.Header.Values("Sec-Fetch-Site") {
		if site != "same-origin" && site != "none" {
			return true
		}
	}
	for _, origin := range r.Header.Values("Origin") {
		u, err := url.Parse(origin)
		if err != nil || u.Host == "" || !strings.EqualFold(u.Host, r.Host) {
			return true
		}
	}
	return false
}

// loopbackHost reports whether a Host header names this machine itself: a name
// that merely resolves to a loopback address does not.
func loopbackHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if strings.EqualFold(strings.TrimSuffix(host, "."), "localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback()
}

// remote returns the address of the other end of the connection. A connection
// that has none, as of a Unix socket, is of this machine.
func remote(r *http.Request) netip.Addr {
	if p, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		return p.Addr().Unmap().WithZone("")
	}
	if a, err := netip.ParseAddr(r.RemoteAddr); err == nil {
		return a.Unmap().WithZone("")
	}
	if r.RemoteAddr == "" || r.RemoteAddr == "@" {
		return netip.IPv6Loopback()
	}
	return netip.Addr{}
}

// Client returns the address of who makes a request: the other end of the
// connection or, if that is a proxy to be believed, the one that it names.
func (g *Gate) Client(r *http.Request) netip.Addr {
	a := remote(r)
	if !g.isProxy(a) {
		return a
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		if a = hop.Unmap().WithZone(""); !g.isProxy(a) {
			break
		}
	}
	return a
}

func (g *Gate) isProxy(a netip.Addr) bool {
	for _, p := range g.o.Proxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// client is the key of who makes a request in the limiters: of IPv6 the network
// that one customer has.
func (g *Gate) client(r *http.Request) string {
	a := g.Client(r)
	if a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}
