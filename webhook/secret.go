package webhook

import (
	"encoding/base64"
	"net/url"
	"strings"
)

// minSecret is how long a secret must be; shorter ones are guessed.
const minSecret = 16

func (c *check) hasSecrets() bool { return len(c.keys.Secrets) > 0 }

// verifySecret looks for a shared secret where the provider can be told to put
// one.
func (c *check) verifySecret() Verification {
	if !c.hasSecrets() {
		return Verification{Outcome: Unsigned, Detail: "this provider signs nothing: put a secret in the URL"}
	}
	v := Verification{Scheme: SchemeSecret}
	found := false
	for _, secret := range c.keys.Secrets {
		if len(secret) < minSecret {
			v.Outcome, v.Detail = MissingKey, "the secret is too short: give at least 16 characters"
			return v
		}
		for _, given := range c.given() {
			if equal(given, secret) {
				found = true
			}
		}
	}
	if !found {
		return v.forged("the secret does not fit")
	}
	v.Outcome = Genuine
	return v
}

// given returns what a request holds in the places of a secret.
func (c *check) given() []string {
	var given []string
	if c.keys.SecretHeader != "" {
		given = append(given, c.request.header(c.keys.SecretHeader))
	}
	given = append(given, authorization(c.request.header("Authorization"))...)
	u, err := url.Parse(c.request.URL)
	if err != nil {
		return given
	}
	if password, ok := u.User.Password(); ok {
		given = append(given, password, u.User.Username()+":"+password)
	}
	if i := strings.LastIndexByte(u.Path, '/'); i >= 0 {
		given = append(given, u.Path[i+1:])
	}
	for _, values := range u.Query() {
		given = append(given, values...)
	}
	return given
}

// authorization returns what an Authorization header holds: RFC 7617 and RFC
// 6750.
func authorization(s string) []string {
	scheme, rest, _ := strings.Cut(strings.TrimSpace(s), " ")
	rest = strings.TrimSpace(rest)
	switch strings.ToLower(scheme) {
	case "bearer":
		return []string{rest}
	case "basic":
		pair, err := base64.StdEncoding.DecodeString(rest)
		if err != nil {
			return nil
		}
		_, password, _ := strings.Cut(string(pair), ":")
		return []string{password, string(pair)}
	}
	return nil
}
