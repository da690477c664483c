package webhook

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"hash"
	"strings"
)

// verifySendGrid checks an ECDSA signature of timestamp and raw body.
//
// https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features
func (c *check) verifySendGrid() Verification {
	v := Verification{Scheme: SchemeSendGrid}
	encoded := c.request.header("X-Twilio-Email-Event-Webhook-Signature")
	stamp := c.request.header("X-Twilio-Email-Event-Webhook-Timestamp")
	signature, err := decodeBase64(encoded)
	if encoded == "" || err != nil {
		return v.forged("no signature in the header: switch on signed events")
	}
	h := sha256.New()
	h.Write([]byte(stamp))
	h.Write(c.request.Body)
	digest := h.Sum(nil)
	known := false
	for _, key := range c.keys.Signing {
		public, ok := publicKey(key).(*ecdsa.PublicKey)
		if !ok {
			continue
		}
		known = true
		if ecdsa.VerifyASN1(public, digest, signature) {
			v.ReplayKey, v.Signed = hex.EncodeToString(digest), parseTime(stamp)
			return c.timely(v, sendGridWindow)
		}
	}
	return c.refuse(v, known)
}

// verifyPostal checks an RSA signature of the raw body. Postal signs no time.
//
// https://github.com/postalserver/postal/blob/main/lib/postal/http.rb
func (c *check) verifyPostal() Verification {
	v := Verification{Scheme: SchemePostal256}
	algorithm, encoded := crypto.SHA256, c.request.header("X-Postal-Signature-256")
	sum := sha256.Sum256(c.request.Body)
	digest := sum[:]
	if encoded == "" { // before Postal 3
		v.Scheme = SchemePostal1
		algorithm, digest, encoded = crypto.SHA1, sha1sum(c.request.Body), c.request.header("X-Postal-Signature")
	}
	signature, err := decodeBase64(encoded)
	if encoded == "" || err != nil {
		return v.forged("no signature in the header: let the webhook be signed")
	}
	known := false
	for _, key := range c.keys.Signing {
		public, ok := publicKey(key).(*rsa.PublicKey)
		if !ok {
			continue
		}
		known = true
		if rsa.VerifyPKCS1v15(public, algorithm, digest, signature) == nil {
			v.Outcome, v.ReplayKey = Genuine, hex.EncodeToString(sum[:])
			return v
		}
	}
	return c.refuse(v, known)
}

// verifyMailgun checks an HMAC of timestamp and token, in the body. It proves
// that somebody has seen a post of Mailgun's, not that this event is theirs:
// the replay key must be remembered.
//
// https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks
func (c *check) verifyMailgun() Verification {
	v := Verification{Scheme: SchemeMailgun}
	o, err := c.mailgunFields()
	if err != nil {
		return v.forged("no signature in the body")
	}
	stamp, token := o.text("timestamp"), o.text("token")
	v.ReplayKey, v.Signed = token, parseTime(stamp)
	if token == "" || !c.macFits(sha256.New, []byte(stamp+token), hex.DecodeString, o.text("signature")) && !c.parentFits(o) {
		return v.forged("the signature does not fit")
	}
	return c.timely(v, mailgunWindow)
}

// mailgunFields returns the part of the body that holds the signature.
func (c *check) mailgunFields() (object, error) {
	body := trimBOM(c.request.Body)
	if isForm(body) {
		f, _ := parseForm(body)
		return f.object(), nil
	}
	o, err := soleObject(body)
	return o.object("signature"), err
}

// parentFits checks the signature that events of a subaccount carry besides,
// with the key of the account above.
func (c *check) parentFits(o object) bool {
	parent := o.object("parent-signature")
	if len(parent) == 0 {
		return false
	}
	same := parent.text("token") == o.text("token") && parent.text("timestamp") == o.text("timestamp")
	return same && c.macFits(sha256.New, []byte(parent.text("timestamp")+parent.text("token")), hex.DecodeString, parent.text("signature"))
}

// verifyMandrill checks an HMAC of the URL and all form fields. It holds no time.
//
// https://mailchimp.com/developer/transactional/guides/track-respond-activity-webhooks/#authenticating-webhook-requests
func (c *check) verifyMandrill() Verification {
	v := Verification{Scheme: SchemeMandrill}
	f, _ := parseForm(trimBOM(c.request.Body))
	var signed strings.Builder
	signed.WriteString(c.request.URL)
	for _, x := range f.sorted() {
		signed.WriteString(x.name)
		signed.WriteString(x.value)
	}
	given := c.request.header("X-Mandrill-Signature")
	if !c.macFits(sha1.New, []byte(signed.String()), decodeBase64, given) {
		return v.forged("the signature does not fit: is the URL the one that is set at Mandrill, to the letter?")
	}
	v.Outcome, v.ReplayKey = Genuine, fingerprint([]byte(signed.String()))
	return v
}

// verifyHMAC checks an HMAC of the raw body, in hex. It holds no time.
func (c *check) verifyHMAC(name string) Verification {
	v := Verification{Scheme: SchemeHMAC}
	given := c.request.header(name)
	if !c.macFits(sha256.New, c.request.Body, hex.DecodeString, given) {
		return v.forged("the signature does not fit")
	}
	v.Outcome, v.ReplayKey = Genuine, fingerprint(c.request.Body)
	return v
}

// mailerSendTestKey is the published key of the ping that MailerSend sends before it
// accepts a URL.
//
// https://developers.mailersend.com/api/v1/webhooks.html
const mailerSendTestKey = "test_Am3L1GuOIc4blLUuHqAPxxwkZaJyEk8G"

func (c *check) verifyMailerSend() Verification {
	v := c.verifyHMAC("Signature")
	if v.Outcome == Genuine {
		return v
	}
	ping := check{request: c.request, keys: &Keys{Signing: []string{mailerSendTestKey}}, now: c.now}
	if ping.verifyHMAC("Signature").Outcome == Genuine {
		// Anybody can sign with this key, so nothing but the ping may pass.
		v = Verification{Scheme: SchemeTest, Outcome: Forged, Detail: "signed with MailerSend's public test key: answer the handshake, believe nothing"}
	}
	return v
}

// verifySvix checks an HMAC of id, timestamp and raw body: Svix, and the
// Standard Webhooks specification that came of it. Several signatures may be
// given, one for each key in force.
//
// https://docs.svix.com/receiving/verifying-payloads/how-manual
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
func (c *check) verifySvix() Verification {
	v := Verification{Scheme: SchemeSvix}
	prefix := "svix-"
	if c.request.header("svix-signature") == "" {
		prefix = "webhook-"
	}
	id, stamp := c.request.header(prefix+"id"), c.request.header(prefix+"timestamp")
	signed := append([]byte(id+"."+stamp+"."), c.request.Body...)
	fits := false
	for _, one := range strings.Fields(clip(c.request.header(prefix+"signature"), 4<<10)) {
		version, encoded, _ := strings.Cut(one, ",")
		if version != "v1" {
			continue
		}
		given, err := decodeBase64(encoded)
		if err != nil {
			continue
		}
		for _, key := range c.keys.Signing {
			if secret := svixKey(key); secret != nil && hmac.Equal(macOf(sha256.New, secret, signed), given) {
				fits = true
			}
		}
	}
	if !fits || id == "" {
		return v.forged("the signature does not fit")
	}
	v.ReplayKey, v.Signed = id, parseTime(stamp)
	return c.timely(v, svixWindow)
}

// svixKey reads a secret as it is shown: base64 behind "whsec_".
func svixKey(s string) []byte {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(strings.TrimSpace(s), "whsec_"))
	if err != nil || len(key) == 0 {
		return nil
	}
	return key
}

// macFits reports whether a given MAC is that of the text under any of the
// keys.
func (c *check) macFits(hash func() hash.Hash, text []byte, decode func(string) ([]byte, error), given string) bool {
	mac, err := decode(strings.TrimSpace(given))
	if err != nil || len(mac) == 0 {
		return false
	}
	fits := false
	for _, key := range c.keys.Signing {
		if key = strings.TrimSpace(key); key != "" && hmac.Equal(macOf(hash, []byte(key), text), mac) {
			fits = true
		}
	}
	return fits
}

func macOf(hash func() hash.Hash, key, text []byte) []byte {
	h := hmac.New(hash, key)
	h.Write(text)
	return h.Sum(nil)
}

// refuse settles a request whose signature no key fits.
func (c *check) refuse(v Verification, known bool) Verification {
	if !known {
		v.Outcome, v.Detail = MissingKey, "none of the keys is a public key of the right kind"
		return v
	}
	return v.forged("the signature does not fit")
}

// publicKey reads a public key: base64 of its DER form (SubjectPublicKeyInfo), or
// PEM. It returns nil if s is none.
func publicKey(s string) any {
	plain := s
	if _, p, ok := strings.Cut(s, "p="); ok { // as a DKIM record, the way in which Postal shows it
		plain, _, _ = strings.Cut(p, ";")
	}
	der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(plain), ""))
	if block, _ := pem.Decode([]byte(strings.TrimSpace(s))); block != nil {
		der, err = block.Bytes, nil
	}
	if err != nil {
		return nil
	}
	key, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil
	}
	return key
}

// decodeBase64 is strict, so that one signature has one spelling.
func decodeBase64(s string) ([]byte, error) { return base64.StdEncoding.Strict().DecodeString(s) }

// fingerprint is the replay key of requests that carry no id.
func fingerprint(signed []byte) string {
	sum := sha256.Sum256(signed)
	return hex.EncodeToString(sum[:])
}

// equal compares in constant time; lengths may show.
func equal(a, b string) bool {
	return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1
}
