package pop3

import (
	"crypto/tls"
	"slices"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/internal/intake"
	"github.com/rebound-mail/rebound/internal/intake/dovecottest"
	"github.com/rebound-mail/rebound/internal/intake/intaketest"
	"github.com/rebound-mail/rebound/internal/intake/mailbox"
)

func TestDovecot(t *testing.T) {
	for name, one := range map[string]struct {
		security mailbox.Security
		after    After
	}{"TLS": {mailbox.TLS, Keep}, "STLS": {mailbox.StartTLS, Keep}, "deleted": {mailbox.TLS, Delete}} {
		t.Run(name, func(t *testing.T) {
			d := dovecottest.Start(t, "")
			d.Deliver("Subject: one\n\n.\n..\n")
			d.Deliver("Subject: two\n\n\x80\xff\n")
			b := &intaketest.Spool{}
			o := Options{
				Account: mailbox.Account{
					Address: d.POP3S, Security: one.security, TLSConfig: &tls.Config{RootCAs: d.Roots}, Username: dovecottest.User,
					Password: dovecottest.Password, Every: 20 * time.Millisecond, Spool: b, Backoff: intake.Backoff{First: 10 * time.Millisecond, Most: 100 * time.Millisecond},
				},
				After: one.after, StateFile: t.TempDir() + "/mails",
			}
			if one.security == mailbox.StartTLS {
				o.Address = d.POP3
			}
			_, stop := run(t, o)
			intaketest.Eventually(t, "two mails", func() bool { return len(b.Bodies()) >= 2 })
			stop()
			d.Deliver("Subject: three\n\nthird\n")
			poller, _ := run(t, o)
			intaketest.Eventually(t, "the third", func() bool { return len(b.Bodies()) >= 3 })
			left := 3
			if one.after == Delete {
				left = 0
			}
			intaketest.Eventually(t, "the inbox is as it is to be", func() bool { return d.Count("") == left })
			want := []string{"Subject: one\r\n\r\n.\r\n..\r\n", "Subject: three\r\n\r\nthird\r\n", "Subject: two\r\n\r\n\x80\xff\r\n"}
			if got := b.Bodies(); !slices.Equal(got, want) {
				t.Errorf("%q, want %q", got, want)
			}
			if s := poller.Status(); s.Accepted != 1 || s.Problem != "" {
				t.Errorf("%+v", s)
			}
		})
	}
}

func TestDovecotRefusesAWrongPassword(t *testing.T) {
	d := dovecottest.Start(t, "auth_failure_delay = 0\n")
	poller, _ := run(t, Options{
		Account: mailbox.Account{
			Address: d.POP3S, TLSConfig: &tls.Config{RootCAs: d.Roots}, Username: dovecottest.User, Password: "wrong", Spool: &intaketest.Spool{},
		},
		StateFile: t.TempDir() + "/mails",
	})
	intaketest.Eventually(t, "it waits", func() bool { return poller.Status().State == intake.Waiting })
	if s := poller.Status(); s.Problem[:40] != poller.explain(mailbox.ErrLogin)[:40] {
		t.Error(s.Problem)
	}
}
