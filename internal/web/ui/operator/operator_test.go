package operator_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/rebound-mail/rebound/internal/web/ui/operator/operatortest"
)

// visitor is a browser without scripts.
type visitor struct {
	t    testing.TB
	base string
	http *http.Client
}

// month is a filled store, made once: each test has a copy.
var month struct {
	once sync.Once
	file []byte
}

// visit starts a site and comes to it.
func visit(t testing.TB, o operatortest.Options) (*operatortest.Site, *visitor) {
	t.Helper()
	if !o.Empty {
		month.once.Do(func() { month.file = operatortest.Month(t) })
		o.Month = month.file
	}
	site := operatortest.New(t, o)
	server := httptest.NewServer(site)
	t.Cleanup(server.Close)
	return site, newVisitor(t, server.URL)
}

func newVisitor(t testing.TB, base string) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t, base, &http.Client{Jar: jar}}
}

// page is an answer.
type page struct {
	status int
	path   string // after redirects
	header http.Header
	body   string
}

func (v *visitor) do(r *http.Request) page {
	v.t.Helper()
	resp, err := v.http.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer resp.Body.Close()
	var in io.Reader = resp.Body
	if resp.Header.Get("Content-Encoding") == "gzip" {
		if in, err = gzip.NewReader(resp.Body); err != nil {
			v.t.Fatal(err)
		}
	}
	b, err := io.ReadAll(in)
	if err != nil {
		v.t.Fatal(err)
	}
	return page{resp.StatusCode, resp.Request.URL.RequestURI(), resp.Header, string(b)}
}

func (v *visitor) get(path string) page {
	v.t.Helper()
	r, err := http.NewRequest(http.MethodGet, v.base+path, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	return v.do(r)
}

// post sends a form; headers are "Name: value".
func (v *visitor) post(path string, form url.Values, headers ...string) page {
	v.t.Helper()
	r, err := http.NewRequest(http.MethodPost, v.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		v.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	return v.do(r)
}

var csrfField = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

// csrf is the token in the forms of a page.
func (p page) csrf(t testing.TB) string {
	t.Helper()
	m := csrfField.FindStringSubmatch(p.body)
	if m == nil {
		t.Fatalf("%s has no form: %.400s", p.path, p.body)
	}
	return m[1]
}

// logIn logs in.
func (v *visitor) logIn(secret string) page {
	v.t.Helper()
	form := v.get("/operator/login")
	return v.post("/operator/login", url.Values{"csrf": {form.csrf(v.t)}, "token": {secret}, "next": {"/operator/"}})
}

// TestWritePages writes all pages where REBOUND_PAGES says, for people to look at.
func TestWritePages(t *testing.T) {
	dir := os.Getenv("REBOUND_PAGES")
	if dir == "" {
		t.Skip("REBOUND_PAGES names no folder")
	}
	site, v := visit(t, operatortest.Options{})
	if p := v.logIn(site.Secret); p.status != http.StatusOK {
		t.Fatalf("%d %s", p.status, p.body)
	}
	for _, path := range pages() {
		p := v.get(path)
		if p.status != http.StatusOK {
			t.Errorf("%s: %d %s", path, p.status, p.body)
		}
		name := strings.NewReplacer("/", "_", "?", "_", "&", "_").Replace(path) + ".html"
		if err := os.WriteFile(filepath.Join(dir, name), []byte(p.body), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// pages are all that have an address of their own.
func pages() []string {
	return []string{"/operator/", "/operator/?window=7d", "/operator/?window=30d", "/operator/reputation?dimension=provider", "/operator/reputation?dimension=stream&order=bounce-rate&window=7d",
		"/operator/reputation?dimension=provider&value=exchange-online", "/operator/recipients", "/operator/recipients?address=" + operatortest.Sam, "/operator/recipients?address=" + operatortest.Hostile,
		"/operator/recipients?address=nobody", "/operator/suppressions", "/operator/suppressions?domain=shop.example&newest=1", "/operator/suppressions/import", "/operator/events",
		"/operator/events?reason=user-unknown&kind=bounce&from=2026-11-01", "/operator/unknowns", "/operator/alerts", "/operator/server", "/operator/dead-letters", "/operator/parked",
		"/operator/tokens", "/operator/settings"}
}
