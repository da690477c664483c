package hook

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/rebound-mail/rebound/webhook"
)

// Bounds of what is fetched from Amazon SNS, which waits 15 seconds for an answer.
//
// https://docs.aws.amazon.com/sns/latest/dg/sns-prepare-your-endpoint.html
const (
	fetchTimeout    = 10 * time.Second
	maxFetched      = 64 << 10
	maxChain        = 8              // certificates in one file
	maxCertificates = 64             // kept
	certificateLife = 24 * time.Hour // before it is fetched again
	failuresAllowed = 10             // a minute; after that nothing is fetched
	minRSABits      = 2048
)

type certificate = x509.Certificate

var (
	errAnswer     = errors.New("not the answer of Amazon SNS")
	errNotAmazons = errors.New("the certificate is not Amazon's")
	errTooOften   = errors.New("too many attempts failed within a minute")
)

// amazon fetches from Amazon SNS what webhook has found to be an address of it.
type amazon struct {
	client *http.Client
	roots  *x509.CertPool
	now    func() time.Time
	turn   chan struct{} // one fetches at a time

	mu       sync.Mutex
	kept     map[string]keptCertificate
	failures []time.Time // of the last minute
}

// keptCertificate is a certificate and when it was fetched.
type keptCertificate struct {
	cert    *certificate
	fetched time.Time
}

func newAmazon(transport http.RoundTripper, roots *x509.CertPool, now func() time.Time) *amazon {
	if transport == nil {
		transport = &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			DialContext:            (&net.Dialer{Timeout: fetchTimeout}).DialContext,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
			TLSHandshakeTimeout:    fetchTimeout,
			ResponseHeaderTimeout:  fetchTimeout,
			MaxResponseHeaderBytes: maxFetched,
			DisableKeepAlives:      true, // rare enough
		}
	}
	return &amazon{
		client: &http.Client{
			Transport: transport, Timeout: fetchTimeout,
			// What is allowed is this address, not where it leads.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		roots: roots, now: now, turn: make(chan struct{}, 1), kept: map[string]keptCertificate{},
	}
}

// certificate returns the certificate at u, which must be an address of Amazon
// SNS. One that was fetched before serves on where it cannot be fetched again.
func (a *amazon) certificate(ctx context.Context, u string) (*certificate, error) {
	if err := webhook.CheckSigningCertURL(u); err != nil {
		return nil, err
	}
	if old := a.lookUp(u); old.isFresh(a.now()) {
		return old.cert, nil
	}
	select {
	case a.turn <- struct{}{}:
		defer func() { <-a.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	old := a.lookUp(u) // another may have fetched it meanwhile
	if old.isFresh(a.now()) {
		return old.cert, nil
	}
	cert, err := a.fetchCertificate(ctx, u)
	if err == nil {
		a.keep(u, cert)
		return cert, nil
	}
	if old.cert != nil && a.now().Before(old.cert.NotAfter) {
		return old.cert, nil
	}
	return nil, err
}

func (k keptCertificate) isFresh(now time.Time) bool {
	age := now.Sub(k.fetched)
	return k.cert != nil && age >= 0 && age < certificateLife && now.Before(k.cert.NotAfter)
}

func (a *amazon) lookUp(u string) keptCertificate {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.kept[u]
}

// keep adds a certificate; at the bound the one fetched first gives way.
func (a *amazon) keep(u string, cert *certificate) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, ok := a.kept[u]; !ok && len(a.kept) >= maxCertificates {
		oldest := ""
		for other, k := range a.kept {
			if oldest == "" || k.fetched.Before(a.kept[oldest].fetched) {
				oldest = other
			}
		}
		delete(a.kept, oldest)
	}
	a.kept[u] = keptCertificate{cert, a.now()}
}

// fetchCertificate fetches and checks a certificate.
func (a *amazon) fetchCertificate(ctx context.Context, u string) (*certificate, error) {
	if !a.mayTry() {
		return nil, errTooOften
	}
	body, err := a.get(ctx, u)
	var cert *certificate
	if err == nil {
		cert, err = a.check(u, body)
	}
	if err != nil && ctx.Err() == nil {
		a.failed()
	}
	return cert, err
}

// mayTry reports whether not too many attempts have failed of late: addresses that
// lead to Amazon and to nothing there are easily made up.
func (a *amazon) mayTry() bool {
	now := a.now()
	a.mu.Lock()
	defer a.mu.Unlock()
	recent := a.failures[:0]
	for _, at := range a.failures {
		if age := now.Sub(at); age >= 0 && age < time.Minute {
			recent = append(recent, at)
		}
	}
	a.failures = recent
	return len(recent) < failuresAllowed
}

func (a *amazon) failed() {
	at := a.now()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.failures = append(a.failures, at)
}

// confirm fetches the address that confirms a subscription.
func (a *amazon) confirm(ctx context.Context, u string) error {
	if err := webhook.CheckSubscribeURL(u); err != nil {
		return err
	}
	_, err := a.get(ctx, u)
	return err
}

// get fetches a small body. Its errors do not tell the address, which may hold a
// token.
func (a *amazon) get(ctx context.Context, u string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u, nil)
	if err != nil {
		return nil, errAnswer
	}
	response, err := a.client.Do(request)
	var told *url.Error
	if errors.As(err, &told) {
		err = told.Err
	}
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%w: HTTP status %d", errAnswer, response.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxFetched+1))
	if err != nil {
		return nil, err
	}
	if len(body) > maxFetched {
		return nil, fmt.Errorf("%w: more than %d bytes", errAnswer, maxFetched)
	}
	return body, nil
}

// check reads a certificate from a PEM file and checks that it is one of Amazon
// SNS: in force, of one of its names, and with the chain that the file has. Amazon
// serves the certificate alone; then that it came from Amazon's own host by TLS
// stands for the chain.
func (a *amazon) check(u string, file []byte) (*certificate, error) {
	chain, err := readChain(file)
	if err != nil {
		return nil, err
	}
	leaf := chain[0]
	key, ok := leaf.PublicKey.(*rsa.PublicKey)
	if !ok || key.N.BitLen() < minRSABits || leaf.IsCA || bytes.Equal(leaf.RawIssuer, leaf.RawSubject) {
		return nil, fmt.Errorf("%w: not one that signs messages", errNotAmazons)
	}
	now := a.now()
	if now.Before(leaf.NotBefore) || !now.Before(leaf.NotAfter) {
		return nil, fmt.Errorf("%w: not in force; is the clock right?", errNotAmazons)
	}
	if !hasNameOf(leaf, u) {
		return nil, fmt.Errorf("%w: it is for %q", errNotAmazons, leaf.DNSNames)
	}
	if len(chain) == 1 {
		return leaf, nil
	}
	between := x509.NewCertPool()
	for _, cert := range chain[1:] {
		between.AddCert(cert)
	}
	_, err = leaf.Verify(x509.VerifyOptions{
		Roots: a.roots, Intermediates: between, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNotAmazons, err)
	}
	return leaf, nil
}

// readChain reads the certificates of a PEM file.
func readChain(file []byte) ([]*certificate, error) {
	var chain []*certificate
	for len(chain) < maxChain {
		block, rest := pem.Decode(file)
		if block == nil {
			break
		}
		file = rest
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil || block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("%w: unreadable", errNotAmazons)
		}
		chain = append(chain, cert)
	}
	if len(chain) == 0 {
		return nil, fmt.Errorf("%w: there is none", errNotAmazons)
	}
	return chain, nil
}

// hasNameOf reports whether a certificate has one of the names under which Amazon
// SNS signs in the region of the address. Their form has changed over the regions'
// ages: one for all, sns-signing.REGION, and sns-REGION in China and for the
// government, whose regions share one.
//
// https://github.com/aws/aws-sdk-java-v2 (services-custom/sns-message-manager)
func hasNameOf(cert *certificate, u string) bool {
	parsed, err := url.Parse(u)
	if err != nil {
		return false
	}
	region, domain, _ := strings.Cut(strings.TrimPrefix(parsed.Host, "sns."), ".")
	names := []string{
		"sns." + domain, "sns." + region + "." + domain, "sns-signing." + region + "." + domain, "sns-" + region + "." + domain,
	}
	if strings.HasPrefix(region, "us-gov-") {
		names = append(names, "sns-us-gov-west-1."+domain)
	}
	for _, name := range names {
		if cert.VerifyHostname(name) == nil {
			return true
		}
	}
	return false
}
