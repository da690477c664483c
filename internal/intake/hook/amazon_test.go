package hook

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/webhook"
)

// fakeAmazon is a server that has Amazon's names, by an authority of its own.
type fakeAmazon struct {
	t      *testing.T
	signer *rsa.PrivateKey // of SNS messages
	roots  *x509.CertPool
	caKey  *ecdsa.PrivateKey
	ca     *x509.Certificate
	server *httptest.Server

	mu     sync.Mutex
	file   []byte // what is served as the certificate
	status int
	leads  string // Location
	asked  []string
}

func newFakeAmazon(t *testing.T, c *clock) *fakeAmazon {
	a := &fakeAmazon{t: t, signer: rsaKey(), caKey: must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)), status: http.StatusOK}
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: c.now().AddDate(-1, 0, 0), NotAfter: c.now().AddDate(20, 0, 0), KeyUsage: x509.KeyUsageCertSign,
	}
	a.ca = must(x509.ParseCertificate(must(x509.CreateCertificate(rand.Reader, authority, authority, &a.caKey.PublicKey, a.caKey))))
	a.roots = x509.NewCertPool()
	a.roots.AddCert(a.ca)
	a.file = a.certificate(c, "sns.amazonaws.com")

	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	host := &x509.Certificate{
		SerialNumber: big.NewInt(2), DNSNames: []string{"sns.eu-west-1.amazonaws.com"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der := must(x509.CreateCertificate(rand.Reader, host, a.ca, &key.PublicKey, a.caKey))
	a.server = httptest.NewUnstartedServer(http.HandlerFunc(a.serve))
	a.server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	a.server.StartTLS()
	t.Cleanup(a.server.Close)
	return a
}

// certificate makes the certificate of the signer for a name, as a PEM file.
func (a *fakeAmazon) certificate(c *clock, name string) []byte {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(3), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: c.now().Add(-time.Hour), NotAfter: c.now().AddDate(0, 0, 30), KeyUsage: x509.KeyUsageDigitalSignature,
	}
	der := must(x509.CreateCertificate(rand.Reader, template, a.ca, &a.signer.PublicKey, a.caKey))
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func (a *fakeAmazon) serve(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked = append(a.asked, r.Host+r.URL.String())
	if a.leads != "" {
		w.Header().Set("Location", a.leads)
	}
	w.WriteHeader(a.status)
	w.Write(a.file)
}

func (a *fakeAmazon) set(file []byte, status int, leads string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.file, a.status, a.leads = file, status, leads
}

func (a *fakeAmazon) requests() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.asked
}

// transport leads Amazon's names to the server.
func (a *fakeAmazon) transport() http.RoundTripper {
	return &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, a.server.Listener.Addr().String())
		},
		TLSClientConfig: &tls.Config{RootCAs: a.roots}, DisableKeepAlives: true,
	}
}

func (a *fakeAmazon) receiver(c *clock, spool *box) *Receiver {
	return receiver(a.t, Options{
		Spool: spool, Transport: a.transport(), Roots: a.roots, Now: c.now, Hooks: map[webhook.Provider]Hook{webhook.SES: ses(a).hook},
	})
}

func TestACertificateIsFetchedOnceADay(t *testing.T) {
	c, spool := newClock(), &box{}
	a := newFakeAmazon(t, c)
	r := a.receiver(c, spool)
	for i, step := range []struct {
		pass    time.Duration
		status  int
		fetches int
	}{{0, 200, 1}, {23 * time.Hour, 200, 1}, {2 * time.Hour, 200, 2}, {25 * time.Hour, 500, 3}, {time.Hour, 200, 4}} {
		c.pass(step.pass)
		a.set(a.file, step.status, "")
		if _, err := r.Receive(t.Context(), webhook.SES, a.sign(c, map[string]string{"MessageId": fmt.Sprint(i)}), ""); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
		if n := len(a.requests()); n != step.fetches {
			t.Errorf("step %d: fetched %d times, want %d", i, n, step.fetches)
		}
	}
	if n := len(spool.all()); n != 5 {
		t.Errorf("%d reports, want 5: an old certificate serves while a new one cannot be had", n)
	}
}

func TestOnlyACertificateOfAmazonsIsTaken(t *testing.T) {
	c := newClock()
	a := newFakeAmazon(t, c)
	good := a.file
	expired := newClock()
	expired.pass(-60 * 24 * time.Hour)
	self := &x509.Certificate{SerialNumber: big.NewInt(9), Subject: pkix.Name{CommonName: "x"}, DNSNames: []string{"sns.amazonaws.com"}, NotBefore: c.now().Add(-time.Hour), NotAfter: c.now().Add(time.Hour)}
	selfSigned := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: must(x509.CreateCertificate(rand.Reader, self, self, &a.signer.PublicKey, a.signer))})
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.ca.Raw})
	other := newFakeAmazon(t, c)
	for name, one := range map[string]struct {
		file   []byte
		status int
		leads  string
		want   string // in the detail; "" is that it is taken
	}{
		"the old name":                {file: good, status: 200},
		"the name of newer regions":   {file: a.certificate(c, "sns-signing.eu-west-1.amazonaws.com"), status: 200},
		"with its chain":              {file: append(a.certificate(c, "sns.amazonaws.com"), authority...), status: 200},
		"another region":              {file: a.certificate(c, "sns-signing.eu-west-2.amazonaws.com"), status: 200, want: "it is for"},
		"another host":                {file: a.certificate(c, "www.example.org"), status: 200, want: "it is for"},
		"expired":                     {file: a.certificate(expired, "sns.amazonaws.com"), status: 200, want: "not in force"},
		"signed by itself":            {file: selfSigned, status: 200, want: "not one that signs"},
		"an authority":                {file: authority, status: 200, want: "not one that signs"},
		"a chain that leads nowhere":  {file: append(other.certificate(c, "sns.amazonaws.com"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: other.ca.Raw})...), status: 200, want: "not Amazon's"},
		"no certificate":              {file: []byte("hello"), status: 200, want: "there is none"},
		"a key":                       {file: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("x")}), status: 200, want: "unreadable"},
		"not found":                   {file: good, status: 404, want: "404"},
		"a redirect to the right one": {file: good, status: 302, leads: certURL, want: "302"},
		"endless":                     {file: append(append([]byte{}, good...), make([]byte, maxFetched)...), status: 200, want: "more than"},
	} {
		t.Run(name, func(t *testing.T) {
			a.set(one.file, one.status, one.leads)
			spool := &box{}
			_, err := a.receiver(c, spool).Receive(t.Context(), webhook.SES, a.sign(c, nil), "")
			if one.want == "" {
				if err != nil || len(spool.all()) != 1 {
					t.Errorf("refused: %v", err)
				}
				return
			}
			var refusal *Refusal
			if !errors.As(err, &refusal) || refusal.Reason != NoCertificate || refusal.Status != 503 || refusal.RetryAfter == 0 || !strings.Contains(refusal.Detail, one.want) {
				t.Errorf("%v, want %q", err, one.want)
			}
			if len(spool.all()) != 0 {
				t.Error("accepted all the same")
			}
		})
	}
}

func TestStrangersDoNotMakeItFetch(t *testing.T) {
	c, spool := newClock(), &box{}
	a := newFakeAmazon(t, c)
	r := a.receiver(c, spool)
	for name, fields := range map[string]map[string]string{
		"another topic":    {"TopicArn": testTopic + "2"},
		"another host":     {"SigningCertURL": "https://sns.eu-west-1.amazonaws.com.evil.example/SimpleNotificationService-1.pem"},
		"a metadata host":  {"SigningCertURL": "http://169.254.169.254/SimpleNotificationService-1.pem"},
		"another port":     {"SigningCertURL": "https://sns.eu-west-1.amazonaws.com:8443/SimpleNotificationService-1.pem"},
		"another path":     {"SigningCertURL": "https://sns.eu-west-1.amazonaws.com/other.pem"},
		"a wrong version":  {"SignatureVersion": "3"},
		"no topic at all":  {"TopicArn": ""},
		"somebody's login": {"SigningCertURL": "https://x@sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem"},
	} {
		_, err := r.Receive(t.Context(), webhook.SES, a.sign(c, fields), "")
		var refusal *Refusal
		if !errors.As(err, &refusal) || refusal.Reason != Forged {
			t.Errorf("%s: %v", name, err)
		}
	}
	bare := receiver(t, Options{Spool: spool, Transport: a.transport(), Roots: a.roots, Now: c.now, Hooks: map[webhook.Provider]Hook{webhook.SES: {}}})
	if _, err := bare.Receive(t.Context(), webhook.SES, a.sign(c, nil), ""); err == nil || !strings.Contains(err.Error(), "ARN") {
		t.Errorf("without a topic set: %v", err)
	}
	secret := receiver(t, Options{Spool: spool, Transport: a.transport(), Roots: a.roots, Now: c.now, Hooks: map[webhook.Provider]Hook{webhook.SES: {Keys: webhook.Keys{Secrets: []string{testSecret}}}}})
	if _, err := secret.Receive(t.Context(), webhook.SES, a.sign(c, nil), ""); err == nil {
		t.Error("accepted without the secret")
	}
	if asked := a.requests(); len(asked) != 0 || len(spool.all()) != 0 {
		t.Errorf("fetched %q, accepted %d", asked, len(spool.all()))
	}
	known := a.sign(c, nil)
	known.URL += "/" + testSecret
	if _, err := secret.Receive(t.Context(), webhook.SES, known, ""); err != nil || len(a.requests()) != 1 {
		t.Errorf("with the secret: %v, fetched %d times", err, len(a.requests()))
	}
}

func TestFailedFetchesAreFewAMinute(t *testing.T) {
	c, spool := newClock(), &box{}
	a := newFakeAmazon(t, c)
	r := a.receiver(c, spool)
	a.set(nil, 404, "")
	madeUp := func(i int) webhook.Request {
		return a.sign(c, map[string]string{"SigningCertURL": fmt.Sprintf("https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-%d.pem", i)})
	}
	for i := range 3 * failuresAllowed {
		if _, err := r.Receive(t.Context(), webhook.SES, madeUp(i), ""); err == nil {
			t.Fatal("accepted")
		}
	}
	if n := len(a.requests()); n != failuresAllowed {
		t.Errorf("fetched %d times, want %d", n, failuresAllowed)
	}
	c.pass(time.Minute)
	a.set(a.certificate(c, "sns.amazonaws.com"), 200, "")
	if _, err := r.Receive(t.Context(), webhook.SES, a.sign(c, nil), ""); err != nil {
		t.Errorf("a minute later: %v", err)
	}
}

func TestCertificatesKeptAreBounded(t *testing.T) {
	c := newClock()
	a := newAmazon(nil, nil, c.now)
	for i := range 3 * maxCertificates {
		c.pass(time.Second)
		a.keep(fmt.Sprint(i), &x509.Certificate{NotAfter: c.now().AddDate(1, 0, 0)})
	}
	if len(a.kept) != maxCertificates || !a.lookUp(fmt.Sprint(3*maxCertificates-1)).isFresh(c.now()) {
		t.Errorf("%d certificates are kept", len(a.kept))
	}
}

const subscribeURL = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=" + testTopic + "&Token=token-0123"

func TestASubscriptionToOwnTopicIsConfirmed(t *testing.T) {
	c, spool := newClock(), &box{}
	a := newFakeAmazon(t, c)
	r := a.receiver(c, spool)
	fields := map[string]string{"Type": "SubscriptionConfirmation", "Token": "token-0123", "SubscribeURL": subscribeURL, "Message": "You have chosen"}
	for range 2 { // a repeat is not confirmed again
		result, err := r.Receive(t.Context(), webhook.SES, a.sign(c, fields), "")
		if err != nil || result.Status != 200 || result.ID != "" {
			t.Fatalf("%+v %v", result, err)
		}
	}
	asked := a.requests()
	if len(asked) != 2 || !strings.HasSuffix(asked[1], "Token=token-0123") {
		t.Errorf("fetched %q, want the certificate and the confirmation, once each", asked)
	}
	if len(spool.all()) != 0 {
		t.Error("a handshake is no report")
	}
}

func TestNoOtherSubscriptionIsConfirmed(t *testing.T) {
	type fields = map[string]string
	for name, one := range map[string]struct {
		fields fields
		spoil  func(*webhook.Request)
		hook   Hook
	}{
		"another topic in the envelope": {fields: fields{"TopicArn": testTopic + "2", "SubscribeURL": subscribeURL}},
		"another topic in the URL":      {fields: fields{"SubscribeURL": strings.Replace(subscribeURL, "bounces", "other", 1)}},
		"two topics in the URL":         {fields: fields{"SubscribeURL": subscribeURL + "&TopicArn=other"}},
		"no topic in the URL":           {fields: fields{"SubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=t"}},
		"altered": {fields: fields{"SubscribeURL": subscribeURL}, spoil: func(r *webhook.Request) {
			r.Body = []byte(strings.Replace(string(r.Body), "token-0123", "token-9999", 1))
		}},
		"unsigned ones allowed":      {fields: fields{"SubscribeURL": subscribeURL}, hook: Hook{AllowUnsigned: true}},
		"a secret, and no topic set": {fields: fields{"SubscribeURL": subscribeURL}, hook: Hook{Keys: webhook.Keys{Secrets: []string{testSecret}}}},
	} {
		t.Run(name, func(t *testing.T) {
			c, spool := newClock(), &box{}
			a := newFakeAmazon(t, c)
			hook := one.hook
			if hook.Keys.Secrets == nil && !hook.AllowUnsigned {
				hook = ses(a).hook
			}
			r := receiver(t, Options{Spool: spool, Transport: a.transport(), Roots: a.roots, Now: c.now, Hooks: map[webhook.Provider]Hook{webhook.SES: hook}})
			one.fields["Type"], one.fields["Token"] = "SubscriptionConfirmation", "token-0123"
			request := a.sign(c, one.fields)
			request.URL += "/" + testSecret
			if one.spoil != nil {
				one.spoil(&request)
			}
			if _, err := r.Receive(t.Context(), webhook.SES, request, ""); err == nil {
				t.Error("answered as if confirmed")
			}
			for _, asked := range a.requests() {
				if strings.Contains(asked, "ConfirmSubscription") {
					t.Errorf("fetched %s", asked)
				}
			}
			if len(spool.all()) != 0 {
				t.Error("a handshake is no report")
			}
		})
	}
}

func TestAConfirmationThatFailsIsTriedAgain(t *testing.T) {
	c, spool := newClock(), &box{}
	a := newFakeAmazon(t, c)
	r := a.receiver(c, spool)
	if _, err := r.Receive(t.Context(), webhook.SES, a.sign(c, nil), ""); err != nil { // the certificate is known now
		t.Fatal(err)
	}
	request := a.sign(c, map[string]string{"MessageId": "2", "Type": "SubscriptionConfirmation", "Token": "t", "SubscribeURL": subscribeURL})
	a.set(nil, 302, "https://elsewhere.example/")
	_, err := r.Receive(t.Context(), webhook.SES, request, "")
	var refusal *Refusal
	if !errors.As(err, &refusal) || refusal.Reason != NotConfirmed || strings.Contains(refusal.Error(), "token-0123") {
		t.Fatalf("a redirect: %v", err)
	}
	a.set(nil, 200, "")
	if _, err := r.Receive(t.Context(), webhook.SES, request, ""); err != nil {
		t.Error(err)
	}
	if n := len(a.requests()); n != 3 {
		t.Errorf("fetched %d times, want 3", n)
	}
}
