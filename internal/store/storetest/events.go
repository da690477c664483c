package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/smtpcode"
)

// whole is an event with all fields set.
func whole() event.Event {
	return event.Event{
		ID: "an id of another form", Time: began.Add(123456789), Kind: event.Bounce, Recipient: "Kim@Example.org", OriginalRecipient: "rfc822;kim@example.net",
		Sender: "b+\"odd\"@sender.example", MessageID: "1@s.example", Stream: "news", Action: event.Failed, ReplyCode: 550,
		Status: smtpcode.Status{Class: 5, Subject: 7, Detail: 510}, Diagnostic: "550 5.7.510 line one\nline two \x00 \xff not UTF-8", Command: "RCPT TO",
		ReportingMTA: "relay.example", RemoteMTA: "mx.example", SourceIP: "2001:db8::1", FeedbackType: "abuse", ListID: "list.example", Subject: "Grüße",
		Problems: []event.Problem{{Code: "no-boundary", Detail: "x"}, {Code: "bare"}},
		Source:   event.Source{File: "a/b.mbox", Index: 3, Line: 70000, Format: "dsn"},
		Verdict: &event.Verdict{
			Reason: codebook.IPBlocklisted, Category: codebook.CategoryReputation, Lasting: codebook.Permanent, Bounce: event.Hard,
			Decision: codebook.FixSender, Impact: codebook.ImpactCritical, Confidence: event.Likely, Provider: "example", Rule: "r-1",
			Facts: event.Facts{{Name: "dnsbl", Value: "list.example"}, {Name: "ip", Value: "192.0.2.1"}}, Sources: []string{"a", "b"}, Remedy: []string{"Ask {dnsbl}.", "Wait."},
		},
		Hint: event.Hint{Reason: codebook.Blocked, Lasting: codebook.Permanent, Weak: true},
	}
}

// noZero fails the test where a field is not set: one that package event gets
// later must be kept as well.
func noZero(t *testing.T, name string, v reflect.Value) {
	t.Helper()
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if v.IsZero() {
		t.Errorf("%s is not set: the test does not tell whether it is kept", name)
	}
	if v.Kind() != reflect.Struct || v.Type() == reflect.TypeFor[time.Time]() || v.Type() == reflect.TypeFor[smtpcode.Status]() {
		return
	}
	for i := range v.NumField() {
		noZero(t, name+"."+v.Type().Field(i).Name, v.Field(i))
	}
}

func testVerbatim(t *testing.T, b *bench) {
	first := whole()
	noZero(t, "event", reflect.ValueOf(first))
	second := whole() // the same verdict with other facts
	second.ID, second.Verdict = "second", &event.Verdict{}
	*second.Verdict = *first.Verdict
	second.Verdict.Facts = event.Facts{{Name: "ip", Value: "192.0.2.2"}}
	huge := whole() // and one that is not like those of a codebook
	huge.ID, huge.Diagnostic = "third", strings.Repeat("long ", 20_000)
	huge.Verdict = &event.Verdict{Reason: codebook.Undetermined, Remedy: []string{strings.Repeat("x", 20_000)}}
	bare := event.Event{ID: "fourth", Kind: event.Other}
	events := []event.Event{first, second, huge, bare}
	for _, e := range events {
		b.apply(t, store.Entry{Event: e, Trusted: true, Received: began.Add(time.Minute)})
	}
	compare := func() {
		t.Helper()
		for _, e := range events {
			rec, err := b.Event(t.Context(), e.ID)
			ok(t, err)
			if diff := cmp.Diff(e, rec.Event); diff != "" {
				t.Errorf("%s is another one:\n%s", e.ID, diff)
			}
			if !rec.Received.Equal(began.Add(time.Minute)) || !rec.Trusted {
				t.Errorf("%s: %v %v", e.ID, rec.Received, rec.Trusted)
			}
		}
	}
	compare()
	b.reopen(t, nil)
	compare()
	if _, err := b.Event(t.Context(), "none"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("no such event: %v", err)
	}
}

// searchAll lists events a few at a time.
func searchAll(t *testing.T, b *bench, f store.EventFilter, atOnce int) []store.Record {
	t.Helper()
	var all []store.Record
	for cursor, page := "", 0; ; page++ {
		list, next, err := b.Events(t.Context(), f, cursor, atOnce)
		ok(t, err)
		all = append(all, list...)
		if next == "" {
			return all
		}
		if cursor = next; page > 10_000 {
			t.Fatal("the list does not end")
		}
	}
}

func testSearch(t *testing.T, b *bench) {
	var events []store.Entry
	for i := range 60 {
		reason := []codebook.Reason{codebook.UserUnknown, codebook.MailboxFull, codebook.SystemError}[i%3]
		en := Bounce(fmt.Sprintf("r%d@example.org", i%6), reason, fmt.Sprintf("%d@s.example", i), began.Add(time.Duration(i)*time.Minute))
		if i%10 == 0 {
			en = Kind(event.Complaint, "r0@example.org", "news", fmt.Sprintf("%d@s.example", i), began.Add(time.Duration(i)*time.Minute))
		}
		if i%2 == 0 {
			en.Event.Sender = "x@Other.example"
		}
		en.Trusted = i != 7
		events = append(events, en)
	}
	b.apply(t, events...)
	for name, f := range map[string]store.EventFilter{
		"all": {}, "recipient": {Recipient: "r1@example.org"}, "kind": {Kind: event.Complaint}, "reason": {Reason: codebook.MailboxFull},
		"provider": {Provider: "example"}, "no such provider": {Provider: "none"}, "stream": {Stream: "news"}, "sender": {SenderDomain: "other.Example"},
		"message": {MessageID: "<17@s.example>"}, "text": {Text: "Mailbox-FULL said"}, "from": {From: began.Add(30 * time.Minute)},
		"to": {To: began.Add(30 * time.Minute)}, "unverified": {Unverified: true}, "two": {Recipient: "r1@example.org", Reason: codebook.MailboxFull},
	} {
		want := []string{}
		for i := len(events) - 1; i >= 0; i-- {
			rec := store.Record{Event: events[i].Event, Key: events[i].Event.Recipient, Received: events[i].Received, Trusted: events[i].Trusted}
			if f.Match(&rec) {
				want = append(want, rec.ID)
			}
		}
		if len(want) == 0 && name != "no such provider" {
			t.Errorf("%s: the test tests nothing", name)
		}
		for _, atOnce := range []int{1, 7, 100} {
			got := []string{}
			for _, rec := range searchAll(t, b, f, atOnce) {
				got = append(got, rec.ID)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s, %d at once:\n%s", name, atOnce, diff)
			}
		}
	}
	if _, _, err := b.Events(t.Context(), store.EventFilter{}, "x", 10); !errors.Is(err, store.ErrCursor) {
		t.Errorf("cursor: %v", err)
	}
}

func testHistory(t *testing.T, b *bench) {
	for i := range 25 {
		b.apply(t, Bounce("kim@example.org", codebook.MailboxFull, fmt.Sprintf("%d@s.example", i), began.Add(time.Duration(i)*time.Minute)),
			Bounce("lee@example.org", codebook.MailboxFull, fmt.Sprintf("%d@s.example", i), began))
	}
	all := searchAll(t, b, store.EventFilter{Recipient: "kim@example.org"}, 4)
	if len(all) != 25 {
		t.Fatalf("%d events", len(all))
	}
	for i, rec := range all {
		if want := fmt.Sprintf("%d@s.example", 24-i); rec.MessageID != want || rec.Recipient != "kim@example.org" {
			t.Errorf("event %d is %s of %s", i, rec.MessageID, rec.Recipient)
		}
	}
	if none := searchAll(t, b, store.EventFilter{Recipient: "nobody@example.org"}, 4); len(none) != 0 {
		t.Errorf("of nobody: %d", len(none))
	}
}

func testEvidence(t *testing.T, b *bench) {
	body := []byte("From: <>\r\n\r\n\x00\xff\r\n" + strings.Repeat("the same again ", 1000))
	report := &store.Report{ID: "report-1", Body: body}
	one, two := Bounce("kim@example.org", codebook.UserUnknown, "1@s.example", began), Bounce("lee@example.org", codebook.UserUnknown, "1@s.example", began)
	one.Report, two.Report = report, report
	b.apply(t, one, two)
	late := Bounce("max@example.org", codebook.UserUnknown, "1@s.example", began)
	late.Report = report
	b.apply(t, late)
	empty := Bounce("eve@example.org", codebook.UserUnknown, "1@s.example", began)
	empty.Report = &store.Report{ID: "report-2"}
	b.apply(t, empty)
	for _, en := range []store.Entry{one, two, late} {
		rec, err := b.Event(t.Context(), en.Event.ID)
		ok(t, err)
		got, err := b.Evidence(t.Context(), rec.ReportID)
		ok(t, err)
		if !bytes.Equal(got, body) {
			t.Errorf("%s: evidence of %d bytes, want %d", rec.Recipient, len(got), len(body))
		}
	}
	if got, err := b.Evidence(t.Context(), "report-2"); err != nil || len(got) != 0 {
		t.Errorf("an empty report: %q, %v", got, err)
	}
	if _, err := b.Evidence(t.Context(), "none"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("no such report: %v", err)
	}
}
