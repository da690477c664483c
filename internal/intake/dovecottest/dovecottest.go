// Package dovecottest starts a real Dovecot for tests: on loopback, with a folder
// of its own, and ended with the test. Where Dovecot is not installed (Debian:
// dovecot-imapd and dovecot-pop3d) the test is skipped.
package dovecottest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// The account.
const (
	User     = "bounces@example.org"
	Password = "pass-word-0123"
)

// Server is a Dovecot with one account.
type Server struct {
	IMAP, IMAPS, POP3, POP3S string         // addresses; the first of each has STARTTLS
	Roots                    *x509.CertPool // of its certificate, which is for 127.0.0.1

	t        *testing.T
	home     string
	uid, gid int
	mails    int
}

// binary is where Debian, and most others, have it: seldom in the path.
const binary = "/usr/sbin/dovecot"

// Start starts a Dovecot. More is further configuration, such as of its
// capabilities.
func Start(t *testing.T, more string) *Server {
	t.Helper()
	path, err := exec.LookPath("dovecot")
	if err != nil {
		path, err = exec.LookPath(binary)
	}
	if err != nil {
		t.Skip("no Dovecot here: install dovecot-imapd and dovecot-pop3d to run this test")
	}
	home, err := os.MkdirTemp("", "dovecot") // short: sockets are in it
	check(t, err)
	t.Cleanup(func() { os.RemoveAll(home) })
	check(t, os.Chmod(home, 0o755))
	s := &Server{t: t, home: home, uid: os.Getuid(), gid: os.Getgid()}
	s.mailUser()
	ports := freePorts(t, 4)
	s.certificate()
	check(t, os.MkdirAll(s.inbox(), 0o700))
	check(t, os.Chown(filepath.Join(home, "mail"), s.uid, s.gid))
	check(t, os.WriteFile(filepath.Join(home, "conf"), []byte(s.config(ports)+more), 0o600))
	for i, address := range []*string{&s.IMAP, &s.IMAPS, &s.POP3, &s.POP3S} {
		*address = fmt.Sprintf("127.0.0.1:%d", ports[i])
	}
	command := exec.Command(path, "-F", "-c", filepath.Join(home, "conf"))
	check(t, command.Start())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = command.Wait()
	}()
	t.Cleanup(func() {
		_ = command.Process.Signal(syscall.SIGTERM)
		<-ended
		if t.Failed() {
			log, _ := os.ReadFile(filepath.Join(home, "log"))
			t.Logf("what Dovecot says:\n%s", log)
		}
	})
	s.await(ended)
	return s
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// mailUser picks who the mails belong to: Dovecot does not serve those of root.
func (s *Server) mailUser() {
	if s.uid != 0 {
		return
	}
	nobody, err := user.Lookup("nobody")
	check(s.t, err)
	s.uid, err = strconv.Atoi(nobody.Uid)
	check(s.t, err)
	s.gid, err = strconv.Atoi(nobody.Gid)
	check(s.t, err)
}

func (s *Server) inbox() string { return filepath.Join(s.home, "mail") }

// freePorts finds ports that are free now.
func freePorts(t *testing.T, n int) (ports []int) {
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		check(t, err)
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports
}

// config is for Dovecot 2.3.
func (s *Server) config(ports []int) string {
	internal := ""
	if os.Getuid() != 0 { // everything runs as the one who runs the test
		me, err := user.Current()
		check(s.t, err)
		group, err := user.LookupGroupId(me.Gid)
		check(s.t, err)
		internal = fmt.Sprintf("default_internal_user = %[1]s\ndefault_internal_group = %[2]s\ndefault_login_user = %[1]s\n"+
			"service imap-login {\n chroot =\n}\nservice pop3-login {\n chroot =\n}\nservice anvil {\n chroot =\n}\n", me.Username, group.Name)
	}
	return fmt.Sprintf(`base_dir = %[1]s/run
state_dir = %[1]s/state
log_path = %[1]s/log
protocols = imap pop3
listen = 127.0.0.1
ssl = required
ssl_cert = <%[1]s/cert
ssl_key = <%[1]s/key
mail_location = maildir:%[1]s/mail
mail_uid = %[2]d
mail_gid = %[3]d
first_valid_uid = 1
auth_mechanisms = plain
passdb {
  driver = static
  args = password=%[4]s
}
userdb {
  driver = static
  args = uid=%[2]d gid=%[3]d home=%[1]s/mail
}
service imap-login {
  inet_listener imap {
    port = %[5]d
  }
  inet_listener imaps {
    port = %[6]d
    ssl = yes
  }
}
service pop3-login {
  inet_listener pop3 {
    port = %[7]d
  }
  inet_listener pop3s {
    port = %[8]d
    ssl = yes
  }
}
`, s.home, s.uid, s.gid, Password, ports[0], ports[1], ports[2], ports[3]) + internal
}

// certificate makes the server's certificate.
func (s *Server) certificate() {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(s.t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test"}, IsCA: true, BasicConstraintsValid: true, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	check(s.t, err)
	cert, err := x509.ParseCertificate(der)
	check(s.t, err)
	s.Roots = x509.NewCertPool()
	s.Roots.AddCert(cert)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	check(s.t, err)
	s.write("cert", "CERTIFICATE", der)
	s.write("key", "PRIVATE KEY", private)
}

func (s *Server) write(name, kind string, der []byte) {
	check(s.t, os.WriteFile(filepath.Join(s.home, name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
}

// await waits until the server listens, or has ended.
func (s *Server) await(ended <-chan struct{}) {
	for end := time.After(30 * time.Second); ; {
		if conn, err := net.Dial("tcp", s.POP3S); err == nil {
			conn.Close()
			return
		}
		select {
		case <-ended:
			s.t.Fatal("Dovecot did not start")
		case <-end:
			s.t.Fatal("Dovecot does not listen")
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Deliver puts a mail into the inbox, as an MTA does.
func (s *Server) Deliver(text string) {
	s.t.Helper()
	for _, folder := range []string{"tmp", "new", "cur"} {
		check(s.t, os.MkdirAll(filepath.Join(s.inbox(), folder), 0o700))
		check(s.t, os.Chown(filepath.Join(s.inbox(), folder), s.uid, s.gid))
	}
	s.mails++
	name := fmt.Sprintf("%d.M%d.test", time.Now().Unix(), s.mails)
	path := filepath.Join(s.inbox(), "tmp", name)
	check(s.t, os.WriteFile(path, []byte(text), 0o600))
	check(s.t, os.Chown(path, s.uid, s.gid))
	check(s.t, os.Rename(path, filepath.Join(s.inbox(), "new", name)))
}

// Count returns how many mails are in a folder of the account; "" is the inbox.
func (s *Server) Count(folder string) (n int) {
	if folder != "" {
		folder = "." + folder // as Maildir++ names it
	}
	for _, sub := range []string{"new", "cur"} {
		entries, _ := os.ReadDir(filepath.Join(s.inbox(), folder, sub))
		n += len(entries)
	}
	return n
}
