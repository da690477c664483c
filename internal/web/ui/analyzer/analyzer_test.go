package analyzer

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/internal/web/ui"
	"github.com/rebound-mail/rebound/internal/web/ui/htmlcheck"
)

func newAnalyzer(t testing.TB, o Options) *Analyzer {
	t.Helper()
	shell, err := ui.New(ui.Options{})
	if err != nil {
		t.Fatal(err)
	}
	o.Shell = shell
	o.Now = func() time.Time { return time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC) }
	a, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// paste posts a text as the page's form does.
func paste(t testing.TB, a *Analyzer, text string, file []byte) *httptest.ResponseRecorder {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	if err := form.WriteField("text", text); err != nil {
		t.Fatal(err)
	}
	part, err := form.CreateFormFile("file", "bounce.eml")
	if err == nil {
		_, err = part.Write(file)
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/analyze", &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	w := httptest.NewRecorder()
	a.ServeHTTP(w, r)
	return w
}

const dsn = "From: MAILER-DAEMON@mx.example.com\r\nTo: news@example.com\r\nSubject: Undelivered Mail\r\nMIME-Version: 1.0\r\n" +
	"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nIt did not work.\r\n" +
	"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.com\r\n\r\nFinal-Recipient: rfc822; kim@example.org\r\nAction: failed\r\n" +
	"Status: 5.7.1\r\nDiagnostic-Code: smtp; 550 5.7.1 Service unavailable; client host\r\n  [198.51.100.7] blocked using zen.spamhaus.org\r\n\r\n--b--\r\n"

func TestReportsOfAllKindsAreRead(t *testing.T) {
	a := newAnalyzer(t, Options{})
	for _, tc := range []struct {
		name, text string
		want       []string
	}{
		{"mail", dsn, []string{"kim@example.org", "Sending IP is on a blocklist", "zen.spamhaus.org", "<mark", "Why do you say so?", "198.51.100.7"}},
		{"log", "Nov 20 10:15:32 mx postfix/smtp[123]: 4F2A1: to=<sam@example.net>, relay=mx.example.net[203.0.113.4]:25, delay=1, dsn=5.1.1, status=bounced (host mx.example.net[203.0.113.4] said: 550 5.1.1 <sam@example.net>: User unknown (in reply to RCPT TO command))\n",
			[]string{"sam@example.net", "No such mailbox"}},
		{"reply", "452 4.2.2 The mailbox is over quota", []string{"Mailbox full"}},
		{"nothing", "hello there", []string{"h1"}},
		{"empty", "   ", []string{"There is nothing in it"}},
		{"webhook", `[{"email":"kim@example.org","timestamp":1763640000,"event":"bounce","reason":"550 5.1.1 no such user","status":"5.1.1","sg_event_id":"e1","type":"bounce"}]`, []string{"kim@example.org", "No such mailbox"}},
	} {
		for _, asFile := range []bool{false, true} {
			text, file := tc.text, []byte(nil)
			if asFile {
				text, file = "", []byte(tc.text)
			}
			w := paste(t, a, text, file)
			body := w.Body.String()
			for _, want := range tc.want {
				if w.Code != http.StatusOK || !strings.Contains(body, want) {
					t.Errorf("%s: %d, without %q", tc.name, w.Code, want)
				}
			}
			if cache := w.Header().Get("Cache-Control"); cache != "no-store" {
				t.Errorf("%s may be kept: %q", tc.name, cache)
			}
			for _, problem := range htmlcheck.Page(w.Body.Bytes()) {
				t.Errorf("%s: %s", tc.name, problem)
			}
		}
	}
}

func TestTheFormIsAPage(t *testing.T) {
	w := httptest.NewRecorder()
	newAnalyzer(t, Options{}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/analyze", nil))
	for _, problem := range htmlcheck.Page(w.Body.Bytes()) {
		t.Error(problem)
	}
	if !strings.Contains(w.Body.String(), "8 MB") {
		t.Error("the page does not say how much it takes")
	}
}

func TestHostileReportsAreHarmless(t *testing.T) {
	a := newAnalyzer(t, Options{})
	for name, text := range map[string]string{
		"markup":    strings.ReplaceAll(dsn, "It did not work.", `<script>alert(1)</script></li></ol></main><img src=x onerror=alert(1)>`),
		"recipient": strings.ReplaceAll(dsn, "kim@example.org", `"><script>alert(1)</script>@example.org`),
		"subject":   strings.ReplaceAll(dsn, "Undelivered Mail", "\x1b[31m\u202eliam\u2066"),
		"reply":     strings.ReplaceAll(dsn, "Service unavailable", "<img src=x onerror=alert(1)>\u202e\x07\x00"),
		"long line": strings.ReplaceAll(dsn, "It did not work.", strings.Repeat("x", 1<<20)),
		"bytes":     strings.ReplaceAll(dsn, "It did not work.", "\xff\xfe\x80\x9b31m"),
		"many":      strings.Repeat("550 5.1.1 no such user\n", 20_000),
	} {
		w := paste(t, a, text, nil)
		body := w.Body.String()
		for _, bad := range []string{"<script>", "<img", "\u202e", "\x1b", "\x07", "</main><"} {
			if strings.Contains(body, bad) {
				t.Errorf("%s shows %q", name, bad)
			}
		}
		for _, problem := range htmlcheck.Page(w.Body.Bytes()) {
			t.Errorf("%s: %s", name, problem)
		}
		if w.Code != http.StatusOK || len(body) > 1<<20 {
			t.Errorf("%s: status %d, a page of %d bytes", name, w.Code, len(body))
		}
	}
	if w := paste(t, a, strings.ReplaceAll(dsn, "It did not work.", strings.Repeat("x", 1<<17)), nil); !strings.Contains(w.Body.String(), "more bytes in this line]") {
		t.Error("a long line is not cut visibly")
	}
}

func TestWhatIsNoFormIsRefused(t *testing.T) {
	a := newAnalyzer(t, Options{MaxBody: 1 << 20})
	if w := paste(t, a, strings.Repeat("x", 2<<20), nil); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("too large: %d", w.Code)
	}
	for kind, want := range map[string]int{"application/json": 415, "": 415, "multipart/form-data": 400, "application/x-www-form-urlencoded": 200} {
		r := httptest.NewRequest(http.MethodPost, "/analyze", strings.NewReader("{}"))
		r.Header.Set("Content-Type", kind)
		w := httptest.NewRecorder()
		if a.ServeHTTP(w, r); w.Code != want {
			t.Errorf("%q: %d, want %d", kind, w.Code, want)
		}
	}
	r := httptest.NewRequest(http.MethodPost, "/analyze", strings.NewReader(url.Values{"text": {"550 5.1.1 no such user"}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	if a.ServeHTTP(w, r); w.Code != 200 || !strings.Contains(w.Body.String(), "No such mailbox") {
		t.Errorf("a plain form: %d", w.Code)
	}
}

func marked(l *listing, m mark) string {
	var out []string
	for _, line := range l.Lines {
		for _, p := range line.Pieces {
			if p.Mark == m {
				out = append(out, p.Text)
			}
		}
	}
	return strings.Join(out, "|")
}

func TestEvidenceIsMarkedWhereItStands(t *testing.T) {
	for _, tc := range []struct{ body, needle, want string }{
		{"a mailbox full b", "mailbox full", "mailbox full"}, {"Mailbox\r\n  FULL now", "mailbox full", "Mailbox|FULL"}, {"mail=\r\nbox full", "mailbox full", "mail=|box full"},
		{"mailbox is full", "mailbox full", ""}, {"550-5.2.2 mailbox\n550 5.2.2 full", "mailbox", "mailbox"}, {"", "x", ""}, {"x", "", ""}, {"kim@example.org", "KIM@example.org", "kim@example.org"},
	} {
		l := newListing([]byte(tc.body), []needle{{tc.needle, markDecided}})
		if l == nil {
			l = &listing{}
		}
		if got := marked(l, markDecided); got != tc.want {
			t.Errorf("%q in %q: %q, want %q", tc.needle, tc.body, got, tc.want)
		}
	}
}

// FuzzAnalyze checks that any report gives a sound page.
func FuzzAnalyze(f *testing.F) {
	for _, seed := range []string{dsn, "550 5.1.1 no such user", `[{"event":"bounce"}]`, "<script>\u202e", "From: <b>\n\n</li>"} {
		f.Add(seed)
	}
	a := newAnalyzer(f, Options{})
	f.Fuzz(func(t *testing.T, text string) {
		w := paste(t, a, text, nil)
		if w.Code != http.StatusOK {
			t.Fatalf("status %d", w.Code)
		}
		for _, problem := range htmlcheck.Page(w.Body.Bytes()) {
			t.Errorf("%q: %s", text, problem)
		}
	})
}

// FuzzListing checks that nothing of a report is lost or invented in its listing.
func FuzzListing(f *testing.F) {
	f.Add([]byte(dsn), "blocked using")
	f.Add([]byte("a\r\nb\nc\xff"), "b")
	f.Add([]byte("=\r\n=\n=x"), "x")
	f.Fuzz(func(t *testing.T, body []byte, text string) {
		l := newListing(body, []needle{{text, markDecided}, {text, markSaid}})
		if l == nil || l.Cut > 0 {
			return
		}
		var lines []string
		for _, line := range l.Lines {
			var b strings.Builder
			for _, p := range line.Pieces {
				b.WriteString(p.Text)
			}
			if line.Rest != "" {
				return
			}
			lines = append(lines, b.String())
		}
		want := strings.TrimSuffix(strings.ReplaceAll(string(body), "\r\n", "\n"), "\n")
		if got := strings.Join(lines, "\n"); got != want {
			t.Fatalf("%q became %q", body, got)
		}
	})
}

func BenchmarkAnalyze(b *testing.B) {
	a := newAnalyzer(b, Options{})
	for b.Loop() {
		if w := paste(b, a, dsn, nil); w.Code != http.StatusOK {
			b.Fatal(w.Code)
		}
	}
}

func BenchmarkListing(b *testing.B) {
	body := []byte(strings.Repeat("550 5.1.1 no such user here or there\n", 3000))
	needles := make([]needle, maxNeedles)
	for i := range needles {
		needles[i] = needle{"no such user here", markSaid}
	}
	for b.Loop() {
		newListing(body, needles)
	}
}
