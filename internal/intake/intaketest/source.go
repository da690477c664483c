package intaketest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/internal/intake"
)

// Run runs a source until the test ends or stop is called.
func Run(t testing.TB, source intake.Source) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- source.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
		if s := source.Status().State; s != intake.Stopped {
			t.Errorf("state %s", s)
		}
	})
	t.Cleanup(stop)
	return stop
}

// Eventually waits for something that must come.
func Eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !is(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

// Must returns v, which a test cannot do without.
func Must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// Certificate makes a certificate for 127.0.0.1 by an authority of its own.
func Certificate() (server tls.Certificate, roots *x509.CertPool) {
	caKey := Must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	ca := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test authority"}, IsCA: true, BasicConstraintsValid: true, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	roots = x509.NewCertPool()
	roots.AddCert(Must(x509.ParseCertificate(Must(x509.CreateCertificate(rand.Reader, ca, ca, &caKey.PublicKey, caKey)))))
	key := Must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	der := Must(x509.CreateCertificate(rand.Reader, leaf, ca, &key.PublicKey, caKey))
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}
