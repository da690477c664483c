package maillog_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/classify"
	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/postfixtest"
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

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// inject sends a message to each recipient.
func inject(send func(from, to, message string)) {
	for _, to := range recipients() {
		local, _, _ := strings.Cut(to, "@")
		send(sender, to, "From: "+sender+"\nTo: "+to+"\nSubject: test\nMessage-ID: <"+local+"@sender.example>\n\nHello.\n")
	}
}

func TestRealPostfix(t *testing.T) {
	postfixtest.NeedRoot(t)
	s := newServer(t)
	p := postfixtest.Start(t, fmt.Sprintf(postfixSettings, s.port()))
	inject(p.Send)
	mails := s.wait(t, p.Log)
	time.Sleep(300 * time.Millisecond) // the last lines
	compare(t, p.Log(), mails, maillog.Postfix)
}

const postfixSettings = `relayhost = [127.0.0.1]:%[1]d
maximal_queue_lifetime = 0
virtual_alias_maps = inline:{boss@alias.example=renamed@remote.example}
virtual_mailbox_domains = nowhere.example
virtual_mailbox_maps = inline:{x@nowhere.example=x}
virtual_mailbox_base = $queue_directory
transport_maps = inline:{refused.example=smtp:[127.0.0.1]:1, {failing.example=error:5.7.1 closed for renovation}}
bounce_size_limit = 1000
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
	postfixtest.NeedRoot(t)
	exim, why := findExim()
	if exim == "" {
		t.Skipf("no Exim: %s", why)
	}
	s, dir := newServer(t), postfixtest.Folder(t)
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
	inject(func(from, to, message string) {
		// Delivered by queue runs alone: they keep the rights that -C costs others.
		cmd := exec.Command(exim, "-C", conf, "-odq", "-oi", "-f", from, to)
		cmd.Stdin = strings.NewReader(message)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", exim, err, out)
		}
	})
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
