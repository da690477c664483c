package auth

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"github.com/rebound-mail/rebound/internal/store"
)

// Mode says whom a Gate lets in without a token.
type Mode int

// The modes. The zero value lets nobody in without a token.
const (
	// Closed asks for a token always.
	Closed Mode = iota
	// OpenLocal lets requests of this machine in while no token was ever made.
	OpenLocal
	// OpenAll lets everybody in while no token was ever made. It is what an
	// operator asked for who runs the server in a network that is trusted.
	OpenAll
)

// Options are how a Gate works.
type Options struct {
	Tokens store.Tokens     // required
	Now    func() time.Time // the clock; required
	Logger *slog.Logger     // nil discards
	Mode   Mode
	// Local are secrets that hold as long as this process runs and are stored by
	// nobody, such as the one that the command line on the same machine uses.
	// They may do everything, and are no tokens that end open mode.
	Local []string
	// Proxies are the networks of proxies whose X-Forwarded-For is believed.
	Proxies []netip.Prefix
	// Limits bound how often somebody may ask. Fields that are zero stand for
	// their defaults.
	Limits Limits
}

// Limits are rates in requests a second, each with what may come at once. A
// negative rate is none.
type Limits struct {
	Token       float64 // a token: 2,000
	TokenBurst  int     // 4,000
	Client      float64 // an address without token, or in open mode: 1,000
	ClientBurst int     // 2,000
	// Failed are requests with a token that is not valid: 0.2, and 20 at once.
	Failed      float64
	FailedBurst int
}

// Principal is who makes a request.
type Principal struct {
	ID     string // of the token; "open" in open mode, "local" with a local secret
	Name   string // of the token: what is written where somebody did something
	Scopes []store.Scope
}

// Allows reports whether the principal has a scope. Admin includes the others.
func (p *Principal) Allows(scope store.Scope) bool {
	return slices.Contains(p.Scopes, scope) || slices.Contains(p.Scopes, store.ScopeAdmin)
}

type principalKey struct{}

// NewContext returns a context that names who makes the request.
func NewContext(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}

// FromContext returns who makes the request; ok is false if nobody was asked.
func FromContext(ctx context.Context) (p Principal, ok bool) {
	p, ok = ctx.Value(principalKey{}).(Principal)
	return p, ok
}

// Gate lets requests in. It is safe for concurrent use.
type Gate struct {
	o       Options
	log     *slog.Logger
	local   [][32]byte
	cache   tokenCache
	tokens  limiter // by token
	clients limiter // by address
	failed  limiter // tokens that do not hold, by address
	lookUps limiter // tokens that the store is asked for, by address
}

// How many tokens the store is asked for, of an address in a second and at once.
// One that holds is asked for every few seconds.
const (
	lookUpRate  = 50
	lookUpBurst = 200
)

// New returns a gate.
func New(o Options) (*Gate, error) {
	if o.Tokens == nil || o.Now == nil {
		return nil, errors.New("auth: tokens and a clock are required")
	}
	g := &Gate{o: o, log: o.Logger}
	if g.log == nil {
		g.log = slog.New(slog.DiscardHandler)
	}
	for _, secret := range o.Local {
		g.local = append(g.local, hashOf(secret))
	}
	l := o.Limits.withDefaults()
	g.tokens.set(l.Token, l.TokenBurst)
	g.clients.set(l.Client, l.ClientBurst)
	g.failed.set(l.Failed, l.FailedBurst)
	g.lookUps.set(lookUpRate, lookUpBurst)
	return g, nil
}

func (l Limits) withDefaults() Limits {
	set := func(rate *float64, burst *int, r float64, b int) {
		if *rate == 0 {
			*rate = r
		}
		if *burst <= 0 {
			*burst = b
		}
	}
	set(&l.Token, &l.TokenBurst, 2000, 4000)
	set(&l.Client, &l.ClientBurst, 1000, 2000)
	set(&l.Failed, &l.FailedBurst, 0.2, 20)
	return l
}

// Authorize says who makes a request, if they may do what the scope stands for.
// The error is a *Refusal.
func (g *Gate) Authorize(r *http.Request, scope store.Scope) (Principal, error) {
	now := g.o.Now()
	secret, given, err := bearer(r)
	if err != nil {
		return Principal{}, err
	}
	if !given {
		return g.withoutToken(r, now)
	}
	p, err := g.login(r, secret, now)
	if err != nil {
		return Principal{}, err
	}
	if wait, ok := g.tokens.take(p.ID, now); !ok {
		return Principal{}, tooMany(wait)
	}
	if !p.Allows(scope) {
		return Principal{}, wrongScope(scope)
	}
	return p, nil
}

// Admit counts a request that needs no token. The error is a *Refusal.
func (g *Gate) Admit(r *http.Request) error {
	if wait, ok := g.clients.take(g.client(r), g.o.Now()); !ok {
		return tooMany(wait)
	}
	return nil
}

// Login says whose secret it is, for pages where a person types one in. The
// request is who types it. The error is a *Refusal.
func (g *Gate) Login(r *http.Request, secret string) (Principal, error) {
	return g.login(r, secret, g.o.Now())
}

// Open says whether a request is let in without a token now, and as whom. The
// error is a *Refusal that says what speaks against it.
func (g *Gate) Open(r *http.Request) (Principal, error) {
	return g.withoutToken(r, g.o.Now())
}

// Holds returns the principal of a token by its id, as it is now: pages ask
// whether a session's token still holds. The error is a *Refusal, or the store's.
func (g *Gate) Holds(ctx context.Context, id string) (Principal, error) {
	if id == localID && len(g.local) > 0 {
		return localPrincipal(), nil
	}
	t, err := g.o.Tokens.Token(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && !t.Valid(g.o.Now()) {
		return Principal{}, unknownToken()
	}
	if err != nil {
		return Principal{}, err
	}
	return Principal{ID: t.ID, Name: t.Name, Scopes: t.Scopes}, nil
}

// Changed tells the gate that tokens were added or revoked. Without it a gate
// finds out within seconds.
func (g *Gate) Changed() { g.cache.clear() }
