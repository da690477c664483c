package maillog_test

import (
	"bufio"
	"fmt"
	"net"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/bounce"
	"github.com/rebound-mail/rebound/event"
)

// scripted are the answers by local part: to RCPT TO, or with "data:" before
// to the message. Lines are parted by "\n".
var scripted = map[string]string{
	"ok":         "250 2.1.5 recipient accepted",
	"unknown":    "550 5.1.1 <unknown@remote.example>: no such person here",
	"full":       "552-5.2.2 The mailbox of full is over its quota.\n552-5.2.2 Ask the owner to make room (really),\n552 5.2.2 then send again.",
	"bare":       "550 mailbox unavailable",
	"disabled":   "550 5.2.1 this account has been disabled",
	"blocked":    "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org",
	"spam":       "data:554 5.7.1 message (id 7) refused as spam",
	"toolarge":   "data:552 5.3.4 message size exceeds the limit of 10 kB",
	"greylisted": "451 4.7.1 greylisted, try again in 300 seconds",
	"tempfull":   "452 4.2.2 mailbox full",
	"busy":       "421 4.3.2 too busy, come back later",
	"renamed":    "551 5.1.6 this user has moved",
	"said":       `550 5.7.1 host other[192.0.2.9] said: 550 no (in reply to "DATA\x" command)`,
}

const sender = "news@sender.example"

// server is an SMTP server that answers by script and keeps the notifications
// sent to the sender.
type server struct {
	listener net.Listener
	mu       sync.Mutex
	mails    [][]byte
}

func newServer(t *testing.T) *server {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Skipf("no loopback: %v", err)
	}
	s := &server{listener: l}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go s.serve(c)
		}
	}()
	return s
}

func (s *server) port() int { return s.listener.Addr().(*net.TCPAddr).Port }

func (s *server) serve(c net.Conn) {
	defer c.Close()
	c.SetDeadline(time.Now().Add(time.Minute))
	in := bufio.NewReader(c)
	reply := func(text string) { fmt.Fprint(c, strings.ReplaceAll(text, "\n", "\r\n"), "\r\n") }
	reply("220 remote.example ESMTP")
	content, returned := "", false
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		verb := strings.ToUpper(line[:min(4, len(line))])
		switch verb {
		case "EHLO":
			reply("250-remote.example\n250 ENHANCEDSTATUSCODES")
		case "RCPT":
			local, _, _ := strings.Cut(line[strings.IndexByte(line, '<')+1:], "@")
			answer := scripted[local]
			if answer == "" {
				answer, returned = "250 2.1.5 ok", true
			}
			if after, ok := strings.CutPrefix(answer, "data:"); ok {
				content, answer = after, "250 2.1.5 ok"
			}
			reply(answer)
		case "DATA":
			reply("354 go on")
			mail := readMail(in)
			if returned {
				s.mu.Lock()
				s.mails = append(s.mails, mail)
				s.mu.Unlock()
			}
			if content == "" {
				content = "250 2.0.0 message accepted"
			}
			reply(content)
			content, returned = "", false
		case "QUIT":
			reply("221 2.0.0 bye")
			return
		default:
			reply("250 2.0.0 ok")
		}
	}
}

// readMail reads to the lone dot.
func readMail(in *bufio.Reader) []byte {
	var mail []byte
	for {
		line, err := in.ReadString('\n')
		if err != nil || line == ".\r\n" {
			return mail
		}
		mail = append(mail, strings.TrimPrefix(line, ".")...)
	}
}

// failures gives the events of the notifications received so far, by
// recipient.
func (s *server) failures() map[string]event.Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	events := map[string]event.Event{}
	for _, mail := range s.mails {
		for _, e := range bounce.Parse(mail, bounce.Options{}).Events {
			if e.Kind == event.Bounce {
				events[e.Recipient] = e
			}
		}
	}
	return events
}

// recipients are all who are written to: those whom the script knows, "renamed"
// through an alias, and some whom the MTA itself must fail.
func recipients() []string {
	list := []string{"boss@alias.example", "a@refused.example", "b@nowhere.example", "c@failing.example"}
	for local := range scripted {
		if local != "renamed" {
			list = append(list, local+"@remote.example")
		}
	}
	sort.Strings(list)
	return list
}

// wait waits until every recipient but the accepted one has been reported.
func (s *server) wait(t *testing.T, diagnose func() string) map[string]event.Event {
	t.Helper()
	for range 900 {
		if f := s.failures(); len(f) >= len(recipients())-1 {
			return f
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("only %d of %d failures were reported; log:\n%s", len(s.failures()), len(recipients())-1, tail(diagnose()))
	return nil
}
