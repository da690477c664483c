package auth

import (
	"net/http"
	"net/netip"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/internal/store"
)

func TestOpenModeServesThisMachineOnly(t *testing.T) {
	for _, c := range [...]struct {
		name string
		r    *http.Request
		want Problem
	}{
		{"a program", request(), ""},
		{"by name", request("Host", "localhost:8425"), ""},
		{"by IPv6", request("Host", "[::1]:8425", "Remote", "[::1]:1"), ""},
		{"mapped", request("Remote", "[::ffff:127.0.0.1]:1"), ""},
		{"the browser's address line", request("Sec-Fetch-Site", "none"), ""},
		{"our own page", request("Sec-Fetch-Site", "same-origin", "Origin", "http://127.0.0.1:8425"), ""},
		{"another page", request("Sec-Fetch-Site", "cross-site"), CrossSite},
		{"another port of this machine", request("Sec-Fetch-Site", "same-site", "Origin", "http://127.0.0.1:3000"), CrossSite},
		{"an old browser", request("Origin", "https://example.org"), CrossSite},
		{"a sandboxed frame", request("Origin", "null"), CrossSite},
		{"two origins", request("Origin", "http://127.0.0.1:8425", "Origin", "https://example.org"), CrossSite},
		{"two sites", request("Sec-Fetch-Site", "none", "Sec-Fetch-Site", "cross-site"), CrossSite},
		{"a name that was rebound", request("Host", "rebind.example.org:8425"), NotLocal},
		{"a name that begins alike", request("Host", "localhost.example.org"), NotLocal},
		{"a name that reads like an address", request("Host", "127.0.0.1.example.org"), NotLocal},
		{"no name", request("Host", ""), NotLocal},
		{"another machine", request("Remote", "192.0.2.1:1"), NotLocal},
		{"no address", request("Remote", "what"), NotLocal},
		{"through a proxy", request("X-Forwarded-For", "127.0.0.1"), NotLocal},
		{"through another proxy", request("Forwarded", "for=127.0.0.1"), NotLocal},
		{"with a token that does not hold", with("rbd_0123456789ab_x"), Unauthorized},
	} {
		s, now := &tokens{}, start
		g := gateAt(t, s, &now, func(o *Options) { o.Mode = OpenLocal })
		p, err := g.Authorize(c.r, store.ScopeAdmin)
		if got := problem(t, err); got != c.want || err == nil && p.ID != "open" {
			t.Errorf("%s: %q, want %q (%v)", c.name, got, c.want, p)
		}
	}
}

func TestTheFirstTokenEndsOpenModeForGood(t *testing.T) {
	for _, mode := range [...]Mode{OpenLocal, OpenAll} {
		s, now := &tokens{}, start
		g := gateAt(t, s, &now, func(o *Options) { o.Mode = mode; o.Local = []string{"x"} })
		if _, err := g.Authorize(request(), store.ScopeAdmin); err != nil {
			t.Fatal(err)
		}
		_, tok := store.NewToken("x", nil, now)
		_ = s.AddToken(t.Context(), tok)
		now = now.Add(noTokensFor)
		if _, err := g.Authorize(request(), store.ScopeAdmin); problem(t, err) != Unauthorized {
			t.Errorf("with a token: %v", err)
		}
		_ = s.RevokeToken(t.Context(), tok.ID)
		now = now.Add(time.Hour)
		g.Changed()
		if _, err := g.Authorize(request(), store.ScopeAdmin); problem(t, err) != Unauthorized {
			t.Errorf("with a revoked token: %v", err)
		}
	}
}

func TestOpenAllServesOtherMachinesAndNoOtherPages(t *testing.T) {
	s, now := &tokens{}, start
	g := gateAt(t, s, &now, func(o *Options) { o.Mode = OpenAll })
	if _, err := g.Authorize(request("Host", "bounces.example.org", "Remote", "192.0.2.1:1"), store.ScopeAdmin); err != nil {
		t.Error(err)
	}
	if _, err := g.Authorize(request("Host", "bounces.example.org", "Origin", "https://example.org"), store.ScopeAdmin); problem(t, err) != CrossSite {
		t.Error(err)
	}
}

func TestOnlyKnownProxiesSayWhoAsks(t *testing.T) {
	now := start
	g := gateAt(t, &tokens{}, &now, func(o *Options) { o.Proxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} })
	for _, c := range [...]struct {
		remote, forwarded, want string
	}{
		{"192.0.2.1:1", "", "192.0.2.1"},
		{"192.0.2.1:1", "203.0.113.5", "192.0.2.1"},
		{"10.0.0.1:1", "203.0.113.5", "203.0.113.5"},
		{"10.0.0.1:1", "198.51.100.1, 203.0.113.5, 10.0.0.2", "203.0.113.5"},
		{"10.0.0.1:1", "203.0.113.5, what", "10.0.0.1"},
		{"10.0.0.1:1", "10.1.1.1", "10.1.1.1"},
		{"[2001:db8::1%eth0]:1", "", "2001:db8::1"},
	} {
		r := request("Remote", c.remote)
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := g.Client(r).String(); got != c.want {
			t.Errorf("%v: %s, want %s", c, got, c.want)
		}
	}
	if a, b := g.client(request("Remote", "[2001:db8::1]:1")), g.client(request("Remote", "[2001:db8::2]:1")); a != b {
		t.Errorf("%s and %s are one customer", a, b)
	}
}
