package api

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/internal/spool"
	"github.com/rebound-mail/rebound/internal/spool/disk"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/internal/store/sqlite"
	"github.com/rebound-mail/rebound/internal/web/auth"
)

// server is an API over a real store and spool.
type server struct {
	t      testing.TB
	api    *API
	store  store.Store
	spool  spool.Spool
	gate   *auth.Gate
	tokens map[store.Scope]string
	http   *httptest.Server
}

type change func(*Options)

func newServer(t testing.TB, changes ...change) *server {
	t.Helper()
	ctx := context.Background()
	st, err := sqlite.Open(ctx, t.TempDir(), sqlite.Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	sp, err := disk.Open(t.TempDir(), disk.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	s := &server{t: t, store: st, spool: sp, tokens: map[store.Scope]string{}}
	for _, sc := range scopes() {
		secret, tok := store.NewToken(string(sc)+" token", []store.Scope{sc}, time.Now())
		if err := st.AddToken(ctx, tok); err != nil {
			t.Fatal(err)
		}
		s.tokens[sc] = secret
	}
	s.gate, err = auth.New(auth.Options{Tokens: st, Now: time.Now, Limits: auth.Limits{Token: -1, Client: -1, Failed: -1}})
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Store: st, Spool: sp, Gate: s.gate, Now: time.Now, Version: "test", TempDir: t.TempDir()}
	for _, c := range changes {
		c(&o)
	}
	if s.api, err = New(o); err != nil {
		t.Fatal(err)
	}
	s.http = httptest.NewServer(s.api)
	t.Cleanup(func() {
		s.http.Close()
		if err := sp.Close(); err != nil {
			t.Error(err)
		}
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// answered is what the server answered.
type answered struct {
	status int
	header http.Header
	body   string
}

// ask makes a request with an admin token. Headers are "Name: value".
func (s *server) ask(method, path, body string, headers ...string) answered {
	return s.askAs(s.tokens[store.ScopeAdmin], method, path, body, headers...)
}

func (s *server) askAs(token, method, path, body string, headers ...string) answered {
	s.t.Helper()
	req, err := http.NewRequest(method, s.http.URL+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" && strings.HasPrefix(body, "{") {
		req.Header.Set("Content-Type", jsonType)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if name == "Host" {
			req.Host = value
			continue
		}
		if req.Header.Get(name) != "" && name != "Content-Type" {
			req.Header.Add(name, value)
			continue
		}
		req.Header.Set(name, value)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answered{resp.StatusCode, resp.Header, string(b)}
}
