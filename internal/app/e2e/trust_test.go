package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// public starts a server that others reach, with a token of each scope.
func public(t *testing.T, args ...string) (p *process, tokens map[string]string) {
	t.Helper()
	dir := t.TempDir()
	var refused bytes.Buffer
	cmd := command(t, "serve", "--data", dir, "--listen", "0.0.0.0:0")
	cmd.Stderr = &refused
	if err := cmd.Run(); err == nil || !strings.Contains(refused.String(), "rebound token add") {
		t.Fatalf("without any token it should refuse to start: %v, %s", err, refused.String())
	}
	tokens = map[string]string{}
	for _, scope := range []string{"read", "ingest", "admin"} {
		secret, err := command(t, "token", "add", "--data", dir, "--scope", scope, scope).Output()
		if err != nil {
			t.Fatal(err)
		}
		tokens[scope] = strings.TrimSpace(string(secret))
	}
	p = launch(t, dir, append([]string{"--listen", "0.0.0.0:0"}, args...)...)
	select {
	case <-p.ready:
	case <-p.ended:
		t.Fatalf("the server ended: %v", p.cmd.ProcessState)
	}
	p.token = tokens["admin"]
	p.await("the server is ready", func() bool { status, _ := p.get("/readyz"); return status == http.StatusOK })
	return p, tokens
}

// raw sends bytes as they are and returns the status of the answer, 0 if the
// connection was closed without one.
func (p *process) raw(text string) (status int, body string) {
	p.t.Helper()
	conn := p.dial()
	defer conn.Close()
	_, _ = io.WriteString(conn, text) // the server may have answered before all is sent
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0, ""
	}
	read, _ := io.ReadAll(response.Body)
	return response.StatusCode, string(read)
}

func (p *process) dial() net.Conn {
	p.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(p.url(), "http://"))
	if err != nil {
		p.t.Fatal(err)
	}
	if t, ok := p.t.(*testing.T); ok {
		if deadline, ok := t.Deadline(); ok {
			_ = conn.SetDeadline(deadline.Add(-time.Second))
		}
	}
	return conn
}

// isPublic tells what needs no token, of what the server's own document lists:
// that document, and what providers post, which they sign.
func isPublic(path string) bool {
	return strings.HasPrefix(path, "/v1/hooks/") || path == "/openapi.json" || path == "/openapi.yaml"
}

func TestEveryOperationOfTheRealServerNeedsAToken(t *testing.T) {
	p, tokens := public(t)
	_, text := p.get("/openapi.json")
	var document struct {
		Paths map[string]map[string]struct {
			Scope string `json:"x-scope"`
		}
	}
	if err := json.Unmarshal([]byte(text), &document); err != nil || len(document.Paths) < 20 {
		t.Fatalf("%d paths, %v", len(document.Paths), err)
	}
	for path, operations := range document.Paths {
		for method, operation := range operations {
			method = strings.ToUpper(method)
			if isPublic(path) {
				continue
			}
			for who, token := range map[string]string{"nobody": "", "read": tokens["read"], "ingest": tokens["ingest"]} {
				want := http.StatusForbidden
				switch who {
				case "nobody":
					want = http.StatusUnauthorized
				case operation.Scope:
					continue
				}
				p.token = token
				status, answer, err := p.ask(t.Context(), method, strings.NewReplacer("{", "", "}", "").Replace(path), "application/json", strings.NewReader("{}"))
				if err != nil || status != want {
					t.Errorf("%s %s as %s: %d %s %v, want %d", method, path, who, status, answer, err, want)
				}
			}
		}
	}
	p.token = ""
	for _, path := range []string{"/metrics", "/v1/status?token=" + tokens["admin"], "/v1/status?access_token=" + tokens["admin"]} {
		if status, _ := p.get(path); status != http.StatusUnauthorized {
			t.Errorf("%s: %d", path, status)
		}
	}
}

// Headers and paths that mean to be taken for something else, against a server that
// others reach. The store's file is named in none of the answers.
func TestTricksOfPathAndHeaderOpenNothing(t *testing.T) {
	p, tokens := public(t)
	bearer := "Authorization: Bearer " + tokens["read"] + "\r\n"
	for name, c := range map[string]struct {
		text string
		want []int // 0: closed without an answer
	}{
		"as if from this machine":   {"GET /v1/status HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 127.0.0.1\r\nForwarded: for=127.0.0.1\r\nX-Real-IP: ::1\r\n", []int{401}},
		"another scheme":            {"GET /v1/status HTTP/1.1\r\nHost: x\r\nAuthorization: Basic " + tokens["admin"] + "\r\n", []int{401}},
		"two tokens":                {"GET /v1/tokens HTTP/1.1\r\nHost: x\r\n" + bearer + "Authorization: Bearer " + tokens["admin"] + "\r\n", []int{400, 401, 403}},
		"method in a header":        {"GET /v1/recipients/kim@example.org HTTP/1.1\r\nHost: x\r\nX-HTTP-Method-Override: DELETE\r\n" + bearer, []int{200}},
		"original url":              {"GET /v1/status HTTP/1.1\r\nHost: x\r\nX-Original-URL: /healthz\r\nX-Rewrite-URL: /healthz\r\n", []int{401}},
		"out of the folder":         {"GET /v1/../../../../etc/passwd HTTP/1.1\r\nHost: x\r\n" + bearer, []int{301, 307, 400, 404}},
		"out of the assets":         {"GET /static/..%2f..%2frebound.db HTTP/1.1\r\nHost: x\r\n" + bearer, []int{400, 404}},
		"the database":              {"GET /rebound.db HTTP/1.1\r\nHost: x\r\n" + bearer, []int{404}},
		"the handshake":             {"GET /server.json HTTP/1.1\r\nHost: x\r\n" + bearer, []int{404}},
		"a zero byte":               {"GET /v1/recipients/a%00@example.org HTTP/1.1\r\nHost: x\r\n" + bearer, []int{400, 404, 422}},
		"a parked report elsewhere": {"GET /v1/parked/..%2f..%2fstore.lock HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + tokens["admin"] + "\r\n", []int{400, 404}},
		"two hosts":                 {"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n", []int{400}},
		"no host":                   {"GET /healthz HTTP/1.1\r\n", []int{400}},
		"two lengths":               {"POST /v1/reports HTTP/1.1\r\nHost: x\r\n" + bearer + "Content-Length: 4\r\nContent-Length: 40\r\n", []int{400}},
		"length and chunks":         {"POST /v1/reports HTTP/1.1\r\nHost: x\r\n" + bearer + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", []int{400, 403}},
		"chunks by another name":    {"POST /v1/reports HTTP/1.1\r\nHost: x\r\n" + bearer + "Transfer-Encoding: xchunked\r\n", []int{400, 501}},
		"a folded header":           {"GET /healthz HTTP/1.1\r\nHost: x\r\nX: a\r\n GET /v1/tokens HTTP/1.1\r\n", []int{200, 400}},
		"a space before the colon":  {"GET /v1/status HTTP/1.1\r\nHost: x\r\nAuthorization : Bearer " + tokens["read"] + "\r\n", []int{400}},
		"a proxy's request":         {"GET http://192.0.2.1/v1/status HTTP/1.1\r\nHost: 192.0.2.1\r\n", []int{400, 401, 404}},
		"a tunnel":                  {"CONNECT 192.0.2.1:25 HTTP/1.1\r\nHost: 192.0.2.1:25\r\n", []int{400, 401, 404, 405}},
		"no HTTP":                   {"EHLO there\r\nMAIL FROM:<>\r\n", []int{400}},
		"a header of a megabyte":    {"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("a", 1<<20) + "\r\n", []int{0, 431}},
		"a report without end":      {"POST /v1/reports HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + tokens["ingest"] + "\r\nContent-Length: 99999999999\r\n", []int{413}},
	} {
		status, body := p.raw(c.text + "Connection: close\r\n\r\n")
		found := false
		for _, want := range c.want {
			found = found || status == want
		}
		if !found || strings.Contains(body, p.dir) || strings.Contains(body, "goroutine") || strings.Contains(body, "root:") {
			t.Errorf("%s: %d, want %d: %.300s", name, status, c.want, body)
		}
	}
	p.token = tokens["admin"]
	if _, text := p.get("/metrics"); !strings.Contains(text, "rebound_panics_total 0\n") {
		t.Error("the program has shown a defect")
	}
}

// A body that goes on and on is refused when it is too long, however it is sent.
func TestAReportOfAnySizeIsBounded(t *testing.T) {
	p, tokens := public(t, "--spool-max-report", "1MB")
	conn := p.dial()
	defer conn.Close()
	fmt.Fprintf(conn, "POST /v1/reports HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: message/rfc822\r\nTransfer-Encoding: chunked\r\n\r\n", tokens["ingest"])
	chunk := "10000\r\n" + strings.Repeat("x", 0x10000) + "\r\n"
	go func() { // until the server has enough of it
		for {
			if _, err := io.WriteString(conn, chunk); err != nil {
				return
			}
		}
	}()
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("%d", response.StatusCode)
	}
	waiting, aside := p.spooled()
	if waiting != "0" || aside != "0" {
		t.Errorf("%s reports wait, %s are put aside", waiting, aside)
	}
}

// Clients that send their requests a byte at a time keep nobody else from being
// served, and are sent away.
func TestClientsThatDripAreSentAwayAndOthersServed(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for the server's patience to end: not with -short")
	}
	p, _ := public(t)
	closed := make(chan error, 200)
	for i := range cap(closed) {
		conn := p.dial()
		defer conn.Close()
		if i%2 == 0 { // the rest say nothing at all
			_, _ = io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\n")
			go func() {
				for {
					if _, err := io.WriteString(conn, "X"); err != nil {
						return
					}
					time.Sleep(200 * time.Millisecond)
				}
			}()
		}
		go func() {
			_, err := io.Copy(io.Discard, conn)
			closed <- err
		}()
	}
	served, gone := 0, 0
	for gone < cap(closed) {
		if status, _ := p.get("/v1/status"); status != http.StatusOK {
			t.Fatalf("another one is answered with %d", status)
		}
		served++
		select {
		case <-t.Context().Done():
			t.Fatal("they are still there")
		case <-time.After(50 * time.Millisecond):
		}
		for len(closed) > 0 {
			<-closed // closed or reset: it is over either way
			gone++
		}
	}
	t.Logf("%d others were served meanwhile", served)
}
