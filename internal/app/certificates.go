package app

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"os"
	"sync"
	"time"
)

// certificates is a certificate in files that are renewed now and then.
type certificates struct {
	cert, key string
	now       func() time.Time

	mu      sync.Mutex
	current *tls.Certificate
	stamp   [2]time.Time // of the files, when they were read
	looked  time.Time
}

// lookEvery is how often the files are looked at.
const lookEvery = 30 * time.Second

func newCertificates(cert, key string, now func() time.Time) (*certificates, error) {
	c := &certificates{cert: cert, key: key, now: now}
	if err := c.read(); err != nil {
		return nil, fmt.Errorf("tls-cert, tls-key: %w", err)
	}
	return c, nil
}

// read reads the files. What was read before stays if they do not fit.
func (c *certificates) read() error {
	stamp := [2]time.Time{modified(c.cert), modified(c.key)}
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		return err
	}
	c.current, c.stamp = &pair, stamp
	return nil
}

func modified(path string) time.Time {
	info, err := os.Stat(path)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// get returns the certificate, read again if its files have changed.
func (c *certificates) get() *tls.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	if d := now.Sub(c.looked); d >= 0 && d < lookEvery {
		return c.current
	}
	c.looked = now
	if c.stamp != [2]time.Time{modified(c.cert), modified(c.key)} {
		_ = c.read() // half written, or wrong: the old one holds on
	}
	return c.current
}

// config returns the settings of TLS with this certificate.
func (c *certificates) config(protocols ...string) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: protocols,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.get(), nil },
	}
}

// pin returns the SHA-256 of the certificate, by which the command line knows it.
func (c *certificates) pin() string {
	sum := sha256.Sum256(c.get().Certificate[0])
	return hex.EncodeToString(sum[:])
}
