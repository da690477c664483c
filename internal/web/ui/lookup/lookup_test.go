package lookup

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/rebound-mail/rebound/internal/web/ui"
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

func TestEveryPageIsThere(t *testing.T) {
	s := newSite(t, ui.Options{Base: "https://bounces.example"})
	if len(s.Paths()) < 800 {
		t.Fatalf("only %d pages", len(s.Paths()))
	}
	for _, p := range s.Paths() {
		if w := get(s, p); w.Code != http.StatusOK {
			t.Errorf("%s: status %d: %.200s", p, w.Code, w.Body)
		}
	}
}
