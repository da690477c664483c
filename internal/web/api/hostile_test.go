package api

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/internal/web/auth"
	"github.com/rebound-mail/rebound/policy"
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

func packed(b []byte) string {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write(b)
	_ = z.Close()
	return out.String()
}

func TestBodiesAreBounded(t *testing.T) {
	s := newServer(t, func(o *Options) { o.Limits = Limits{Report: 1 << 20, Check: 1 << 20, Import: 1 << 20} })
	bomb := packed(make([]byte, 50<<20))
	report := []byte("550 5.1.1 <kim@example.org> no such user")
	for _, c := range [...]struct {
		name, path, body string
		headers          []string
		want             int
		problem          string
	}{
		{"a report", "/v1/reports", string(report), nil, 202, ""},
		{"packed", "/v1/reports", packed(report), []string{"Content-Encoding: gzip"}, 202, ""},
		{"two packed", "/v1/reports", packed(report) + packed(report), []string{"Content-Encoding: gzip"}, 202, ""},
		{"at the limit", "/v1/reports", strings.Repeat("x", 1<<20), nil, 202, ""},
		{"over it", "/v1/reports", strings.Repeat("x", 1<<20+1), nil, 413, "too-large"},
		{"a bomb", "/v1/reports", bomb, []string{"Content-Encoding: gzip"}, 413, "too-large"},
		{"a bomb to import", "/v1/suppressions/import", bomb, []string{"Content-Encoding: gzip", "Content-Type: text/csv"}, 413, "too-large"},
		{"a bomb to check", "/v1/check", bomb, []string{"Content-Encoding: gzip", "Content-Type: " + ndjsonType}, 413, "too-large"},
		{"not packed", "/v1/reports", "plain", []string{"Content-Encoding: gzip"}, 400, "bad-request"},
		{"cut", "/v1/reports", packed(report)[:30], []string{"Content-Encoding: gzip"}, 400, "bad-request"},
		{"packed twice", "/v1/reports", packed([]byte(packed(report))), []string{"Content-Encoding: gzip, gzip"}, 415, "unsupported-media-type"},
		{"zstd", "/v1/reports", "x", []string{"Content-Encoding: zstd"}, 415, "unsupported-media-type"},
		{"empty", "/v1/reports", "", nil, 400, "bad-request"},
		{"blank", "/v1/reports", " \r\n", nil, 400, "bad-request"},
		{"empty and packed", "/v1/reports", packed(nil), []string{"Content-Encoding: gzip"}, 400, "bad-request"},
	} {
		got := s.ask("POST", c.path, c.body, c.headers...)
		if got.status != c.want || got.typeOf() != c.problem {
			t.Errorf("%s: %d, want %d: %.200s", c.name, got.status, c.want, got.body)
		}
	}
}

// endless is a body that never ends, and says how much of it was read.
type endless struct{ read int }

func (e *endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'x'
	}
	e.read += len(b)
	return len(b), nil
}

func TestABodyWithoutAnEndIsReadToTheLimitOnly(t *testing.T) {
	s := newServer(t, func(o *Options) { o.Limits = Limits{Body: 1 << 16, Report: 1 << 16, Import: 1 << 16, Check: 1 << 16} })
	for path, media := range map[string]string{"/v1/reports": "text/plain", "/v1/check": ndjsonType, "/v1/suppressions/import": csvType, "/v1/suppressions": jsonType} {
		e := &endless{}
		r := httptest.NewRequest("POST", path, e)
		r.ContentLength = -1
		r.Header.Set("Content-Type", media)
		r.Header.Set("Authorization", "Bearer "+s.tokens[store.ScopeAdmin])
		w := httptest.NewRecorder()
		s.api.ServeHTTP(w, r)
		if w.Code != 413 || e.read > 1<<18 {
			t.Errorf("%s: %d after %d bytes", path, w.Code, e.read)
		}
	}
}

// slow is a connection's body of which nothing comes any more.
type slow struct{}

func (slow) Read([]byte) (int, error) { return 0, slowError{} }

type slowError struct{}

func (slowError) Error() string   { return "i/o timeout" }
func (slowError) Timeout() bool   { return true }
func (slowError) Temporary() bool { return true }

func TestABodyThatDoesNotComeIsGivenUp(t *testing.T) {
	s := newServer(t)
	for path, media := range map[string]string{"/v1/reports": "text/plain", "/v1/check": ndjsonType, "/v1/suppressions": jsonType} {
		r := httptest.NewRequest("POST", path, io.MultiReader(strings.NewReader("{"), slow{}))
		r.Header.Set("Content-Type", media)
		r.Header.Set("Authorization", "Bearer "+s.tokens[store.ScopeAdmin])
		w := httptest.NewRecorder()
		s.api.ServeHTTP(w, r)
		if w.Code != 408 {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}

// deadlines is a connection that notes the deadlines that are set.
type deadlines struct {
	*httptest.ResponseRecorder
	read []time.Time
}

func (d *deadlines) SetReadDeadline(t time.Time) error {
	d.read = append(d.read, t)
	return nil
}

func TestReadingHasADeadlineUntilItsEnd(t *testing.T) {
	s := newServer(t)
	r := httptest.NewRequest("POST", "/v1/reports", strings.NewReader(strings.Repeat("x", 3*pacePiece)))
	r.Header.Set("Authorization", "Bearer "+s.tokens[store.ScopeAdmin])
	d := &deadlines{ResponseRecorder: httptest.NewRecorder()}
	s.api.ServeHTTP(d, r)
	if d.Code != 202 || len(d.read) < 3 || d.read[0].IsZero() || !d.read[len(d.read)-1].IsZero() {
		t.Errorf("%d, deadlines %v", d.Code, d.read)
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
	if got := s.ask("GET", "/v1/suppressions?limits=3", ""); !strings.Contains(got.body, "did you mean limit?") {
		t.Errorf("%s", got.body)
	}
}

func TestCursorsThatWereMadeUpAreRefused(t *testing.T) {
	s := newServer(t)
	s.fill(30)
	first := s.ask("GET", "/v1/suppressions?limit=10", "")
	var list pageOf[store.Suppression]
	if err := json.Unmarshal([]byte(first.body), &list); err != nil || list.NextCursor == "" {
		t.Fatal(first.body)
	}
	seen := map[string]bool{}
	for cursor := ""; ; cursor = list.NextCursor {
		got := s.ask("GET", "/v1/suppressions?limit=10&cursor="+url.QueryEscape(cursor), "")
		list = pageOf[store.Suppression]{}
		if err := json.Unmarshal([]byte(got.body), &list); err != nil || got.status != 200 {
			t.Fatal(got)
		}
		for i := range list.Items {
			seen[list.Items[i].Recipient] = true
		}
		if list.NextCursor == "" {
			break
		}
	}
	if len(seen) != 30 {
		t.Errorf("%d entries in all pages", len(seen))
	}
	for _, cursor := range [...]string{"x", "%00", "AAAA", "eA", "....", "' or 1=1--", strings.Repeat("A", 3000)} {
		for _, path := range [...]string{"/v1/suppressions", "/v1/events", "/v1/dead-letters", "/v1/parked"} {
			got := s.ask("GET", path+"?cursor="+url.QueryEscape(cursor), "")
			if got.status != 422 && got.status != 200 {
				t.Errorf("%s %q: %d %s", path, cursor, got.status, got.body)
			}
		}
	}
	if got := s.ask("GET", "/v1/suppressions?cursor=x", ""); got.typeOf() != "invalid-cursor" {
		t.Errorf("%v", got)
	}
}

func TestAnExportIsHarmlessInASpreadsheet(t *testing.T) {
	s := newServer(t)
	key, err := policy.NewKey(`=cmd|calc@example.org`, "", policy.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	block := store.Block{Recipient: key.Recipient, Block: policy.Block{By: "@by", Note: "+1\r\nx,y"}}
	if _, err := s.store.AddSuppressions(context.Background(), []store.Block{block}); err != nil {
		t.Fatal(err)
	}
	got := s.ask("GET", "/v1/suppressions/export?format=csv", "")
	want := "recipient,stream,ground,reason,since,until,by,note\n'=cmd|calc@example.org,,block,,"
	if !strings.HasPrefix(strings.ReplaceAll(got.body, "\r\n", "\n"), want) || !strings.Contains(got.body, `'@by,"'+1 x,y"`) {
		t.Errorf("%s", got.body)
	}
	if d := got.header.Get("Content-Disposition"); d != `attachment; filename="suppressions.csv"` {
		t.Errorf("%s", d)
	}
	other := newServer(t)
	if got := other.ask("POST", "/v1/suppressions/import", got.body, "Content-Type: text/csv"); !strings.Contains(got.body, `"added":1`) {
		t.Errorf("%s", got.body)
	}
	if got := other.ask("GET", "/v1/check?address="+url.QueryEscape("=cmd|calc@example.org"), ""); !strings.Contains(got.body, `"suppressed":true`) {
		t.Errorf("%s", got.body)
	}
}

func TestEvidenceIsAFileAndNoPage(t *testing.T) {
	s := newServer(t)
	ids := seed(t, s)
	got := s.ask("GET", "/v1/events/"+ids["event"]+"/evidence", "")
	if !strings.Contains(got.body, "<script>") || got.header.Get("Content-Type") != "text/plain; charset=utf-8" ||
		!strings.HasPrefix(got.header.Get("Content-Disposition"), "attachment") || got.header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%v", got)
	}
}

// broken is a store whose errors tell more than strangers may know.
type broken struct{ store.Store }

func (broken) Check(context.Context, []policy.Key) ([]policy.Answer, error) {
	return nil, fmt.Errorf("open /var/lib/rebound/rebound.db: secret")
}

func (broken) Events(context.Context, store.EventFilter, string, int) ([]store.Record, string, error) {
	panic("index out of secret")
}

func (broken) Stats(context.Context) (store.Stats, error) {
	return store.Stats{}, fmt.Errorf("%w: secret", store.ErrFull)
}

func TestNothingOfTheInsideIsTold(t *testing.T) {
	s := newServer(t, func(o *Options) { o.Store = broken{o.Store} })
	for path, want := range map[string]int{"/v1/check?address=kim@example.org": 500, "/v1/events": 500, "/v1/status": 507} {
		got := s.ask("GET", path, "")
		if got.status != want || strings.Contains(got.body, "secret") || got.header.Get("Content-Type") != ProblemType {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
	if got := s.ask("POST", "/v1/check", "kim@example.org\n", "Content-Type: "+ndjsonType); got.status != 500 || strings.Contains(got.body, "secret") {
		t.Errorf("%v", got)
	}
}

func TestLongRequestsHaveTheirPlaces(t *testing.T) {
	s := newServer(t, func(o *Options) { o.Limits.Streams = 1 })
	s.api.long <- struct{}{}
	got := s.ask("GET", "/v1/suppressions/export", "")
	if got.status != 503 || got.typeOf() != "busy" || got.header.Get("Retry-After") != "1" {
		t.Errorf("%v", got)
	}
	<-s.api.long
	if got := s.ask("GET", "/v1/suppressions/export", ""); got.status != 200 || len(s.api.long) != 0 {
		t.Errorf("%v", got)
	}
}

func TestRevokingATokenEndsItAtOnce(t *testing.T) {
	s := newServer(t)
	made := s.ask("POST", "/v1/tokens", `{"name":"shop","scopes":["read"]}`)
	var m madeToken
	if err := json.Unmarshal([]byte(made.body), &m); err != nil || m.Secret == "" {
		t.Fatal(made)
	}
	if got := s.askAs(m.Secret, "GET", "/v1/status", ""); got.status != 200 {
		t.Fatal(got)
	}
	if got := s.ask("DELETE", "/v1/tokens/"+m.Token.ID, ""); got.status != 204 {
		t.Fatal(got)
	}
	if got := s.askAs(m.Secret, "GET", "/v1/status", ""); got.status != 401 {
		t.Errorf("%v", got)
	}
	if got := s.ask("GET", "/v1/tokens", ""); strings.Contains(got.body, m.Secret) || !strings.Contains(got.body, `"revoked"`) {
		t.Errorf("%v", got)
	}
	if got := s.ask("POST", "/v1/tokens", `{"name":"x","scopes":["root"]}`); got.status != 422 {
		t.Errorf("%v", got)
	}
	if got := s.ask("POST", "/v1/tokens", `{"name":"x","scopes":["read"],"expires":"2001-01-01T00:00:00Z"}`); got.status != 422 {
		t.Errorf("%v", got)
	}
}
