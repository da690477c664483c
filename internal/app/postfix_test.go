//go:build unix

package app_test

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/internal/app"
	"github.com/rebound-mail/rebound/internal/config"
	"github.com/rebound-mail/rebound/verp"
)

// A real Postfix, with files of its own, gets mail that cannot be delivered, and
// hands what it writes about that to a server by LMTP. It needs the program
// (Debian: postfix) and root rights, and touches no service of the system.
func TestARealPostfixDeliversItsBouncesByLMTP(t *testing.T) {
	keys := filepath.Join(t.TempDir(), "keys")
	secret := verp.NewSecret()
	if err := os.WriteFile(keys, []byte("k "+secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ring, err := verp.NewKeyring(verp.Options{}, verp.Key{ID: 'k', Secret: []byte(secret)})
	if err != nil {
		t.Fatal(err)
	}
	needPostfix(t)
	r := start(t, t.TempDir(), app.Options{}, func(c *config.Config) {
		c.LMTP.Listen, c.VERP.Keys, c.SMTP.Domains = "127.0.0.1:0", keys, []string{"lists.example"}
	})
	_, port, _ := strings.Cut(r.at("LMTP"), ":")
	send := startPostfix(t, port)
	path := func(recipient string) string {
		signed, err := ring.Sign("bounces@lists.example", recipient, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	send(path("kim@gone.example"), "kim@gone.example")       // no such user
	send(path("jo@closed.example"), "jo@closed.example")     // the sender is refused
	send("bounces@lists.example", "unsigned@gone.example")   // nobody can tell that it is genuine
	send(path("lee@gone.example"), "Lee.Kim@gone.example")   // the signature is about another recipient
	send(path("pat@nowhere.invalid"), "pat@nowhere.invalid") // no such domain
	r.await("all bounces came in", func() bool { return r.metric(`rebound_reports_accepted_total{source="lmtp"} `) == "5" })
	r.idle()
	for address, want := range map[string]bool{
		"kim@gone.example": true, "jo@closed.example": false, "unsigned@gone.example": false, "lee.kim@gone.example": false, "lee@gone.example": false,
	} {
		if got := r.suppressed(address); got != want {
			_, text := r.get("/v1/recipients/" + address)
			t.Errorf("%s: suppressed %v, want %v: %s", address, got, want, text)
		}
	}
	if n := r.metric("rebound_spool_parked "); n != "0" {
		t.Errorf("%s reports are put aside", n)
	}
}

func needPostfix(t *testing.T) {
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
	if _, err := user.Lookup("postfix"); err != nil {
		t.Skipf("no Postfix: %v", err)
	}
}

// startPostfix starts an instance that hands mail for lists.example to a port by
// LMTP, and returns what sends a mail from somebody to somebody.
func startPostfix(t *testing.T, port string) func(from, to string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "rebound-mta-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	conf := filepath.Join(dir, "conf")
	for path, text := range map[string]string{
		filepath.Join(conf, "main.cf"): fmt.Sprintf(postfixMain, dir, port), filepath.Join(conf, "master.cf"): postfixMaster,
		filepath.Join(dir, "data", "x"): "", filepath.Join(dir, "queue", "x"): "",
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command("sh", "-c", `chmod 755 "$0" && chown -R postfix "$0/data"`, dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	log := func() string { b, _ := os.ReadFile(filepath.Join(dir, "log")); return string(b) }
	if out, err := exec.Command("/usr/sbin/postfix", "-c", conf, "start").CombinedOutput(); err != nil {
		t.Skipf("Postfix does not start here: %v\n%s%s", err, out, log())
	}
	t.Cleanup(func() {
		_ = exec.Command("/usr/sbin/postfix", "-c", conf, "abort").Run()
		if t.Failed() {
			t.Log(log())
		}
	})
	return func(from, to string) {
		t.Helper()
		cmd := exec.Command("/usr/sbin/sendmail", "-C", conf, "-f", from, to)
		cmd.Stdin = strings.NewReader("From: news@lists.example\nTo: " + to + "\nSubject: News\nMessage-ID: <" + to + ">\n\nHello.\n")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("sendmail: %v\n%s", err, out)
		}
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
alias_maps =
local_recipient_maps =
maximal_queue_lifetime = 0
smtp_tls_security_level = none
transport_maps = inline:{lists.example=lmtp:inet:[127.0.0.1]:%[2]s, {gone.example=error:5.1.1 no such user}, {closed.example=error:5.7.1 your IP address is blocked by our policy}, {nowhere.invalid=error:5.4.4 host not found}}
`

const postfixMaster = `pickup unix n - n 1 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
smtp unix - - n - - smtp
lmtp unix - - n - - lmtp
local unix - n n - - local
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
postlog unix-dgram n - n - 1 postlogd
`
