package smtp

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rebound-mail/rebound/internal/intake/intaketest"
	"github.com/rebound-mail/rebound/internal/spool"
)

// TestWhoeverIsSlowIsLetGo sends a byte before anybody would call the line idle.
func TestWhoeverIsSlowIsLetGo(t *testing.T) {
	for name, test := range map[string]struct {
		begin string // whole lines
		drip  string // again and again
		every time.Duration
		reply string
		least time.Duration
		most  time.Duration
	}{
		"says nothing":              {"", "", 0, "421 4.4.2", 5 * time.Minute, 5 * time.Minute},
		"a command that never ends": {"", "N", time.Minute, "421 4.4.2", 5 * time.Minute, 5 * time.Minute},
		"commands for ever":         {"", "NOOP\r\n", time.Minute, "421 4.4.2", time.Hour, time.Hour},
		"a message that stops":      {"MAIL FROM:<>\r\nRCPT TO:<a@example.com>\r\nDATA\r\nSubject", "", 0, "451 4.4.2", 3 * time.Minute, 3 * time.Minute},
		"a line that drips":         {"MAIL FROM:<>\r\nRCPT TO:<a@example.com>\r\nDATA\r\nSubject", "x", time.Second, "451 4.4.2", 3 * time.Minute, 3 * time.Minute},
		"a message that drips":      {"MAIL FROM:<>\r\nRCPT TO:<a@example.com>\r\nDATA\r\nSubject", "x\r\n", time.Minute, "451 4.4.2", 10 * time.Minute, 10 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				pipes, kept, stop := pipeServer(t, Options{Limits: Limits{MessagesPerMinute: -1}})
				began := time.Now()
				c := pipes.connect(t, "192.0.2.1")
				var said strings.Builder
				ended := make(chan struct{})
				go func() { io.Copy(&said, c.conn); close(ended) }()
				io.WriteString(c.conn, "EHLO mx.example.com\r\n"+test.begin)
				go func() {
					for test.every > 0 {
						select {
						case <-time.After(test.every):
						case <-ended:
							return
						}
						if _, err := io.WriteString(c.conn, test.drip); err != nil {
							return
						}
					}
				}()
				<-ended
				if lasted := time.Since(began); lasted < test.least || lasted > test.most {
					t.Errorf("let go after %s, want %s to %s", lasted, test.least, test.most)
				}
				if !strings.Contains(said.String(), "\n"+test.reply) || len(kept.Reports()) > 0 {
					t.Errorf("%s, said %q", test.reply, said.String())
				}
				c.conn.Close()
				stop()
				synctest.Wait()
			})
		})
	}
}

// converse connects and says hello; replies are read as they come.
func converse(t *testing.T, p *pipes, ip string) *peer {
	c := p.connect(t, ip)
	c.want("220")
	c.say("EHLO mx.example.com", "250")
	return c
}

func TestStoppingTellsThoseWhoAreIdleAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pipes, _, stop := pipeServer(t, Options{})
		silent := pipes.connect(t, "192.0.2.1")
		silent.want("220")
		idle := converse(t, pipes, "192.0.2.2")
		between := converse(t, pipes, "192.0.2.3")
		between.envelope("bounces@example.com")
		began := time.Now()
		go stop()
		for _, c := range []*peer{silent, idle, between} {
			c.want("421 4.3.2 the server is stopping")
			c.closed()
		}
		synctest.Wait()
		if time.Since(began) > 0 {
			t.Errorf("took %s", time.Since(began))
		}
	})
}

func TestStoppingWaitsForMessagesUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pipes, kept, stop := pipeServer(t, Options{})
		c := converse(t, pipes, "192.0.2.1")
		c.envelope("bounces@example.com")
		c.say("DATA", "354")
		c.send("Subject: x\r\n")
		go stop()
		time.Sleep(9 * time.Second)
		c.send("\r\nbody\r\n.\r\n")
		c.want("250")
		c.want("421 4.3.2")
		c.closed()
		if len(kept.Reports()) != 1 {
			t.Errorf("%d reports", len(kept.Reports()))
		}
	})
}

func TestStoppingDoesNotWaitForEver(t *testing.T) {
	for _, last := range []string{"DATA\r\nSubject: x\r\n", "DATA\r\nS"} {
		synctest.Test(t, func(t *testing.T) {
			pipes, kept, stop := pipeServer(t, Options{})
			c := converse(t, pipes, "192.0.2.1")
			c.envelope("bounces@example.com")
			go io.Copy(io.Discard, c.in)
			c.send(last)
			synctest.Wait()
			began := time.Now()
			stop()
			if got := time.Since(began); got != 10*time.Second {
				t.Errorf("stopped after %s", got)
			}
			if len(kept.Reports()) > 0 {
				t.Error("half a message was kept")
			}
			c.conn.Close()
		})
	}
}

// What the spool is writing when the server stops is answered.
func TestStoppingWaitsForTheSpool(t *testing.T) {
	for name, test := range map[string]struct {
		takes time.Duration
		reply string
		kept  int
	}{"in time": {5 * time.Second, "250", 1}, "not in time": {time.Hour, "(", 0}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				kept := &intaketest.Spool{Refuse: func(ctx context.Context, _ []spool.Report) error {
					select {
					case <-ctx.Done():
						return ctx.Err()
					case <-time.After(test.takes):
						return nil
					}
				}}
				pipes, _, stop := pipeServer(t, Options{Spool: kept})
				c := converse(t, pipes, "192.0.2.1")
				c.envelope("bounces@example.com")
				c.say("DATA", "354")
				c.send(bounceMail + ".\r\n")
				go stop()
				c.want(test.reply)
				synctest.Wait()
				if got := len(kept.Reports()); got != test.kept {
					t.Errorf("%d reports", got)
				}
				c.conn.Close()
			})
		})
	}
}

func TestClientsAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pipes, kept, stop := pipeServer(t, Options{Limits: Limits{Connections: 3, PerClient: 2, ConnectionsPerMinute: 4, MessagesPerMinute: 2, Refusals: -1}})
		one, two := pipes.connect(t, "2001:db8::1"), pipes.connect(t, "2001:db8::2")
		one.want("220")
		two.want("220")
		third := pipes.connect(t, "2001:db8::3")
		third.want("421 4.7.0 too many connections of your address at once")
		third.closed()
		other := pipes.connect(t, "192.0.2.1")
		other.want("220")
		fourth := pipes.connect(t, "192.0.2.2")
		fourth.want("421 4.3.2")
		fourth.closed()

		one.say("EHLO mx.example.com", "250")
		one.deliver(bounceMail, "250")
		one.deliver(bounceMail, "250")
		one.say("MAIL FROM:<>", "450 4.7.1")
		time.Sleep(31 * time.Second)
		one.deliver(bounceMail, "250")
		one.say("MAIL FROM:<>", "450 4.7.1")
		if len(kept.Reports()) != 3 {
			t.Errorf("%d reports", len(kept.Reports()))
		}
		for _, c := range []*peer{one, two, other} {
			c.conn.Close()
		}
		synctest.Wait()
		time.Sleep(time.Minute)
		for i := range 6 { // four at once, then as many as time allows
			c := pipes.connect(t, "192.0.2.9")
			c.want(map[bool]string{true: "220", false: "421 4.7.0 too many connections of your address in a minute"}[i < 4])
			c.conn.Close()
			synctest.Wait()
		}
		local := pipes.connect(t, "127.0.0.1")
		local.want("220")
		local.say("EHLO mx.example.com", "250")
		for range 10 {
			local.deliver(bounceMail, "250")
		}
		local.conn.Close()
		stop()
	})
}

func TestClientsAreForgotten(t *testing.T) {
	c := newClients(Limits{Connections: -1, PerClient: -1, ConnectionsPerMinute: 10, MessagesPerMinute: 10})
	now := at()
	for i := range 10 * maxClients {
		name := fmt.Sprint(i)
		if err := c.enter(name, now); err != nil {
			t.Fatal(err)
		}
		c.leave(name)
		if len(c.by) > maxClients {
			t.Fatalf("%d clients are remembered", len(c.by))
		}
	}
	if err := c.enter("held", now); err != nil {
		t.Fatal(err)
	}
	for i := range 2 * maxClients {
		c.message(fmt.Sprint("m", i), now)
	}
	if c.by["held"] == nil {
		t.Error("a client with a connection is forgotten")
	}
}

func TestABucketSurvivesAClockThatIsSetBack(t *testing.T) {
	var b bucket
	now := at()
	for range 60 {
		if !b.take(now, 60) {
			t.Fatal("not even the first are let through")
		}
	}
	if b.take(now, 60) || b.take(now.Add(-time.Hour), 60) {
		t.Error("more than the limit")
	}
	if !b.take(now.Add(-time.Hour+2*time.Second), 60) {
		t.Error("stuck until the clock is where it was")
	}
}
