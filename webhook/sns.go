package webhook

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"
)

// The types of SNS messages.
const (
	snsNotification = "Notification"
	snsSubscribe    = "SubscriptionConfirmation"
	snsUnsubscribe  = "UnsubscribeConfirmation"
)

// ErrSNSURL says that a URL in an SNS message is not one of Amazon's: it must
// not be fetched.
var ErrSNSURL = errors.New("webhook: not an address of Amazon SNS")

// isSNS reports whether an object is an SNS message.
func isSNS(o object) bool {
	switch o.text("Type") {
	case snsNotification, snsSubscribe, snsUnsubscribe:
		return o.has("TopicArn")
	}
	return false
}

// CheckSigningCertURL returns nil if a certificate may be fetched from u: https,
// the host sns.REGION.amazonaws.com (in China .com.cn), its default port, and a
// path SimpleNotificationService-*.pem. Anything else is the forger's own
// certificate.
//
// https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
func CheckSigningCertURL(u string) error {
	parsed, err := snsURL(u)
	if err != nil {
		return err
	}
	name, ok := strings.CutPrefix(parsed.Path, "/SimpleNotificationService-")
	if !ok || !strings.HasSuffix(name, ".pem") || strings.ContainsAny(name, "/\\%") || parsed.RawQuery != "" || parsed.Fragment != "" {
		return ErrSNSURL
	}
	return nil
}

// CheckSubscribeURL returns nil if u may be fetched to confirm a subscription:
// the host as for CheckSigningCertURL, and Action=ConfirmSubscription.
func CheckSubscribeURL(u string) error {
	parsed, err := snsURL(u)
	if err != nil {
		return err
	}
	query, err := url.ParseQuery(parsed.RawQuery)
	if err != nil || parsed.Path != "/" || query.Get("Action") != "ConfirmSubscription" || len(query["Action"]) != 1 {
		return ErrSNSURL
	}
	return nil
}

func snsURL(u string) (*url.URL, error) {
	if len(u) > maxField {
		return nil, ErrSNSURL
	}
	parsed, err := url.Parse(u)
	if err != nil || parsed.Scheme != "https" || parsed.User != nil || parsed.Opaque != "" || !isSNSHost(parsed.Host) {
		return nil, ErrSNSURL
	}
	return parsed, nil
}

// isSNSHost allows sns.REGION.amazonaws.com and .com.cn. A region is one label
// of small letters, digits and hyphens.
func isSNSHost(host string) bool {
	region, ok := strings.CutPrefix(host, "sns.")
	if !ok {
		return false
	}
	region = strings.TrimSuffix(region, ".cn")
	region, ok = strings.CutSuffix(region, ".amazonaws.com")
	if !ok || region == "" || len(region) > 32 || region[0] == '-' || region[len(region)-1] == '-' {
		return false
	}
	return strings.Trim(region, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// SigningCertURL returns where the certificate of an SNS message is, "" if body
// is no SNS message or its URL is not allowed. Lambda writes the name of the
// field in another way.
func SigningCertURL(body []byte) string {
	o, _ := parseObject(trimBOM(body))
	u := o.text("SigningCertURL", "SigningCertUrl")
	if !isSNS(o) || CheckSigningCertURL(u) != nil {
		return ""
	}
	return u
}

// snsSigned returns the text that SNS signs: names and values of certain fields,
// a line each, in the order of their names.
func snsSigned(o object) []byte {
	names := []string{"Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"}
	if o.text("Type") != snsNotification {
		names = []string{"Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"}
	}
	var b []byte
	for _, name := range names {
		if name == "Subject" && (!o.has(name) || string(o[name]) == "null") {
			continue
		}
		b = append(b, name...)
		b = append(b, '\n')
		b = append(b, scalar(o[name])...)
		b = append(b, '\n')
	}
	return b
}

// verifySNS checks the signature of an SNS message, and that it is from a topic
// of the operator's: Amazon signs for every one of its customers, so a
// signature alone proves nothing.
func (c *check) verifySNS() Verification {
	o, err := soleObject(c.request.Body)
	if err != nil || !isSNS(o) {
		if c.hasSecrets() {
			return c.verifySecret()
		}
		return Verification{Outcome: Unsigned, Detail: "no SNS envelope: with raw message delivery nothing is signed"}
	}
	v := Verification{Scheme: SchemeSNS1, ReplayKey: o.text("MessageId"), Signed: o.time("Timestamp")}
	hash, digest := crypto.SHA1, sha1sum(snsSigned(o))
	switch o.text("SignatureVersion") {
	case "1":
	case "2":
		sum := sha256.Sum256(snsSigned(o))
		v.Scheme, hash, digest = SchemeSNS2, crypto.SHA256, sum[:]
	default:
		return v.forged("unknown SignatureVersion")
	}
	certURL := o.text("SigningCertURL", "SigningCertUrl")
	if err := CheckSigningCertURL(certURL); err != nil {
		return v.forged("SigningCertURL is not Amazon's")
	}
	cert := c.keys.Certificates[certURL]
	if cert == nil {
		v.Outcome, v.CertificateURL, v.Detail = MissingKey, certURL, "the certificate must be fetched first"
		return v
	}
	signature, err := decodeBase64(o.text("Signature"))
	if err != nil || !certFits(cert, c.now) || rsa.VerifyPKCS1v15(cert.PublicKey.(*rsa.PublicKey), hash, digest, signature) != nil {
		return v.forged("the signature does not fit")
	}
	topic := o.text("TopicArn")
	if !slices.Contains(c.keys.Topics, topic) {
		if len(c.keys.Topics) > 0 {
			return v.forged("signed for another topic: " + clip(topic, 256))
		}
		if !c.hasSecrets() || c.verifySecret().Outcome != Genuine {
			v.Outcome, v.Detail = MissingKey, "signed by Amazon SNS, but for which of its customers? Name the topic: "+clip(topic, 256)
			return v
		}
	}
	return c.timely(v, snsWindow)
}

// certFits reports whether a certificate can be the one of SNS.
func certFits(cert *x509.Certificate, now time.Time) bool {
	_, isRSA := cert.PublicKey.(*rsa.PublicKey)
	return isRSA && !now.Before(cert.NotBefore) && !now.After(cert.NotAfter)
}

func sha1sum(b []byte) []byte {
	sum := sha1.Sum(b) // signature version 1 is SHA-1; topics can be set to version 2
	return sum[:]
}
