package operator_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/internal/web/auth"
	"github.com/rebound-mail/rebound/internal/web/ui/operator"
	"github.com/rebound-mail/rebound/internal/web/ui/operator/operatortest"
)

// forms are all that change something, with fields that would.
func forms() map[string]url.Values {
	return map[string]url.Values{
		"/operator/logout":                              {},
		"/operator/recipients/release":                  {"address": {operatortest.Sam}, "note": {"x"}},
		"/operator/recipients/suppress":                 {"address": {"new@example.org"}, "note": {"x"}},
		"/operator/recipients/forget":                   {"address": {operatortest.Sam}, "typed": {operatortest.Sam}},
		"/operator/suppressions/import":                 {"text": {"new@example.org"}},
		"/operator/suppressions/import/unknown/confirm": {},
		"/operator/suppressions/import/unknown/cancel":  {},
		"/operator/unknowns/drop":                       {"text": {"x"}},
		"/operator/dead-letters/revive":                 {"id": {"msg_0"}},
		"/operator/parked/unknown/requeue":              {},
		"/operator/parked/unknown/drop":                 {"sure": {"yes"}},
		"/operator/tokens":                              {"name": {"x"}, "scope": {"admin"}},
		"/operator/tokens/revoke":                       {"id": {"x"}},
	}
}

func TestNobodyComesInWithoutALogIn(t *testing.T) {
	_, v := visit(t, operatortest.Options{Empty: true})
	for _, path := range append(pages(), "/operator/events/x", "/operator/events/x/evidence", "/operator/parked/x", "/operator/parked/x/report", "/operator/suppressions/export",
		"/operator/suppressions/import/x", "/operator/nothing") {
		p := v.get(path)
		if !strings.HasPrefix(p.path, "/operator/login?next=") || p.status != http.StatusOK || !strings.Contains(p.body, `type="password"`) {
			t.Errorf("%s: %d at %s", path, p.status, p.path)
		}
		if got := p.header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("%s: Cache-Control %q", path, got)
		}
	}
	for path, form := range forms() {
		if p := v.post(path, form); p.status != http.StatusUnauthorized {
			t.Errorf("POST %s: %d", path, p.status)
		}
	}
}

func TestAFormNeedsItsToken(t *testing.T) {
	site, v := visit(t, operatortest.Options{Empty: true})
	theirs := newVisitor(t, v.base)
	theirs.logIn(site.Secret)
	foreign := theirs.get("/operator/tokens").csrf(t)
	v.logIn(site.Secret)
	own := v.get("/operator/tokens").csrf(t)
	for path, form := range forms() {
		for name, token := range map[string]string{"none": "", "of another session": foreign, "damaged": own[:20] + swap(own[20:21]) + own[21:], "long": own + own} {
			form.Set("csrf", token)
			p := v.post(path, form)
			if p.status != http.StatusForbidden {
				t.Errorf("%s, token %s: %d", path, name, p.status)
			}
		}
		form.Set("csrf", own)
		for _, header := range []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site", "Origin: https://evil.example"} {
			if p := v.post(path, form, header); p.status != http.StatusForbidden {
				t.Errorf("%s, %s: %d", path, header, p.status)
			}
		}
	}
	if p := v.get("/operator/tokens"); strings.Count(p.body, ">holds<") != 1 || p.path != "/operator/tokens" {
		t.Errorf("something was done: %s", p.path)
	}
	if again := v.get("/operator/tokens").csrf(t); again == own {
		t.Error("the token is the same on each page, and compression gives it away")
	}
}

func TestWhoLogsInAndWhoDoesNot(t *testing.T) {
	site, v := visit(t, operatortest.Options{Empty: true})
	reader, readerToken := store.NewToken("reader", []store.Scope{store.ScopeRead, store.ScopeIngest}, operatortest.Now())
	late, lateToken := store.NewToken("late", []store.Scope{store.ScopeAdmin}, operatortest.Now())
	lateToken.Expires = operatortest.Now().Add(-time.Hour)
	for _, token := range []store.Token{readerToken, lateToken} {
		if err := site.Store.AddToken(t.Context(), token); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		secret string
		status int
	}{"nothing": {"", 401}, "unknown": {"rbd_000000000000_x", 401}, "expired": {late, 401}, "not admin": {reader, 403}, "blanks around": {" " + site.Secret + "\n", 200}} {
		p := newVisitor(t, v.base).logIn(c.secret)
		if p.status != c.status {
			t.Errorf("%s: %d: %s", name, p.status, p.path)
		}
		if c.secret != "" && strings.Contains(p.body, strings.TrimSpace(c.secret)) {
			t.Errorf("%s: the page repeats the secret", name)
		}
	}
	for _, form := range []url.Values{{"token": {site.Secret}}, {"token": {site.Secret}, "csrf": {v.get("/operator/login").csrf(t) + "x"}}} {
		if p := v.post("/operator/login", form); p.status != http.StatusForbidden {
			t.Errorf("without the form's token: %d", p.status)
		}
	}
}

func TestGuessingIsSlowed(t *testing.T) {
	site, v := visit(t, operatortest.Options{Empty: true, Gate: auth.Limits{FailedBurst: 3, Failed: 0.01}})
	for range 3 {
		if p := v.logIn("rbd_000000000000_guess"); p.status != http.StatusUnauthorized {
			t.Fatalf("%d", p.status)
		}
	}
	p := v.logIn("rbd_000000000000_guess")
	if p.status != http.StatusTooManyRequests || p.header.Get("Retry-After") == "" {
		t.Errorf("%d, Retry-After %q", p.status, p.header.Get("Retry-After"))
	}
	if p := v.logIn(site.Secret); p.path != "/operator/" { // tokens cannot be guessed: slowing is for the machine's sake
		t.Errorf("who guesses keeps out who has a token: %d", p.status)
	}
}

func TestTheCookieIsKeptFromScriptsAndOtherSites(t *testing.T) {
	for _, secure := range []bool{false, true} {
		site := operatortest.New(t, operatortest.Options{Empty: true})
		server := httptest.NewUnstartedServer(site)
		if secure {
			server.StartTLS()
		} else {
			server.Start()
		}
		t.Cleanup(server.Close)
		v := newVisitor(t, server.URL)
		v.http.Transport = server.Client().Transport
		v.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		p := v.logIn(site.Secret)
		if p.status != http.StatusSeeOther {
			t.Fatalf("%d", p.status)
		}
		cookie := p.header.Get("Set-Cookie")
		if !strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Strict") || !strings.Contains(cookie, "Path=/") ||
			strings.Contains(cookie, "Secure") != secure || strings.HasPrefix(cookie, "__Host-") != secure || strings.Contains(cookie, "Domain") {
			t.Errorf("secure %v: %s", secure, cookie)
		}
	}
}

func TestALogInGetsAnIdOfItsOwn(t *testing.T) {
	site, v := visit(t, operatortest.Options{Empty: true})
	base, _ := url.Parse(v.base)
	v.http.Jar.SetCookies(base, []*http.Cookie{{Name: "rebound-session", Value: "chosen-by-somebody-else", Path: "/"}})
	v.logIn(site.Secret)
	for _, c := range v.http.Jar.Cookies(base) {
		if c.Name == "rebound-session" && (c.Value == "chosen-by-somebody-else" || len(c.Value) < 40) {
			t.Errorf("the session's id is %q", c.Value)
		}
	}
}

func TestSessionsEnd(t *testing.T) {
	in := func(v *visitor) bool {
		p := v.get("/operator/server")
		return p.path == "/operator/server"
	}
	for name, end := range map[string]func(*operatortest.Site, *visitor){
		"not used":     func(s *operatortest.Site, _ *visitor) { s.Pass(2 * time.Hour) },
		"after a time": func(s *operatortest.Site, v *visitor) { passUsed(s, v, 12*time.Hour) },
		"log-out": func(_ *operatortest.Site, v *visitor) {
			v.post("/operator/logout", url.Values{"csrf": {v.get("/operator/tokens").csrf(t)}})
		},
		"revoked": func(s *operatortest.Site, _ *visitor) {
			if err := s.Store.RevokeToken(t.Context(), store.TokenID(s.Secret)); err != nil {
				t.Fatal(err)
			}
		},
		"more than are kept": func(s *operatortest.Site, v *visitor) {
			for range 3 {
				s.Pass(time.Second)
				newVisitor(t, v.base).logIn(s.Secret)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			site, v := visit(t, operatortest.Options{Empty: true, Limits: operator.Limits{Sessions: 3}})
			v.logIn(site.Secret)
			if !in(v) {
				t.Fatal("not logged in")
			}
			end(site, v)
			if in(v) {
				t.Error("still logged in")
			}
		})
	}
}

// passUsed lets time pass in which somebody looks every hour.
func passUsed(s *operatortest.Site, v *visitor, d time.Duration) {
	for range int(d / time.Hour) {
		s.Pass(time.Hour)
		v.get("/operator/server")
	}
}

func TestTheLogInLeadsOnWithinThesePagesOnly(t *testing.T) {
	site, v := visit(t, operatortest.Options{Empty: true})
	for next, want := range map[string]string{
		"/operator/events?kind=bounce": "/operator/events?kind=bounce", "https://evil.example/": "/operator/", "//evil.example/operator/": "/operator/", "/operator/\\evil.example": "/operator/",
		"/operator/logout": "/operator/", "/other": "/operator/", "": "/operator/", "javascript:alert(1)": "/operator/",
	} {
		one := newVisitor(t, v.base)
		form := one.get("/operator/login?next=" + url.QueryEscape(next))
		if p := one.post("/operator/login", url.Values{"csrf": {form.csrf(t)}, "token": {site.Secret}, "next": {next}}); p.path != want {
			t.Errorf("%q leads to %q", next, p.path)
		}
		if p := one.get("/operator/login?next=" + url.QueryEscape(next)); p.path != want {
			t.Errorf("%q leads to %q where somebody is logged in", next, p.path)
		}
	}
}

func TestOpenModeIsForThisMachineOnly(t *testing.T) {
	site, v := visit(t, operatortest.Options{Empty: true, Open: true})
	p := v.get("/operator/")
	if p.status != http.StatusOK || !strings.Contains(p.body, "Everybody on this machine") {
		t.Fatalf("%d %.300s", p.status, p.body)
	}
	csrf := v.get("/operator/tokens").csrf(t)
	for _, header := range []string{"Host: evil.example", "Sec-Fetch-Site: cross-site", "Origin: https://evil.example", "X-Forwarded-For: 192.0.2.1", "Remote: 192.0.2.1:5000"} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			r := httptest.NewRequest(method, "http://127.0.0.1:8425/operator/recipients/suppress", strings.NewReader(url.Values{"csrf": {csrf}, "address": {"kim@example.org"}, "note": {"x"}}.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.RemoteAddr = "127.0.0.1:50000"
			name, value, _ := strings.Cut(header, ": ")
			switch name {
			case "Host":
				r.Host = value
			case "Remote":
				r.RemoteAddr = value
			default:
				r.Header.Set(name, value)
			}
			w := httptest.NewRecorder()
			site.ServeHTTP(w, r)
			if w.Code != http.StatusForbidden {
				t.Errorf("%s with %s: %d", method, header, w.Code)
			}
		}
	}
	if p := v.post("/operator/recipients/suppress", url.Values{"address": {"kim@example.org"}, "note": {"x"}}); p.status != http.StatusForbidden {
		t.Errorf("without the form's token: %d", p.status)
	}
	if p := v.post("/operator/recipients/suppress", url.Values{"csrf": {csrf}, "address": {"kim@example.org"}, "note": {"x"}}); p.status != http.StatusOK {
		t.Errorf("%d", p.status)
	}
}

func TestTheFirstTokenEndsOpenMode(t *testing.T) {
	site, v := visit(t, operatortest.Options{Empty: true, Open: true})
	csrf := v.get("/operator/tokens").csrf(t)
	if p := v.post("/operator/tokens", url.Values{"csrf": {csrf}, "name": {"reader"}, "scope": {"read"}}); p.status != http.StatusUnprocessableEntity {
		t.Errorf("a first token that nobody could log in with: %d", p.status)
	}
	p := v.post("/operator/tokens", url.Values{"csrf": {csrf}, "name": {"me"}, "scope": {"admin"}, "days": {"30"}})
	secret := between(p.body, "<code>rbd_", "</code>")
	if p.status != http.StatusOK || secret == "" {
		t.Fatalf("%d %.2000s", p.status, p.body)
	}
	site.Pass(2 * time.Second)
	if p := v.get("/operator/"); !strings.HasPrefix(p.path, "/operator/login") {
		t.Errorf("still open: %s", p.path)
	}
	if p := v.logIn("rbd_" + secret); p.path != "/operator/" {
		t.Errorf("the new token does not log in: %s", p.path)
	}
	if p := v.get("/operator/tokens"); strings.Contains(p.body, secret) || !strings.Contains(p.body, "2026-12-20") {
		t.Error("the secret is shown a second time, or the token does not end in 30 days")
	}
}

// between is what stands between two texts, "" if they are not there.
func between(s, from, to string) string {
	_, rest, ok := strings.Cut(s, from)
	found, _, closed := strings.Cut(rest, to)
	if !ok || !closed {
		return ""
	}
	return found
}

func TestAnswersAreGuarded(t *testing.T) {
	site, v := visit(t, operatortest.Options{Empty: true})
	v.logIn(site.Secret)
	for _, path := range append(pages(), "/operator/nothing", "/operator/suppressions/export?format=csv", "/operator/events?cursor=x") {
		h := v.get(path).header
		for name, want := range map[string]string{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer"} {
			if got := h.Get(name); got != want {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
		if p := h.Get("Content-Security-Policy"); !strings.Contains(p, "default-src 'none'") || strings.Contains(p, "unsafe") {
			t.Errorf("%s: %s", path, p)
		}
	}
}

func TestLargeFormsAreRefused(t *testing.T) {
	site, v := visit(t, operatortest.Options{Empty: true})
	v.logIn(site.Secret)
	form := url.Values{"csrf": {v.get("/operator/tokens").csrf(t)}, "address": {"kim@example.org"}, "note": {strings.Repeat("x", 70_000)}}
	if p := v.post("/operator/recipients/suppress", form); p.status != http.StatusRequestEntityTooLarge {
		t.Errorf("%d", p.status)
	}
	form.Set("note", strings.Repeat("x", 1001))
	if p := v.post("/operator/recipients/suppress", form); p.status != http.StatusUnprocessableEntity {
		t.Errorf("%d", p.status)
	}
	if p := v.get("/operator/events?text=" + strings.Repeat("x", 5000)); p.status != http.StatusOK {
		t.Errorf("%d", p.status)
	}
}

// swap is another letter.
func swap(letter string) string {
	if letter == "A" {
		return "B"
	}
	return "A"
}
