package webhook

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"strings"
	"testing"
)

func TestKeysOfNoUseAreKnownBeforehand(t *testing.T) {
	ec := b64(must(x509.MarshalPKIXPublicKey(&must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)).PublicKey)))
	rs := b64(must(x509.MarshalPKIXPublicKey(&must(rsa.GenerateKey(rand.Reader, 2048)).PublicKey)))
	for _, tt := range []struct {
		provider Provider
		keys     Keys
		want     []string // parts of what is said; none if all will do
	}{
		{SendGrid, Keys{Signing: []string{ec}}, nil},
		{SendGrid, Keys{Signing: []string{ec, rs}}, []string{"sendgrid: signing key 2 is not a public key of ECDSA"}},
		{Postal, Keys{Signing: []string{rs, "v=DKIM1; p=" + rs + ";"}}, nil},
		{Postal, Keys{Signing: []string{ec}}, []string{"postal: signing key 1 is not a public key of RSA"}},
		{Resend, Keys{Signing: []string{"whsec_" + b64([]byte("a secret"))}}, nil},
		{Rebound, Keys{Signing: []string{"whsec_?", "whsec_"}}, []string{"signing key 1 is not a secret such as whsec_", "signing key 2"}},
		{Mailgun, Keys{Signing: []string{"anything"}, Secrets: []string{"0123456789abcdef"}}, nil},
		{Postmark, Keys{Secrets: []string{"0123456789abcdef", "0123456789abcde"}}, []string{"postmark: secret 2 is too short: give at least 16"}},
		{SES, Keys{}, nil},
	} {
		err := CheckKeys(tt.provider, tt.keys)
		if (err == nil) != (tt.want == nil) {
			t.Errorf("%s %v: %v", tt.provider, tt.want, err)
			continue
		}
		for _, part := range tt.want {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%v does not say %q", err, part)
			}
		}
	}
}
