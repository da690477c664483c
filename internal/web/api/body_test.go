package api

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/internal/store"
)

func packed(b []byte) string {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write(b)
	_ = z.Close()
	return out.String()
}

func TestAListThatIsNoTextIsRefused(t *testing.T) {
	s := newServer(t)
	for _, body := range []string{"\x1f\x8b\x08\x00", "PK\x03\x04", "\xff\xfea\x00"} {
		got := s.ask("POST", "/v1/suppressions/import", body, "Content-Type: text/csv")
		if got.status != 415 || !strings.Contains(got.body, "unsupported-media-type") {
			t.Errorf("%q: %v", body, got)
		}
	}
	if got := s.ask("POST", "/v1/suppressions/import", "", "Content-Type: text/csv"); got.status != 200 {
		t.Error(got)
	}
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

func TestAllBodiesTogetherAreBounded(t *testing.T) {
	s := newServer(t, func(o *Options) { o.Limits.Memory = 1 << 20 }, withEverything)
	if got := s.ask("POST", "/v1/reports", strings.Repeat("x", 300<<10)); got.status != 202 {
		t.Fatal(got)
	}
	for _, path := range []string{"/v1/reports", "/v1/hooks/sendgrid"} {
		if got := s.ask("POST", path, strings.Repeat("x", 2<<20)); got.status != 503 || got.typeOf() != "busy" {
			t.Errorf("%s: %v", path, got)
		}
	}
	s.ask("POST", "/v1/suppressions/import", strings.Repeat("x", 2<<20), "Content-Type: text/csv", key("k"))
	s.ask("POST", "/v1/check", `{"addresses":["kim@example.org"]}`)
	s.ask("POST", "/v1/suppressions", `{"recipient":`)
	s.ask("POST", "/v1/reports", "cut", "Content-Encoding: gzip")
	if left := s.api.memory.left.Load(); left != 1<<20 {
		t.Errorf("%d bytes are not given back", 1<<20-left)
	}
}
