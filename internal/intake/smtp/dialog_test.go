package smtp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rebound-mail/rebound/internal/intake"
	"github.com/rebound-mail/rebound/internal/intake/intaketest"
	"github.com/rebound-mail/rebound/internal/spool"
)

func TestAMessageBecomesAReport(t *testing.T) {
	r := serve(t, Options{Now: at})
	c := r.hello(t)
	c.envelope("b+kim=example.org@bounces.example.com")
	c.say("DATA", "354")
	c.send("Subject: x\r\n\r\n..dots\r\n.\x00\xff8bit\nbare\r\n")
	c.say(".", "250 2.0.0 kept as ")
	c.say("QUIT", "221")
	want := []spool.Report{{
		Source: spool.SMTP, Received: at(), Trust: spool.TrustOpen, Kind: spool.KindMail,
		Body: []byte("Subject: x\r\n\r\n.dots\r\n\x00\xff8bit\nbare\r\n"),
		Meta: map[string]string{spool.MetaFrom: "<>", spool.MetaTo: "b+kim=example.org@bounces.example.com", spool.MetaRemote: "127.0.0.1"},
	}}
	if diff := cmp.Diff(want, r.spool.Reports(), cmpopts.IgnoreFields(spool.Report{}, "ID")); diff != "" {
		t.Error(diff)
	}
	status := intake.Status{Name: "smtp", Kind: spool.SMTP, State: intake.Listening, Accepted: 1, Last: at()}
	if diff := cmp.Diff(status, r.Status()); diff != "" {
		t.Error(diff)
	}
}

// dialogs are what clients say and what they are told: "> " and "< ".
func dialogs() map[string]struct {
	opt  Options
	text string
} {
	type dialog = struct {
		opt  Options
		text string
	}
	only := Options{Domains: []string{"Bounces.example.com", "*.vip.example.com", "bücher.example"}}
	return map[string]dialog{
		"only the null sender": {Options{}, `> MAIL FROM:<kim@example.org>
< 550 5.7.1 only reports
> RCPT TO:<bounces@example.com>
< 502
> MAIL FROM:<>
< 250`},
		"any sender where it is allowed":     {Options{AnySender: true}, "> MAIL FROM:<fbl@example.org>\n< 250"},
		"no mail for other domains":          {only, "> MAIL FROM:<>\n< 250\n> RCPT TO:<kim@example.net>\n< 550 5.7.1 no mail is taken for that domain\n> RCPT TO:<kim@xbounces.example.com>\n< 550 5.7.1\n> DATA\n< 502"},
		"domains in any form":                {only, "> MAIL FROM:<>\n< 250\n> RCPT TO:<a@BOUNCES.example.COM>\n< 250\n> RCPT TO:<b@bounces.example.com.>\n< 250"},
		"domains below":                      {only, "> MAIL FROM:<>\n< 250\n> RCPT TO:<a@x.y.vip.example.com>\n< 250\n> RCPT TO:<b@vip.example.com>\n< 550 5.7.1"},
		"international domains":              {only, "> MAIL FROM:<> SMTPUTF8\n< 250\n> RCPT TO:<a@BÜCHER.example>\n< 250\n> RCPT TO:<a@xn--bcher-kva.example>\n< 250"},
		"a size that is announced":           {Options{MaxMessage: 1000}, "> MAIL FROM:<> SIZE=1001\n< 552 5.3.4\n> MAIL FROM:<> SIZE=1000\n< 250"},
		"bodies of eight bits":               {Options{}, "> MAIL FROM:<> BODY=8BITMIME SIZE=100 SMTPUTF8\n< 250"},
		"no binary bodies":                   {Options{}, "> MAIL FROM:<> BODY=BINARYMIME\n< 504"},
		"no more than so many recipients":    {Options{MaxRecipients: 2}, "> MAIL FROM:<>\n< 250\n> RCPT TO:<a@example.com>\n< 250\n> RCPT TO:<b@example.com>\n< 250\n> RCPT TO:<c@example.com>\n< 452 4.5.3"},
		"no control characters in addresses": {Options{AnySender: true}, "> MAIL FROM:<a\x01b@example.org>\n< 553 5.1.7\n> MAIL FROM:<>\n< 250\n> RCPT TO:<a\x7f@example.com>\n< 553 5.1.3\n> RCPT TO:<a\rb@example.com>\n< 5"},
		"no addresses without end":           {Options{}, "> MAIL FROM:<>\n< 250\n> RCPT TO:<" + strings.Repeat("a", 600) + "@example.com>\n< 553 5.1.3"},
		"no empty message":                   {Options{}, "> MAIL FROM:<>\n< 250\n> RCPT TO:<a@example.com>\n< 250\n> DATA\n< 354\n> .\n< 554 5.6.0 the message is empty"},
		"a path with a route":                {Options{}, "> MAIL FROM:<>\n< 250\n> RCPT TO:<@relay.example.net:a@example.com>\n< 250"},
		"no LMTP by SMTP":                    {Options{}, "> LHLO mx.example.com\n< 500"},
		"no SMTP by LMTP":                    {Options{Protocol: LMTP}, "> EHLO mx.example.com\n< 500"},
		"no message without recipient":       {Options{}, "> MAIL FROM:<>\n< 250\n> DATA\n< 502"},
		"no authentication":                  {Options{}, "> AUTH PLAIN\n< 5"},
		"no TLS where there is none":         {Options{}, "> STARTTLS\n< 502"},
		"no verbs of old":                    {Options{}, "> VRFY kim\n< 252\n> EXPN list\n< 502\n> HELP\n< 502"},
		"not refused for ever": {Options{Limits: Limits{Refusals: 2}}, `> MAIL FROM:<kim@example.org>
< 550
> MAIL FROM:<kim@example.org>
< 550
> MAIL FROM:<kim@example.org>
< 421 4.7.0 too much of what you sent was refused`},
	}
}

func TestDialogs(t *testing.T) {
	for name, d := range dialogs() {
		t.Run(name, func(t *testing.T) {
			r := serve(t, d.opt)
			c := r.hello(t)
			for line := range strings.SplitSeq(d.text, "\n") {
				what := line[2:]
				if line[0] == '>' {
					c.send(what + "\r\n")
					continue
				}
				c.want(what)
			}
			if got := r.spool.Reports(); len(got) > 0 {
				t.Errorf("%d reports, want none", len(got))
			}
		})
	}
}

func TestEachRecipientMakesAReport(t *testing.T) {
	for _, protocol := range []Protocol{SMTP, LMTP} {
		r := serve(t, Options{Protocol: protocol})
		c := r.hello(t)
		c.envelope("b+kim=example.org@example.com", "b+lee=example.org@example.com", "b+kim=example.org@example.com")
		c.say("DATA", "354")
		c.send(bounceMail + ".\r\n")
		if protocol == LMTP {
			c.want("250 2.0.0 <b+kim=example.org@example.com> kept as ")
			c.want("250 2.0.0 <b+lee=example.org@example.com> kept as ")
			c.want("250 2.0.0 <b+kim=example.org@example.com> kept as ")
		} else {
			c.want("250 2.0.0 kept as ")
		}
		c.say("NOOP", "250")
		var to []string
		for _, report := range r.spool.Reports() {
			to = append(to, string(report.Source)+" "+report.Meta[spool.MetaTo])
			if string(report.Body) != bounceMail {
				t.Errorf("%s: %q", protocol, report.Body)
			}
		}
		p := string(protocol)
		if diff := cmp.Diff([]string{p + " b+kim=example.org@example.com", p + " b+lee=example.org@example.com"}, to); diff != "" {
			t.Error(diff)
		}
		if r.spool.Calls() != 1 {
			t.Errorf("%s: a message is given to the spool in %d pieces", protocol, r.spool.Calls())
		}
	}
}

func TestWhatTheSpoolRefusesIsNotAccepted(t *testing.T) {
	for _, test := range []struct {
		err     error
		reply   string
		problem bool
	}{
		{spool.ErrFull, "452 4.3.1", true},
		{fmt.Errorf("%w: %w", spool.ErrFull, spool.ErrDiskFull), "452 4.3.1", true},
		{spool.ErrReadOnly, "451 4.3.0", true},
		{errors.New("input/output error"), "451 4.3.0", true},
		{spool.ErrTooLarge, "552 5.3.4", false},
		{spool.ErrClosed, "421 4.3.2", false},
	} {
		for _, protocol := range []Protocol{SMTP, LMTP} {
			var err error
			kept := &intaketest.Spool{Refuse: func(context.Context, []spool.Report) error { return err }}
			r := serve(t, Options{Protocol: protocol, Spool: kept})
			reply := test.reply
			if protocol == LMTP {
				reply += " <bounces@example.com>"
			}
			c := r.hello(t)
			err = fmt.Errorf("append: %w", test.err)
			c.deliver(bounceMail, reply)
			status := r.Status()
			if status.Accepted != 0 || status.Refused != 1 || (status.Problem != "") != test.problem {
				t.Errorf("%v: %+v", test.err, status)
			}
			err = nil
			c.deliver(bounceMail, "250")
			if status := r.Status(); status.Accepted != 1 || status.Problem != "" {
				t.Errorf("after %v: %+v", test.err, status)
			}
		}
	}
}

func TestASpoolThatPanicsCostsOneConnection(t *testing.T) {
	for _, protocol := range []Protocol{SMTP, LMTP} {
		broken := true
		kept := &intaketest.Spool{Refuse: func(context.Context, []spool.Report) error {
			if broken {
				panic("broken")
			}
			return nil
		}}
		r := serve(t, Options{Protocol: protocol, Spool: kept})
		c := r.hello(t)
		c.deliver(bounceMail, "421")
		c.closed()
		broken = false
		r.hello(t).deliver(bounceMail, "250")
	}
}

// What other servers take for the end of data is data here, so that what follows
// cannot become a message of its own.
func TestOnlyOneEndOfData(t *testing.T) {
	second := "MAIL FROM:<>\r\nRCPT TO:<other@example.com>\r\nDATA\r\nForged: yes\r\n"
	for _, end := range []string{"\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r\n.\r", "\r.\r\n", "\n.\r", "\r\r\n.\r\n", "\r\n\x00.\r\n", "\r\n.\x00\r\n", "\r\n.\r\r\n", "\r\n. \r\n", "\r\n..\r\n"} {
		for _, protocol := range []Protocol{SMTP, LMTP} {
			r := serve(t, Options{Protocol: protocol})
			c := r.hello(t)
			c.envelope("bounces@example.com")
			c.say("DATA", "354")
			c.send("Subject: x\r\n\r\nfirst" + end + second + "\r\n.\r\n")
			c.want("250")
			c.say("QUIT", "221")
			got := r.spool.Reports()
			if len(got) != 1 || !bytes.Contains(got[0].Body, []byte("Forged: yes")) || got[0].Meta[spool.MetaTo] != "bounces@example.com" {
				t.Errorf("%q: %q", end, got)
			}
		}
	}
}

func TestPipelining(t *testing.T) {
	r := serve(t, Options{})
	c := r.dial(t)
	one := "MAIL FROM:<>\r\nRCPT TO:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n" + bounceMail + ".\r\n"
	go c.send("EHLO mx.example.com\r\n" + strings.Repeat(one, 50) + "QUIT\r\n")
	c.want("250")
	for range 50 {
		for _, reply := range []string{"250", "250", "250", "354", "250 2.0.0 kept"} {
			c.want(reply)
		}
	}
	c.want("221")
	if got := len(r.spool.Reports()); got != 100 {
		t.Errorf("%d reports", got)
	}
}

func TestChunksAreNotOffered(t *testing.T) {
	for _, protocol := range []Protocol{SMTP, LMTP} {
		r := serve(t, Options{Protocol: protocol})
		c := r.dial(t)
		c.send(map[Protocol]string{SMTP: "EHLO", LMTP: "LHLO"}[protocol] + " mx.example.com\r\n")
		for {
			line, err := c.in.ReadString('\n')
			if err != nil || strings.Contains(line, "CHUNKING") {
				t.Fatalf("%q, %v", line, err)
			}
			if line[3] == ' ' {
				break
			}
		}
		c.envelope("bounces@example.com")
		c.send("bdat 60 LAST\r\nRSET\r\nMAIL FROM:<>\r\nRCPT TO:<other@example.com>\r\nDATA\r\nx\r\n.\r\n")
		c.want("502 5.5.1")
		c.closed()
		if got := r.spool.Reports(); len(got) > 0 {
			t.Errorf("%s: %d reports", protocol, len(got))
		}
	}
}

func TestALineOfAnyLengthInAMessage(t *testing.T) {
	r := serve(t, Options{MaxMessage: 3 << 20})
	c := r.hello(t)
	long := "X-Long: " + strings.Repeat("y", 1<<20) + "\r\n"
	c.deliver(long+"\r\n"+strings.Repeat("z", 1<<20)+"\r\n", "250")
	if got := r.spool.Reports(); len(got) != 1 || len(got[0].Body) < 2<<20 {
		t.Errorf("%d reports", len(got))
	}
}

func TestALineOfAnyLengthIsNoCommand(t *testing.T) {
	r := serve(t, Options{MaxMessage: 1 << 20})
	for _, prepare := range []func(*peer){func(*peer) {}, func(c *peer) { c.envelope("bounces@example.com") }} {
		c := r.hello(t)
		prepare(c)
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			for range 64 {
				if _, err := c.conn.Write(bytes.Repeat([]byte("A"), 64<<10)); err != nil {
					return
				}
			}
		}()
		if got := c.reply(); !strings.HasPrefix(got, "500 5.4.0") && !strings.HasPrefix(got, "(") {
			t.Errorf("reply %q", got)
		}
		<-ended
		c.closed()
	}
}

func TestAMessageThatIsTooLarge(t *testing.T) {
	for _, protocol := range []Protocol{SMTP, LMTP} {
		r := serve(t, Options{Protocol: protocol, MaxMessage: 100_000})
		c := r.hello(t)
		c.deliver(strings.Repeat("Large: 0123456789\r\n", 10_000), "552 5.3.4")
		c.deliver(strings.Repeat("x", 10_000_000)+"\r\n", "552 5.3.4")
		c.deliver(strings.Repeat("x", 99_990)+"\r\n", "250")
		if got := r.spool.Reports(); len(got) != 1 || len(got[0].Body) != 99_992 {
			t.Errorf("%d reports", len(got))
		}
		if got := r.Status().Refused; got != 2 {
			t.Errorf("%d refused", got)
		}
	}
}

func TestMemoryIsShared(t *testing.T) {
	r := serve(t, Options{Limits: Limits{Bytes: 100 << 10}})
	c := r.hello(t)
	for range 3 { // what was used is given back
		c.deliver(strings.Repeat("x", 200<<10)+"\r\n", "452 4.3.1")
		c.deliver(bounceMail, "250")
	}
	if used := r.memory.used.Load(); used != 0 {
		t.Errorf("%d bytes are not given back", used)
	}
}

func TestAMessageThatDoesNotEndIsNotKept(t *testing.T) {
	r := serve(t, Options{})
	for _, text := range []string{"DATA\r\n" + bounceMail, "DATA\r\n" + bounceMail + ".\r"} {
		c := r.hello(t)
		c.envelope("bounces@example.com")
		c.send(text)
		c.conn.Close()
	}
	r.stop()
	if got := r.spool.Reports(); len(got) > 0 {
		t.Errorf("%d reports", len(got))
	}
}
