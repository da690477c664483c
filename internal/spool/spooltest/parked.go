package spooltest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rebound-mail/rebound/internal/spool"
)

func testPark(t *testing.T, o Open) {
	s := open(t, o)
	mustAppend(t, s, "a", "b")
	claim(t, s, 2)
	at := Received().Add(time.Hour)
	must(t, s.Park(t.Context(), "a", "it panics", at))
	must(t, s.Done(t.Context(), "a", "b"))
	wantNone(t, s)
	must(t, s.Close())
	s = open(t, o)
	wantNone(t, s)
	want := spool.Parked{Report: report("a"), Reason: "it panics", ParkedAt: at, Size: len("body of a")}
	got, err := s.ParkedReport(t.Context(), "a")
	must(t, err)
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
	list, next, err := s.Parked(t.Context(), "", 10)
	must(t, err)
	want.Body = nil
	if diff := cmp.Diff([]spool.Parked{want}, list, cmpopts.EquateEmpty()); diff != "" || next != "" {
		t.Error(diff, next)
	}
	must(t, s.Drop(t.Context(), "a"))
	if stats := s.Stats(); stats.Parked != 0 || stats.Bytes != 0 {
		t.Errorf("%d parked in %d bytes after the last was dropped", stats.Parked, stats.Bytes)
	}
}

func testParkedPages(t *testing.T, o Open) {
	s := open(t, o)
	for i := range 7 {
		id := fmt.Sprint(i)
		mustAppend(t, s, id)
		claim(t, s, 1)
		must(t, s.Park(t.Context(), id, "", Received()))
	}
	var all []string
	pages := 0
	for cursor := ""; ; pages++ {
		list, next, err := s.Parked(t.Context(), cursor, 3)
		must(t, err)
		for _, p := range list {
			all = append(all, p.ID)
		}
		if next == "" {
			break
		}
		must(t, s.Drop(t.Context(), list[0].ID)) // what changes meanwhile disturbs nothing
		cursor = next
	}
	if got := strings.Join(all, " "); got != "0 1 2 3 4 5 6" || pages != 2 {
		t.Errorf("listed %s, with %d further pages", got, pages)
	}
	if _, _, err := s.Parked(t.Context(), "no cursor", 3); !errors.Is(err, spool.ErrInvalid) {
		t.Errorf("a cursor that is none: %v", err)
	}
}

func testRequeue(t *testing.T, o Open) {
	s := open(t, o)
	mustAppend(t, s, "a")
	claim(t, s, 1)
	must(t, s.Park(t.Context(), "a", "later", Received()))
	mustAppend(t, s, "b")
	must(t, s.Requeue(t.Context(), "a"))
	list := claim(t, s, 2)
	wantIDs(t, list, "b a")
	if diff := cmp.Diff(report("a"), list[1].Report, cmpopts.EquateEmpty()); diff != "" || list[1].Tries != 1 {
		t.Errorf("%d tries, %s", list[1].Tries, diff)
	}
	if n := s.Stats().Parked; n != 0 {
		t.Errorf("%d parked", n)
	}
}

func testNotFound(t *testing.T, o Open) {
	s := open(t, o)
	mustAppend(t, s, "a")
	_, err := s.ParkedReport(t.Context(), "a")
	for what, err := range map[string]error{
		"park what is not claimed": s.Park(t.Context(), "a", "", Received()),
		"read":                     err,
		"requeue":                  s.Requeue(t.Context(), "a"),
		"drop":                     s.Drop(t.Context(), "a"),
	} {
		if !errors.Is(err, spool.ErrNotFound) {
			t.Errorf("%s: %v", what, err)
		}
	}
	wantIDs(t, claim(t, s, 1), "a")
}
