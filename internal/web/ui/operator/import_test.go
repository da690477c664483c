package operator_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/internal/web/ui/operator"
	"github.com/rebound-mail/rebound/internal/web/ui/operator/operatortest"
	"github.com/rebound-mail/rebound/policy"
)

// part is one of a form with a file.
type part struct{ name, file, content string }

// upload sends a list.
func (v *visitor) upload(parts ...part) page {
	v.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for _, p := range parts {
		if p.file != "" {
			out, err := w.CreateFormFile(p.name, p.file)
			if err != nil {
				v.t.Fatal(err)
			}
			_, _ = out.Write([]byte(p.content))
			continue
		}
		_ = w.WriteField(p.name, p.content)
	}
	_ = w.Close()
	r, err := http.NewRequest(http.MethodPost, v.base+"/operator/suppressions/import", &body)
	if err != nil {
		v.t.Fatal(err)
	}
	r.Header.Set("Content-Type", w.FormDataContentType())
	return v.do(r)
}

// until loads a page until it shows a text.
func (v *visitor) until(path, text string) page {
	v.t.Helper()
	for range 500 {
		p := v.get(path)
		if strings.Contains(p.body, text) {
			return p
		}
		time.Sleep(5 * time.Millisecond)
	}
	v.t.Fatalf("%s never shows %q: %s", path, text, v.get(path).body)
	return page{}
}

func TestAListIsPreviewedAndImported(t *testing.T) {
	for name, list := range map[string]part{
		"file":   {"file", `C:\lists\old <b>.csv`, "email;reason;created\none@example.org;bounced;2026-01-01\n\"two@example.org\";complaint;\nno address;x;\nceo@example.org;;\n"},
		"pasted": {"text", "", "one@example.org\ntwo@example.org\nnot an address@\nceo@example.org\n"},
		"json":   {"file", "list", `{"email":"one@example.org"}` + "\n" + `{"recipient":"two@example.org","reason":"complaint"}` + "\n[]\n" + `{"recipient":"ceo@example.org"}` + "\n"},
	} {
		t.Run(name, func(t *testing.T) {
			site, v := visit(t, operatortest.Options{Empty: true})
			v.logIn(site.Secret)
			form := v.get("/operator/suppressions/import")
			suppressOne(t, site, "ceo@example.org")
			p := v.upload(part{name: "csrf", content: form.csrf(t)}, part{name: "note", content: "from the old system"}, list)
			p = v.until(p.path, "What the import would do")
			p.shows(t, "Newly suppressed</span><strong>2<", "Suppressed already</span><strong>1<", "Could not be read</span><strong>1<", "Suppress 2 addresses")
			p.hides(t, "old <b>", `C:\lists`)
			if stats, _ := site.Store.Stats(t.Context()); stats.Suppressions != 1 {
				t.Fatalf("the preview changed something: %d entries", stats.Suppressions)
			}
			done := v.post(p.path+"/confirm", url.Values{"csrf": {p.csrf(t)}})
			v.until(done.path, "<h1>Imported</h1>").shows(t, "Newly suppressed</span><strong>2<")
			if again := v.post(p.path+"/confirm", url.Values{"csrf": {p.csrf(t)}}); again.status != http.StatusUnprocessableEntity {
				t.Errorf("imported twice: %d", again.status)
			}
			r, err := site.Store.Recipient(t.Context(), policy.Key{Recipient: "two@example.org"})
			if err != nil || !r.Answer.Suppressed || r.Answer.By != "operator" || r.Answer.Note != "from the old system" {
				t.Errorf("%+v %v", r.Answer, err)
			}
		})
	}
}

func suppressOne(t *testing.T, site *operatortest.Site, address string) {
	t.Helper()
	if _, err := site.Store.AddSuppressions(t.Context(), []store.Block{{Recipient: address}}); err != nil {
		t.Fatal(err)
	}
}

// otherAdmin makes another token.
func otherAdmin(t *testing.T, site *operatortest.Site) string {
	t.Helper()
	secret, token := store.NewToken("other", []store.Scope{store.ScopeAdmin}, operatortest.Now())
	if err := site.Store.AddToken(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	return secret
}

func TestListsAreBounded(t *testing.T) {
	dir := t.TempDir()
	site, v := visit(t, operatortest.Options{Empty: true, TempDir: dir, Limits: operator.Limits{Import: 1000, Imports: 2}})
	v.logIn(site.Secret)
	csrf := part{name: "csrf", content: v.get("/operator/suppressions/import").csrf(t)}
	small := part{"file", "a.csv", "kim@example.org\n"}
	for name, c := range map[string]struct {
		parts  []part
		status int
	}{
		"too large":            {[]part{csrf, {"file", "a.csv", strings.Repeat("kim@example.org\n", 100)}}, http.StatusUnprocessableEntity},
		"nothing":              {[]part{csrf}, http.StatusUnprocessableEntity},
		"empty":                {[]part{csrf, {"file", "a.csv", ""}, {"text", "", ""}}, http.StatusUnprocessableEntity},
		"both":                 {[]part{csrf, small, {"text", "", "kim@example.org"}}, http.StatusUnprocessableEntity},
		"token after the file": {[]part{small, csrf}, http.StatusForbidden},
		"no token":             {[]part{small}, http.StatusForbidden},
		"long note":            {[]part{csrf, {"note", "", strings.Repeat("x", 2000)}, small}, http.StatusUnprocessableEntity},
	} {
		if p := v.upload(c.parts...); p.status != c.status {
			t.Errorf("%s: %d", name, p.status)
		}
	}
	var last page
	for range 2 {
		last = v.upload(csrf, small)
		v.until(last.path, "What the import would do")
	}
	if p := v.upload(csrf, small); p.status != http.StatusUnprocessableEntity {
		t.Errorf("a third list: %d", p.status)
	}
	v.post(last.path+"/cancel", url.Values{"csrf": {csrf.content}}).shows(t, "nothing was imported")
	if p := v.get(last.path); p.status != http.StatusNotFound {
		t.Errorf("a list that was cancelled: %d", p.status)
	}
	if p := v.upload(csrf, small); p.status != http.StatusOK {
		t.Errorf("no room after a cancellation: %d", p.status)
	}
	site.Pass(31 * time.Minute)
	if p := v.upload(csrf, small); p.status != http.StatusOK {
		t.Errorf("no room after half an hour: %d", p.status)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
		t.Errorf("left in the directory: %v", left)
	}
}

// Nobody sees or confirms another's list, and nothing goes on after the server.
func TestAListBelongsToWhoBroughtIt(t *testing.T) {
	dir := t.TempDir()
	site, v := visit(t, operatortest.Options{Empty: true, TempDir: dir})
	v.logIn(site.Secret)
	secret := otherAdmin(t, site)
	other := newVisitor(t, v.base)
	other.logIn(secret)
	var lines strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&lines, "kim%d@example.org\n", i)
	}
	p := v.upload(part{name: "csrf", content: v.get("/operator/suppressions/import").csrf(t)}, part{"file", "a.csv", lines.String()})
	if got := other.get(p.path); got.status != http.StatusNotFound {
		t.Errorf("somebody else sees the list: %d", got.status)
	}
	csrf := other.get("/operator/tokens").csrf(t)
	for _, what := range []string{"/confirm", "/cancel"} {
		if got := other.post(p.path+what, url.Values{"csrf": {csrf}}); got.status != http.StatusNotFound {
			t.Errorf("%s by somebody else: %d", what, got.status)
		}
	}
	p = v.until(p.path, "What the import would do")
	v.post(p.path+"/confirm", url.Values{"csrf": {p.csrf(t)}})
	if err := site.Operator.Close(); err != nil {
		t.Error(err)
	}
	before, _ := site.Store.Stats(t.Context())
	time.Sleep(20 * time.Millisecond)
	if after, _ := site.Store.Stats(t.Context()); after.Suppressions != before.Suppressions {
		t.Error("the import went on after the end")
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("%v %v", entries, err)
	}
}
