package maillog_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/classify"
	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/maillog"
)

// These tests run a real Postfix and a real Exim against a server on loopback
// that answers by script, and compare the events of the log with those of the
// notification that the same MTA sent about the same failure. They need the
// programs (Debian: postfix; the file exim4 of exim4-daemon-light, or its path
// in REBOUND_EXIM), root rights, and touch no service of the system.

// compare holds the events of a log against those of the notifications.
func compare(t *testing.T, log string, mails map[string]event.Event, format maillog.Format) {
	t.Helper()
	if f, ok := maillog.Detect([]byte(log)); !ok || f != format {
		t.Errorf("Detect = %q, %v", f, ok)
	}
	c := classify.New(codebook.Default())
	r := maillog.New(maillog.Options{Now: time.Now(), Location: time.Local, Samples: 10})
	logged, delivered := map[string]event.Event{}, 0
	for _, e := range feed(r, log) {
		switch {
		case e.Kind == event.Delivery && e.Recipient == "ok@remote.example":
			delivered++
		case e.Kind == event.Bounce:
			if _, twice := logged[e.Recipient]; twice {
				t.Errorf("%s: two bounces", e.Recipient)
			}
			logged[e.Recipient] = e
			if e.OriginalRecipient != "" {
				logged[e.OriginalRecipient] = e // notifications of Exim name the alias
			}
		}
	}
	if delivered != 1 {
		t.Errorf("ok@remote.example was delivered %d times", delivered)
	}
	if s := r.Stats(); s.Damaged > 0 {
		t.Errorf("damaged lines: %+v", s)
	}
	for to, mail := range mails {
		e, ok := logged[to]
		if !ok {
			t.Errorf("%s: no bounce in the log", to)
			continue
		}
		if mail.Diagnostic == "retry timeout exceeded" && e.Diagnostic != "" {
			continue // the log knows what the last attempt met with
		}
		c.Event(&e)
		c.Event(&mail)
		same(t, to, "diagnostic", strings.Join(strings.Fields(e.Diagnostic), " "), strings.TrimSuffix(strings.Join(strings.Fields(mail.Diagnostic), " "), ": retry timeout exceeded"))
		same(t, to, "reply code", e.ReplyCode, mail.ReplyCode)
		if e.Status.IsZero() && mail.Status.Subject == 0 && mail.Status.Detail == 0 {
			mail.Status = e.Status // Exim makes one up for its notification
		}
		same(t, to, "status", e.Status, mail.Status)
		same(t, to, "message id", e.MessageID, mail.MessageID)
		same(t, to, "sender", e.Sender, mail.Sender)
		same(t, to, "reason", e.Verdict.Reason, mail.Verdict.Reason)
		same(t, to, "lasting", e.Verdict.Lasting, mail.Verdict.Lasting)
		same(t, to, "decision", e.Verdict.Decision, mail.Verdict.Decision)
	}
	if t.Failed() {
		t.Logf("log:\n%s", tail(log))
	}
	t.Logf("%d bounces compared", len(mails))
}

func same[T comparable](t *testing.T, to, what string, log, mail T) {
	t.Helper()
	if log != mail {
		t.Errorf("%s: %s: log has %v, notification %v", to, what, log, mail)
	}
}

// work makes a directory that programs under other users can reach.
func work(t *testing.T) string {
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

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// inject hands the message to a sendmail program, once for each recipient.
func inject(t *testing.T, command string, args ...string) {
	t.Helper()
	for _, to := range recipients() {
		local, _, _ := strings.Cut(to, "@")
		cmd := exec.Command(command, append(args[:len(args):len(args)], "-f", sender, to)...)
		cmd.Stdin = strings.NewReader("From: " + sender + "\nTo: " + to + "\nSubject: test\nMessage-ID: <" + local + "@sender.example>\n\nHello.\n")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", command, err, out)
		}
	}
}

func needRoot(t *testing.T) {
	if testing.Short() {
		t.Skip("not in short mode: starts an MTA")
	}
	if os.Geteuid() != 0 {
		t.Skip("needs root rights to run an MTA")
	}
}

func TestRealPostfix(t *testing.T) {
	needRoot(t)
	for _, program := range []string{"/usr/sbin/postfix", "/usr/lib/postfix/sbin/master"} {
		if _, err := os.Stat(program); err != nil {
			t.Skipf("no Postfix: %v", err)
		}
	}
	if _, err := user.Lookup("postfix"); err != nil {
		t.Skipf("no Postfix: %v", err)
	}
	s, dir := newServer(t), work(t)
	conf := filepath.Join(dir, "conf")
	write(t, filepath.Join(conf, "main.cf"), fmt.Sprintf(postfixMain, dir, s.port()))
	write(t, filepath.Join(conf, "master.cf"), postfixMaster)
	owner, _ := user.Lookup("postfix")
	data := filepath.Join(dir, "data")
	write(t, filepath.Join(data, "x"), "")
	write(t, filepath.Join(dir, "queue", "x"), "")
	if out, err := exec.Command("chown", "-R", owner.Uid, data).CombinedOutput(); err != nil {
		t.Fatalf("chown: %v\n%s", err, out)
	}
	log := func() string { b, _ := os.ReadFile(filepath.Join(dir, "log")); return string(b) }
	if out, err := exec.Command("/usr/sbin/postfix", "-c", conf, "start").CombinedOutput(); err != nil {
		t.Skipf("Postfix does not start here: %v\n%s%s", err, out, log())
	}
	t.Cleanup(func() { exec.Command("/usr/sbin/postfix", "-c", conf, "abort").Run() })
	inject(t, "/usr/sbin/sendmail", "-C", conf)
	mails := s.wait(t, log)
	time.Sleep(300 * time.Millisecond) // the last lines
	compare(t, log(), mails, maillog.Postfix)
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
alias_maps =
local_recipient_maps =
maximal_queue_lifetime = 0
virtual_alias_maps = inline:{boss@alias.example=renamed@remote.example}
virtual_mailbox_domains = nowhere.example
virtual_mailbox_maps = inline:{x@nowhere.example=x}
virtual_mailbox_base = %[1]s
transport_maps = inline:{refused.example=smtp:[127.0.0.1]:1, {failing.example=error:5.7.1 closed for renovation}}
smtp_tls_security_level = none
bounce_size_limit = 1000
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
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`

// findExim gives the path of an Exim that runs, "" and why if there is none.
func findExim() (path, why string) {
	names := []string{os.Getenv("REBOUND_EXIM"), "/usr/sbin/exim4", "/usr/sbin/exim"}
	for _, name := range names {
		if name == "" {
			continue
		}
		if _, err := os.Stat(name); err != nil {
			why = err.Error()
			continue
		}
		if out, err := exec.Command(name, "-C", "/dev/null", "-bV").CombinedOutput(); err != nil {
			why = strings.TrimSpace(string(out))
			continue
		}
		return name, ""
	}
	return "", why
}

func TestRealExim(t *testing.T) {
	needRoot(t)
	exim, why := findExim()
	if exim == "" {
		t.Skipf("no Exim: %s", why)
	}
	s, dir := newServer(t), work(t)
	conf := filepath.Join(dir, "exim.conf")
	write(t, conf, fmt.Sprintf(eximConf, dir, s.port(), exim))
	spool := filepath.Join(dir, "spool")
	write(t, filepath.Join(spool, "x"), "")
	if out, err := exec.Command("chown", "-R", "mail:mail", spool).CombinedOutput(); err != nil {
		t.Skipf("no user mail: %v\n%s", err, out)
	}
	log := func() string {
		main, _ := os.ReadFile(filepath.Join(spool, "mainlog"))
		panics, _ := os.ReadFile(filepath.Join(spool, "paniclog"))
		return string(main) + string(panics)
	}
	inject(t, exim, "-C", conf, "-odq", "-oi") // delivered by queue runs alone: they keep the rights that -C costs others
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() { // what was deferred, and the notifications
		for ctx.Err() == nil {
			exec.CommandContext(ctx, exim, "-C", conf, "-qff").Run()
			time.Sleep(500 * time.Millisecond)
		}
	}()
	mails := s.wait(t, log)
	cancel()
	time.Sleep(300 * time.Millisecond)
	compare(t, log(), mails, maillog.Exim)
}

const eximConf = `exim_path = %[3]s
exim_user = mail
exim_group = mail
primary_hostname = mta.example.com
spool_directory = %[1]s/spool
log_file_path = %[1]s/spool/%%slog
keep_environment =
tls_advertise_hosts =
trusted_users = root
untrusted_set_sender = *
dsn_advertise_hosts =
log_selector = +millisec
timezone = UTC

begin routers
alias:
  driver = redirect
  domains = alias.example
  data = renamed@remote.example
failing:
  driver = redirect
  domains = failing.example
  allow_fail
  data = :fail: closed for renovation
refused:
  driver = manualroute
  domains = refused.example
  transport = smtp_refused
  route_list = * 127.0.0.1
  self = send
out:
  driver = manualroute
  domains = remote.example : sender.example
  transport = smtp
  route_list = * 127.0.0.1
  self = send

begin transports
smtp:
  driver = smtp
  port = %[2]d
  hosts_try_prdr =
  allow_localhost
smtp_refused:
  driver = smtp
  port = 1
  allow_localhost

begin retry
remote.example * F,1s,1s
refused.example * F,1s,1s
* * F,1h,1m
`

// tail gives the last lines of a log.
func tail(log string) string { return log[max(0, len(log)-4000):] }
