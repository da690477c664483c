package imap

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"

	"github.com/rebound-mail/rebound/internal/intake"
	"github.com/rebound-mail/rebound/internal/intake/intaketest"
	"github.com/rebound-mail/rebound/internal/intake/mailbox"
	"github.com/rebound-mail/rebound/internal/spool"
)

const processed = "Rebound/Processed"

// emptied waits until no mail is left to be taken.
func (p *peer) emptied(mailbox string) {
	p.t.Helper()
	intaketest.Eventually(p.t, mailbox+" is empty", func() bool { n, _ := p.count(mailbox); return n == 0 })
}

func TestMailsAreTakenAndMoved(t *testing.T) {
	for name, set := range map[string]imap.CapSet{
		"with MOVE":    caps(imap.CapMove, imap.CapUIDPlus, imap.CapNamespace),
		"without MOVE": caps(imap.CapUIDPlus),
	} {
		t.Run(name, func(t *testing.T) {
			p, b := newPeer(t, set), &intaketest.Spool{}
			p.put("INBOX", mail("somebody else's"), imap.FlagDeleted)
			p.put("INBOX", mail("one"))
			p.put("INBOX", mail("two"), imap.FlagSeen)
			p.start()
			o := p.options(b)
			o.Stream = "news"
			poller, _ := run(t, o)
			wants(t, b, "one", "two")
			intaketest.Eventually(t, "idle", func() bool { return poller.Status().State == intake.Listening })
			p.put("INBOX", mail("three"))
			p.put("INBOX", mail("four"))
			wants(t, b, "one", "two", "three", "four")
			intaketest.Eventually(t, "all are moved", func() bool { n, _ := p.count("INBOX"); return n == 1 })
			if mails, deleted := p.count("INBOX"); mails != 1 || deleted != 1 {
				t.Errorf("%d mails in INBOX, %d marked; want the one that somebody else has marked", mails, deleted)
			}
			if mails, _ := p.count(processed); mails != 4 {
				t.Errorf("%d mails in the folder, want 4", mails)
			}
			if regexp.MustCompile(`(?m)^T\d+ EXPUNGE`).MatchString(p.said()) {
				t.Error("EXPUNGE, which hits mails of others")
			}
			r := b.Reports()[0]
			if r.Source != spool.IMAP || r.Kind != spool.KindMail || r.Trust != spool.TrustOpen || r.ID == "" || r.Meta[spool.MetaStream] != "news" || !strings.Contains(r.Meta[spool.MetaPath], ";UID=2") {
				t.Errorf("%+v", r)
			}
			if s := poller.Status(); s.Accepted != 4 || s.Refused != 0 || s.Problem != "" || s.Kind != spool.IMAP {
				t.Errorf("%+v", s)
			}
		})
	}
}

func TestManyMailsAreTakenInBatches(t *testing.T) {
	p, b := newPeer(t, caps(imap.CapMove)), &intaketest.Spool{}
	var want []string
	for i := range 3*listed + 7 {
		want = append(want, fmt.Sprint(i))
		p.put("INBOX", mail(fmt.Sprint(i)))
	}
	p.start()
	run(t, p.options(b))
	wants(t, b, want...)
	p.emptied("INBOX")
}

func TestWithoutAWayToExpungeByUIDMailsStayMarkedAndAreTakenOnce(t *testing.T) {
	p, b := newPeer(t, caps()), &intaketest.Spool{}
	p.put("INBOX", mail("one"))
	p.put("INBOX", mail("two"))
	p.start()
	for range 3 {
		poller, stop := run(t, p.options(b))
		intaketest.Eventually(t, "idle", func() bool { return poller.Status().State == intake.Listening })
		stop()
	}
	wants(t, b, "one", "two")
	if mails, deleted := p.count("INBOX"); mails != 2 || deleted != 2 {
		t.Errorf("%d mails, %d marked", mails, deleted)
	}
	if mails, _ := p.count(processed); mails != 2 || strings.Contains(p.said(), "EXPUNGE") {
		t.Errorf("%d mails in the folder; or EXPUNGE was used", mails)
	}
}

func TestMailsAreDeletedIfThatIsAskedFor(t *testing.T) {
	p, b := newPeer(t, caps(imap.CapMove, imap.CapUIDPlus)), &intaketest.Spool{}
	p.put("INBOX", mail("somebody else's"), imap.FlagDeleted)
	p.put("INBOX", mail("one"))
	p.start()
	o := p.options(b)
	o.After = Delete
	run(t, o)
	wants(t, b, "one")
	intaketest.Eventually(t, "it is gone", func() bool { n, _ := p.count("INBOX"); return n == 1 })
	if n, _ := p.count(processed); n != -1 {
		t.Error("a folder was made for nothing")
	}
}

func TestWhatTheSpoolDoesNotTakeStays(t *testing.T) {
	p, b := newPeer(t, caps(imap.CapMove)), &intaketest.Spool{}
	b.Fail(func(spool.Report) error { return fmt.Errorf("x: %w", spool.ErrFull) })
	p.put("INBOX", mail("one"))
	p.start()
	poller, _ := run(t, p.options(b))
	intaketest.Eventually(t, "a problem", func() bool { return strings.Contains(poller.Status().Problem, "spool is full") })
	if n, _ := p.count("INBOX"); n != 1 {
		t.Fatal("the mail is gone")
	}
	b.Fail(nil)
	wants(t, b, "one")
	p.emptied("INBOX")
	intaketest.Eventually(t, "no problem", func() bool { return poller.Status().Problem == "" })
}

func TestOneMailThatTheSpoolRefusesDoesNotHoldUpTheOthers(t *testing.T) {
	p, b := newPeer(t, caps(imap.CapMove)), &intaketest.Spool{}
	b.Fail(func(r spool.Report) error {
		if bytes.Contains(r.Body, []byte("poison")) {
			return spool.ErrTooLarge
		}
		return nil
	})
	for _, mark := range []string{"one", "poison", "two"} {
		p.put("INBOX", mail(mark))
	}
	p.start()
	poller, _ := run(t, p.options(b))
	wants(t, b, "one", "two")
	intaketest.Eventually(t, "it is shown", func() bool { s := poller.Status(); return s.Refused == 1 && s.Problem != "" })
}

func TestAWrongPasswordIsShownAndNotTriedOnAndOn(t *testing.T) {
	p, b := newPeer(t, caps()), &intaketest.Spool{}
	p.start()
	o := p.options(b)
	o.Password = "wrong-secret"
	var log bytes.Buffer
	o.Logger = slog.New(slog.NewTextHandler(&log, nil))
	poller, stop := run(t, o)
	intaketest.Eventually(t, "it waits", func() bool { return poller.Status().State == intake.Waiting })
	stop()
	if n := p.loggedIn(); n != 1 {
		t.Errorf("%d logins, want 1", n)
	}
	problem := poller.Status().Problem
	if !strings.Contains(problem, "password") || strings.Contains(problem+log.String(), "wrong-secret") {
		t.Errorf("%q\n%s", problem, log.String())
	}
	for failures := 1; failures < 10; failures++ {
		if pause := poller.Pause(mailbox.ErrLogin, failures); pause < 4*time.Minute || pause > 73*time.Minute {
			t.Errorf("after %d refusals %s", failures, pause)
		}
		if pause := poller.Pause(mailbox.ErrUnreachable, failures); pause > time.Second {
			t.Errorf("after %d failures %s", failures, pause)
		}
	}
}

func TestAMailboxThatIsMissingIsShown(t *testing.T) {
	p, b := newPeer(t, caps()), &intaketest.Spool{}
	p.start()
	o := p.options(b)
	o.Mailbox, o.Refused = "Bounces", o.Backoff
	poller, _ := run(t, o)
	intaketest.Eventually(t, "a problem", func() bool { return strings.Contains(poller.Status().Problem, `"Bounces"`) })
	p.create("Bounces")
	p.put("Bounces", mail("one"))
	wants(t, b, "one")
	intaketest.Eventually(t, "no problem", func() bool { return poller.Status().Problem == "" })
}

func TestItComesBackWhenTheServerDoes(t *testing.T) {
	p, b := newPeer(t, caps(imap.CapMove)), &intaketest.Spool{}
	p.put("INBOX", mail("one"))
	p.start()
	poller, _ := run(t, p.options(b))
	wants(t, b, "one")
	intaketest.Eventually(t, "idle", func() bool { return poller.Status().State == intake.Listening })
	p.stop()
	intaketest.Eventually(t, "a problem", func() bool { return poller.Status().Problem != "" })
	p.put("INBOX", mail("two"))
	p.start()
	wants(t, b, "one", "two")
	p.emptied("INBOX")
}

func TestADeathBetweenSpoolAndMoveRepeatsAndLosesNothing(t *testing.T) {
	p, b := newPeer(t, caps(imap.CapMove)), &intaketest.Spool{}
	p.put("INBOX", mail("one"))
	p.start()
	p.refuse(nil, func(s *peerSession) error { return errors.Join(no("dead"), s.conn.NetConn().Close()) })
	o := p.options(b)
	o.Backoff = intake.Backoff{First: time.Hour}
	poller, stop := run(t, o)
	intaketest.Eventually(t, "the connection is lost", func() bool { return poller.Status().State == intake.Waiting })
	stop()
	p.refuse(nil, nil)
	if n, _ := p.count("INBOX"); n != 1 || len(b.Bodies()) != 1 {
		t.Fatalf("%d mails are left, %d taken", n, len(b.Bodies()))
	}
	run(t, p.options(b)) // another process, which knows nothing
	wants(t, b, "one", "one")
	p.emptied("INBOX")
}

func TestMailsThatTheServerDoesNotMoveAreTakenOnce(t *testing.T) {
	p, b := newPeer(t, caps(imap.CapMove)), &intaketest.Spool{}
	p.refuse(nil, func(*peerSession) error { return no("no rights, said to " + testPassword) })
	p.put("INBOX", mail("one"))
	p.start()
	poller, _ := run(t, p.options(b))
	intaketest.Eventually(t, "a problem", func() bool { return strings.Contains(poller.Status().Problem, "does not move") })
	if strings.Contains(poller.Status().Problem, testPassword) {
		t.Error(poller.Status().Problem)
	}
	p.put("INBOX", mail("two"))
	wants(t, b, "one", "two")
	logins := p.loggedIn()
	intaketest.Eventually(t, "more attempts", func() bool { return p.loggedIn() > logins+5 })
	wants(t, b, "one", "two")
	p.refuse(nil, nil)
	p.emptied("INBOX")
	intaketest.Eventually(t, "no problem", func() bool { return poller.Status().Problem == "" })
	if poller.Status().Accepted != 2 {
		t.Errorf("%+v", poller.Status())
	}
}

func TestLargeMailsStayAndAreShown(t *testing.T) {
	p, b := newPeer(t, caps(imap.CapMove)), &intaketest.Spool{}
	p.put("INBOX", mail("large")+strings.Repeat("x", 1000))
	p.put("INBOX", mail("one"))
	p.start()
	o := p.options(b)
	o.MaxMessage = 500
	poller, _ := run(t, o)
	wants(t, b, "one")
	intaketest.Eventually(t, "it is shown", func() bool { return strings.Contains(poller.Status().Problem, "1 mails") })
	p.put("INBOX", mail("two"))
	wants(t, b, "one", "two")
	intaketest.Eventually(t, "the others are moved", func() bool { n, _ := p.count("INBOX"); return n == 1 })
	if s := poller.Status(); s.Refused != 1 {
		t.Errorf("refused %d times, want once: %+v", s.Refused, s)
	}
}

func TestAnotherUIDVALIDITYMeansOtherMails(t *testing.T) {
	p, b := newPeer(t, caps(imap.CapMove)), &intaketest.Spool{}
	p.create("Bounces")
	p.put("Bounces", mail("large")+strings.Repeat("x", 1000)) // UID 1
	p.start()
	o := p.options(b)
	o.Mailbox, o.MaxMessage = "Bounces", 500
	poller, _ := run(t, o)
	intaketest.Eventually(t, "it is skipped", func() bool { return poller.Status().Refused == 1 })
	p.stop()
	if err := p.user.Delete("Bounces"); err != nil {
		t.Fatal(err)
	}
	p.create("Bounces")
	p.put("Bounces", mail("one")) // UID 1 too
	p.start()
	wants(t, b, "one")
	p.emptied("Bounces")
}

func TestAMailThatTheServerDoesNotGiveOutIsLeftAlone(t *testing.T) {
	hits := func(set imap.NumSet) bool { return set.(imap.UIDSet).Contains(2) }
	for name, refuse := range map[string]func(*peerSession, imap.NumSet) error{
		"it refuses": func(_ *peerSession, set imap.NumSet) error {
			if hits(set) {
				return no("cannot be fetched")
			}
			return nil
		},
		"it dies of it": func(s *peerSession, set imap.NumSet) error {
			if hits(set) {
				s.conn.NetConn().Close()
				return errors.New("dead")
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			p, b := newPeer(t, caps(imap.CapMove)), &intaketest.Spool{}
			for _, mark := range []string{"one", "poison", "two"} {
				p.put("INBOX", mail(mark))
			}
			p.refuse(refuse, nil)
			p.start()
			o := p.options(b)
			o.Every = time.Millisecond
			poller, _ := run(t, o)
			wants(t, b, "one", "two")
			for i := 0; poller.Status().Refused == 0; i++ { // it may have been a whim: it is asked for again in later rounds
				p.put("INBOX", mail(fmt.Sprint(i)))
				intaketest.Eventually(t, "it is taken", func() bool { return len(b.Bodies()) == 3+i })
			}
			intaketest.Eventually(t, "it is shown", func() bool { return strings.Contains(poller.Status().Problem, "cannot be had") })
			intaketest.Eventually(t, "the others are moved", func() bool { n, _ := p.count("INBOX"); return n == 1 })
			if s := poller.Status(); s.Refused != 1 || slices.Contains(b.Bodies(), mail("poison")) {
				t.Errorf("%+v", s)
			}
		})
	}
}

func TestSTARTTLS(t *testing.T) {
	p, b := newPeer(t, caps(imap.CapMove)), &intaketest.Spool{}
	p.plain = true
	p.put("INBOX", mail("one"))
	p.start()
	o := p.options(b)
	o.Security = mailbox.StartTLS
	run(t, o)
	wants(t, b, "one")
}

func TestAServerThatIsNotCheckedIsNotToldThePassword(t *testing.T) {
	_, others := intaketest.Certificate()
	for name, change := range map[string]func(*peer, *Options){
		"another authority": func(_ *peer, o *Options) { o.TLSConfig = &tls.Config{RootCAs: others} },
		"another name":      func(_ *peer, o *Options) { o.TLSConfig.ServerName = "imap.example.org" },
		"another, after STARTTLS": func(p *peer, o *Options) {
			o.TLSConfig, o.Security, p.plain = &tls.Config{RootCAs: others}, mailbox.StartTLS, true
		},
		"no TLS":          func(p *peer, _ *Options) { p.plain = true },
		"nor without TLS": func(p *peer, o *Options) { p.plain, o.Security = true, mailbox.Plain }, // it says LOGINDISABLED
	} {
		t.Run(name, func(t *testing.T) {
			p, b := newPeer(t, caps()), &intaketest.Spool{}
			o := p.options(b)
			change(p, &o)
			p.start()
			o.Address = p.address
			poller, _ := run(t, o)
			intaketest.Eventually(t, "a problem", func() bool { return poller.Status().Problem != "" })
			if p.loggedIn() != 0 || strings.Contains(p.said(), "word") {
				t.Error("it was told the password")
			}
		})
	}
}

func TestOptions(t *testing.T) {
	good := Options{Account: mailbox.Account{Address: "imap.example.org", Username: "u", Password: "p", Spool: &intaketest.Spool{}}}
	for name, change := range map[string]func(*Options){
		"no spool":        func(o *Options) { o.Spool = nil },
		"no address":      func(o *Options) { o.Address = "" },
		"no name":         func(o *Options) { o.Username = "" },
		"no password":     func(o *Options) { o.Password = "" },
		"security":        func(o *Options) { o.Security = "ssl" },
		"after":           func(o *Options) { o.After = "burn" },
		"negative":        func(o *Options) { o.MaxMessage = -1 },
		"wildcard":        func(o *Options) { o.Folder = "Rebound/*" },
		"the same folder": func(o *Options) { o.Folder = "INBOX" },
	} {
		o := good
		change(&o)
		if _, err := New(o); !errors.Is(err, ErrOptions) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, c := range []struct {
		address  string
		security mailbox.Security
		want     string
	}{{"imap.example.org", "", "imap.example.org:993"}, {"imap.example.org", mailbox.StartTLS, "imap.example.org:143"}, {"[2001:db8::1]", mailbox.TLS, "[2001:db8::1]:993"}, {"h:1993", mailbox.TLS, "h:1993"}} {
		o := good
		o.Address, o.Security = c.address, c.security
		p, err := New(o)
		if err != nil || p.opt.Address != c.want || p.Status().Name != "imap://"+c.want+"/INBOX" {
			t.Errorf("%s: %v %+v", c.address, err, p)
		}
	}
}
