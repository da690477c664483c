package reputation_test

import (
	"database/sql"
	"fmt"
	"math"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/internal/reputation"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/internal/store/sqlite"
)

// counterKey names a counter as the store has it.
type counterKey struct {
	dimension int
	bucket    int64
	value     string
	what      string
}

// fill writes the counters of so many events over so many days, as a sender has
// them whose mail goes to 60 providers, from 40 domains, 24 addresses and in 8
// streams, into the file of a store that is closed. Applying ten million events
// would take minutes.
func fill(b *testing.B, dir string, events, days int) {
	b.Helper()
	u := url.URL{Scheme: "file", Path: filepath.Join(dir, sqlite.FileName), RawQuery: "_pragma=synchronous(0)&_pragma=journal_mode(off)&_pragma=cache_size(-200000)"}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	rng := rand.New(rand.NewPCG(1, 2))
	hourly, daily := map[counterKey]int64{}, map[counterKey]int64{}
	for day := days; day > 0; day-- {
		fine := sample(rng, began.Truncate(24*time.Hour).Add(-time.Duration(day-1)*24*time.Hour).Unix(), events/days)
		clear(hourly)
		clear(daily)
		for k, n := range fine {
			k.bucket -= k.bucket % 3600
			hourly[k] += n
			k.bucket -= k.bucket % 86400
			daily[k] += n
		}
		if day <= 8 {
			write(b, db, "rate_fine", fine)
		}
		write(b, db, "rate_hour", hourly)
		write(b, db, "rate_day", daily)
	}
}

// sample counts the events of 24 hours.
func sample(rng *rand.Rand, from int64, events int) map[counterKey]int64 {
	skewed := func(n int) int { return int(math.Pow(rng.Float64(), 3) * float64(n)) } // some have most of it
	reasons := codebook.Reasons()
	counters := map[counterKey]int64{}
	for range events {
		what := "delivery/"
		switch n := rng.IntN(1000); {
		case n < 30:
			what = "bounce/" + string(reasons[skewed(len(reasons))])
		case n < 90:
			what = "delay/" + string(reasons[skewed(len(reasons)/2)])
		case n < 91:
			what = "complaint/"
		}
		at := (from + rng.Int64N(86400)) / 600 * 600
		counters[counterKey{1, at, "", what}]++
		counters[counterKey{2, at, fmt.Sprintf("news%d.example.com", skewed(40)), what}]++
		counters[counterKey{3, at, fmt.Sprintf("192.0.2.%d", rng.IntN(24)), what}]++
		counters[counterKey{4, at, fmt.Sprintf("provider-%d", skewed(60)), what}]++
		counters[counterKey{5, at, fmt.Sprintf("stream-%d", skewed(8)), what}]++
	}
	return counters
}

func write(b *testing.B, db *sql.DB, table string, counters map[counterKey]int64) {
	b.Helper()
	lines := map[counterKey][]string{} // by row
	for k, n := range counters {
		row := k
		row.what = ""
		lines[row] = append(lines[row], fmt.Sprintf("%s=%d", k.what, n))
	}
	tx, err := db.Begin()
	if err != nil {
		b.Fatal(err)
	}
	for k, list := range lines {
		slices.Sort(list) // as the store does
		if _, err := tx.Exec("insert or ignore into "+table+" values (?, ?, ?, ?)", k.dimension, k.bucket, k.value, strings.Join(list, "\n")); err != nil {
			b.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		b.Fatal(err)
	}
}

// benchEvents is how many events there are; REBOUND_BENCH_EVENTS says otherwise.
func benchEvents(b *testing.B) int {
	text := os.Getenv("REBOUND_BENCH_EVENTS")
	if text == "" {
		return 10_000_000
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// BenchmarkQueries measures what a dashboard asks, over the counters of ten million
// events in 400 days and in 20.
func BenchmarkQueries(b *testing.B) {
	for _, days := range []int{400, 20} {
		b.Run(fmt.Sprintf("days=%d", days), func(b *testing.B) {
			dir := b.TempDir()
			open := func() *sqlite.Store {
				s, err := sqlite.Open(b.Context(), dir, sqlite.Options{Now: func() time.Time { return began }})
				if err != nil {
					b.Fatal(err)
				}
				return s
			}
			if err := open().Close(); err != nil {
				b.Fatal(err)
			}
			fill(b, dir, benchEvents(b), days)
			s := open()
			defer s.Close()
			benchQueries(b, func() *reputation.Reputation {
				r, err := reputation.New(reputation.Options{Store: s, Now: func() time.Time { return began }})
				if err != nil {
					b.Fatal(err)
				}
				return r
			})
		})
	}
}

func benchQueries(b *testing.B, fresh func() *reputation.Reputation) {
	r, asked := fresh(), 0
	queries := map[string]func() error{
		"overview": func() error { // never the one before
			asked++
			_, err := r.Overview(b.Context(), began.Add(time.Duration(asked%2)*4*time.Second))
			return err
		},
		"first-overview": func() error { _, err := fresh().Overview(b.Context(), began); return err },
		"look":           func() error { return r.Look(b.Context()) },
	}
	for _, w := range reputation.Windows() {
		queries["senders-"+string(w)] = func() error {
			_, err := r.Table(b.Context(), reputation.Query{Dimension: store.BySenderDomain, Window: w, Compare: true})
			return err
		}
		queries["provider-series-"+string(w)] = func() error {
			_, err := r.Series(b.Context(), reputation.Query{Dimension: store.ByProvider, Value: "provider-3", Window: w})
			return err
		}
	}
	for name, ask := range queries {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := ask(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
