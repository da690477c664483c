// Package spooltest is the test that every spool has to pass.
package spooltest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rebound-mail/rebound/internal/spool"
)

// Open opens the spool of one test: the first time an empty one, after a Close
// what that one left.
type Open func() spool.Spool

// Run runs all tests, each with a spool of its own.
func Run(t *testing.T, fresh func(t *testing.T) Open) {
	for name, test := range map[string]func(*testing.T, Open){
		"what is claimed is what was appended":      testRoundTrip,
		"reports come in the order of acceptance":   testOrder,
		"what was not settled comes again":          testReopen,
		"what is done never comes again":            testDone,
		"what was released comes first":             testRelease,
		"claim waits":                               testClaimWaits,
		"claim ends with its context":               testClaimContext,
		"several reports are accepted together":     testTogether,
		"parked reports are kept aside":             testPark,
		"parked reports are listed page by page":    testParkedPages,
		"parked reports come back":                  testRequeue,
		"what is not there":                         testNotFound,
		"reports that cannot be kept are refused":   testInvalid,
		"one id twice is one report":                testSameID,
		"stats":                                     testStats,
		"a closed spool says so":                    testClosed,
		"many write while many read":                testConcurrent,
		"a call that is given up accepts nothing":   testCancelledAppend,
		"bodies may be changed after they are kept": testBodyIsKept,
	} {
		t.Run(name, func(t *testing.T) { test(t, fresh(t)) })
	}
}

// Received is when the reports of the tests came in.
func Received() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 123456789, time.UTC) }

func report(id string) spool.Report {
	return spool.Report{ID: id, Source: spool.HTTP, Received: Received(), Trust: spool.TrustOpen, Kind: spool.KindMail, Body: []byte("body of " + id)}
}

func open(t *testing.T, open Open) spool.Spool {
	t.Helper()
	s := open()
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func mustAppend(t *testing.T, s spool.Spool, ids ...string) {
	t.Helper()
	for _, id := range ids {
		must(t, s.Append(t.Context(), report(id)))
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// claim claims n reports and fails if there are fewer.
func claim(t *testing.T, s spool.Spool, n int) []spool.Claimed {
	t.Helper()
	var all []spool.Claimed
	for len(all) < n {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		list, err := s.Claim(ctx, n-len(all))
		cancel()
		if err != nil {
			t.Fatalf("claimed %d of %d: %v", len(all), n, err)
		}
		all = append(all, list...)
	}
	return all
}

func ids(list []spool.Claimed) string {
	var all []string
	for _, c := range list {
		all = append(all, c.ID)
	}
	return strings.Join(all, " ")
}

func wantIDs(t *testing.T, list []spool.Claimed, want string) {
	t.Helper()
	if got := ids(list); got != want {
		t.Fatalf("claimed %q, want %q", got, want)
	}
}

// wantNone fails if there is anything to claim.
func wantNone(t *testing.T, s spool.Spool) {
	t.Helper()
	if stats := s.Stats(); stats.Len != stats.Claimed {
		t.Fatalf("%d reports, of which %d are claimed: nothing else was to be there", stats.Len, stats.Claimed)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if list, err := s.Claim(ctx, 1); err == nil {
		t.Fatalf("claimed %q, want none", ids(list))
	}
}

func testRoundTrip(t *testing.T, o Open) {
	s := open(t, o)
	every := make([]byte, 1<<18)
	for i := range every {
		every[i] = byte(i * i >> 3)
	}
	reports := []spool.Report{
		{ID: "nothing else"},
		{
			ID: "a/b\\../c:\x00\xff ü", Source: "later", Received: Received().In(time.FixedZone("", 3600)), Trust: spool.TrustSource, Kind: spool.KindHook,
			Body: every, Meta: map[string]string{spool.MetaProvider: "ses", "": "", "k\x00": strings.Repeat("v", 70000)},
		},
		{ID: "year 1", Received: time.Date(1, 1, 1, 0, 0, 1, 0, time.UTC)},
		{ID: "year 9999", Received: time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC)},
		{ID: "before 1970", Received: time.Date(1969, 12, 31, 23, 59, 59, 1, time.UTC), Body: []byte("\r\n.\r\n")},
	}
	for _, r := range reports {
		must(t, s.Append(t.Context(), r))
	}
	for i, c := range claim(t, s, len(reports)) {
		if diff := cmp.Diff(reports[i], c.Report, cmpopts.EquateEmpty()); diff != "" || c.Tries != 1 {
			t.Errorf("%d tries, report differs:\n%s", c.Tries, diff)
		}
	}
}

func testOrder(t *testing.T, o Open) {
	s := open(t, o)
	mustAppend(t, s, "a", "b", "c", "d", "e")
	wantIDs(t, claim(t, s, 2), "a b")
	mustAppend(t, s, "f")
	wantIDs(t, claim(t, s, 4), "c d e f")
}

func testReopen(t *testing.T, o Open) {
	s := open(t, o)
	mustAppend(t, s, "a", "b", "c", "d")
	claim(t, s, 3)
	must(t, s.Done(t.Context(), "b"))
	must(t, s.Close())
	s = open(t, o)
	mustAppend(t, s, "e")
	list := claim(t, s, 4)
	wantIDs(t, list, "a c d e")
	for i, tries := range []int{2, 2, 1, 1} {
		if list[i].Tries != tries {
			t.Errorf("%s was handed out %d times, want %d", list[i].ID, list[i].Tries, tries)
		}
	}
}

func testDone(t *testing.T, o Open) {
	s := open(t, o)
	mustAppend(t, s, "a", "b", "c")
	claim(t, s, 3)
	must(t, s.Done(t.Context(), "a", "b", "unknown"))
	must(t, s.Done(t.Context(), "a", "c"))
	wantNone(t, s)
	must(t, s.Close())
	s = open(t, o)
	wantNone(t, s)
	mustAppend(t, s, "d")
	must(t, s.Done(t.Context(), "d")) // not claimed
	wantIDs(t, claim(t, s, 1), "d")
}

func testRelease(t *testing.T, o Open) {
	s := open(t, o)
	mustAppend(t, s, "a", "b", "c", "d")
	claim(t, s, 3)
	must(t, s.Release(t.Context(), "c", "a", "d", "unknown"))
	list := claim(t, s, 3)
	wantIDs(t, list, "a c d")
	if list[0].Tries != 2 || list[2].Tries != 1 {
		t.Errorf("tries %d and %d, want 2 and 1", list[0].Tries, list[2].Tries)
	}
	must(t, s.Done(t.Context(), "a", "b", "c", "d"))
	wantNone(t, s)
}

func testClaimWaits(t *testing.T, o Open) {
	s := open(t, o)
	got := make(chan string)
	go func() {
		list, err := s.Claim(t.Context(), 5)
		got <- fmt.Sprint(ids(list), err)
	}()
	mustAppend(t, s, "a")
	if g := <-got; g != "a<nil>" && g != "a <nil>" {
		t.Errorf("claimed %q", g)
	}
}

func testClaimContext(t *testing.T, o Open) {
	s := open(t, o)
	ctx, cancel := context.WithCancel(t.Context())
	got := make(chan error)
	go func() {
		_, err := s.Claim(ctx, 1)
		got <- err
	}()
	cancel()
	if err := <-got; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	mustAppend(t, s, "a")
	wantIDs(t, claim(t, s, 1), "a")
}

func testTogether(t *testing.T, o Open) {
	s := open(t, o)
	must(t, s.Append(t.Context()))
	must(t, s.Append(t.Context(), report("a"), report("b"), report("c")))
	wantIDs(t, claim(t, s, 3), "a b c")
	if err := s.Append(t.Context(), report("d"), spool.Report{}); !errors.Is(err, spool.ErrInvalid) {
		t.Errorf("error %v", err)
	}
	wantNone(t, s)
}

func testInvalid(t *testing.T, o Open) {
	s := open(t, o)
	many := map[string]string{}
	for i := range 1000 {
		many[fmt.Sprint(i)] = ""
	}
	for what, r := range map[string]spool.Report{
		"no id":     {},
		"long id":   {ID: strings.Repeat("x", 10000)},
		"much meta": {ID: "a", Meta: many},
		"long meta": {ID: "a", Meta: map[string]string{"a": strings.Repeat("x", 1<<21)}},
	} {
		if err := s.Append(t.Context(), r); !errors.Is(err, spool.ErrInvalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
	wantNone(t, s)
}

func testSameID(t *testing.T, o Open) {
	s := open(t, o)
	mustAppend(t, s, "a", "a", "b")
	list := claim(t, s, s.Stats().Len)
	if list[0].ID != "a" || list[len(list)-1].ID != "b" {
		t.Errorf("claimed %s", ids(list))
	}
	must(t, s.Done(t.Context(), "a"))
	if stats := s.Stats(); stats.Len != 1 || stats.Claimed != 1 {
		t.Errorf("after one is done: %+v", stats)
	}
	must(t, s.Close())
	wantIDs(t, claim(t, open(t, o), 1), "b")
}

func testStats(t *testing.T, o Open) {
	s := open(t, o)
	if stats := s.Stats(); stats.Len != 0 || stats.Bytes != 0 || !stats.Oldest.IsZero() || stats.Limit <= 0 || stats.Lag(Received()) != 0 {
		t.Errorf("empty: %+v", stats)
	}
	for i, id := range []string{"a", "b", "c"} {
		r := report(id)
		r.Received = r.Received.Add(time.Duration(i) * time.Minute)
		must(t, s.Append(t.Context(), r))
	}
	stats := s.Stats()
	if stats.Len != 3 || stats.Appended != 3 || stats.Commits == 0 || stats.Bytes < int64(3*len("body of a")) {
		t.Errorf("after three: %+v", stats)
	}
	if lag := stats.Lag(Received().Add(time.Hour)); lag != time.Hour {
		t.Errorf("lag %v, want an hour", lag)
	}
	if lag := stats.Lag(Received().Add(-time.Hour)); lag != 0 {
		t.Errorf("lag %v with a clock that was set back", lag)
	}
	claim(t, s, 2)
	must(t, s.Done(t.Context(), "a"))
	stats = s.Stats()
	if stats.Len != 2 || stats.Claimed != 1 || stats.Done != 1 || !stats.Oldest.Equal(Received().Add(time.Minute)) {
		t.Errorf("one done, one claimed: %+v", stats)
	}
	must(t, s.Park(t.Context(), "b", "", Received()))
	claim(t, s, 1)
	must(t, s.Done(t.Context(), "c"))
	stats = s.Stats()
	if stats.Len != 0 || stats.Parked != 1 || stats.Claimed != 0 || stats.Bytes == 0 || !stats.Oldest.IsZero() || stats.Done != 2 {
		t.Errorf("one parked: %+v", stats)
	}
}

func testClosed(t *testing.T, o Open) {
	s := open(t, o)
	mustAppend(t, s, "a")
	claim(t, s, 1)
	waiting := make(chan error)
	go func() {
		_, err := s.Claim(t.Context(), 1)
		waiting <- err
	}()
	must(t, s.Close())
	must(t, s.Close())
	_, err := s.Claim(t.Context(), 1)
	for what, err := range map[string]error{
		"append": s.Append(t.Context(), report("b")), "claim": err, "waiting claim": <-waiting, "done": s.Done(t.Context(), "a"),
		"release": s.Release(t.Context(), "a"), "park": s.Park(t.Context(), "a", "", Received()), "drop": s.Drop(t.Context(), "a"), "requeue": s.Requeue(t.Context(), "a"),
	} {
		if !errors.Is(err, spool.ErrClosed) {
			t.Errorf("%s: %v", what, err)
		}
	}
	wantIDs(t, claim(t, open(t, o), 1), "a")
}
