package app_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"net/smtp"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/internal/app"
	"github.com/rebound-mail/rebound/internal/config"
)

// newCertificate writes a certificate and its key, and returns its hash.
func newCertificate(t *testing.T, cert, key string, serial int64) string {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "bounces.example.com"}, DNSNames: []string{"bounces.example.com"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	stamp := time.Now().Add(time.Duration(serial) * time.Minute) // told apart also where clocks are coarse
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: raw}, key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, stamp, stamp); err != nil {
			t.Fatal(err)
		}
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

// shown returns the hash of the certificate that a server shows.
func shown(t *testing.T, address string) string {
	t.Helper()
	conn, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	sum := sha256.Sum256(conn.ConnectionState().PeerCertificates[0].Raw)
	return hex.EncodeToString(sum[:])
}

func TestARenewedCertificateIsTakenUp(t *testing.T) {
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	first := newCertificate(t, cert, key, 1)
	var ahead atomic.Int64
	c := func(c *config.Config) {
		c.Server.TLSCert, c.Server.TLSKey, c.Server.MetricsListen, c.SMTP.Listen = cert, key, "127.0.0.1:0", "127.0.0.1:0"
	}
	r, err := open(t, t.TempDir(), app.Options{Now: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }}, c)
	if err != nil {
		t.Fatal(err)
	}
	r.runForTest(t)
	address, secure := strings.CutPrefix(r.URL(), "https://")
	if !secure || shown(t, address) != first {
		t.Fatalf("%s does not show the certificate", r.URL())
	}
	second := newCertificate(t, cert, key, 2)
	if shown(t, address) != first {
		t.Error("the files are looked at for every connection")
	}
	ahead.Store(int64(time.Hour))
	if shown(t, address) != second {
		t.Error("the renewed certificate is not shown")
	}
	if err := os.WriteFile(cert, []byte("half a certif"), 0o600); err != nil {
		t.Fatal(err)
	}
	ahead.Store(int64(2 * time.Hour))
	if shown(t, address) != second {
		t.Error("half a file does not leave the certificate before it in force")
	}
	client, err := smtp.Dial(r.at("SMTP"))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.StartTLS(&tls.Config{InsecureSkipVerify: true}); err != nil {
		t.Errorf("STARTTLS: %v", err)
	}
	h, err := app.ReadHandshake(r.dir)
	if err != nil || h.Certificate != first && h.Certificate != second {
		t.Errorf("the command line is told of %q, %v", h.Certificate, err)
	}
}
