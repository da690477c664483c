package smtp

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/internal/intake/intaketest"
	"github.com/rebound-mail/rebound/internal/spool"
	"github.com/rebound-mail/rebound/internal/spool/disk"
)

// certificate makes one for mx.example.com.
func certificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"mx.example.com"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// secure begins TLS.
func (c *peer) secure() *peer {
	c.t.Helper()
	conn := tls.Client(c.conn, &tls.Config{InsecureSkipVerify: true})
	if err := conn.Handshake(); err != nil {
		c.t.Fatal(err)
	}
	return newPeer(c.t, conn)
}

func TestTLS(t *testing.T) {
	r := serve(t, Options{TLS: &tls.Config{Certificates: []tls.Certificate{certificate(t)}}})
	c := r.hello(t)
	// What is sent in the clear behind STARTTLS is not taken for something sent by TLS.
	c.send("STARTTLS\r\nEHLO injected.example.com\r\nMAIL FROM:<>\r\nRCPT TO:<injected@example.com>\r\n")
	c.want("220")
	c = c.secure()
	c.say("MAIL FROM:<>", "503 5.5.1 say hello first")
	c.say("EHLO mx.example.com", "250")
	c.say("RCPT TO:<bounces@example.com>", "502")
	c.deliver(strings.Repeat("x", 1<<20)+"\r\n", "250")
	c.say("STARTTLS", "503")
	c.deliver("hello\r\n", "250")
	go r.stop()
	c.want("421 4.3.2 the server is stopping")
	c.closed()
	if got := r.spool.Reports(); len(got) != 2 || got[0].Meta[spool.MetaTo] != "bounces@example.com" || string(got[1].Body) != "hello\r\n" {
		t.Errorf("%d reports", len(got))
	}
}

func TestAHandshakeThatFailsCostsOneConnection(t *testing.T) {
	r := serve(t, Options{TLS: &tls.Config{Certificates: []tls.Certificate{certificate(t)}}})
	c := r.hello(t)
	c.say("STARTTLS", "220")
	c.send("this is no TLS\r\n")
	c.conn.Close()
	r.hello(t).deliver(bounceMail, "250")
}

func TestTLSIsOfferedOnce(t *testing.T) {
	r := serve(t, Options{TLS: &tls.Config{Certificates: []tls.Certificate{certificate(t)}}})
	c := r.dial(t)
	offers := func() (n int) {
		c.send("EHLO mx.example.com\r\n")
		for {
			line, err := c.in.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			if line == "250-STARTTLS\r\n" {
				n++
			}
			if line[3] == ' ' {
				return n
			}
		}
	}
	if n := offers(); n != 1 {
		t.Errorf("offered %d times", n)
	}
	c.say("STARTTLS", "220")
	c = c.secure()
	if n := offers(); n != 0 {
		t.Errorf("offered %d times by TLS", n)
	}
}

func TestUnixSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lmtp")
	stale, err := net.ListenUnix("unix", &net.UnixAddr{Name: path})
	if err != nil {
		t.Fatal(err)
	}
	stale.SetUnlinkOnClose(false)
	stale.Close() // as a process that was killed leaves it
	r := serve(t, Options{Protocol: LMTP, Listen: "unix:" + path, SocketMode: 0o600})
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	r.hello(t).deliver(bounceMail, "250")
	if got := r.spool.Reports(); len(got) != 1 || got[0].Meta[spool.MetaRemote] != "" || got[0].Source != spool.LMTP {
		t.Errorf("%+v", got)
	}
	second, err := New(Options{Listen: "unix:" + path, Spool: r.spool})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := second.Listen(); err == nil || !strings.Contains(err.Error(), "another process listens on") {
		t.Errorf("a socket in use: %v", err)
	}
	r.stop()
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket stays: %v", err)
	}
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := second.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "is no socket") {
		t.Errorf("a file in the way: %v", err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "precious" {
		t.Errorf("the file in the way: %q, %v", text, err)
	}
}

func TestAnAddressThatIsTaken(t *testing.T) {
	r := serve(t, Options{})
	s, err := New(Options{Name: "second", Listen: r.address, Spool: &intaketest.Spool{}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "second cannot listen on "+r.address) {
		t.Errorf("%v", err)
	}
	if status := s.Status(); status.Problem == "" || status.State != "stopped" {
		t.Errorf("%+v", status)
	}
}

func TestBadOptions(t *testing.T) {
	kept := &intaketest.Spool{}
	for name, opt := range map[string]Options{
		"no address":     {Spool: kept},
		"no path":        {Spool: kept, Listen: "unix:"},
		"no spool":       {Listen: "127.0.0.1:0"},
		"protocol":       {Spool: kept, Listen: "127.0.0.1:0", Protocol: "uucp"},
		"domain":         {Spool: kept, Listen: "127.0.0.1:0", Domains: []string{"kim@example.org"}},
		"empty domain":   {Spool: kept, Listen: "127.0.0.1:0", Domains: []string{"*."}},
		"negative size":  {Spool: kept, Listen: "127.0.0.1:0", MaxMessage: -1},
		"lines in names": {Spool: kept, Listen: "127.0.0.1:0", Hostname: "a\r\n250 b"},
	} {
		if _, err := New(opt); !errors.Is(err, ErrOptions) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestManyClientsAndADisk counts what many clients were told is kept, and what is.
func TestManyClientsAndADisk(t *testing.T) {
	dir := t.TempDir()
	kept, err := disk.Open(dir, disk.Settings{MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Close()
	r := serve(t, Options{Spool: kept, Limits: Limits{Connections: -1}})
	const clients, messages = 20, 25
	var all sync.WaitGroup
	var mu sync.Mutex
	told := map[string]bool{}
	for i := range clients {
		c := r.hello(t)
		all.Go(func() {
			for n := range messages {
				c.envelope(fmt.Sprintf("b+%d.%d@example.com", i, n))
				c.send("DATA\r\n")
				c.want("354")
				c.send(bounceMail + ".\r\n")
				id, ok := strings.CutPrefix(c.reply(), "250 2.0.0 kept as ")
				if !ok {
					t.Errorf("not kept")
				}
				mu.Lock()
				told[id] = true
				mu.Unlock()
			}
		})
	}
	all.Wait()
	r.stop()
	stats := kept.Stats()
	if len(told) != clients*messages || stats.Len != clients*messages {
		t.Errorf("%d told, %d kept", len(told), stats.Len)
	}
	claimed, err := kept.Claim(t.Context(), clients*messages)
	if err != nil {
		t.Fatal(err)
	}
	for _, report := range claimed {
		if !told[report.ID] {
			t.Errorf("nobody was told of %s", report.ID)
		}
	}
	t.Logf("%d messages, %d commits", stats.Appended, stats.Commits)
}
