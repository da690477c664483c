package sqlite

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/store"
)

// Counters of a store that kept them in one table only, by the hour where they
// are old, are all there by the hour and by the day.
func TestCountersOfAnOlderVersionAreAddedUp(t *testing.T) {
	dir := older(t, 3)
	db, err := sql.Open("sqlite", address(filepath.Join(dir, FileName), 1<<20))
	if err != nil {
		t.Fatal(err)
	}
	end := benchStart().Truncate(time.Hour)
	for _, ago := range []time.Duration{10 * time.Minute, 20 * time.Minute, 3 * time.Hour, 20 * 24 * time.Hour} {
		const add = "insert into rate values (?, ?, 'sender.example', 'bounce/mailbox-full', 2)"
		if _, err := db.ExecContext(t.Context(), add, dimSenderDomain, end.Add(-ago).Unix()); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s := openBench(t, dir)
	for _, want := range []struct {
		back    time.Duration
		every   time.Duration
		bounced int64
	}{{30 * 24 * time.Hour, 0, 8}, {30 * 24 * time.Hour, 24 * time.Hour, 8}, {24 * time.Hour, time.Hour, 6}, {time.Hour, 0, 4}, {15 * time.Minute, 0, 2}} {
		groups, err := s.Rates(t.Context(), store.RateQuery{Dimension: store.BySenderDomain, From: end.Add(-want.back), To: end, Every: want.every})
		if err != nil {
			t.Fatal(err)
		}
		var got int64
		for _, g := range groups {
			got += g.Kinds[event.Bounce]
		}
		if got != want.bounced {
			t.Errorf("of %v every %v: %d bounced, want %d", want.back, want.every, got, want.bounced)
		}
	}
	if problems, err := s.Verify(t.Context()); err != nil || len(problems) > 0 {
		t.Errorf("not sound: %q, %v", problems, err)
	}
}

func TestVerifyFindsCountersThatDisagree(t *testing.T) {
	s := openBench(t, t.TempDir())
	if err := s.CountAttempts(t.Context(), []store.Attempts{{ID: "1", Time: benchStart(), Sender: "sender.example", Count: 5}}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.w.exec("update rate_day set counts = 'sent/=4' where dimension = ?", dimTotal); err != nil {
		t.Fatal(err)
	}
	problems, err := s.Verify(t.Context())
	if err != nil || len(problems) != 1 {
		t.Errorf("problems %q, %v", problems, err)
	}
}

func TestATimeIsCutIntoWholeDaysAndHours(t *testing.T) {
	const hour, day = 3600, 24 * 3600
	got := partsOf(2*day-3*hour-600, 4*day+2*hour+1200, levelDay, 0)
	want := []part{
		{levelFine, 2*day - 3*hour - 600, 2*day - 3*hour}, {levelHour, 2*day - 3*hour, 2 * day}, {levelDay, 2 * day, 4 * day},
		{levelHour, 4 * day, 4*day + 2*hour}, {levelFine, 4*day + 2*hour, 4*day + 2*hour + 1200},
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("parts %v, want %v", got, want)
	}
	if got = partsOf(1200, 2*hour+600, levelDay, hour); fmt.Sprint(got) != fmt.Sprint([]part{{levelHour, 1200, hour}, {levelHour, hour, 2 * hour}, {levelFine, 2 * hour, 2*hour + 600}}) {
		t.Errorf("before the finest are to be had: parts %v", got)
	}
	if got = partsOf(day, day, levelDay, 0); got != nil {
		t.Errorf("no time: parts %v", got)
	}
}

func TestCountsAreReadAsTheyWereWritten(t *testing.T) {
	counts := map[string]int64{"bounce/mailbox-full": 12, "sent/": 1 << 60, "delivery/": 0, "other/": -3}
	got := map[string]int64{}
	eachCount(countsText(counts), func(what string, n int64) { got[what] += n })
	if fmt.Sprint(got) != fmt.Sprint(counts) {
		t.Errorf("%v, want %v", got, counts)
	}
	if what := whatOf("bounce=1\nsent/", "x"); what != "other/" {
		t.Errorf("a kind that would be two counts is counted as %q", what)
	}
}

func FuzzEachCount(f *testing.F) {
	for _, s := range []string{"", "sent/=5", "bounce/user-unknown=1\ndelivery/=2", "=", "\n\n", "a=b=1", "sent/=99999999999999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, stored string) {
		first, again := map[string]int64{}, map[string]int64{}
		eachCount(stored, func(what string, n int64) { first[what] += n })
		eachCount(countsText(first), func(what string, n int64) { again[what] += n })
		if fmt.Sprint(first) != fmt.Sprint(again) {
			t.Errorf("%q: %v, written and read %v", stored, first, again)
		}
	})
}

func TestCountsAddUpInAnyOrder(t *testing.T) {
	sums := tally{places: map[string]int{}}
	for _, counts := range []string{"bounce/=1\ndelay/=2\nsent/=3", "delay/=10\nsent/=20", "sent/=100\nbounce/=200\nother/=300", "", "bounce/=1000\nbounce/=1000"} {
		sums.add(counts)
	}
	got := map[string]int64{}
	for i, what := range sums.whats {
		got[what] += sums.sums[i]
	}
	if want := (map[string]int64{"bounce/": 2201, "delay/": 12, "sent/": 123, "other/": 300}); fmt.Sprint(got) != fmt.Sprint(want) || len(sums.whats) != 4 {
		t.Errorf("%v, want %v", got, want)
	}
}
