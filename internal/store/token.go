package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

// Tokens is who may do what. Secrets are never stored, only their hashes.
type Tokens interface {
	AddToken(ctx context.Context, t Token) error // ErrExists if the id is taken
	Token(ctx context.Context, id string) (Token, error)
	Tokens(ctx context.Context) ([]Token, error)
	// RevokeToken ends a token, which stays in the list.
	RevokeToken(ctx context.Context, id string) error
	// TouchToken remembers that a token was used.
	TouchToken(ctx context.Context, id string, at time.Time) error
}

// Scope is what a token allows.
type Scope string

// The scopes. Admin includes the others.
const (
	ScopeRead   Scope = "read"
	ScopeIngest Scope = "ingest"
	ScopeAdmin  Scope = "admin"
)

// ParseScope returns the scope of that name.
func ParseScope(s string) (Scope, bool) {
	switch sc := Scope(s); sc {
	case ScopeRead, ScopeIngest, ScopeAdmin:
		return sc, true
	}
	return "", false
}

// Token is what is stored of an access token.
type Token struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Scopes  []Scope   `json:"scopes"`
	Hash    [32]byte  `json:"-"` // SHA-256 of the whole token
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires,omitzero"` // zero if it does not
	Revoked time.Time `json:"revoked,omitzero"`
	Used    time.Time `json:"used,omitzero"` // the last time, roughly
}

// tokenPrefix lets secret scanners find tokens that leaked.
const tokenPrefix = "rbd_"

// NewToken makes a token. The secret is what its holder shows; it is 256 random
// bits, so that a plain hash of it may be stored.
func NewToken(name string, scopes []Scope, now time.Time) (secret string, t Token) {
	var b [6 + 32]byte
	_, _ = rand.Read(b[:]) // never fails: it ends the process instead
	id := hex.EncodeToString(b[:6])
	secret = tokenPrefix + id + "_" + base64.RawURLEncoding.EncodeToString(b[6:])
	return secret, Token{ID: id, Name: name, Scopes: slices.Clone(scopes), Hash: sha256.Sum256([]byte(secret)), Created: now}
}

// TokenID returns the id that a token names, "" if it is no token.
func TokenID(secret string) string {
	rest, ok := strings.CutPrefix(secret, tokenPrefix)
	id, random, cut := strings.Cut(rest, "_")
	if !ok || !cut || len(id) != 12 || random == "" || len(random) > 64 {
		return ""
	}
	return id
}

// Allows reports whether the token is this secret's, valid now, and of that
// scope. The comparison takes the same time wherever they differ.
func (t *Token) Allows(secret string, scope Scope, now time.Time) bool {
	sum := sha256.Sum256([]byte(secret))
	same := subtle.ConstantTimeCompare(sum[:], t.Hash[:]) == 1
	return same && t.Valid(now) && (slices.Contains(t.Scopes, scope) || slices.Contains(t.Scopes, ScopeAdmin))
}

// Valid reports whether the token is neither revoked nor expired.
func (t *Token) Valid(now time.Time) bool {
	return t.Revoked.IsZero() && (t.Expires.IsZero() || now.Before(t.Expires))
}
