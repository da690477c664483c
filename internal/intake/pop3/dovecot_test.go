package pop3

import (
	"crypto/tls"
	"slices"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/internal/intake"
	"github.com/rebound-mail/rebound/internal/intake/dovecottest"
)

func TestDovecot(t *testing.T) {
	for name, one := range map[string]struct {
		security Security
		after    After
	}{"TLS": {TLS, Keep}, "STLS": {StartTLS, Keep}, "deleted": {TLS, Delete}} {
		t.Run(name, func(t *testing.T) {
			d := dovecottest.Start(t, "")
			d.Deliver("Subject: one\n\n.\n..\n")
			d.Deliver("Subject: two\n\n\x80\xff\n")
			b := &box{}
			o := Options{
				Address: d.POP3S, Security: one.security, TLSConfig: &tls.Config{RootCAs: d.Roots}, Username: dovecottest.User, Password: dovecottest.Password,
				After: one.after, StateFile: t.TempDir() + "/mails", Every: 20 * time.Millisecond, Spool: b,
				Backoff: intake.Backoff{First: 10 * time.Millisecond, Most: 100 * time.Millisecond},
			}
			if one.security == StartTLS {
				o.Address = d.POP3
			}
			_, stop := run(t, o)
			eventually(t, "two mails", func() bool { return len(b.bodies()) >= 2 })
			stop()
			d.Deliver("Subject: three\n\nthird\n")
			poller, _ := run(t, o)
			eventually(t, "the third", func() bool { return len(b.bodies()) >= 3 })
			left := 3
			if one.after == Delete {
				left = 0
			}
			eventually(t, "the inbox is as it is to be", func() bool { return d.Count("") == left })
			want := []string{"Subject: one\r\n\r\n.\r\n..\r\n", "Subject: three\r\n\r\nthird\r\n", "Subject: two\r\n\r\n\x80\xff\r\n"}
			if got := b.bodies(); !slices.Equal(got, want) {
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
		Address: d.POP3S, TLSConfig: &tls.Config{RootCAs: d.Roots}, Username: dovecottest.User, Password: "wrong", Spool: &box{}, StateFile: t.TempDir() + "/mails",
	})
	eventually(t, "it waits", func() bool { return poller.Status().State == intake.Waiting })
	if s := poller.Status(); s.Problem[:40] != poller.explain(errLogin)[:40] {
		t.Error(s.Problem)
	}
}
