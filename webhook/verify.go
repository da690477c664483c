package webhook

import (
	"crypto/x509"
	"fmt"
	"time"
)

// Header is what Verify, Detect and Handshake need of the header of a request:
// http.Header and textproto.MIMEHeader are such. nil means no header.
type Header interface {
	// Get returns the first value of a field, "" if there is none; the case of
	// the name does not matter.
	Get(name string) string
}

// Request is what a provider posted.
type Request struct {
	Method string // "POST" if empty
	// URL is the address as it was given to the provider, with everything in it:
	// Mandrill signs it, and it may hold a secret. Behind a proxy that is not
	// what the server sees.
	URL    string
	Header Header
	Body   []byte // raw: signatures cover bytes
}

func (r *Request) header(name string) string {
	if r.Header == nil {
		return ""
	}
	return r.Header.Get(name)
}

// Keys is what the operator knows of one provider's webhook. Where several keys
// are given any of them will do, so that keys can be changed without a gap.
type Keys struct {
	// Signing keys, as the provider shows them: SendGrid's and Postal's public key
	// (base64, or PEM), Resend's and Rebound's secret (whsec_...), Mailgun's,
	// Mandrill's, MailerSend's and Mailtrap's key.
	Signing []string
	// Certificates of Amazon SNS by the URL that they were fetched from; see
	// SigningCertURL.
	Certificates map[string]*x509.Certificate
	// Topics are the ARNs of the operator's SNS topics.
	Topics []string
	// Secrets are for providers that sign nothing. They are looked for as the
	// password of basic authentication, or user:password; as bearer token; in
	// SecretHeader; and in the URL, as its last path segment or a value of its
	// query.
	Secrets      []string
	SecretHeader string
	// Tolerance is how old a signed request may be; 0 means what suits the
	// provider's retries. See Verification.Expires.
	Tolerance time.Duration
}

// Outcome says what Verify found out. Only Genuine is to be trusted.
type Outcome string

// The outcomes. The zero value means that nothing was checked.
const (
	Genuine    Outcome = "genuine"     // signed with a known key, or it holds the secret, and in time
	Forged     Outcome = "forged"      // a signature or secret that does not fit, or none where there must be one
	Stale      Outcome = "stale"       // genuine once, but too old (or from the future): perhaps a replay
	Unsigned   Outcome = "unsigned"    // the provider signs nothing, and no secret is set
	MissingKey Outcome = "missing-key" // it may be genuine: Detail says what is missing to tell
)

// Scheme names how a request was checked.
type Scheme string

// The schemes; the zero value means none.
const (
	SchemeSNS1      Scheme = "sns-rsa-sha1"         // Amazon SNS, signature version 1
	SchemeSNS2      Scheme = "sns-rsa-sha256"       // Amazon SNS, signature version 2
	SchemeSendGrid  Scheme = "ecdsa-p256-sha256"    // timestamp and body
	SchemeMailgun   Scheme = "hmac-sha256-token"    // timestamp and token: not the event
	SchemeMandrill  Scheme = "hmac-sha1-form"       // URL and form fields
	SchemeSvix      Scheme = "svix-hmac-sha256"     // id, timestamp and body; also Standard Webhooks
	SchemeHMAC      Scheme = "hmac-sha256-body"     // body: MailerSend, Mailtrap
	SchemePostal256 Scheme = "rsa-sha256-body"      // body: Postal 3
	SchemePostal1   Scheme = "rsa-sha1-body"        // body: Postal
	SchemeSecret    Scheme = "shared-secret"        // in the URL or a header
	SchemeTest      Scheme = "mailersend-test-ping" // signed with a key that everybody knows
)

// Verification is what Verify found out.
type Verification struct {
	Outcome Outcome
	Scheme  Scheme
	Detail  string // for the operator: why not, and what to do

	// ReplayKey identifies the request: seen again before Expires, it is a
	// repeat, to be answered as accepted and not processed. With Mailgun, whose
	// signature does not cover the event, this is what keeps a captured
	// signature from being used for another event. "" if the scheme has nothing
	// of the kind.
	ReplayKey string
	Signed    time.Time // when it was signed, if the scheme tells
	Expires   time.Time // until when it would be accepted

	// CertificateURL is set with MissingKey: fetch the certificate from there
	// (the URL has been checked), put it in Keys.Certificates, verify again.
	CertificateURL string
}

// How old a request may be. Providers try again for hours when a server is away,
// some without signing anew, and refusing those would lose events; a replay on
// the other hand changes nothing, for events have ids. So the windows are as
// long as the retries, and the replay keys kill what comes twice.
const (
	snsWindow      = 24 * time.Hour // https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
	sendGridWindow = 25 * time.Hour // retries for 24 hours
	mailgunWindow  = 9 * time.Hour  // retries for 8 hours
	svixWindow     = 5 * time.Minute
	futureWindow   = 5 * time.Minute // clocks differ
)

// Verify says whether a request comes from the provider. It is pure: the
// certificate of SNS is in keys, and the caller keeps replay keys. Secrets and
// signatures are compared in constant time.
func Verify(p Provider, r Request, keys Keys, now time.Time) Verification {
	c := check{request: &r, keys: &keys, now: now}
	if len(r.Body) > MaxPayload {
		return Verification{Outcome: Forged, Detail: fmt.Sprintf("more than %d bytes", MaxPayload)}
	}
	if p == SES {
		return c.verifySNS()
	}
	scheme := c.schemeOf(p)
	if scheme == nil {
		return c.verifySecret()
	}
	if len(keys.Signing) > 0 {
		return scheme()
	}
	if c.hasSecrets() {
		return c.verifySecret()
	}
	return Verification{Outcome: MissingKey, Detail: "give the signing key of this webhook, or a secret"}
}

// schemeOf returns how a provider's signature is checked, nil if it signs
// nothing.
func (c *check) schemeOf(p Provider) func() Verification {
	switch p {
	case SendGrid:
		return c.verifySendGrid
	case Mailgun:
		return c.verifyMailgun
	case Mandrill:
		return c.verifyMandrill
	case Resend, Rebound:
		return c.verifySvix
	case MailerSend:
		return c.verifyMailerSend
	case Mailtrap:
		return func() Verification { return c.verifyHMAC("Mailtrap-Signature") }
	case Postal:
		return c.verifyPostal
	}
	return nil
}

// check is one request being verified.
type check struct {
	request *Request
	keys    *Keys
	now     time.Time
}

func (v Verification) forged(detail string) Verification {
	return Verification{Outcome: Forged, Scheme: v.Scheme, Detail: detail}
}

// timely settles a request whose signature fits.
func (c *check) timely(v Verification, window time.Duration) Verification {
	if c.keys.Tolerance > 0 {
		window = c.keys.Tolerance
	}
	if v.Signed.IsZero() {
		return v.forged("no time")
	}
	v.Outcome, v.Expires = Genuine, v.Signed.Add(window)
	if c.now.After(v.Expires) {
		v.Outcome, v.Detail = Stale, "signed "+v.Signed.UTC().Format(time.RFC3339)
	}
	if v.Signed.After(c.now.Add(futureWindow)) {
		v.Outcome, v.Detail = Stale, "signed in the future: "+v.Signed.UTC().Format(time.RFC3339)
	}
	return v
}
