package lookup

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rebound-mail/rebound/internal/web/ui"
	"github.com/rebound-mail/rebound/internal/web/ui/htmlcheck"
)

func newSite(t testing.TB, o ui.Options) *Site {
	t.Helper()
	shell, err := ui.New(o)
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(Options{Shell: shell})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func get(s http.Handler, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

func post(s http.Handler, path, q string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(url.Values{"q": {q}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	s.ServeHTTP(w, r)
	return w
}

func TestEveryPageIsValidAndItsLinksLeadSomewhere(t *testing.T) {
	s := newSite(t, ui.Options{Base: "https://bounces.example"})
	if len(s.Paths()) < 900 {
		t.Fatalf("only %d pages", len(s.Paths()))
	}
	seen := map[string]int{"/analyze": http.StatusOK} // the analyzer's own
	titles := map[string]string{}
	for _, p := range s.Paths() {
		w := get(s, p)
		if w.Code != http.StatusOK {
			t.Errorf("%s: status %d", p, w.Code)
			continue
		}
		doc := w.Body.Bytes()
		for _, problem := range htmlcheck.Page(doc) {
			t.Errorf("%s: %s", p, problem)
		}
		title, _, _ := strings.Cut(string(doc), "</title>")
		if other, twice := titles[title]; twice {
			t.Errorf("%s and %s have the same title", p, other)
		}
		titles[title] = p
		for _, link := range htmlcheck.Links(doc) {
			link, _, _ = strings.Cut(strings.TrimPrefix(link, "https://bounces.example"), "#")
			if !strings.HasPrefix(link, "/") || link == "/answer" {
				continue
			}
			if _, known := seen[link]; !known {
				seen[link] = get(s, link).Code
			}
			if seen[link] != http.StatusOK {
				t.Errorf("%s links to %s: status %d", p, link, seen[link])
			}
		}
	}
}

func TestEveryCodeOfTheReferencePagesHasItsPage(t *testing.T) {
	s := newSite(t, ui.Options{})
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "house", "testdata", "seed-codes.txt"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(text)) {
		page, codes, ok := strings.Cut(line, ":")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		source, ok := s.x.Book.Source(page)
		if !ok {
			t.Fatalf("no source %s", page)
		}
		for code := range strings.FieldsSeq(codes) {
			n++
			w := get(s, ui.CodeHref(code))
			if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), source.Title) {
				t.Errorf("%s of %s: status %d, or the page does not name its source", code, page, w.Code)
			}
		}
	}
	if n < 100 {
		t.Errorf("only %d codes", n)
	}
}

func TestAllWaysToWriteACodeLeadToItsPage(t *testing.T) {
	s := newSite(t, ui.Options{})
	for from, to := range map[string]string{
		"/codes/X.2.2": "/codes/5.2.2", "/codes/x.2.2": "/codes/5.2.2", "/codes/4.x": "/codes/4.x.x", "/codes/5XX": "/codes/5xx", "/codes/5.7": "/codes/5.7.x",
		"/codes/5": "/codes/5xx", "/codes/550/": "/codes/550", "/codes/550-5.1.1": "/?q=550+5.1.1", "/providers/spamhaus": "/blocklists/spamhaus", "/blocklists/gmail": "/providers/gmail",
	} {
		w := get(s, from)
		if w.Code/100 != 3 || w.Header().Get("Location") != to {
			t.Errorf("%s: %d %s, want %s", from, w.Code, w.Header().Get("Location"), to)
		}
	}
	for path, want := range map[string]int{"/codes/5.7.26": 200, "/codes/5.7.x": 200, "/codes/x.7.x": 200, "/codes/5.9.99": 200, "/codes/600": 404, "/codes/hello": 404, "/nothing": 404,
		"/reasons/no": 404, "/providers/no": 404, "/sources/no": 404, "/assets/no.css": 404} {
		if w := get(s, path); w.Code != want {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
	}
	if w := get(s, "/codes/5.9.99"); !strings.Contains(w.Body.String(), `content="noindex`) || !strings.Contains(w.Body.String(), "defined by nobody") {
		t.Error("a code that nobody defines says so, and is nothing for search engines")
	}
}

func TestQuestionsAreAnswered(t *testing.T) {
	s := newSite(t, ui.Options{})
	mail := "From: MAILER-DAEMON@mx.example.com\r\nTo: a@example.com\r\nSubject: Undelivered\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n" +
		"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.com\r\n\r\nFinal-Recipient: rfc822; kim@example.org\r\nAction: failed\r\nStatus: 5.2.2\r\n" +
		"Diagnostic-Code: smtp; 552 5.2.2 mailbox is over quota\r\n\r\n--b--\r\n"
	for _, tc := range []struct{ q, want string }{
		{"550 5.7.26", "Message not authenticated"}, {"5.7", "5.7.1"}, {"452 4.2.2 The mailbox is over quota", "Mailbox full"}, {"gmail", "/providers/gmail"},
		{"greylisting", "/reasons/greylisted"}, {"600", "is no code"}, {mail, "kim@example.org"}, {mail, "Mailbox full"}, {"5.99", "No source defines"},
		{"550 5.1.1 <kim@example.org>: no such user", "No such mailbox"},
	} {
		for _, path := range []string{"/", "/answer"} {
			w := post(s, path, tc.q)
			if w.Code == http.StatusSeeOther {
				w = get(s, w.Header().Get("Location"))
			}
			if body := w.Body.String(); w.Code != 200 || !strings.Contains(body, tc.want) {
				t.Errorf("%s %.30q: %d, without %q", path, tc.q, w.Code, tc.want)
			}
			problems := htmlcheck.Part(w.Body.Bytes())
			if strings.Contains(w.Body.String(), "<!doctype") {
				problems = htmlcheck.Page(w.Body.Bytes())
			} else if w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("%s %.30q may be kept", path, tc.q)
			}
			for _, problem := range problems {
				t.Errorf("%s %.30q: %s", path, tc.q, problem)
			}
		}
	}
	if w := post(s, "/", "5.7.26"); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/codes/5.7.26" {
		t.Errorf("a single code: %d %s", w.Code, w.Header().Get("Location"))
	}
	if w := get(s, "/?q=550+no+such+user"); w.Code != 200 || !strings.Contains(w.Body.String(), "No such mailbox") || w.Header().Get("Cache-Control") != "no-store" {
		t.Error("a question in the address is answered, and not to be kept")
	}
}

func TestHostileTextsAreHarmless(t *testing.T) {
	s := newSite(t, ui.Options{})
	for _, q := range []string{
		`550 5.1.1 <script>alert(1)</script> no such user "><img src=x onerror=alert(1)>`,
		"550 5.1.1 \u202euser unknown\u2066 \x1b[31m \x00\x07 \u200b",
		"550 5.1.1 user unknown " + strings.Repeat("x", 900_000),
		`</textarea><script>x</script>`, "{{.}} `550` ${x}", "550 javascript:alert(1) blocked using <a href=javascript:x>dnsbl.example",
		"\xff\xfe\xfd 550 no such user",
	} {
		for _, path := range []string{"/", "/answer"} {
			w := post(s, path, q)
			body := w.Body.String()
			for _, bad := range []string{"<script>", "<img src=x", "\u202e", "\x1b", "\x07", "</textarea><"} {
				if strings.Contains(body, bad) {
					t.Errorf("%s %.40q shows %q", path, q, bad)
				}
			}
			if path == "/" {
				for _, problem := range htmlcheck.Page(w.Body.Bytes()) {
					t.Errorf("%.40q: %s", q, problem)
				}
			}
		}
	}
}

func TestWhatIsTooLargeOrNoFormIsRefused(t *testing.T) {
	s := newSite(t, ui.Options{})
	if w := post(s, "/", strings.Repeat("x", 2<<20)); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("too large: %d", w.Code)
	}
	if w := post(s, "/codes", "550"); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST /codes: %d", w.Code)
	}
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, "/answer", strings.NewReader("q=%zz"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if s.ServeHTTP(w, r); w.Code != http.StatusBadRequest {
		t.Errorf("damaged form: %d", w.Code)
	}
}

func TestAnswersHaveTheHeadersThatKeepThemSafe(t *testing.T) {
	s := newSite(t, ui.Options{})
	for _, p := range []string{"/", "/codes/550", "/nothing", "/robots.txt", "/search.json", "/assets/x"} {
		h := get(s, p).Header()
		if h.Get("Content-Security-Policy") != ui.Policy || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") == "" {
			t.Errorf("%s: %v", p, h)
		}
	}
}

func TestPagesAreCachedAndAssetsForEver(t *testing.T) {
	s := newSite(t, ui.Options{})
	w := get(s, "/codes/550")
	r := httptest.NewRequest(http.MethodGet, "/codes/550", nil)
	r.Header.Set("If-None-Match", w.Header().Get("ETag"))
	again := httptest.NewRecorder()
	if s.ServeHTTP(again, r); again.Code != http.StatusNotModified || again.Body.Len() > 0 {
		t.Errorf("asked again: %d with %d bytes", again.Code, again.Body.Len())
	}
	for _, link := range htmlcheck.Links(w.Body.Bytes()) {
		if strings.HasPrefix(link, ui.AssetPrefix) && !strings.Contains(get(s, link).Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s may change", link)
		}
	}
}

// A page with all that it needs stays below 60 kB on the wire.
func TestPagesAreLight(t *testing.T) {
	s := newSite(t, ui.Options{})
	for _, p := range s.Paths() {
		sum := 0
		doc := fetched(t, s, p, &sum)
		for _, link := range htmlcheck.Links(doc) {
			if strings.HasPrefix(link, ui.AssetPrefix) {
				fetched(t, s, link, &sum)
			}
		}
		if sum > 60_000 {
			t.Errorf("%s: %d bytes in all", p, sum)
		}
	}
}

// fetched gets a file compressed, counts its bytes, and returns its content.
func fetched(t *testing.T, s *Site, path string, sum *int) []byte {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Accept-Encoding", "gzip")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	*sum += w.Body.Len()
	if w.Header().Get("Content-Encoding") != "gzip" {
		return w.Body.Bytes()
	}
	z, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestCountsAreThoseOfTheCodebook(t *testing.T) {
	s := newSite(t, ui.Options{})
	c := s.index.counts
	none := 0
	for _, row := range s.index.codes {
		if row.Bounce.Tone == ui.ToneGood {
			none++
		}
	}
	if c.Documented != len(s.index.codes) || c.Hard+c.Soft+none != c.Documented || c.Hard < 100 || c.Soft < 100 {
		t.Errorf("%+v, %d neither", c, none)
	}
}

func TestClosedPagesAreNotForSearchEngines(t *testing.T) {
	s := newSite(t, ui.Options{Closed: true, Base: "https://bounces.example"})
	if w := get(s, "/robots.txt"); !strings.Contains(w.Body.String(), "Disallow: /\n") {
		t.Errorf("%s", w.Body)
	}
	if w := get(s, "/codes/550"); w.Header().Get("X-Robots-Tag") == "" || !strings.Contains(w.Body.String(), `name="robots"`) {
		t.Error("a closed page may be indexed")
	}
}

func TestSourcesNamedInANoteAreLinks(t *testing.T) {
	s := newSite(t, ui.Options{})
	var got []string
	for _, p := range citedIn(s.x.Book, "S3 and S4 disagree, AS3 and S33 and S do not; S5") {
		got = append(got, p.ID+"="+p.Href)
	}
	want := "=|S3=/sources/S3| and =|S4=/sources/S4| disagree, AS3 and S33 and S do not; =|S5=/sources/S5|="
	if strings.Join(got, "|") != want {
		t.Errorf("%q, want %q", strings.Join(got, "|"), want)
	}
}

// FuzzAnswer checks that any text is answered with sound HTML in which nothing of
// the text has become markup.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{"550", "5.7", "gmail", "<script>x</script>", "\u202e\x1b[0m", "550 5.1.1 no such user", "From: a\n\nb", "4xx 5.x.x", "x.x.x", "550 `x` {{.}}"} {
		f.Add(seed)
	}
	s := newSite(f, ui.Options{})
	f.Fuzz(func(t *testing.T, q string) {
		w := post(s, "/answer", q)
		if w.Code != http.StatusOK {
			t.Fatalf("%q: status %d", q, w.Code)
		}
		for _, problem := range htmlcheck.Part(w.Body.Bytes()) {
			t.Errorf("%q: %s", q, problem)
		}
	})
}

func BenchmarkCodePage(b *testing.B)  { benchmark(b, "/codes/5.7.26") }
func BenchmarkCodesPage(b *testing.B) { benchmark(b, "/codes") }
func BenchmarkHomePage(b *testing.B)  { benchmark(b, "/") }
func BenchmarkProvider(b *testing.B)  { benchmark(b, "/providers/exchange-online") }
func BenchmarkAnswer(b *testing.B) {
	s := newSite(b, ui.Options{})
	for b.Loop() {
		if w := post(s, "/answer", "550 5.7.1 Service unavailable; client host [192.0.2.1] blocked using zen.spamhaus.org"); w.Code != 200 {
			b.Fatal(w.Code)
		}
	}
}
func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		newSite(b, ui.Options{})
	}
}

func benchmark(b *testing.B, path string) {
	s := newSite(b, ui.Options{})
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Accept-Encoding", "gzip")
	b.ReportAllocs()
	for b.Loop() {
		w := httptest.NewRecorder()
		if s.ServeHTTP(w, r); w.Code != http.StatusOK {
			b.Fatal(w.Code)
		}
		b.ReportMetric(float64(w.Body.Len()), "bytes/page")
	}
}

func BenchmarkSearch(b *testing.B) {
	s := newSite(b, ui.Options{})
	for _, q := range []string{"gmail", "mailbox full", "greylistng", "who blocks my newsletters"} {
		b.Run(strings.ReplaceAll(q, " ", "_"), func(b *testing.B) {
			for b.Loop() {
				if w := post(s, "/answer", q); w.Code != http.StatusOK {
					b.Fatal(w.Code)
				}
			}
		})
	}
}
