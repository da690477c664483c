package api

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/internal/web/auth"
)

// typeOf returns the last part of the type of a problem.
func (a *answered) typeOf() string {
	var p Problem
	_ = json.Unmarshal([]byte(a.body), &p)
	return strings.TrimPrefix(p.Type, typePrefix)
}

func TestAddressesInPathsMeanWhatTheySay(t *testing.T) {
	s := newServer(t)
	for _, c := range [...]struct{ path, want string }{
		{"kim@example.org", "kim@example.org"},
		{"kim%40example.org", "kim@example.org"},
		{"KIM%40EXAMPLE.ORG", "kim@example.org"},
		{"a%2Bb%40example.org", "a+b@example.org"},
		{"a+b@example.org", "a+b@example.org"},
		{"a%2Fb%40example.org", "a/b@example.org"},
		{"a%2F..%2F..%2Fb%40example.org", "a/../../b@example.org"},
		{"..%40example.org", "..@example.org"},
		{"a%2525@example.org", "a%25@example.org"},
		{"%22a%20b%22%40example.org", `"a b"@example.org`},
		{"%22a%40b%22%40example.org", `"a@b"@example.org`},
		{"%22kim%22@example.org", "kim@example.org"},
		{"%3Ckim%40example.org%3E", "kim@example.org"},
		{"J%C3%B6rg%40b%C3%BCcher.example", "jörg@xn--bcher-kva.example"},
		{"a;b@example.org", "a;b@example.org"},
		{"a%3Fb%23c@example.org", "a?b#c@example.org"},
	} {
		got := s.ask("GET", "/v1/recipients/"+c.path, "")
		var r recipientAnswer
		if err := json.Unmarshal([]byte(got.body), &r); err != nil || got.status != 200 || r.Address != c.want {
			t.Errorf("%s: %d %q, want %q: %.200s", c.path, got.status, r.Address, c.want, got.body)
		}
	}
}

func TestPathsThatAreNoneLeadNowhere(t *testing.T) {
	s := newServer(t)
	for _, c := range [...]struct {
		path string
		want int
	}{
		{"/", 404}, {"/v1", 404}, {"/v1/", 404}, {"/v1/nothing", 404}, {"/v1/status/", 404},
		{"//v1/status", 404}, {"/v1//status", 404}, {"/v1/./status", 404}, {"/v1/codes/../status", 404}, {"/v1/status/..", 404},
		{"/v1%2Fstatus", 404}, {"/%2e%2e/v1/status", 404}, {"/v1/codes/%2e%2e/status", 404}, {"/V1/status", 404},
		{"/v1/recipients/", 404}, {"/v1/recipients/kim", 422}, {"/v1/recipients/@", 422}, {"/v1/recipients/%00@example.org", 422},
		{"/v1/recipients/a%0d%0aSet-Cookie:%20x@example.org", 422}, {"/v1/recipients/%ff@example.org", 422}, {"/v1/recipients/kim@", 422},
		{"/v1/recipients/a/b@example.org", 404}, {"/v1/recipients/" + strings.Repeat("a", 1100) + "@example.org", 422},
		{"/v1/events/..%2F..%2Fetc%2Fpasswd/evidence", 404}, {"/v1/parked/..%2F..%2Frebound.db", 404}, {"/v1/codes/<script>", 404},
		{"/v1/reasons/%2e%2e", 404},
	} {
		got := raw11(t, s, "GET "+c.path+" HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "+s.tokens[store.ScopeAdmin]+"\r\nConnection: close\r\n\r\n")
		if got.StatusCode != c.want || got.Header.Get("Content-Type") != ProblemType || got.Header.Get("Location") != "" {
			t.Errorf("%s: %d %s %s, want %d", c.path, got.StatusCode, got.Header.Get("Content-Type"), got.Header.Get("Location"), c.want)
		}
	}
}

// raw11 sends bytes as they are and returns the answer.
func raw11(t *testing.T, s *server, text string) *http.Response {
	t.Helper()
	conn, err := net.Dial("tcp", s.http.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("%.60q: %v", text, err)
	}
	body, _ := io.ReadAll(resp.Body)
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp
}

func TestMethodsAreThoseOfTheRequest(t *testing.T) {
	s := newServer(t)
	for _, c := range [...]struct {
		method, path string
		headers      []string
		want         int
		allow        string
	}{
		{"PUT", "/v1/suppressions", nil, 405, "GET, HEAD, POST"},
		{"PATCH", "/v1/recipients/kim@example.org", nil, 405, "GET, HEAD, DELETE"},
		{"OPTIONS", "/v1/status", nil, 405, "GET, HEAD"},
		{"TRACE", "/v1/status", nil, 405, "GET, HEAD"},
		{"GET", "/v1/backup", nil, 405, "POST"},
		{"HEAD", "/v1/status", nil, 200, ""},
		{"GET", "/v1/recipients/kim@example.org", []string{"X-HTTP-Method-Override: DELETE", "X-Method-Override: DELETE", "X-HTTP-Method: DELETE"}, 200, ""},
		{"POST", "/v1/recipients/kim@example.org", []string{"X-HTTP-Method-Override: DELETE"}, 405, "GET, HEAD, DELETE"},
	} {
		got := s.ask(c.method, c.path, "", c.headers...)
		if got.status != c.want || got.header.Get("Allow") != c.allow {
			t.Errorf("%s %s: %d, Allow: %q; want %d, %q", c.method, c.path, got.status, got.header.Get("Allow"), c.want, c.allow)
		}
	}
}

func TestNoPageOfAnotherSiteIsInvited(t *testing.T) {
	s := newServer(t)
	for _, method := range [...]string{"GET", "OPTIONS"} {
		got := s.ask(method, "/v1/status", "", "Origin: https://example.org", "Access-Control-Request-Method: DELETE")
		for name := range got.header {
			if strings.HasPrefix(name, "Access-Control-") {
				t.Errorf("%s: %s", method, name)
			}
		}
	}
	got := s.ask("GET", "/v1/status", "")
	for name, want := range map[string]string{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"} {
		if got.header.Get(name) != want {
			t.Errorf("%s: %q", name, got.header.Get(name))
		}
	}
}

func TestHeadersThatLieChangeNothing(t *testing.T) {
	s := newServer(t)
	for _, c := range [...]struct {
		headers []string
		want    int
	}{
		{[]string{"Host: example.org", "X-Forwarded-Host: example.net", "X-Forwarded-For: 127.0.0.1", "X-Original-URL: /v1/tokens", "X-Rewrite-URL: /v1/tokens"}, 200},
		{[]string{"Authorization: Bearer " + s.tokens[store.ScopeRead]}, 401}, // the second one
		{[]string{"X-Request-Id: a b\tc"}, 200},
	} {
		got := s.ask("GET", "/v1/status", "", c.headers...)
		if got.status != c.want || strings.Contains(got.header.Get("X-Request-Id"), " ") || got.status == 200 && !strings.Contains(got.body, `"spool"`) {
			t.Errorf("%v: %d %v %.100s", c.headers, got.status, got.header, got.body)
		}
	}
	if id := s.ask("GET", "/nothing", "", "X-Request-Id: trace-1.2_3"); id.header.Get("X-Request-Id") != "trace-1.2_3" || !strings.Contains(id.body, `"request_id":"trace-1.2_3"`) {
		t.Errorf("a harmless id is not kept: %v", id)
	}
}

// openServer is a server without tokens.
func openServer(t *testing.T) *server {
	s := newServer(t, func(o *Options) {
		gate, err := auth.New(auth.Options{Tokens: noTokens{o.Store}, Now: time.Now, Mode: auth.OpenLocal})
		if err != nil {
			t.Fatal(err)
		}
		o.Gate = gate
	})
	return s
}

// noTokens is a store in which no token was ever made.
type noTokens struct{ store.Store }

func (noTokens) Tokens(context.Context) ([]store.Token, error) { return nil, nil }

func TestWithoutTokensStrangersAreKeptOut(t *testing.T) {
	s := openServer(t)
	body := `{"recipient":"kim@example.org"}`
	for _, c := range [...]struct {
		headers []string
		want    int
		problem string
	}{
		{nil, 201, ""},
		{[]string{"Sec-Fetch-Site: cross-site"}, 403, "cross-site"},
		{[]string{"Origin: https://example.org"}, 403, "cross-site"},
		{[]string{"Host: rebind.example.org"}, 403, "not-local"},
		{[]string{"X-Forwarded-For: 192.0.2.1"}, 403, "not-local"},
	} {
		got := s.askAs("", "POST", "/v1/suppressions", body, c.headers...)
		if got.status != c.want || got.typeOf() != c.problem {
			t.Errorf("%v: %d %s", c.headers, got.status, got.body)
		}
	}
}

func TestJSONHasOneMeaning(t *testing.T) {
	s := newServer(t)
	for _, c := range [...]struct {
		body string
		want int
		says string
	}{
		{`{"recipient":"kim@example.org"}`, 201, ""},
		{`{"recipient":"kim@example.org","recipient":"jo@example.org"}`, 400, `\"recipient\" stands there twice`},
		{`{"recipient":"kim@example.org","r\u0065cipient":"jo@example.org"}`, 400, `stands there twice`},
		{`{"recipient":"kim@example.org","resaon":"complaint"}`, 422, "did you mean reason?"},
		{`{"recipient":"kim@example.org","Recipient":"jo@example.org"}`, 400, "stands there twice"},
		{`{"\u017fream":"x","recipient":"kim@example.org","stream":"y","\u017ftream":"z"}`, 400, "stands there twice"},
		{`{"recipient":"kim@example.org","x":1}`, 422, "there are: note, reason, recipient, stream"},
		{`{"recipient":"kim@example.org","reason":"complaints"}`, 422, "did you mean complaint?"},
		{`{"recipient":17}`, 422, "expected string"},
		{`{"recipient":null}`, 422, "expected string"},
		{`{}`, 422, "recipient"},
		{`{"recipient":"kim"}`, 422, "invalid-address"},
		{`{"recipient":"kim@example.org"} {}`, 400, "not JSON"},
		{`{"recipient":"kim@example.org"`, 400, "not JSON"},
		{"{\"recipient\":\"k\xffm@example.org\"}", 400, "not UTF-8"},
		{`{"recipient":"kim@example.org","note":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`, 400, "levels"},
		{`{"note":"` + strings.Repeat("x", 1001) + `","recipient":"kim@example.org"}`, 422, "length"},
	} {
		got := s.ask("POST", "/v1/suppressions", c.body)
		if got.status != c.want || !strings.Contains(got.body, c.says) {
			t.Errorf("%.80s: %d %s", c.body, got.status, got.body)
		}
		if got.status >= 400 && strings.Contains(got.body, "jo@example.org") {
			t.Errorf("%.80s is repeated: %s", c.body, got.body)
		}
	}
	if got := s.ask("GET", "/v1/suppressions?from=yesterday", ""); got.status != 422 || !strings.Contains(got.body, "write it as 2026-03-04T05:06:07Z") {
		t.Error(got)
	}
	if got := s.ask("GET", "/v1/suppressions?limits=3", ""); !strings.Contains(got.body, "did you mean limit?") {
		t.Errorf("%s", got.body)
	}
}
