package store

import (
	"strings"
	"testing"
	"time"
)

func TestTokenAllowsItsSecretOnly(t *testing.T) {
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	secret, tok := NewToken("shop", []Scope{ScopeIngest}, now)
	other, _ := NewToken("shop", []Scope{ScopeIngest}, now)
	_, admin := NewToken("ops", []Scope{ScopeAdmin}, now)
	if TokenID(secret) != tok.ID || len(secret) < 50 || strings.Contains(string(tok.Hash[:]), secret) {
		t.Errorf("token %q with id %q", secret, tok.ID)
	}
	expired, revoked := tok, tok
	expired.Expires, revoked.Revoked = now, now.Add(-time.Hour)
	for name, c := range map[string]struct {
		tok    Token
		secret string
		scope  Scope
		want   bool
	}{
		"its own": {tok, secret, ScopeIngest, true}, "another scope": {tok, secret, ScopeRead, false}, "no scope": {tok, secret, "", false},
		"another secret": {tok, other, ScopeIngest, false}, "nothing": {tok, "", ScopeIngest, false},
		"expired": {expired, secret, ScopeIngest, false}, "revoked": {revoked, secret, ScopeIngest, false}, "no token": {Token{Scopes: []Scope{ScopeAdmin}}, "", ScopeRead, false},
	} {
		if got := c.tok.Allows(c.secret, c.scope, now); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	admin.Hash = tok.Hash
	if !admin.Allows(secret, ScopeRead, now) {
		t.Error("admin may not read")
	}
}

func TestTokenIDOfWhatIsNoToken(t *testing.T) {
	for _, s := range []string{"", "rbd_", "rbd_abc_x", "rbd_0123456789ab_", "xyz_0123456789ab_y", "rbd_0123456789ab_" + strings.Repeat("x", 1000), "0123456789ab"} {
		if id := TokenID(s); id != "" {
			t.Errorf("TokenID(%q) = %q", Cut(s, 40), id)
		}
	}
}
