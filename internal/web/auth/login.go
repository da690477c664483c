package auth

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/rebound-mail/rebound/internal/store"
)

const (
	localID = "local"
	openID  = "open"
	// noID is looked up where a secret names no token, so that this takes as long.
	noID = "000000000000"
	// maxSecret is far longer than any token.
	maxSecret = 256
)

func hashOf(secret string) [32]byte { return sha256.Sum256([]byte(secret)) }

func localPrincipal() Principal {
	return Principal{ID: localID, Name: "local", Scopes: []store.Scope{store.ScopeAdmin}}
}

// bearer returns the token of a request. More than one credential is none: a proxy
// and this server might each believe another one.
func bearer(r *http.Request) (secret string, given bool, err error) {
	values := r.Header.Values("Authorization")
	if len(values) == 0 {
		return "", false, nil
	}
	if len(values) > 1 {
		return "", true, unknownToken()
	}
	scheme, secret, ok := strings.Cut(strings.TrimSpace(values[0]), " ")
	secret = strings.TrimSpace(secret)
	if !ok || !strings.EqualFold(scheme, "Bearer") || secret == "" {
		return "", true, noToken()
	}
	return secret, true, nil
}

// login says whose secret it is.
func (g *Gate) login(r *http.Request, secret string, now time.Time) (Principal, error) {
	sum := hashOf(secret[:min(len(secret), maxSecret)])
	if g.isLocal(sum) {
		return localPrincipal(), nil
	}
	if t, ok := g.cache.get(sum, now); ok {
		if !t.Valid(now) {
			return Principal{}, unknownToken()
		}
		g.touch(r.Context(), &t, now)
		return Principal{ID: t.ID, Name: t.Name, Scopes: t.Scopes}, nil
	}
	client := g.client(r)
	if g.cache.isWrong(sum, now) {
		return Principal{}, g.failure(unknownToken(), client, secret, now)
	}
	if wait, ok := g.lookUps.take(client, now); !ok {
		return Principal{}, tooMany(wait)
	}
	t, err := g.lookUp(r.Context(), secret, sum, now)
	if err != nil {
		return Principal{}, g.failure(err, client, secret, now)
	}
	g.cache.put(sum, t, now)
	g.touch(r.Context(), &t, now)
	return Principal{ID: t.ID, Name: t.Name, Scopes: t.Scopes}, nil
}

// failure counts a token that does not hold. A client that goes on with such ones
// is told to wait; a token that holds is let in all the same, or a program with a
// revoked one would keep out all others behind its address.
func (g *Gate) failure(err error, client, secret string, now time.Time) error {
	var refused *Refusal
	if !errors.As(err, &refused) || refused.Problem != Unauthorized {
		return err
	}
	g.cache.putWrong(hashOf(secret[:min(len(secret), maxSecret)]), now)
	g.log.Debug("a token does not hold", "client", client, "token", store.TokenID(secret))
	if wait, ok := g.failed.take(client, now); !ok {
		return tooManyWrong(wait)
	}
	return err
}

func (g *Gate) isLocal(sum [32]byte) bool {
	same := 0
	for i := range g.local {
		same |= subtle.ConstantTimeCompare(sum[:], g.local[i][:])
	}
	return same == 1
}

// lookUp reads the token of a secret. Whatever is wrong with the secret, the
// store is asked once and hashes are compared once.
func (g *Gate) lookUp(ctx context.Context, secret string, sum [32]byte, now time.Time) (store.Token, error) {
	id := store.TokenID(secret)
	if id == "" || len(secret) > maxSecret {
		id = noID
	}
	t, err := g.o.Tokens.Token(ctx, id)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return store.Token{}, unavailable(err)
	}
	same := subtle.ConstantTimeCompare(sum[:], t.Hash[:]) == 1
	valid := t.Valid(now)
	if err != nil || !same || !valid {
		return store.Token{}, unknownToken()
	}
	return t, nil
}

const (
	// cachedFor is how long a token that is revoked by another process may hold.
	cachedFor = 5 * time.Second
	maxCached = 1024
	// touchEvery is how exactly it is remembered when a token was used.
	touchEvery   = time.Minute
	touchTimeout = 5 * time.Second
)

// tokenCache keeps tokens that were found to hold, by the hash of their secret: a
// wrong secret never meets it, so what it costs tells nothing.
type tokenCache struct {
	mu      sync.Mutex
	tokens  map[[32]byte]cached
	wrong   map[[32]byte]time.Time // secrets that do not hold, until when
	touched map[string]time.Time   // by id
	any     bool                   // whether a token was ever made: true stays so
	asked   time.Time              // when any was asked for
}

type cached struct {
	token store.Token
	until time.Time
}

func (c *tokenCache) get(sum [32]byte, now time.Time) (store.Token, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.tokens[sum]
	if !ok || !now.Before(e.until) || e.until.Sub(now) > cachedFor {
		return store.Token{}, false
	}
	return e.token, true
}

func (c *tokenCache) put(sum [32]byte, t store.Token, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tokens == nil || len(c.tokens) >= maxCached {
		c.tokens = map[[32]byte]cached{}
	}
	c.tokens[sum] = cached{token: t, until: now.Add(cachedFor)}
}

// isWrong reports whether it was found of late that a secret does not hold, so
// that the store is not asked again by a program that goes on with it.
func (c *tokenCache) isWrong(sum [32]byte, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	until, ok := c.wrong[sum]
	return ok && now.Before(until) && until.Sub(now) <= cachedFor
}

func (c *tokenCache) putWrong(sum [32]byte, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if until, ok := c.wrong[sum]; ok && now.Before(until) && until.Sub(now) <= cachedFor {
		return // or one who goes on would put off for ever that the store is asked again
	}
	if c.wrong == nil || len(c.wrong) >= maxCached {
		c.wrong = map[[32]byte]time.Time{}
	}
	c.wrong[sum] = now.Add(cachedFor)
}

func (c *tokenCache) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tokens, c.wrong, c.asked = nil, nil, time.Time{}
}

// due reports whether it is to be remembered now that a token was used.
func (c *tokenCache) due(id string, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Sub(c.touched[id]).Abs() < touchEvery {
		return false
	}
	if c.touched == nil || len(c.touched) >= maxCached {
		c.touched = map[string]time.Time{}
	}
	c.touched[id] = now
	return true
}

// touch remembers that a token was used, once a minute. That it could not be
// remembered keeps nobody out.
func (g *Gate) touch(ctx context.Context, t *store.Token, now time.Time) {
	if !g.cache.due(t.ID, now) {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), touchTimeout)
	defer cancel()
	if err := g.o.Tokens.TouchToken(ctx, t.ID, now); err != nil {
		g.log.Warn("cannot remember that a token was used", "token", t.ID, "error", err)
	}
}
