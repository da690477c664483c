package ui

import (
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rebound-mail/rebound/internal/web/ui/htmlcheck"
)

func newShell(t *testing.T, o Options) *Shell {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestBaseMustBeAURLWithoutAPath(t *testing.T) {
	for base, good := range map[string]bool{"": true, "https://a.example": true, "http://localhost:8080/": true, "a.example": false, "ftp://a.example": false, "https://a.example/b": false,
		"https://a.example?q": false, "javascript:x": false} {
		if _, err := New(Options{Base: base}); (err == nil) != good || err != nil && !errors.Is(err, ErrBase) {
			t.Errorf("%q: %v", base, err)
		}
	}
}

// A page as the operator's: account, token, messages, hostile texts in all of them.
func TestTheLayoutShowsWhatAPageHas(t *testing.T) {
	s := newShell(t, Options{Base: "https://a.example", Version: "1.2.3"})
	pages, err := s.Pages(fstest.MapFS{"x.html": {Data: []byte(`{{define "main"}}<h1>{{.Title}}</h1><form method="post">{{template "csrf" .}}<button>Go</button></form>{{template "prose" .Body}}{{end}}`)}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodGet, "/x", nil)
	w := httptest.NewRecorder()
	pages.Send(w, r, http.StatusOK, "", "x", Page{
		Title: `<b>"x"`, Path: "/x", Section: "s", CSRF: `t"<`, Account: &Account{Name: "\u202eadmin<script>", LogOut: "/log-out"}, Nav: []Link{{"/x", "Here", "s"}, {"/y", "There", ""}},
		Crumbs: []Link{{"/", "Home", ""}}, Flashes: []Flash{{ToneGood, "Done \x1b[0m<i>", Link{"/z", "See", ""}}}, Body: "run `dig <x>` now",
	})
	body := w.Body.String()
	for _, want := range []string{`name="csrf" value="t&#34;&lt;"`, `action="/log-out"`, `aria-current="true">Here`, `<span class="ctl">^[</span>[0m&lt;i&gt;`, `<code>dig &lt;x&gt;</code>`,
		`<link rel="canonical" href="https://a.example/x">`, "Rebound 1.2.3", `<span class="ctl">\u202e</span>admin`, `href="/z">See`} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s in %s", want, body)
		}
	}
	for _, problem := range htmlcheck.Page(w.Body.Bytes()) {
		t.Error(problem)
	}
	if w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Content-Security-Policy") != Policy {
		t.Errorf("%v", w.Header())
	}
}

func TestATemplateThatFailsSendsNothingHalfMade(t *testing.T) {
	s := newShell(t, Options{})
	pages, err := s.Pages(fstest.MapFS{"x.html": {Data: []byte(`{{define "main"}}<h1>x</h1>{{.Body.Missing}}{{end}}`)}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	if pages.Send(w, httptest.NewRequest(http.MethodGet, "/", nil), http.StatusOK, "", "x", Page{Body: 1}); w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "<h1>") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestAssetsAreServedByTheirContent(t *testing.T) {
	s := newShell(t, Options{})
	for _, name := range []string{"rebound.css", "rebound.js", "icon.svg"} {
		path, err := s.Asset(name)
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodGet, path, nil)
		plain := httptest.NewRecorder()
		s.ServeAssets(plain, r)
		r.Header.Set("Accept-Encoding", "br, gzip")
		zipped := httptest.NewRecorder()
		s.ServeAssets(zipped, r)
		if plain.Code != 200 || plain.Header().Get("Content-Encoding") != "" || plain.Body.Len() < zipped.Body.Len() || plain.Body.String() != string(s.Assets()[path]) {
			t.Errorf("%s: %d, %d bytes plain, %d compressed", name, plain.Code, plain.Body.Len(), zipped.Body.Len())
		}
		r.Header.Set("If-None-Match", plain.Header().Get("ETag"))
		again := httptest.NewRecorder()
		if s.ServeAssets(again, r); again.Code != http.StatusNotModified {
			t.Errorf("%s asked again: %d", name, again.Code)
		}
	}
	if _, err := s.Asset("no"); err == nil {
		t.Error("an asset that is not there has a path")
	}
}

func TestAcceptEncoding(t *testing.T) {
	for header, want := range map[string]bool{"": false, "gzip": true, "br, gzip;q=0.5": true, "gzip;q=0": false, "*": true, "identity": false, "GZIP": true, "gzip;q=x": false} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Accept-Encoding", header)
		if got := acceptsGzip(r); got != want {
			t.Errorf("%q: %v", header, got)
		}
	}
}

func TestFunctions(t *testing.T) {
	if got := clip(5, "añbcdef"); got != "añbc … [3 more bytes]" {
		t.Errorf("%q", got)
	}
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1500: "-1,500"} {
		if got := number(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
	if got := ticks("a `b` c ` d"); len(got) != 3 || !got[1].Code || got[2].Text != " c ` d" {
		t.Errorf("%+v", got)
	}
	if _, err := args("a"); err == nil {
		t.Error("a name without a value was taken")
	}
}

// What comes from outside becomes markup nowhere: the types by which html/template
// is told to trust a string are not used.
func TestNoStringIsTrusted(t *testing.T) {
	files := 0
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		files++
		text, err := os.ReadFile(path)
		for _, trusted := range []string{"template.HTML", "template.JS", "template.CSS", "template.URL", "template.Srcset", `"text/template"`} {
			if strings.Contains(string(text), trusted) {
				t.Errorf("%s uses %s", path, trusted)
			}
		}
		return err
	})
	if err != nil || files < 15 {
		t.Fatal(files, err)
	}
}
