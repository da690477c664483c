//go:build unix

package e2e

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/internal/postfixtest"
	"github.com/rebound-mail/rebound/verp"
)

// remote is the server of the recipients: it knows nobody whose name begins with
// "unknown", has no room for "full", blocks who writes to "closed", and takes the
// rest.
func remote(t *testing.T) (port int) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Skipf("no loopback: %v", err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go receive(conn)
		}
	}()
	return l.Addr().(*net.TCPAddr).Port
}

func receive(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	reply := func(text string) { fmt.Fprint(conn, text, "\r\n") }
	reply("220 remote.example ESMTP")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		switch verb, rest, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(line)), " "); {
		case verb == "EHLO":
			reply("250-remote.example\r\n250 ENHANCEDSTATUSCODES")
		case verb == "RCPT" && strings.HasPrefix(rest, "TO:<UNKNOWN"):
			reply("550 5.1.1 there is no such person here")
		case verb == "RCPT" && strings.HasPrefix(rest, "TO:<FULL"):
			reply("552 5.2.2 the mailbox has no room")
		case verb == "RCPT" && strings.HasPrefix(rest, "TO:<CLOSED"):
			reply("550 5.7.1 your IP address is blocked by our policy")
		case verb == "DATA":
			reply("354 go on")
			for line != ".\r\n" && err == nil {
				line, err = in.ReadString('\n')
			}
			reply("250 2.0.0 accepted")
		case verb == "QUIT":
			reply("221 2.0.0 bye")
			return
		default:
			reply("250 2.0.0 ok")
		}
	}
}

// newMTA starts a Postfix that sends what is for remote.example to a port, and what
// is for each domain of bounces to a server by LMTP.
func newMTA(t *testing.T, remote int, bounces map[string]string) *postfixtest.Postfix {
	t.Helper()
	var domains, routes []string
	for domain, at := range bounces {
		host, port, _ := strings.Cut(at, ":")
		domains = append(domains, domain)
		routes = append(routes, fmt.Sprintf("{%s = lmtp:inet:[%s]:%s}", domain, host, port))
	}
	return postfixtest.Start(t, fmt.Sprintf("relayhost = [127.0.0.1]:%d\nrelay_domains = %s\nrelay_recipient_maps =\ntransport_maps = inline:{ %s }\n",
		remote, strings.Join(domains, ", "), strings.Join(routes, ", ")))
}

// newsletter is a message, as a program that sends newsletters makes it.
func newsletter(to string) string {
	return "From: news@lists.example\nTo: " + to + "\nSubject: News\nMessage-ID: <" + to + ".1@lists.example>\n\nHello.\n"
}

// A real Postfix delivers the bounces of what it could not deliver to two servers by
// LMTP: one that believes what comes, and one with a key, to which only what came to
// a return path that it signed is true.
func TestBouncesOfARealPostfixSuppress(t *testing.T) {
	keys, secret := filepath.Join(t.TempDir(), "keys"), verp.NewSecret()
	if err := os.WriteFile(keys, []byte("k "+secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ring, err := verp.NewKeyring(verp.Options{}, verp.Key{ID: 'k', Secret: []byte(secret)})
	if err != nil {
		t.Fatal(err)
	}
	open := start(t, t.TempDir(), "--lmtp-listen", "127.0.0.1:0", "--smtp-domains", "open.example")
	keyed := start(t, t.TempDir(), "--lmtp-listen", "127.0.0.1:0", "--smtp-domains", "keyed.example", "--verp-keys", keys)
	m := newMTA(t, remote(t), map[string]string{"open.example": open.at["LMTP"], "keyed.example": keyed.at["LMTP"]})

	signed := func(recipient string) string {
		path, err := ring.Sign("bounces@keyed.example", recipient, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	for to, from := range map[string]string{
		"unknown@remote.example":          "bounces@open.example",
		"full@remote.example":             "bounces@open.example",
		"taken@remote.example":            "bounces@open.example",
		"unknown-signed@remote.example":   signed("unknown-signed@remote.example"),
		"closed-signed@remote.example":    signed("closed-signed@remote.example"),
		"unknown-unsigned@remote.example": "bounces@keyed.example",
		"unknown-victim@remote.example":   signed("attacker@remote.example"),
	} {
		m.Send(from, to, newsletter(to))
	}
	stored := func(p *process, n string) func() bool {
		return func() bool {
			_, text := p.get("/metrics")
			return strings.Contains(text, "rebound_store_events "+n+"\n")
		}
	}
	open.await("both bounces have come", stored(open, "2"))
	keyed.await("all four bounces have come", stored(keyed, "4"))
	for address, want := range map[string]bool{"unknown@remote.example": true, "full@remote.example": false, "taken@remote.example": false} {
		if got := open.suppressed(address); got != want {
			t.Errorf("%s: suppressed %v, want %v", address, got, want)
		}
	}
	for address, want := range map[string]bool{
		"unknown-signed@remote.example": true, "closed-signed@remote.example": false, "unknown-unsigned@remote.example": false, "unknown-victim@remote.example": false, "attacker@remote.example": false,
	} {
		if got := keyed.suppressed(address); got != want {
			t.Errorf("%s: suppressed %v, want %v", address, got, want)
		}
	}
	for _, p := range []*process{open, keyed} {
		if _, aside := p.spooled(); aside != "0" {
			t.Errorf("%s reports are put aside", aside)
		}
	}
	status, text := open.get("/v1/recipients/unknown@remote.example")
	for _, want := range []string{`"reporting_mta":"mta.example.com"`, `"status":"5.1.1"`, `"reason":"user-unknown"`, "unknown@remote.example.1@lists.example"} {
		if status != http.StatusOK || !strings.Contains(text, want) {
			t.Errorf("the recipient's history lacks %s: %d %s", want, status, text)
		}
	}
}
