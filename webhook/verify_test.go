package webhook

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

var at = time.Date(2024, 5, 1, 10, 0, 0, 0, time.UTC)

// signed is a genuine request with the keys that it is checked with, and its
// parts, each byte of which matters.
type signed struct {
	provider Provider
	request  Request
	keys     Keys
	scheme   Scheme
	window   time.Duration // 0: the scheme has no time
	headers  []string      // that are signed or the signature
	bodyless bool          // the body is not signed as bytes
}

const bounceBody = `[{"event":"bounce","email":"ann@example.com","sg_event_id":"1","sg_message_id":"1","event_id":"1","kind":"bounce","recipient":"ann@example.com","timestamp":1600000000}]` + "\r\n"

func b64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func post(body string, header ...string) Request {
	h := http.Header{}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return Request{Method: "POST", Header: h, Body: []byte(body)}
}

func signSendGrid() signed {
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	stamp := strconv.FormatInt(at.Unix(), 10)
	sum := sha256.Sum256([]byte(stamp + bounceBody))
	signature := must(ecdsa.SignASN1(rand.Reader, key, sum[:]))
	const name, when = "X-Twilio-Email-Event-Webhook-Signature", "X-Twilio-Email-Event-Webhook-Timestamp"
	return signed{provider: SendGrid, request: post(bounceBody, name, b64(signature), when, stamp), scheme: SchemeSendGrid, window: sendGridWindow,
		keys: Keys{Signing: []string{"not a key", b64(must(x509.MarshalPKIXPublicKey(&key.PublicKey)))}}, headers: []string{name, when}}
}

func signPostal(hash crypto.Hash, name string, scheme Scheme) signed {
	key := must(rsa.GenerateKey(rand.Reader, 2048))
	h := hash.New()
	h.Write([]byte(bounceBody))
	signature := must(rsa.SignPKCS1v15(rand.Reader, key, hash, h.Sum(nil)))
	public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: must(x509.MarshalPKIXPublicKey(&key.PublicKey))})
	return signed{provider: Postal, request: post(bounceBody, name, b64(signature)), keys: Keys{Signing: []string{string(public)}}, scheme: scheme, headers: []string{name}}
}

func signMailgun() signed {
	stamp, token := strconv.FormatInt(at.Unix(), 10), "50ea0a2a9ea30d6a"
	h := hmac.New(sha256.New, []byte("mailgun-key"))
	h.Write([]byte(stamp + token))
	body := `{"signature":{"timestamp":"` + stamp + `","token":"` + token + `","signature":"` + hex.EncodeToString(h.Sum(nil)) + `"},"event-data":{"event":"complained","recipient":"ann@example.com","id":"1"}}`
	return signed{provider: Mailgun, request: post(body), keys: Keys{Signing: []string{"old-key", "mailgun-key"}}, scheme: SchemeMailgun, window: mailgunWindow, bodyless: true}
}

func signMandrill() signed {
	const where = "https://hooks.sender.example/mandrill?stream=news"
	events := `[{"event":"spam","_id":"abc","ts":1600000000,"msg":{"email":"ann+x@example.com","_id":"abc"}}]`
	h := hmac.New(sha1.New, []byte("mandrill-key"))
	h.Write([]byte(where + "mandrill_events" + events))
	r := post(formOf("mandrill_events", events), "X-Mandrill-Signature", b64(h.Sum(nil)))
	r.URL = where
	return signed{provider: Mandrill, request: r, keys: Keys{Signing: []string{"mandrill-key"}}, scheme: SchemeMandrill, headers: []string{"X-Mandrill-Signature"}, bodyless: true}
}

func signSvix(p Provider, prefix string) signed {
	secret := []byte("0123456789abcdef01234567")
	stamp := strconv.FormatInt(at.Unix(), 10)
	h := hmac.New(sha256.New, secret)
	h.Write([]byte("msg_1." + stamp + "." + bounceBody))
	r := post(bounceBody, prefix+"id", "msg_1", prefix+"timestamp", stamp, prefix+"signature", "v1,"+b64(h.Sum(nil)))
	return signed{provider: p, request: r, keys: Keys{Signing: []string{"whsec_" + b64(secret)}}, scheme: SchemeSvix, window: svixWindow,
		headers: []string{prefix + "id", prefix + "timestamp", prefix + "signature"}}
}

func signHMAC(p Provider, name string) signed {
	h := hmac.New(sha256.New, []byte("body-key"))
	h.Write([]byte(bounceBody))
	return signed{provider: p, request: post(bounceBody, name, hex.EncodeToString(h.Sum(nil))), keys: Keys{Signing: []string{"body-key"}}, scheme: SchemeHMAC, headers: []string{name}}
}

const (
	testTopic   = "arn:aws:sns:eu-west-1:123456789012:bounces"
	testCertURL = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123.pem"
)

func signSNS(version string, fields map[string]string) signed {
	key := must(rsa.GenerateKey(rand.Reader, 2048))
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "sns.amazonaws.com"}, NotBefore: at.Add(-time.Hour), NotAfter: at.AddDate(1, 0, 0)}
	cert := must(x509.ParseCertificate(must(x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key))))
	message := map[string]string{
		"Type": "Notification", "MessageId": "sns-1", "TopicArn": testTopic, "Timestamp": at.Format("2006-01-02T15:04:05.000Z"), "SignatureVersion": version,
		"SigningCertURL": testCertURL, "UnsubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe",
		"Message": sesBounced("eventType", `"Permanent","bounceSubType":"General"`, `{"emailAddress":"ann@example.com","status":"5.1.1"}`) + "\n",
	}
	for name, value := range fields {
		message[name] = value
	}
	// Written out here, apart from the code that is tested.
	names := []string{"Message", "MessageId", "Timestamp", "TopicArn", "Type"}
	if message["Type"] != "Notification" {
		names = append(names, "SubscribeURL", "Token")
	} else if message["Subject"] != "" {
		names = append(names, "Subject")
	}
	slices.Sort(names)
	var text strings.Builder
	for _, name := range names {
		text.WriteString(name + "\n" + message[name] + "\n")
	}
	hash, scheme := crypto.SHA1, SchemeSNS1
	if version == "2" {
		hash, scheme = crypto.SHA256, SchemeSNS2
	}
	h := hash.New()
	h.Write([]byte(text.String()))
	message["Signature"] = b64(must(rsa.SignPKCS1v15(rand.Reader, key, hash, h.Sum(nil))))
	r := post(string(must(json.Marshal(message))))
	return signed{provider: SES, request: r, scheme: scheme, window: snsWindow, bodyless: true,
		keys: Keys{Topics: []string{testTopic}, Certificates: map[string]*x509.Certificate{testCertURL: cert}}}
}

func allSigned() map[string]signed {
	return map[string]signed{
		"SendGrid": signSendGrid(), "Mailgun": signMailgun(), "Mandrill": signMandrill(), "Resend": signSvix(Resend, "svix-"), "Rebound": signSvix(Rebound, "webhook-"),
		"MailerSend": signHMAC(MailerSend, "Signature"), "Mailtrap": signHMAC(Mailtrap, "Mailtrap-Signature"),
		"Postal": signPostal(crypto.SHA256, "X-Postal-Signature-256", SchemePostal256), "old Postal": signPostal(crypto.SHA1, "X-Postal-Signature", SchemePostal1),
		"SNS 1": signSNS("1", nil), "SNS 2": signSNS("2", map[string]string{"Subject": "Amazon SES Email Event Notification"}),
		"SNS subscription": signSNS("2", map[string]string{"Type": "SubscriptionConfirmation", "Token": "tok", "SubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=tok"}),
	}
}

func TestGenuineRequestsAreGenuine(t *testing.T) {
	for name, s := range allSigned() {
		t.Run(name, func(t *testing.T) {
			v := Verify(s.provider, s.request, s.keys, at.Add(time.Minute))
			if v.Outcome != Genuine || v.Scheme != s.scheme || v.ReplayKey == "" {
				t.Fatalf("%+v", v)
			}
			if s.window == 0 {
				return
			}
			if !v.Signed.Equal(at) || !v.Expires.Equal(at.Add(s.window)) {
				t.Errorf("signed %v, expires %v", v.Signed, v.Expires)
			}
			for late, want := range map[time.Duration]Outcome{s.window: Genuine, s.window + time.Second: Stale, -4 * time.Minute: Genuine, -6 * time.Minute: Stale} {
				if got := Verify(s.provider, s.request, s.keys, at.Add(late)); got.Outcome != want {
					t.Errorf("after %v: %+v", late, got)
				}
			}
			s.keys.Tolerance = time.Second
			if got := Verify(s.provider, s.request, s.keys, at.Add(2*time.Second)); got.Outcome != Stale {
				t.Errorf("with a tolerance of a second: %+v", got)
			}
		})
	}
}

func TestOtherKeysAndMissingKeys(t *testing.T) {
	others := allSigned()
	for name, s := range allSigned() {
		t.Run(name, func(t *testing.T) {
			if v := Verify(s.provider, s.request, Keys{}, at); v.Outcome != MissingKey || v.ReplayKey != "" && s.provider != SES {
				t.Errorf("without keys: %+v", v)
			}
			if s.provider == Postal || s.provider == SendGrid || s.provider == SES {
				if v := Verify(s.provider, s.request, others[name].keys, at); v.Outcome != Forged || v.ReplayKey != "" {
					t.Errorf("with another's key: %+v", v)
				}
			}
			if s.provider == SES {
				return
			}
			if v := Verify(s.provider, s.request, Keys{Signing: []string{"", "whsec_", "whsec_AAAA", "AAAA"}}, at); v.Outcome == Genuine || v.Outcome == Stale {
				t.Errorf("with keys that are none: %+v", v)
			}
			bare := s.request
			bare.Header = nil
			if v := Verify(s.provider, bare, s.keys, at); v.Outcome != Forged && s.provider != Mailgun {
				t.Errorf("without header: %+v", v)
			}
		})
	}
}

// TestEveryAlteredByteIsRefused flips bits of each byte of body, signature and
// timestamp. Where a signature does not cover the bytes of the body, but the
// values in it, an altered body may pass only if the same events are in it.
func TestEveryAlteredByteIsRefused(t *testing.T) {
	for name, s := range allSigned() {
		t.Run(name, func(t *testing.T) {
			step := 1
			if s.provider == SES {
				step = 3 // RSA is slow: every third byte, another bit each
			}
			for i := 0; i < len(s.request.Body); i += step {
				for _, bit := range []byte{1, 0x20}[:1+(i/step)%2] {
					altered := s.request
					altered.Body = bytes.Clone(s.request.Body)
					altered.Body[i] ^= bit
					v := Verify(s.provider, altered, s.keys, at)
					if v.Outcome == Genuine && (!s.bodyless || s.provider != Mailgun && !sameEvents(s.provider, altered.Body, s.request.Body)) {
						t.Fatalf("byte %d of the body: %q passes", i, altered.Body[max(0, i-20):min(len(altered.Body), i+20)])
					}
				}
			}
			for _, h := range s.headers {
				given := s.request.Header.Get(h)
				for i := range given {
					b := []byte(given)
					b[i] ^= 1
					altered := s.request
					altered.Header = s.request.Header.(http.Header).Clone()
					altered.Header.(http.Header).Set(h, string(b))
					if v := Verify(s.provider, altered, s.keys, at); v.Outcome == Genuine || v.Outcome == Stale {
						t.Fatalf("byte %d of %s: %q passes", i, h, b)
					}
				}
			}
		})
	}
}

func sameEvents(p Provider, a, b []byte) bool {
	x, _ := Decode(p, a)
	y, _ := Decode(p, b)
	return bytes.Equal(must(json.Marshal(x.Events)), must(json.Marshal(y.Events)))
}

func TestMailgunSignatureIsCheckedByteForByte(t *testing.T) {
	s := signMailgun()
	o, _ := soleObject(s.request.Body)
	for _, field := range []string{"timestamp", "token", "signature"} {
		value := o.object("signature").text(field)
		for i := range value {
			b := []byte(value)
			b[i] ^= 1
			altered := s.request
			altered.Body = bytes.Replace(s.request.Body, []byte(value), b, 1)
			if v := Verify(Mailgun, altered, s.keys, at); v.Outcome != Forged {
				t.Errorf("%s %q: %+v", field, b, v)
			}
		}
	}
}

func TestWhatIsSignedIsAllThatIsRead(t *testing.T) {
	forged := sesBounced("eventType", `"Permanent","bounceSubType":"General"`, `{"emailAddress":"victim@example.com"}`)
	s := signSNS("2", nil)
	for name, body := range map[string]string{
		"a second object":  string(s.request.Body) + forged,
		"a first object":   forged + string(s.request.Body),
		"an array":         `[` + string(s.request.Body) + `,` + forged + `]`,
		"an array of one":  `[` + string(s.request.Body) + `]`,
		"a second Message": strings.TrimSuffix(string(s.request.Body), "}") + `,"Message":` + strconv.Quote(forged) + `}`,
		"records":          `{"Records":[{"Sns":` + string(s.request.Body) + `}]}`,
		"Records beside":   strings.TrimSuffix(string(s.request.Body), "}") + `,"Records":[{"body":` + strconv.Quote(forged) + `}]}`,
		"detail beside":    strings.TrimSuffix(string(s.request.Body), "}") + `,"detail-type":"x","detail":` + forged + `}`,
		"message beside":   strings.TrimSuffix(string(s.request.Body), "}") + `,"message":` + strconv.Quote(forged) + `}`,
	} {
		altered := s.request
		altered.Body = []byte(body)
		if v := Verify(SES, altered, s.keys, at); v.Outcome == Genuine && !sameEvents(SES, altered.Body, s.request.Body) {
			t.Errorf("%s: genuine, but with other events", name)
		}
	}
}

func TestSNSNeedsItsTopicAndItsCertificate(t *testing.T) {
	s := signSNS("2", nil)
	keys := s.keys
	keys.Topics = nil
	if v := Verify(SES, s.request, keys, at); v.Outcome != MissingKey || !strings.Contains(v.Detail, testTopic) {
		t.Errorf("no topic named: %+v", v)
	}
	keys.Topics = []string{testTopic + "2"}
	if v := Verify(SES, s.request, keys, at); v.Outcome != Forged {
		t.Errorf("another topic: %+v", v)
	}
	keys.Topics, keys.Secrets = nil, []string{"0123456789abcdef"}
	withSecret := s.request
	withSecret.URL = "https://hooks.sender.example/ses/0123456789abcdef"
	if v := Verify(SES, withSecret, keys, at); v.Outcome != Genuine {
		t.Errorf("a secret instead of a topic: %+v", v)
	}
	keys = s.keys
	keys.Certificates = nil
	if v := Verify(SES, s.request, keys, at); v.Outcome != MissingKey || v.CertificateURL != testCertURL || SigningCertURL(s.request.Body) != testCertURL {
		t.Errorf("no certificate: %+v", v)
	}
	if v := Verify(SES, s.request, s.keys, at.AddDate(2, 0, 0)); v.Outcome != Forged {
		t.Errorf("an expired certificate: %+v", v)
	}
	evil := signSNS("2", map[string]string{"SigningCertURL": "https://sns.eu-west-1.amazonaws.com.evil.example/SimpleNotificationService-0123.pem"})
	evil.keys.Certificates["https://sns.eu-west-1.amazonaws.com.evil.example/SimpleNotificationService-0123.pem"] = evil.keys.Certificates[testCertURL]
	if v := Verify(SES, evil.request, evil.keys, at); v.Outcome != Forged || v.CertificateURL != "" {
		t.Errorf("a certificate of somebody else: %+v", v)
	}
	if v := Verify(SES, signSNS("3", nil).request, s.keys, at); v.Outcome != Forged {
		t.Errorf("version 3: %+v", v)
	}
}
