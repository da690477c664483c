//go:build unix

package e2e

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/verp"
)

// remote is the server of the recipients: it knows nobody whose name begins with
// "unknown", has no room for "full", and takes the rest.
func remote(t *testing.T) (port int) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Skipf("no loopback: %v", err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go receive(conn)
		}
	}()
	return l.Addr().(*net.TCPAddr).Port
}

func receive(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	reply := func(text string) { fmt.Fprint(conn, text, "\r\n") }
	reply("220 remote.example ESMTP")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		switch verb, rest, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(line)), " "); {
		case verb == "EHLO":
			reply("250-remote.example\r\n250 ENHANCEDSTATUSCODES")
		case verb == "RCPT" && strings.HasPrefix(rest, "TO:<UNKNOWN"):
			reply("550 5.1.1 there is no such person here")
		case verb == "RCPT" && strings.HasPrefix(rest, "TO:<FULL"):
			reply("552 5.2.2 the mailbox has no room")
		case verb == "DATA":
			reply("354 go on")
			for line != ".\r\n" && err == nil {
				line, err = in.ReadString('\n')
			}
			reply("250 2.0.0 accepted")
		case verb == "QUIT":
			reply("221 2.0.0 bye")
			return
		default:
			reply("250 2.0.0 ok")
		}
	}
}

// mta is a Postfix of its own, which touches no service of the system.
type mta struct{ dir, conf string }

func (m *mta) log() string {
	text, _ := os.ReadFile(filepath.Join(m.dir, "log"))
	return string(text[max(0, len(text)-4000):])
}

// newMTA starts a Postfix that sends what is for remote.example to a port, and what
// is for each domain of bounces to a server by LMTP.
func newMTA(t *testing.T, remote int, bounces map[string]string) *mta {
	t.Helper()
	if testing.Short() {
		t.Skip("not in short mode: starts an MTA")
	}
	if os.Geteuid() != 0 {
		t.Skip("needs root rights to run an MTA")
	}
	for _, program := range []string{"/usr/sbin/postfix", "/usr/lib/postfix/sbin/master"} {
		if _, err := os.Stat(program); err != nil {
			t.Skipf("no Postfix: %v", err)
		}
	}
	owner, err := user.Lookup("postfix")
	if err != nil {
		t.Skipf("no Postfix: %v", err)
	}
	dir, err := os.MkdirTemp("", "rebound-mta-") // whose path others may walk
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	m := &mta{dir: dir, conf: filepath.Join(dir, "conf")}
	var domains, routes []string
	for domain, at := range bounces {
		host, port, _ := strings.Cut(at, ":")
		domains = append(domains, domain)
		routes = append(routes, fmt.Sprintf("{%s = lmtp:inet:[%s]:%s}", domain, host, port))
	}
	main := fmt.Sprintf(postfixMain, dir, remote, strings.Join(domains, ", "), strings.Join(routes, ", "))
	for path, text := range map[string]string{"conf/main.cf": main, "conf/master.cf": postfixMaster, "data/x": "", "queue/x": ""} {
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for path, args := range map[string][]string{"chmod": {"755", dir}, "chown": {"-R", owner.Uid, filepath.Join(dir, "data")}} {
		if out, err := exec.Command(path, args...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", path, err, out)
		}
	}
	if out, err := exec.Command("/usr/sbin/postfix", "-c", m.conf, "start").CombinedOutput(); err != nil {
		t.Skipf("Postfix does not start here: %v\n%s%s", err, out, m.log())
	}
	t.Cleanup(func() {
		_ = exec.Command("/usr/sbin/postfix", "-c", m.conf, "abort").Run()
		if t.Failed() {
			t.Logf("the log of Postfix ends with:\n%s", m.log())
		}
	})
	return m
}

// send hands a message in, as a program that sends newsletters does.
func (m *mta) send(t *testing.T, from, to string) {
	t.Helper()
	cmd := exec.Command("/usr/sbin/sendmail", "-C", m.conf, "-f", from, to)
	cmd.Stdin = strings.NewReader("From: news@lists.example\nTo: " + to + "\nSubject: News\nMessage-ID: <" + to + ".1@lists.example>\n\nHello.\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("sendmail: %v\n%s", err, out)
	}
}

const postfixMain = `compatibility_level = 3.6
queue_directory = %[1]s/queue
data_directory = %[1]s/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = %[1]s/log
maillog_file_prefixes = %[1]s
myhostname = mta.example.com
mydestination =
inet_interfaces = loopback-only
inet_protocols = ipv4
relayhost = [127.0.0.1]:%[2]d
relay_domains = %[3]s
relay_recipient_maps =
transport_maps = inline:{ %[4]s }
alias_maps =
local_recipient_maps =
smtp_tls_security_level = none
`

const postfixMaster = `pickup unix n - n 1 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
lmtp unix - - n - - lmtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`

// A real Postfix delivers the bounces of what it could not deliver to two servers by
// LMTP: one that believes what comes, and one with a key, to which only what came to
// a return path that it signed is true.
func TestBouncesOfARealPostfixSuppress(t *testing.T) {
	keys, secret := filepath.Join(t.TempDir(), "keys"), verp.NewSecret()
	if err := os.WriteFile(keys, []byte("k "+secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ring, err := verp.NewKeyring(verp.Options{}, verp.Key{ID: 'k', Secret: []byte(secret)})
	if err != nil {
		t.Fatal(err)
	}
	open := start(t, t.TempDir(), "--lmtp-listen", "127.0.0.1:0", "--smtp-domains", "open.example")
	keyed := start(t, t.TempDir(), "--lmtp-listen", "127.0.0.1:0", "--smtp-domains", "keyed.example", "--verp-keys", keys)
	m := newMTA(t, remote(t), map[string]string{"open.example": open.at["LMTP"], "keyed.example": keyed.at["LMTP"]})

	signed := func(recipient string) string {
		path, err := ring.Sign("bounces@keyed.example", recipient, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	for to, from := range map[string]string{
		"unknown@remote.example":          "bounces@open.example",
		"full@remote.example":             "bounces@open.example",
		"taken@remote.example":            "bounces@open.example",
		"unknown-signed@remote.example":   signed("unknown-signed@remote.example"),
		"unknown-unsigned@remote.example": "bounces@keyed.example",
		"unknown-victim@remote.example":   signed("attacker@remote.example"),
	} {
		m.send(t, from, to)
	}
	stored := func(p *process, n string) func() bool {
		return func() bool {
			_, text := p.get("/metrics")
			return strings.Contains(text, "rebound_store_events "+n+"\n")
		}
	}
	open.await("both bounces have come", stored(open, "2"))
	keyed.await("all three bounces have come", stored(keyed, "3"))
	for address, want := range map[string]bool{"unknown@remote.example": true, "full@remote.example": false, "taken@remote.example": false} {
		if got := open.suppressed(address); got != want {
			t.Errorf("%s: suppressed %v, want %v", address, got, want)
		}
	}
	for address, want := range map[string]bool{
		"unknown-signed@remote.example": true, "unknown-unsigned@remote.example": false, "unknown-victim@remote.example": false, "attacker@remote.example": false,
	} {
		if got := keyed.suppressed(address); got != want {
			t.Errorf("%s: suppressed %v, want %v", address, got, want)
		}
	}
	status, text := open.get("/v1/recipients/unknown@remote.example")
	for _, want := range []string{`"reporting_mta":"mta.example.com"`, `"status":"5.1.1"`, `"reason":"user-unknown"`, "unknown@remote.example.1@lists.example"} {
		if status != http.StatusOK || !strings.Contains(text, want) {
			t.Errorf("the recipient's history lacks %s: %d %s", want, status, text)
		}
	}
}
