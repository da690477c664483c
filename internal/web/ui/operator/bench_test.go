package operator_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/internal/cputest"
	"github.com/rebound-mail/rebound/internal/reputation"
	"github.com/rebound-mail/rebound/internal/spool/disk"
	"github.com/rebound-mail/rebound/internal/store/sqlite"
	"github.com/rebound-mail/rebound/internal/web/auth"
	"github.com/rebound-mail/rebound/internal/web/ui"
	"github.com/rebound-mail/rebound/internal/web/ui/operator"
)

// benchNow is when the counters end.
func benchNow() time.Time { return time.Date(2026, 3, 2, 10, 3, 0, 0, time.UTC) }

// fillCounters writes the counters of ten million events of 30 days, of a sender
// with 40 domains, 24 addresses, 60 providers and 8 streams, into the file of a store
// that is closed.
func fillCounters(b *testing.B, dir string) {
	b.Helper()
	u := url.URL{Scheme: "file", Path: filepath.Join(dir, sqlite.FileName), RawQuery: "_pragma=synchronous(0)&_pragma=journal_mode(off)&_pragma=cache_size(-200000)"}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	values := map[int][]string{1: {""}}
	for dimension, names := range map[int]struct {
		form string
		n    int
	}{2: {"news%d.example.com", 40}, 3: {"192.0.2.%d", 24}, 4: {"provider-%d", 60}, 5: {"stream-%d", 8}} {
		for i := range names.n {
			values[dimension] = append(values[dimension], fmt.Sprintf(names.form, i))
		}
	}
	const perDay = 10_000_000 / 30
	for table, width := range map[string]time.Duration{"rate_fine": 10 * time.Minute, "rate_hour": time.Hour, "rate_day": 24 * time.Hour} {
		days := 61
		if table == "rate_fine" {
			days = 8
		}
		tx, err := db.Begin()
		if err != nil {
			b.Fatal(err)
		}
		insert, err := tx.Prepare("insert or replace into " + table + " values (?, ?, ?, ?)")
		if err != nil {
			b.Fatal(err)
		}
		for at := benchNow().AddDate(0, 0, -days).Truncate(24 * time.Hour); at.Before(benchNow()); at = at.Add(width) {
			for dimension, list := range values {
				for i, value := range list {
					n := max(int64(perDay*width.Hours()/24)/int64(len(list)), 1)
					if _, err := insert.Exec(dimension, at.Unix(), value, counters(n, i)); err != nil {
						b.Fatal(err)
					}
				}
			}
		}
		if err := tx.Commit(); err != nil {
			b.Fatal(err)
		}
	}
}

// counters are those of n messages: 3 % of them bounce and 6 % are put off, for as
// many reasons as so many do.
func counters(n int64, seed int) string {
	var lines []string
	reasons := codebook.Reasons()
	for kind, percent := range map[string]int64{"bounce": 3, "delay": 6} {
		different := min(max(n*percent/100, 1), 30)
		for i := range different {
			lines = append(lines, fmt.Sprintf("%s/%s=%d", kind, reasons[(seed+int(i))%len(reasons)], max(n*percent/100/different, 1)))
		}
	}
	lines = append(lines, "complaint/=1", fmt.Sprintf("delivery/=%d", n*9/10))
	return strings.Join(lines, "\n")
}

// BenchmarkDashboard makes the dashboard over the counters of ten million events,
// as nobody has asked for it before.
func BenchmarkDashboard(b *testing.B) {
	dir, now := b.TempDir(), benchNow()
	clock := func() time.Time { return now }
	open := func() *sqlite.Store {
		s, err := sqlite.Open(b.Context(), dir, sqlite.Options{Now: clock})
		if err != nil {
			b.Fatal(err)
		}
		return s
	}
	if err := open().Close(); err != nil {
		b.Fatal(err)
	}
	fillCounters(b, dir)
	st := open()
	defer st.Close()
	sp, err := disk.Open(b.TempDir(), disk.Settings{})
	if err != nil {
		b.Fatal(err)
	}
	defer sp.Close()
	gate, err := auth.New(auth.Options{Tokens: st, Now: clock, Mode: auth.OpenLocal, Limits: auth.Limits{Client: -1}})
	if err != nil {
		b.Fatal(err)
	}
	shell, err := ui.New(ui.Options{})
	if err != nil {
		b.Fatal(err)
	}
	for _, window := range []string{"24h", "7d", "30d"} {
		b.Run(window, func(b *testing.B) {
			r, err := reputation.New(reputation.Options{Store: st, Now: clock})
			if err != nil {
				b.Fatal(err)
			}
			pages, err := operator.New(operator.Options{Store: st, Spool: sp, Gate: gate, Reputation: r, Shell: shell, Now: clock})
			if err != nil {
				b.Fatal(err)
			}
			defer pages.Close()
			before := cputest.Time()
			for b.Loop() {
				now = now.Add(4 * time.Second) // an overview is remembered for two
				if now.Sub(benchNow()) > 5*time.Minute {
					now = benchNow()
				}
				w := httptest.NewRecorder()
				req := httptest.NewRequest(http.MethodGet, "http://127.0.0.1/operator/?window="+window, nil)
				req.RemoteAddr = "127.0.0.1:5000"
				if pages.ServeHTTP(w, req); w.Code != http.StatusOK {
					b.Fatal(w.Code, w.Body)
				}
			}
			b.ReportMetric(float64((cputest.Time()-before).Milliseconds())/float64(b.N), "cpu-ms/op")
		})
	}
}
