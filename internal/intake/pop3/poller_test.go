package pop3

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/internal/intake"
	"github.com/rebound-mail/rebound/internal/intake/intaketest"
	"github.com/rebound-mail/rebound/internal/intake/mailbox"
	"github.com/rebound-mail/rebound/internal/spool"
)

// looks waits until the poller has looked some more times.
func (p *peer) looks(n int) {
	p.t.Helper()
	before := p.heard("QUIT")
	intaketest.Eventually(p.t, "it looks again", func() bool { return p.heard("QUIT") >= before+n })
}

func TestMailsAreTakenOnceAndStay(t *testing.T) {
	for _, security := range []mailbox.Security{mailbox.TLS, mailbox.StartTLS, mailbox.Plain} {
		t.Run(string(security), func(t *testing.T) {
			p, b := newPeer(t, security, "one", "two"), &intaketest.Spool{}
			o := p.options(b)
			o.Stream = "news"
			poller, stop := run(t, o)
			wants(t, b, "one", "two")
			p.put(mail("three"))
			wants(t, b, "one", "two", "three")
			p.looks(3)
			stop()
			p.put(mail("four"))
			run(t, o) // after a restart
			wants(t, b, "one", "two", "three", "four")
			p.looks(3)
			wants(t, b, "one", "two", "three", "four")
			if p.count() != 4 || p.heard("DELE") != 0 {
				t.Errorf("%d mails are left, want 4", p.count())
			}
			r := b.Reports()[0]
			if r.Source != spool.POP3 || r.Kind != spool.KindMail || r.Trust != spool.TrustOpen || r.ID == "" || r.Meta[spool.MetaStream] != "news" || r.Meta[spool.MetaPath] != "pop3://"+p.address+"/id-1" {
				t.Errorf("%+v", r)
			}
			if s := poller.Status(); s.Accepted != 3 || s.Problem != "" || s.Kind != spool.POP3 {
				t.Errorf("%+v", s)
			}
		})
	}
}

func TestMailsAreDeletedIfThatIsAskedFor(t *testing.T) {
	var many []string
	for i := range 3*mailbox.BatchMails + 5 {
		many = append(many, fmt.Sprint(i))
	}
	p, b := newPeer(t, mailbox.Plain, many...), &intaketest.Spool{}
	o := p.options(b)
	o.After, o.StateFile = Delete, ""
	run(t, o)
	wants(t, b, many...)
	intaketest.Eventually(t, "it is empty", func() bool { return p.count() == 0 })
	p.put(mail("one"))
	wants(t, b, append(many, "one")...)
}

func TestADeathBeforeQUITDeletesLaterAndTakesNothingTwice(t *testing.T) {
	p, b := newPeer(t, mailbox.Plain, "one", "two"), &intaketest.Spool{}
	p.answer("QUIT", "")
	// The peer does what QUIT says and does not answer: as bad for the client as
	// one that does not do it.
	p.answer("DELE 2", "")
	o := p.options(b)
	o.After = Delete
	poller, stop := run(t, o)
	intaketest.Eventually(t, "a problem", func() bool { return poller.Status().Problem != "" })
	wants(t, b, "one", "two")
	stop()
	if p.count() != 2 {
		t.Fatalf("%d mails", p.count())
	}
	p.heal("QUIT")
	p.heal("DELE 2")
	run(t, o)
	intaketest.Eventually(t, "it is empty", func() bool { return p.count() == 0 })
	wants(t, b, "one", "two")
}

func TestWithoutUIDLMailsMustBeDeleted(t *testing.T) {
	p, b := newPeer(t, mailbox.Plain, "one", "two"), &intaketest.Spool{}
	p.answer("UIDL", "-ERR no such command\r\n")
	poller, stop := run(t, p.options(b))
	intaketest.Eventually(t, "a problem", func() bool { return strings.Contains(poller.Status().Problem, "UIDL") })
	stop()
	if len(b.Bodies()) != 0 {
		t.Error("mails were taken that would be taken again and again")
	}
	o := p.options(b)
	o.After = Delete
	p.answer("DELE 2", "-ERR not now\r\n")
	poller, _ = run(t, o)
	intaketest.Eventually(t, "a problem", func() bool { return strings.Contains(poller.Status().Problem, "does not delete") })
	wants(t, b, "one", "two")
	p.heal("DELE 2")
	intaketest.Eventually(t, "it is empty", func() bool { return p.count() == 0 })
	wants(t, b, "one", "two")
}

func TestWhatTheSpoolDoesNotTakeStaysAndIsTakenLater(t *testing.T) {
	p, b := newPeer(t, mailbox.Plain, "one"), &intaketest.Spool{}
	b.Fail(func(spool.Report) error { return spool.ErrFull })
	o := p.options(b)
	o.After = Delete
	poller, _ := run(t, o)
	intaketest.Eventually(t, "a problem", func() bool { return strings.Contains(poller.Status().Problem, "spool is full") })
	if p.count() != 1 || p.heard("DELE") != 0 {
		t.Fatal("the mail is gone")
	}
	b.Fail(nil)
	wants(t, b, "one")
	intaketest.Eventually(t, "no problem", func() bool { return poller.Status().Problem == "" && p.count() == 0 })
}

func TestOneMailThatTheSpoolRefusesDoesNotHoldUpTheOthers(t *testing.T) {
	p, b := newPeer(t, mailbox.Plain, "one", "poison", "two"), &intaketest.Spool{}
	b.Fail(func(r spool.Report) error {
		if bytes.Contains(r.Body, []byte("poison")) {
			return spool.ErrTooLarge
		}
		return nil
	})
	poller, _ := run(t, p.options(b))
	wants(t, b, "one", "two")
	intaketest.Eventually(t, "it is shown", func() bool { s := poller.Status(); return s.Refused == 1 && s.Problem != "" })
	p.looks(3)
	wants(t, b, "one", "two")
}

func TestLargeAndUnreadableMailsStayAndAreShown(t *testing.T) {
	p, b := newPeer(t, mailbox.Plain, "one"), &intaketest.Spool{}
	p.put(mail("large") + strings.Repeat("x", 1000))
	p.put(mail("broken"))
	p.put(mail("larger than it says"))
	p.put(mail("two"))
	p.answer("RETR 3", "-ERR cannot read it\r\n")
	p.answer("RETR 4", "+OK\r\n"+strings.Repeat("x", 5000)+"\r\n.\r\n")
	o := p.options(b)
	o.MaxMessage = 500
	poller, _ := run(t, o)
	wants(t, b, "one", "two")
	intaketest.Eventually(t, "they are shown", func() bool {
		s := poller.Status()
		return s.Refused == 3 && strings.Contains(s.Problem, "cannot be had")
	})
	p.looks(3)
	wants(t, b, "one", "two")
	if s := poller.Status(); s.Refused != 3 || s.Accepted != 2 {
		t.Errorf("%+v", s)
	}
}

func TestAWrongPasswordIsShownAndNotTriedOnAndOn(t *testing.T) {
	p, b := newPeer(t, mailbox.Plain), &intaketest.Spool{}
	o := p.options(b)
	o.Password = "wrong-secret"
	var log bytes.Buffer
	o.Logger = slog.New(slog.NewTextHandler(&log, nil))
	poller, stop := run(t, o)
	intaketest.Eventually(t, "it waits", func() bool { return poller.Status().State == intake.Waiting })
	stop()
	if n := p.heard("PASS"); n != 1 {
		t.Errorf("%d logins, want 1", n)
	}
	problem := poller.Status().Problem
	if !strings.Contains(problem, "password") || strings.Contains(problem+log.String(), "wrong-secret") {
		t.Errorf("%q\n%s", problem, log.String())
	}
	if pause := poller.pause(mailbox.ErrLogin, 1); pause < 4*time.Minute {
		t.Errorf("tried again after %s", pause)
	}
}

func TestALockedMailboxIsTriedAgainSoon(t *testing.T) {
	for _, code := range []string{"IN-USE", "SYS/TEMP", "LOGIN-DELAY"} {
		p, b := newPeer(t, mailbox.Plain, "one"), &intaketest.Spool{}
		p.answer("PASS", "-ERR ["+code+"] not now\r\n")
		poller, _ := run(t, p.options(b))
		intaketest.Eventually(t, "a problem", func() bool { return strings.Contains(poller.Status().Problem, "not now") })
		p.heal("PASS")
		wants(t, b, "one")
	}
}

func TestTheDelayThatAServerAsksForIsKept(t *testing.T) {
	p, b := newPeer(t, mailbox.Plain, "one"), &intaketest.Spool{}
	p.answer("CAPA", "+OK\r\nLOGIN-DELAY 900\r\nUIDL\r\n.\r\n")
	poller, stop := run(t, p.options(b))
	wants(t, b, "one")
	intaketest.Eventually(t, "it waits", func() bool { return poller.Status().State == intake.Polling })
	stop()
	if poller.delay != 15*time.Minute || poller.pause(mailbox.ErrUnreachable, 1) != 15*time.Minute || p.heard("PASS") != 1 {
		t.Errorf("delay %s, %d logins", poller.delay, p.heard("PASS"))
	}
	for text, want := range map[string]time.Duration{"": 0, "-1": 0, "x": 0, "99999999": maxDelay, "99999999999999999999": 0, "60 USER": time.Minute} {
		if got := loginDelay(map[string][]string{"LOGIN-DELAY": strings.Fields(text)}); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func TestAServerThatIsNotCheckedIsNotToldThePassword(t *testing.T) {
	_, others := intaketest.Certificate()
	for name, one := range map[string]struct {
		server, client mailbox.Security
		change         func(*peer, *Options)
	}{
		"another authority":           {mailbox.TLS, mailbox.TLS, func(_ *peer, o *Options) { o.TLSConfig = &tls.Config{RootCAs: others} }},
		"another authority, STLS":     {mailbox.StartTLS, mailbox.StartTLS, func(_ *peer, o *Options) { o.TLSConfig = &tls.Config{RootCAs: others} }},
		"another name":                {mailbox.TLS, mailbox.TLS, func(_ *peer, o *Options) { o.TLSConfig.ServerName = "pop.example.org" }},
		"no STLS":                     {mailbox.Plain, mailbox.StartTLS, func(*peer, *Options) {}},
		"no TLS":                      {mailbox.Plain, mailbox.TLS, func(*peer, *Options) {}},
		"text between STLS and TLS":   {mailbox.StartTLS, mailbox.StartTLS, func(p *peer, _ *Options) { p.answer("STLS", "+OK\r\n+OK\r\n+OK you are in\r\n") }},
		"STLS answered by a stranger": {mailbox.StartTLS, mailbox.StartTLS, func(p *peer, _ *Options) { p.answer("STLS", "-ERR\r\n") }},
	} {
		t.Run(name, func(t *testing.T) {
			p, b := newPeer(t, one.server, "one"), &intaketest.Spool{}
			o := p.options(b)
			o.Security = one.client
			o.Timeout = time.Second
			one.change(p, &o)
			poller, _ := run(t, o)
			intaketest.Eventually(t, "a problem", func() bool { return poller.Status().Problem != "" })
			if p.heard("USER")+p.heard("PASS") != 0 {
				t.Error("it was told the password")
			}
		})
	}
}

func TestServersThatMisbehaveAreLeft(t *testing.T) {
	long := strings.Repeat("x", 100<<10)
	for name, one := range map[string]struct {
		at, say, want string
	}{
		"another protocol":       {"greeting", "220 ESMTP\r\n", "not POP3"},
		"an endless greeting":    {"greeting", long, "more than"},
		"terminal controls":      {"greeting", "-ERR \x1b[2J\r\n", "^["},
		"it hangs up":            {"LIST", "", "failed"},
		"an endless line":        {"UIDL", "+OK\r\n" + long, "more than"},
		"an endless status":      {"RETR 1", "+OK " + long, "more than"},
		"a mail that breaks off": {"RETR 1", "+OK\r\nabc", "EOF"},
		"a list that breaks off": {"LIST", "+OK\r\n1 5\r\n", "EOF"},
		"nothing":                {"PASS", "\r\n", "not POP3"},
	} {
		t.Run(name, func(t *testing.T) {
			p, b := newPeer(t, mailbox.Plain, "one"), &intaketest.Spool{}
			p.answer(one.at, one.say)
			if strings.Contains(one.want, "EOF") {
				p.answer("QUIT", "")
				p.hangUpAfter = one.at
			}
			o := p.options(b)
			o.Backoff = intake.Backoff{First: time.Hour}
			poller, stop := run(t, o)
			intaketest.Eventually(t, "it waits", func() bool { return poller.Status().State == intake.Waiting })
			stop()
			if problem := poller.Status().Problem; !strings.Contains(problem, one.want) || strings.Contains(problem, "\x1b") || len(problem) > 1000 {
				t.Errorf("%q, want %q", problem, one.want)
			}
			if len(b.Bodies()) != 0 {
				t.Errorf("taken %q", b.Bodies())
			}
		})
	}
}

func TestOddListsAreReadAsFarAsTheyMakeSense(t *testing.T) {
	p, b := newPeer(t, mailbox.Plain, "one", "two", "three"), &intaketest.Spool{}
	p.answer("LIST", "+OK\r\n1 10\r\n2 x\r\n-3 5\r\n1 99999999999\r\nnonsense\r\n\r\n3 10\r\n4 10\r\n.\r\n")
	p.answer("UIDL", "+OK\r\n1 a\r\n1 \x01\r\n3 "+strings.Repeat("i", maxID+1)+"\r\n99 b\r\n.\r\n")
	poller, _ := run(t, p.options(b))
	p.looks(3)
	wants(t, b, "one", "three") // the third has no id that can be used: it is known by its content
	if s := poller.Status(); !strings.Contains(s.Problem, "cannot be had") {
		t.Errorf("a mail that is not there: %+v", s)
	}
}

func TestLinesThatEndInLineFeedsAlone(t *testing.T) {
	p, b := newPeer(t, mailbox.Plain, "one"), &intaketest.Spool{}
	p.answer("greeting", "+OK\n")
	p.answer("RETR 1", "+OK\nSubject: x\n\n..\n.\n")
	run(t, p.options(b))
	intaketest.Eventually(t, "it is taken", func() bool { return len(b.Bodies()) == 1 })
	if got := b.Bodies()[0]; got != "Subject: x\n\n.\n" {
		t.Errorf("%q", got)
	}
}

func TestAStateFileThatCannotBeWrittenIsShown(t *testing.T) {
	p, b := newPeer(t, mailbox.Plain, "one"), &intaketest.Spool{}
	o := p.options(b)
	poller, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	poller.known.path = o.StateFile + "/not/a/folder"
	if err := poller.look(t.Context()); !errors.Is(err, errState) || !strings.Contains(poller.explain(err), "check "+o.StateFile) {
		t.Error(err)
	}
	if err := poller.look(t.Context()); err != nil && !errors.Is(err, errState) {
		t.Error(err)
	}
	wants(t, b, "one") // in the process at least it is remembered
}

func TestOptions(t *testing.T) {
	good := Options{Account: mailbox.Account{Address: "pop.example.org", Username: "u", Password: "p", Spool: &intaketest.Spool{}}, StateFile: t.TempDir() + "/mails"}
	for name, change := range map[string]func(*Options){
		"no spool":          func(o *Options) { o.Spool = nil },
		"no address":        func(o *Options) { o.Address = "" },
		"no name":           func(o *Options) { o.Username = "" },
		"no password":       func(o *Options) { o.Password = "" },
		"a command inside":  func(o *Options) { o.Password = "p\r\nDELE 1" },
		"a command as name": func(o *Options) { o.Username = "u\nDELE 1" },
		"security":          func(o *Options) { o.Security = "ssl" },
		"after":             func(o *Options) { o.After = "move" },
		"nothing to recall": func(o *Options) { o.StateFile = "" },
		"negative":          func(o *Options) { o.Timeout = -1 },
	} {
		o := good
		change(&o)
		if _, err := New(o); !errors.Is(err, ErrOptions) {
			t.Errorf("%s: %v", name, err)
		}
	}
	os.WriteFile(good.StateFile, []byte("something else\n"), 0o600)
	if _, err := New(good); !errors.Is(err, errState) {
		t.Errorf("another file: %v", err)
	}
	for _, c := range []struct {
		address  string
		security mailbox.Security
		want     string
	}{{"pop.example.org", "", "pop.example.org:995"}, {"pop.example.org", mailbox.StartTLS, "pop.example.org:110"}, {"2001:db8::1", mailbox.TLS, "[2001:db8::1]:995"}} {
		o := good
		o.Address, o.Security, o.StateFile = c.address, c.security, t.TempDir()+"/mails"
		p, err := New(o)
		if err != nil || p.opt.Address != c.want || p.Status().Name != "pop3://"+c.want {
			t.Errorf("%s: %v %+v", c.address, err, p)
		}
	}
}
