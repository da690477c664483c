package e2e

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/internal/app"
	"github.com/rebound-mail/rebound/internal/app/apptest"
)

// room is a folder for all tests.
var room = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "rebound-e2e-") })

func TestMain(m *testing.M) {
	dir, err := room()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// program builds the program once.
var program = sync.OnceValues(func() (string, error) {
	dir, err := room()
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "rebound")
	if out, err := exec.Command("go", "build", "-o", path, "github.com/rebound-mail/rebound/cmd/rebound").CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
})

// environment is that of the tests without what would set the program's settings.
func environment() []string {
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "REBOUND_") {
			env = append(env, v)
		}
	}
	return env
}

// command is the program with arguments.
func command(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Env = environment()
	return cmd
}

// process is a server that runs as a process of its own.
type process struct {
	t      testing.TB
	cmd    *exec.Cmd
	dir    string
	token  string            // for requests
	at     map[string]string // where it listens, by what it calls that; whole when ready
	errors *apptest.Logs
	ready  chan struct{} // closed when it has said where it listens
	ended  chan struct{} // closed when the process is gone
}

// launch starts a server on a data directory, at any free port.
func launch(t testing.TB, dir string, args ...string) *process {
	t.Helper()
	p := &process{t: t, dir: dir, at: map[string]string{}, errors: &apptest.Logs{}, ready: make(chan struct{}), ended: make(chan struct{})}
	p.cmd = command(t, append([]string{"serve", "--data", dir, "--store-cache", "4MB", "--http-client-rate", "0", "--http-token-rate", "0"}, args...)...)
	if !strings.Contains(strings.Join(args, " "), "--listen") {
		p.cmd.Args = append(p.cmd.Args, "--listen", "127.0.0.1:0")
	}
	p.cmd.Stderr = p.errors
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go p.listen(out)
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.ended
		if text := p.errors.String(); t.Failed() && text != "" {
			t.Logf("the server's log ends with:\n%s", text[max(0, len(text)-3000):])
		}
	})
	return p
}

// listen reads what the server says of itself, to the end of the process.
func (p *process) listen(out io.Reader) {
	defer close(p.ended)
	lines := bufio.NewScanner(out)
	greeted := false
	for lines.Scan() {
		label, address, ok := strings.Cut(strings.TrimSpace(lines.Text()), ": ")
		switch {
		case strings.HasPrefix(lines.Text(), "Try it"):
			greeted = true
			close(p.ready)
		case ok && !greeted:
			p.at[label] = address
		}
	}
	_ = p.cmd.Wait()
}

// start launches a server and waits until it does its work.
func start(t testing.TB, dir string, args ...string) *process {
	t.Helper()
	p := launch(t, dir, args...)
	select {
	case <-p.ready:
	case <-p.ended:
		t.Fatalf("the server ended: %v", p.cmd.ProcessState)
	}
	p.await("the server is ready", func() bool { status, _ := p.get("/readyz"); return status == http.StatusOK })
	return p
}

// await waits until something holds; the test's own deadline ends the waiting.
func (p *process) await(what string, holds func() bool) {
	p.t.Helper()
	for !holds() {
		select {
		case <-p.ended:
			p.t.Fatalf("the server ended while it was waited for: %s", what)
		case <-p.t.Context().Done():
			p.t.Fatalf("waited in vain for: %s", what)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// url is where the server is reached on this machine.
func (p *process) url() string {
	u, err := url.Parse(p.at["API and pages"])
	if err != nil || u.Port() == "" {
		p.t.Fatalf("the server does not say where it listens: %q", p.at)
	}
	return "http://127.0.0.1:" + u.Port()
}

// ask makes one request.
func (p *process) ask(ctx context.Context, method, path, contentType string, body io.Reader) (int, string, error) {
	return apptest.Ask(ctx, method, p.url()+path, p.token, contentType, body)
}

func (p *process) get(path string) (int, string) {
	p.t.Helper()
	status, text, err := p.ask(p.t.Context(), http.MethodGet, path, "", nil)
	if err != nil {
		p.t.Fatal(err)
	}
	return status, text
}

func (p *process) report(text string) (int, string) {
	p.t.Helper()
	status, answer, err := p.ask(p.t.Context(), http.MethodPost, "/v1/reports", "message/rfc822", strings.NewReader(text))
	if err != nil {
		p.t.Fatal(err)
	}
	return status, answer
}

// suppressed asks whether an address is.
func (p *process) suppressed(address string) bool {
	p.t.Helper()
	return apptest.Suppressed(p.t, p.get, address)
}

// spooled is how many reports wait, and how many are put aside.
func (p *process) spooled() (waiting, aside string) {
	p.t.Helper()
	_, text := p.get("/metrics")
	return apptest.Metric(text, "rebound_spool_reports "), apptest.Metric(text, "rebound_spool_parked ")
}

func (p *process) idle() {
	p.t.Helper()
	p.await("nothing waits", func() bool { waiting, _ := p.spooled(); return waiting == "0" })
}

// local uses the token that the server left for the command line.
func (p *process) local() {
	p.t.Helper()
	h, err := app.ReadHandshake(p.dir)
	if err != nil {
		p.t.Fatal(err)
	}
	p.token = h.Token
}

// dsn is a report, made at a time, that a recipient does not exist. It is the same
// every time it is sent.
func dsn(recipient string, at time.Time) string {
	return strings.ReplaceAll(fmt.Sprintf(`From: MAILER-DAEMON@mx.example.com
To: bounces@lists.example
Subject: Undelivered Mail Returned to Sender
Date: %[2]s
Message-ID: <report.%[1]s>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

Your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; %[1]s
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <%[1]s>: no such user here

--b
Content-Type: text/rfc822-headers

From: news@lists.example
To: %[1]s
Message-ID: <news.%[1]s>

--b--
`, recipient, at.UTC().Format(time.RFC1123Z)), "\n", "\r\n")
}
