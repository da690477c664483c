package operator

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
)

// A form holds a token that only a page of this server can know. It is another one
// on every page, the secret under a random mask: pages are compressed, and would
// else give the secret away to who can measure their size and have words of his own
// in them (BREACH).

// masked returns a token for a form.
func masked(secret [32]byte) string {
	var b [64]byte
	_, _ = rand.Read(b[:32]) // never fails
	subtle.XORBytes(b[32:], b[:32], secret[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// unmasks reports whether a token is one of a secret.
func unmasks(token string, secret [32]byte) bool {
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(b) != 64 {
		return false
	}
	var plain [32]byte
	subtle.XORBytes(plain[:], b[:32], b[32:])
	return subtle.ConstantTimeCompare(plain[:], secret[:]) == 1
}

// derived is a secret for something that has no session: the log-in form with its
// cookie, and open mode.
func (o *Operator) derived(of string) (secret [32]byte) {
	mac := hmac.New(sha256.New, o.key[:])
	mac.Write([]byte(of))
	mac.Sum(secret[:0])
	return secret
}
