package imap

import (
	"crypto/tls"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/internal/intake"
	"github.com/rebound-mail/rebound/internal/intake/dovecottest"
	"github.com/rebound-mail/rebound/internal/intake/intaketest"
	"github.com/rebound-mail/rebound/internal/intake/mailbox"
)

// A real server, with what it can do cut down in steps, and with folders that are
// all below INBOX.
func TestDovecot(t *testing.T) {
	const below = "namespace inbox {\n inbox = yes\n prefix = INBOX.\n separator = .\n}\n"
	for name, one := range map[string]struct {
		config   string
		security mailbox.Security
		after    After
		folder   string // in the Maildir
		stay     int    // mails marked as deleted that the server cannot expunge by UID
	}{
		"as it comes":      {folder: "Rebound.Processed"},
		"STARTTLS":         {security: mailbox.StartTLS, folder: "Rebound.Processed"},
		"all below INBOX":  {config: below, folder: "Rebound.Processed"},
		"no MOVE, no IDLE": {config: "imap_capability = IMAP4rev1 UIDPLUS\n", folder: "Rebound.Processed"},
		"bare IMAP4rev1":   {config: "imap_capability = IMAP4rev1\n", folder: "Rebound.Processed", stay: 3},
		"deleted":          {after: Delete},
	} {
		t.Run(name, func(t *testing.T) {
			d := dovecottest.Start(t, one.config)
			d.Deliver("Subject: one\n\nfirst\n")
			d.Deliver("Subject: two\n\n\x80\xff 8 bits\n.\n")
			b := &intaketest.Spool{}
			o := Options{
				Account: mailbox.Account{
					Address: d.IMAPS, Security: one.security, TLSConfig: &tls.Config{RootCAs: d.Roots}, Username: dovecottest.User,
					Password: dovecottest.Password, Every: 20 * time.Millisecond, Spool: b, Backoff: intake.Backoff{First: 10 * time.Millisecond, Most: 100 * time.Millisecond},
				},
				After: one.after,
			}
			if one.security == mailbox.StartTLS {
				o.Address = d.IMAP
			}
			poller, stop := run(t, o)
			intaketest.Eventually(t, "two mails", func() bool { return len(b.Bodies()) >= 2 })
			intaketest.Eventually(t, "it waits for more", func() bool {
				s := poller.Status().State
				return s == intake.Listening || s == intake.Polling
			})
			d.Deliver("Subject: three\n\nthird\n")
			intaketest.Eventually(t, "the third", func() bool { return len(b.Bodies()) >= 3 })
			intaketest.Eventually(t, "all are out of the inbox", func() bool { return d.Count("") == one.stay })
			stop()
			for i, want := range []string{"Subject: one\r\n\r\nfirst\r\n", "Subject: three\r\n\r\nthird\r\n", "Subject: two\r\n\r\n\x80\xff 8 bits\r\n.\r\n"} {
				if got := b.Bodies()[i]; got != want {
					t.Errorf("%q, want %q", got, want)
				}
			}
			if one.folder != "" && d.Count(one.folder) != 3 {
				t.Errorf("%d mails in %s, want 3", d.Count(one.folder), one.folder)
			}
			if s := poller.Status(); s.Accepted != 3 || s.Problem != "" {
				t.Errorf("%+v", s)
			}
		})
	}
}

func TestDovecotRefusesAWrongPassword(t *testing.T) {
	d := dovecottest.Start(t, "auth_failure_delay = 0\n")
	poller, _ := run(t, Options{Account: mailbox.Account{Address: d.IMAPS, TLSConfig: &tls.Config{RootCAs: d.Roots}, Username: dovecottest.User, Password: "wrong", Spool: &intaketest.Spool{}}})
	intaketest.Eventually(t, "it waits", func() bool { return poller.Status().State == intake.Waiting })
	if err := mailbox.ErrLogin; poller.explain(err)[:40] != poller.Status().Problem[:40] {
		t.Error(poller.Status().Problem)
	}
}
