package sqlite

import (
	"testing"
	"time"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/internal/store/storetest"
)

// fromReport is a bounce that came with a report.
func fromReport(recipient, report string) store.Entry {
	en := storetest.Bounce(recipient, codebook.UserUnknown, recipient+report, crashClock().Add(-time.Hour))
	en.Report = &store.Report{ID: report, Body: []byte("the report " + report)}
	return en
}

// Forgetting a recipient removes the reports about him, and never one that was
// given the number of a report that is gone.
func TestANumberOfAReportIsUsedOnce(t *testing.T) {
	dir := t.TempDir()
	s := openBench(t, dir)
	both := []store.Entry{fromReport("kim@example.org", "first"), fromReport("lee@example.org", "first")}
	if err := s.Apply(t.Context(), both); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Forget(t.Context(), "kim@example.org"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openBench(t, dir)
	if err := s.Apply(t.Context(), []store.Entry{fromReport("jo@example.org", "second")}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Forget(t.Context(), "lee@example.org"); err != nil {
		t.Fatal(err)
	}
	if body, err := s.Evidence(t.Context(), "second"); err != nil || string(body) != "the report second" {
		t.Errorf("%q, %v", body, err)
	}
}

// Many reports in one transaction, some of them twice, some known before, one of
// several events, one empty.
func TestReportsAreKeptOnce(t *testing.T) {
	s := openBench(t, t.TempDir())
	if err := s.Apply(t.Context(), []store.Entry{fromReport("a@example.org", "r7")}); err != nil {
		t.Fatal(err)
	}
	var list []store.Entry
	name := func(i int) string { return "r" + string(rune('0'+i%10)) + string(rune('0'+i/10)) }
	for i := range 3 * rowsAtOnce {
		list = append(list, fromReport(name(i)+"@example.org", name(i)), fromReport("x"+name(i)+"@example.org", name(i)))
	}
	empty := fromReport("e@example.org", "empty")
	empty.Report.Body = nil
	list = append(list, fromReport("b@example.org", "r7"), empty)
	if err := s.Apply(t.Context(), list); err != nil {
		t.Fatal(err)
	}
	for i := range 3 * rowsAtOnce {
		if body, err := s.Evidence(t.Context(), name(i)); err != nil || string(body) != "the report "+name(i) {
			t.Fatalf("%s: %q, %v", name(i), body, err)
		}
	}
	if body, err := s.Evidence(t.Context(), "empty"); err != nil || len(body) != 0 {
		t.Errorf("empty: %q, %v", body, err)
	}
	var reports, without int
	err := s.readers.QueryRow("select (select count(*) from report), (select count(*) from event where report not in (select n from report))").Scan(&reports, &without)
	if err != nil || reports != 3*rowsAtOnce+2 || without != 0 {
		t.Errorf("%d reports, %d events without theirs, %v", reports, without, err)
	}
}
