package imap

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"

	"github.com/rebound-mail/rebound/internal/intake"
	"github.com/rebound-mail/rebound/internal/intake/intaketest"
	"github.com/rebound-mail/rebound/internal/intake/mailbox"
)

// scripted is a server that says what a test wants it to say.
type scripted struct {
	t       *testing.T
	address string
}

// serve answers one connection after the other.
func serve(t *testing.T, answer func(conn net.Conn, lines *bufio.Reader)) *scripted {
	t.Helper()
	listener := intaketest.Must(net.Listen("tcp", "127.0.0.1:0"))
	s := &scripted{t: t, address: listener.Addr().String()}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			answer(conn, bufio.NewReader(conn))
			conn.Close()
		}
	}()
	t.Cleanup(func() {
		listener.Close()
		<-done
	})
	return s
}

// login answers all up to a command, and returns its tag.
func upTo(conn net.Conn, lines *bufio.Reader, command, mails string) (tag string) {
	fmt.Fprintf(conn, "* OK [CAPABILITY IMAP4rev1] hello\r\n")
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return ""
		}
		tag, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch {
		case strings.HasPrefix(rest, command):
			return tag
		case rest == "CAPABILITY":
			fmt.Fprintf(conn, "* CAPABILITY IMAP4rev1\r\n")
		case rest == `LIST "" ""`:
			fmt.Fprintf(conn, "* LIST (\\Noselect) \"/\" \"\"\r\n")
		case strings.HasPrefix(rest, "SELECT"):
			fmt.Fprintf(conn, "* %s EXISTS\r\n* OK [UIDVALIDITY 1] x\r\n", mails)
		case strings.HasPrefix(rest, "FETCH"):
			fmt.Fprintf(conn, "* 1 FETCH (UID 1 FLAGS () RFC822.SIZE 5)\r\n")
		}
		fmt.Fprintf(conn, "%s OK\r\n", tag)
	}
}

func flood(conn net.Conn, text string) {
	text = strings.Repeat(text, 64<<10/len(text))
	for range 100 << 20 / len(text) { // until the other side hangs up
		if _, err := io.WriteString(conn, text); err != nil {
			return
		}
	}
}

func TestServersThatMisbehaveAreLeft(t *testing.T) {
	const login, fetch = "LOGIN", "UID FETCH"
	for name, one := range map[string]struct {
		at   string
		say  string // %s is the tag
		more string // again and again
		want string // in the problem
	}{
		"an endless greeting":        {more: "x", want: "more than"},
		"no greeting of IMAP":        {say: "220 mail.example.org ESMTP\r\n", want: "reached"},
		"BYE":                        {say: "* BYE too many connections\r\n", want: "too many connections"},
		"terminal controls":          {say: "* BYE \x1b[2Jgone\r\n", want: "[2Jgone"},
		"endless capabilities":       {at: "CAPABILITY", say: "* CAPABILITY IMAP4rev1", more: " X", want: "more than"},
		"an endless answer":          {at: login, say: "%s OK ", more: "x", want: "more than"},
		"endless other answers":      {at: login, more: "* 1 EXISTS\r\n", want: "more than"},
		"endless nesting":            {at: "LIST", say: "* LIST ", more: "(", want: ""},
		"a huge literal in a list":   {at: "LIST", say: "* LIST () \"/\" {999999999}\r\n", more: "x", want: "more than"},
		"more mails than asked for":  {at: "FETCH", more: "* 1 FETCH (UID 1 FLAGS () RFC822.SIZE 5)\r\n", want: "more than"},
		"a mail larger than it says": {at: fetch, say: "* 1 FETCH (UID 1 BODY[]<0> {999999999}\r\n", more: "x", want: "more than"},
		"a mail that breaks off":     {at: fetch, say: "* 1 FETCH (UID 1 BODY[]<0> {5}\r\nab"},
		"a literal before the UID":   {at: fetch, say: "* 1 FETCH (BODY[]<0> {5}\r\nabcde UID 1)\r\n"},
		"another tag":                {at: login, say: "other OK\r\n"},
		"nonsense":                   {at: fetch, say: "* 1 FETCH (((\r\n"},
		"nothing at all":             {at: "SELECT"},
	} {
		t.Run(name, func(t *testing.T) {
			b := &intaketest.Spool{}
			s := serve(t, func(conn net.Conn, lines *bufio.Reader) {
				tag := ""
				if one.at != "" {
					tag = upTo(conn, lines, one.at, "1")
				}
				io.WriteString(conn, strings.ReplaceAll(one.say, "%s", tag))
				if one.more != "" {
					flood(conn, one.more)
				}
			})
			poller, stop := run(t, Options{Account: mailbox.Account{
				Address: s.address, Security: mailbox.Plain, Username: "u", Password: "p",
				Spool: b, MaxMessage: 1 << 20, Timeout: 10 * time.Second, Backoff: intake.Backoff{First: time.Hour},
			}})
			intaketest.Eventually(t, "it waits", func() bool { return poller.Status().State == intake.Waiting })
			if problem := poller.Status().Problem; problem == "" || !strings.Contains(problem, one.want) || strings.Contains(problem, "\x1b") {
				t.Errorf("%q, want %q", problem, one.want)
			}
			stop()
			if len(b.Bodies()) != 0 {
				t.Errorf("taken: %q", b.Bodies())
			}
		})
	}
}

func TestAServerThatSaysNothingIsNotWaitedForForever(t *testing.T) {
	for _, at := range []string{"", "LOGIN", "SELECT", "FETCH", "STARTTLS", "TLS"} {
		t.Run(at, func(t *testing.T) {
			s := serve(t, func(conn net.Conn, lines *bufio.Reader) {
				if at == "STARTTLS" {
					io.WriteString(conn, "* OK\r\n")
				} else if at != "" && at != "TLS" {
					upTo(conn, lines, at, "1")
				}
				io.Copy(io.Discard, conn)
			})
			o := Options{Account: mailbox.Account{
				Address: s.address, Security: mailbox.Plain, Username: "u", Password: "p",
				Spool: &intaketest.Spool{}, MaxMessage: 1, Timeout: 50 * time.Millisecond, Backoff: intake.Backoff{First: time.Hour},
			}}
			if at == "STARTTLS" {
				o.Security = mailbox.StartTLS
			}
			if at == "TLS" {
				o.Security = mailbox.TLS
			}
			poller, _ := run(t, o)
			intaketest.Eventually(t, "it waits", func() bool { return poller.Status().State == intake.Waiting && poller.Status().Problem != "" })
		})
	}
}

// What somebody on the way puts behind the answer to STARTTLS must not be taken
// for what the server says under TLS.
func TestNothingIsSmuggledBeforeTLS(t *testing.T) {
	for name, say := range map[string]string{
		"behind the answer": "s OK go\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nT1 OK\r\n",
		"refused":           "s NO\r\n",
		"endless":           strings.Repeat("* x\r\n", maxClearLines+1),
		"an endless line":   strings.Repeat("x", maxClearLine+1),
	} {
		t.Run(name, func(t *testing.T) {
			cert, roots := intaketest.Certificate()
			heard := make(chan string, 10)
			s := serve(t, func(conn net.Conn, lines *bufio.Reader) {
				io.WriteString(conn, "* OK hello\r\n")
				lines.ReadString('\n')
				io.WriteString(conn, say)
				secure := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{cert}})
				secure.SetDeadline(time.Now().Add(time.Second))
				text, _ := io.ReadAll(secure)
				heard <- string(text)
			})
			poller, stop := run(t, Options{Account: mailbox.Account{
				Address: s.address, Security: mailbox.StartTLS, TLSConfig: &tls.Config{RootCAs: roots}, Username: testUser,
				Password: testPassword, Spool: &intaketest.Spool{}, Backoff: intake.Backoff{First: time.Hour},
			}})
			intaketest.Eventually(t, "it waits", func() bool { return poller.Status().State == intake.Waiting })
			stop()
			if text := <-heard; strings.Contains(text, "LOGIN") || strings.Contains(text, "AUTHENTICATE") {
				t.Errorf("it went on: %q", text)
			}
		})
	}
	s := serve(t, func(conn net.Conn, _ *bufio.Reader) { io.WriteString(conn, "* PREAUTH welcome\r\n") })
	poller, _ := run(t, Options{Account: mailbox.Account{Address: s.address, Security: mailbox.StartTLS, Username: "u", Password: "p", Spool: &intaketest.Spool{}, Backoff: intake.Backoff{First: time.Hour}}})
	intaketest.Eventually(t, "PREAUTH without TLS is refused", func() bool { return strings.Contains(poller.Status().Problem, "PREAUTH") })
}

// lying says that mails are moved, and leaves them.
type lying struct{ *peerSession }

func (s lying) Move(*imapserver.MoveWriter, imap.NumSet, string) error { return nil }

func TestMailsThatAreMovedInWordsOnlyAreTakenOnce(t *testing.T) {
	p, b := newPeer(t, caps(imap.CapMove)), &intaketest.Spool{}
	p.wrap = func(s *peerSession) imapserver.Session { return lying{s} }
	for i := range 3 {
		p.put("INBOX", mail(fmt.Sprint(i)))
	}
	p.start()
	poller, _ := run(t, p.options(b))
	intaketest.Eventually(t, "it is shown", func() bool { return strings.Contains(poller.Status().Problem, "3 mails are still in") })
	p.put("INBOX", mail("3"))
	intaketest.Eventually(t, "it is shown", func() bool { return strings.Contains(poller.Status().Problem, "4 mails are still in") })
	wants(t, b, "0", "1", "2", "3")
}
