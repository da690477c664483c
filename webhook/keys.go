package webhook

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"errors"
	"fmt"
)

// CheckKeys says what of the keys can never tell that a request of the provider
// is genuine, such as a secret that is too short, or a public key that is none.
// With such keys Verify answers MissingKey. Who reads keys from settings asks this
// first, so that it is known before a provider's events are refused.
func CheckKeys(p Provider, keys Keys) error {
	var errs []error
	for i, secret := range keys.Secrets {
		if len(secret) < minSecret {
			errs = append(errs, fmt.Errorf("%s: secret %d is too short: give at least %d characters", p, i+1, minSecret))
		}
	}
	for i, key := range keys.Signing {
		if want := wantedKey(p, key); want != "" {
			errs = append(errs, fmt.Errorf("%s: signing key %d is not %s", p, i+1, want))
		}
	}
	return errors.Join(errs...)
}

// wantedKey says what a signing key has to be and is not; "" if it will do.
func wantedKey(p Provider, key string) string {
	switch p {
	case SendGrid:
		if _, ok := publicKey(key).(*ecdsa.PublicKey); !ok {
			return "a public key of ECDSA, as SendGrid shows it (Verification Key)"
		}
	case Postal:
		if _, ok := publicKey(key).(*rsa.PublicKey); !ok {
			return "a public key of RSA, in PEM, base64 or as Postal's DKIM record"
		}
	case Resend, Rebound:
		if svixKey(key) == nil {
			return "a secret such as whsec_..., with base64 behind the underscore"
		}
	}
	return ""
}
