// Package postfixtest starts a real Postfix for tests: on loopback, with files of
// its own, touching no service of the system, and ended with the test. Where there
// is no Postfix (Debian: postfix), or there are no root rights, the test is skipped.
package postfixtest

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
)

// Where Debian, and most others, have the programs.
const (
	control  = "/usr/sbin/postfix"
	sendmail = "/usr/sbin/sendmail"
	daemons  = "/usr/lib/postfix/sbin"
)

// hostname is what the server calls itself: the Reporting-MTA of its notifications.
const hostname = "mta.example.com"

// Postfix is a server that takes mail from its sendmail program alone.
type Postfix struct {
	t   testing.TB
	dir string
}

// Start starts a server. Settings are lines of main.cf besides those that every
// test needs: where mail goes, above all.
func Start(t testing.TB, settings string) *Postfix {
	t.Helper()
	need(t)
	p := &Postfix{t: t, dir: Folder(t)}
	for name, text := range map[string]string{
		"conf/main.cf":   fmt.Sprintf(mainCF, p.dir, daemons, hostname) + settings,
		"conf/master.cf": masterCF,
	} {
		p.write(name, text)
	}
	for _, name := range []string{"data", "queue"} {
		p.check(os.Mkdir(filepath.Join(p.dir, name), 0o755))
	}
	if out, err := exec.Command("chown", "postfix", filepath.Join(p.dir, "data")).CombinedOutput(); err != nil {
		t.Fatalf("chown: %v\n%s", err, out)
	}
	if out, err := exec.Command(control, "-c", p.conf(), "start").CombinedOutput(); err != nil {
		t.Skipf("Postfix does not start here: %v\n%s%s", err, out, p.Log())
	}
	t.Cleanup(p.stop)
	return p
}

// need skips a test where no Postfix can be started.
func need(t testing.TB) {
	t.Helper()
	NeedRoot(t)
	for _, program := range []string{control, sendmail, filepath.Join(daemons, "master")} {
		if _, err := os.Stat(program); err != nil {
			t.Skipf("no Postfix: %v", err)
		}
	}
	if _, err := user.Lookup("postfix"); err != nil {
		t.Skipf("no Postfix: %v", err)
	}
}

// NeedRoot skips a test that runs an MTA where there are no rights to.
func NeedRoot(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("not in short mode: starts an MTA")
	}
	if os.Geteuid() != 0 {
		t.Skip("needs root rights to run an MTA")
	}
}

// Folder makes a folder whose path the other users that an MTA runs as may walk,
// unlike that of a test's own. It is gone after the test.
func Folder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "rebound-mta-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func (p *Postfix) conf() string { return filepath.Join(p.dir, "conf") }

func (p *Postfix) check(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *Postfix) write(name, text string) {
	p.t.Helper()
	path := filepath.Join(p.dir, name)
	p.check(os.MkdirAll(filepath.Dir(path), 0o755))
	p.check(os.WriteFile(path, []byte(text), 0o644))
}

// Send hands a message in for one recipient, as programs on the same machine do.
func (p *Postfix) Send(from, to, message string) {
	p.t.Helper()
	cmd := exec.Command(sendmail, "-C", p.conf(), "-f", from, to)
	cmd.Stdin = strings.NewReader(message)
	if out, err := cmd.CombinedOutput(); err != nil {
		p.t.Fatalf("sendmail: %v\n%s", err, out)
	}
}

// Log returns what the server has logged.
func (p *Postfix) Log() string {
	text, _ := os.ReadFile(filepath.Join(p.dir, "log"))
	return string(text)
}

func (p *Postfix) stop() {
	_ = exec.Command(control, "-c", p.conf(), "abort").Run()
	if p.t.Failed() {
		text := p.Log()
		p.t.Logf("the log of Postfix ends with:\n%s", text[max(0, len(text)-4000):])
	}
}

// mainCF has no local recipients and no network beyond loopback.
const mainCF = `compatibility_level = 3.6
queue_directory = %[1]s/queue
data_directory = %[1]s/data
command_directory = /usr/sbin
daemon_directory = %[2]s
mail_owner = postfix
setgid_group = postdrop
maillog_file = %[1]s/log
maillog_file_prefixes = %[1]s
myhostname = %[3]s
mydestination =
inet_interfaces = loopback-only
inet_protocols = ipv4
alias_maps =
local_recipient_maps =
smtp_tls_security_level = none
`

// masterCF has everything but servers that strangers reach, and changes the root
// of none, since the folder holds no system.
const masterCF = `pickup unix n - n 1 1 pickup
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
