package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/internal/store"
)

// tokens is a store of tokens that counts what it is asked.
type tokens struct {
	mu      sync.Mutex
	list    map[string]store.Token
	lookUps int
	touched int
	err     error
}

func (s *tokens) AddToken(_ context.Context, t store.Token) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.list == nil {
		s.list = map[string]store.Token{}
	}
	s.list[t.ID] = t
	return nil
}

func (s *tokens) Token(_ context.Context, id string) (store.Token, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lookUps++
	t, ok := s.list[id]
	if s.err != nil {
		return store.Token{}, s.err
	}
	if !ok {
		return store.Token{}, fmt.Errorf("%w: token", store.ErrNotFound)
	}
	return t, nil
}

func (s *tokens) Tokens(context.Context) (list []store.Token, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.list {
		list = append(list, t)
	}
	return list, s.err
}

func (s *tokens) RevokeToken(_ context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.list[id]
	t.Revoked = start
	s.list[id] = t
	return nil
}

func (s *tokens) TouchToken(context.Context, string, time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.touched++
	return nil
}

var start = time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)

// gateAt returns a gate whose clock the test sets.
func gateAt(t *testing.T, s store.Tokens, now *time.Time, more ...func(*Options)) *Gate {
	t.Helper()
	o := Options{Tokens: s, Now: func() time.Time { return *now }}
	for _, change := range more {
		change(&o)
	}
	g, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func request(headers ...string) *http.Request {
	r := httptest.NewRequest("GET", "http://127.0.0.1:8425/v1/check", nil)
	r.RemoteAddr = "127.0.0.1:50000"
	for i := 0; i < len(headers); i += 2 {
		switch headers[i] {
		case "Host":
			r.Host = headers[i+1]
		case "Remote":
			r.RemoteAddr = headers[i+1]
		default:
			r.Header.Add(headers[i], headers[i+1])
		}
	}
	return r
}

func with(secret string) *http.Request { return request("Authorization", "Bearer "+secret) }

// problem returns the problem of a refusal, "" if there is none.
func problem(t *testing.T, err error) Problem {
	t.Helper()
	if err == nil {
		return ""
	}
	var r *Refusal
	if !errors.As(err, &r) {
		t.Fatalf("%v is no refusal", err)
	}
	return r.Problem
}

func TestScopesDecideWhatATokenMayDo(t *testing.T) {
	s, now := &tokens{}, start
	g := gateAt(t, s, &now)
	for _, c := range [...]struct {
		has  []store.Scope
		may  []store.Scope
		not  []store.Scope
		name string
	}{
		{[]store.Scope{store.ScopeRead}, []store.Scope{store.ScopeRead}, []store.Scope{store.ScopeIngest, store.ScopeAdmin}, "reader"},
		{[]store.Scope{store.ScopeIngest}, []store.Scope{store.ScopeIngest}, []store.Scope{store.ScopeRead, store.ScopeAdmin}, "mta"},
		{[]store.Scope{store.ScopeAdmin}, []store.Scope{store.ScopeRead, store.ScopeIngest, store.ScopeAdmin}, nil, "operator"},
		{nil, nil, []store.Scope{store.ScopeRead, store.ScopeIngest, store.ScopeAdmin}, "nobody"},
	} {
		secret, tok := store.NewToken(c.name, c.has, now)
		_ = s.AddToken(t.Context(), tok)
		for _, sc := range c.may {
			if p, err := g.Authorize(with(secret), sc); err != nil || p.Name != c.name || p.ID != tok.ID {
				t.Errorf("%s, %s: %v %v", c.name, sc, p, err)
			}
		}
		for _, sc := range c.not {
			if _, err := g.Authorize(with(secret), sc); problem(t, err) != Forbidden {
				t.Errorf("%s, %s: %v", c.name, sc, err)
			}
		}
	}
}

// Whoever guesses must not learn from answer or work how near they are.
func TestTokensThatDoNotHoldAllGetTheSameAnswerAfterTheSameWork(t *testing.T) {
	s, now := &tokens{}, start
	g := gateAt(t, s, &now)
	good, tok := store.NewToken("good", scopesAll(), now)
	revoked, r := store.NewToken("revoked", scopesAll(), now)
	r.Revoked = now
	expired, e := store.NewToken("expired", scopesAll(), now)
	e.Expires = now
	for _, x := range []store.Token{tok, r, e} {
		_ = s.AddToken(t.Context(), x)
	}
	if _, err := g.Authorize(with(good), store.ScopeRead); err != nil {
		t.Fatal(err)
	}
	unknown, _ := store.NewToken("unknown", scopesAll(), now)
	var first *Refusal
	for name, secret := range map[string]string{
		"revoked": revoked, "expired": expired, "unknown": unknown, "of the right id": good[:len(good)-1] + "_", "longer": good + "x",
		"no token": "hunter2", "very long": good + string(make([]byte, 5000)),
	} {
		before := s.lookUps
		_, err := g.Authorize(with(secret), store.ScopeRead)
		var refusal *Refusal
		if !errors.As(err, &refusal) || refusal.Status != 401 {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if first == nil {
			first = refusal
		}
		if *refusal != *first {
			t.Errorf("%s: %+v, others %+v", name, refusal, first)
		}
		if s.lookUps != before+1 {
			t.Errorf("%s: %d look-ups", name, s.lookUps-before)
		}
	}
}

func scopesAll() []store.Scope { return []store.Scope{store.ScopeAdmin} }

func TestATokenIsShownInOneWayOnly(t *testing.T) {
	s, now := &tokens{}, start
	g := gateAt(t, s, &now)
	secret, tok := store.NewToken("x", scopesAll(), now)
	_ = s.AddToken(t.Context(), tok)
	for _, c := range [...]struct {
		r    *http.Request
		want Problem
	}{
		{request("Authorization", "Bearer "+secret), ""},
		{request("Authorization", "bearer   "+secret+" "), ""},
		{request(), Unauthorized},
		{request("Authorization", ""), Unauthorized},
		{request("Authorization", secret), Unauthorized},
		{request("Authorization", "Basic "+secret), Unauthorized},
		{request("Authorization", "Bearer "+secret+", Bearer "+secret), Unauthorized},
		{request("Authorization", "Bearer "+secret, "Authorization", "Bearer "+secret), Unauthorized},
		{request("Authorization", "Bearer x", "Authorization", "Bearer "+secret), Unauthorized},
		{request("X-Api-Key", secret, "Proxy-Authorization", "Bearer "+secret, "Cookie", "token="+secret), Unauthorized},
	} {
		if _, err := g.Authorize(c.r, store.ScopeRead); problem(t, err) != c.want {
			t.Errorf("%v: %v", c.r.Header, err)
		}
	}
}

func TestARevokedTokenEndsAtOnceHereAndSoonElsewhere(t *testing.T) {
	s, now := &tokens{}, start
	g, elsewhere := gateAt(t, s, &now), gateAt(t, s, &now)
	secret, tok := store.NewToken("x", scopesAll(), now)
	_ = s.AddToken(t.Context(), tok)
	for _, g := range [...]*Gate{g, elsewhere} {
		if _, err := g.Authorize(with(secret), store.ScopeRead); err != nil {
			t.Fatal(err)
		}
	}
	_ = s.RevokeToken(t.Context(), tok.ID)
	g.Changed()
	if _, err := g.Authorize(with(secret), store.ScopeRead); problem(t, err) != Unauthorized {
		t.Errorf("here: %v", err)
	}
	now = now.Add(cachedFor)
	if _, err := elsewhere.Authorize(with(secret), store.ScopeRead); problem(t, err) != Unauthorized {
		t.Errorf("elsewhere: %v", err)
	}
	if _, err := g.Holds(t.Context(), tok.ID); problem(t, err) != Unauthorized {
		t.Errorf("session: %v", err)
	}
}

func TestACachedTokenExpiresInTime(t *testing.T) {
	s, now := &tokens{}, start
	g := gateAt(t, s, &now)
	secret, tok := store.NewToken("x", scopesAll(), now)
	tok.Expires = now.Add(time.Second)
	_ = s.AddToken(t.Context(), tok)
	if _, err := g.Authorize(with(secret), store.ScopeRead); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Second)
	if _, err := g.Authorize(with(secret), store.ScopeRead); problem(t, err) != Unauthorized {
		t.Errorf("%v", err)
	}
}

func TestAGoodTokenCostsOneLookUpAndOneTouch(t *testing.T) {
	s, now := &tokens{}, start
	g := gateAt(t, s, &now)
	secret, tok := store.NewToken("x", scopesAll(), now)
	_ = s.AddToken(t.Context(), tok)
	for range 100 {
		if _, err := g.Authorize(with(secret), store.ScopeRead); err != nil {
			t.Fatal(err)
		}
	}
	if s.lookUps != 1 || s.touched != 1 {
		t.Errorf("%d look-ups, %d touches", s.lookUps, s.touched)
	}
}

func TestGuessingIsSlowedAndKnownTokensGoOn(t *testing.T) {
	s, now := &tokens{}, start
	g := gateAt(t, s, &now)
	secret, tok := store.NewToken("x", scopesAll(), now)
	_ = s.AddToken(t.Context(), tok)
	if _, err := g.Authorize(with(secret), store.ScopeRead); err != nil {
		t.Fatal(err)
	}
	var err error
	for range 21 {
		_, err = g.Authorize(with("rbd_0123456789ab_guess"), store.ScopeRead)
	}
	var refused *Refusal
	if !errors.As(err, &refused) || refused.Status != 429 || refused.RetryAfter <= 0 {
		t.Fatalf("after 20 guesses: %v", err)
	}
	before := s.lookUps
	_, _ = g.Authorize(with("rbd_0123456789ab_guess"), store.ScopeRead)
	if s.lookUps != before {
		t.Error("the store is asked nevertheless")
	}
	if _, err := g.Authorize(with(secret), store.ScopeRead); err != nil {
		t.Errorf("who is known suffers: %v", err)
	}
	other := with("rbd_0123456789ab_guess")
	other.RemoteAddr = "198.51.100.7:1"
	if _, err := g.Authorize(other, store.ScopeRead); problem(t, err) != Unauthorized {
		t.Errorf("another client: %v", err)
	}
	now = now.Add(6 * time.Second)
	if _, err := g.Authorize(with("rbd_0123456789ab_guess"), store.ScopeRead); problem(t, err) != Unauthorized {
		t.Errorf("after a while: %v", err)
	}
}

// A program that goes on with a revoked token, or many of them, must not keep out
// one with a good token behind the same address.
func TestAGoodTokenIsLetInWhereverBadOnesComeFrom(t *testing.T) {
	s, now := &tokens{}, start
	g := gateAt(t, s, &now)
	secret, tok := store.NewToken("x", scopesAll(), now)
	_ = s.AddToken(t.Context(), tok)
	for i := range 100 {
		_, _ = g.Authorize(with(fmt.Sprintf("rbd_%012d_guess", i)), store.ScopeRead)
	}
	if _, err := g.Authorize(with("rbd_0123456789ab_guess"), store.ScopeRead); problem(t, err) != TooMany {
		t.Errorf("guesses go on: %v", err)
	}
	for range 1000 {
		_, _ = g.Authorize(with("rbd_0123456789ab_revoked"), store.ScopeRead)
	}
	if _, err := g.Authorize(with(secret), store.ScopeRead); err != nil {
		t.Errorf("a good token: %v", err)
	}
	before := s.lookUps
	for i := range 10_000 {
		_, _ = g.Authorize(with(fmt.Sprintf("rbd_%012d_flood", i)), store.ScopeRead)
	}
	if n := s.lookUps - before; n > lookUpBurst {
		t.Errorf("the store is asked %d times", n)
	}
}

func TestATokenThatAsksTooMuchIsToldWhenToAskAgain(t *testing.T) {
	s, now := &tokens{}, start
	g := gateAt(t, s, &now, func(o *Options) { o.Limits = Limits{Token: 2, TokenBurst: 3, Client: 1, ClientBurst: 1} })
	secret, tok := store.NewToken("x", scopesAll(), now)
	_ = s.AddToken(t.Context(), tok)
	ask := func() error {
		_, err := g.Authorize(with(secret), store.ScopeRead)
		return err
	}
	for range 3 {
		if err := ask(); err != nil {
			t.Fatal(err)
		}
	}
	var refused *Refusal
	if err := ask(); !errors.As(err, &refused) || refused.Problem != TooMany || refused.RetryAfter != time.Second/2 {
		t.Errorf("%+v", refused)
	}
	now = now.Add(time.Second / 2)
	if err := ask(); err != nil {
		t.Error(err)
	}
	now = now.Add(-time.Hour)
	if err := ask(); err == nil {
		t.Error("a clock that is set back fills the bucket")
	}
	if err := g.Admit(request()); err != nil {
		t.Error(err)
	}
	if err := g.Admit(request()); problem(t, err) != TooMany {
		t.Error(err)
	}
}

func TestAStoreThatFailsLetsNobodyIn(t *testing.T) {
	s, now := &tokens{err: store.ErrClosed}, start
	g := gateAt(t, s, &now, func(o *Options) { o.Mode = OpenLocal })
	for _, r := range []*http.Request{with("rbd_0123456789ab_x"), request()} {
		_, err := g.Authorize(r, store.ScopeRead)
		if problem(t, err) != Unavailable || !errors.Is(err, store.ErrClosed) {
			t.Errorf("%v", err)
		}
	}
}

func TestLocalSecretsDoEverything(t *testing.T) {
	s, now := &tokens{}, start
	g := gateAt(t, s, &now, func(o *Options) { o.Local = []string{"of this process"} })
	p, err := g.Authorize(with("of this process"), store.ScopeAdmin)
	if err != nil || p.ID != "local" || s.lookUps != 0 {
		t.Errorf("%v %v", p, err)
	}
	if _, err := g.Holds(t.Context(), "local"); err != nil {
		t.Error(err)
	}
	if _, err := g.Authorize(with("of this proces"), store.ScopeAdmin); problem(t, err) != Unauthorized {
		t.Error(err)
	}
}
