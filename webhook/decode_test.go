package webhook

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/event"
)

// sum writes what matters of an event on one line:
// kind recipient code status "diagnostic" hint !problems
func sum(e *event.Event) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", e.Kind, orDash(e.Recipient))
	if e.Stream != "" {
		fmt.Fprintf(&b, " stream=%s", e.Stream)
	}
	if e.FeedbackType != "" {
		fmt.Fprintf(&b, " feedback=%s", e.FeedbackType)
	}
	if e.ReplyCode != 0 {
		fmt.Fprintf(&b, " %d", e.ReplyCode)
	}
	if !e.Status.IsZero() {
		fmt.Fprintf(&b, " %s", e.Status)
	}
	if e.Diagnostic != "" {
		fmt.Fprintf(&b, " %q", e.Diagnostic)
	}
	if e.Hint.Reason != "" {
		fmt.Fprintf(&b, " hint=%s", e.Hint.Reason)
		if e.Hint.Lasting != "" {
			fmt.Fprintf(&b, "/%s", e.Hint.Lasting)
		}
		if !e.Hint.Weak {
			b.WriteString("/strong")
		}
	}
	for _, p := range e.Problems {
		fmt.Fprintf(&b, " !%s", p.Code)
	}
	return b.String()
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// decodeCase is one payload and the events in it.
type decodeCase struct {
	name    string
	payload string
	want    []string // sum of each event
	passed  int
	unread  int
}

func runDecode(t *testing.T, p Provider, cases []decodeCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			batch, err := Decode(p, []byte(c.payload))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for i := range batch.Events {
				got = append(got, sum(&batch.Events[i]))
				checkEvent(t, p, &batch.Events[i])
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("events:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
			if batch.Passed != c.passed || batch.Unread != c.unread {
				t.Errorf("passed %d, unread %d; want %d, %d (%v)", batch.Passed, batch.Unread, c.passed, c.unread, batch.Problems)
			}
			detected, ok := Detect([]byte(c.payload), nil)
			if c.unread == 0 && (!ok || detected != p) {
				t.Errorf("detected as %q", detected)
			}
		})
	}
}

// checkEvent asserts what holds of every event.
func checkEvent(t *testing.T, p Provider, e *event.Event) {
	t.Helper()
	if e.ID == "" || len(e.ID) > maxField {
		t.Errorf("id %q", e.ID)
	}
	if !isKind(e.Kind) {
		t.Errorf("kind %q", e.Kind)
	}
	if e.Source.Format != string(p) || e.Verdict != nil {
		t.Errorf("source %+v, verdict %v", e.Source, e.Verdict)
	}
	failed := e.Kind == event.Bounce || e.Kind == event.Delay
	if !failed && (e.Action == event.Failed || e.Action == event.Delayed) {
		t.Errorf("a %s has the action %s", e.Kind, e.Action)
	}
	if failed && e.Action == "" {
		t.Errorf("a %s has no action", e.Kind)
	}
	if y := e.Time.Year(); !e.Time.IsZero() && (y < firstYear || y > lastYear || e.Time.Location() != time.UTC) {
		t.Errorf("time %v", e.Time)
	}
	if _, err := json.Marshal(e); err != nil {
		t.Errorf("JSON: %v", err)
	}
}

// one returns the only event in a payload.
func one(t *testing.T, p Provider, payload string) event.Event {
	t.Helper()
	batch, err := Decode(p, []byte(payload))
	if err != nil || len(batch.Events) != 1 {
		t.Fatalf("%d events, %v, %v", len(batch.Events), err, batch.Problems)
	}
	return batch.Events[0]
}

func TestDecodeRefusesWhatItCannotRead(t *testing.T) {
	for _, c := range []struct {
		p       Provider
		payload string
		want    error
	}{
		{"nobody", `{}`, ErrProvider},
		{"", `{}`, ErrProvider},
		{SendGrid, ``, ErrUnreadable},
		{SendGrid, `null`, ErrUnreadable},
		{SendGrid, `"text"`, ErrUnreadable},
		{SendGrid, `<html>`, ErrUnreadable},
		{SendGrid, `mandrill_events=%5B%5D`, ErrUnreadable},
		{Mandrill, `event=bounced&recipient=a%40b.example`, ErrUnreadable},
		{SES, strings.Repeat("[", 100000), ErrUnreadable},
		{SES, strings.Repeat(`{"a":`, 100000), ErrUnreadable},
		{SES, strings.Repeat(" ", MaxPayload+1), ErrTooLarge},
	} {
		batch, err := Decode(c.p, []byte(c.payload))
		if !errors.Is(err, c.want) || len(batch.Events) != 0 {
			t.Errorf("%s %.20q: %v, %d events; want %v", c.p, c.payload, err, len(batch.Events), c.want)
		}
	}
}

func TestOneBadItemDoesNotLoseTheOthers(t *testing.T) {
	good := func(id string) string {
		return `{"email":"a@example.com","event":"bounce","type":"bounce","timestamp":1600000000,"sg_event_id":"` + id + `","sg_message_id":"m"}`
	}
	for _, c := range []struct {
		name, payload   string
		events, unread  int
		problem, second string
	}{
		{"a number between", `[` + good("1") + `,7,` + good("2") + `]`, 2, 1, ProblemItem, "item 2"},
		{"an unknown kind", `[` + good("1") + `,{"email":"a@example.com","event":"teleported"},` + good("2") + `]`, 2, 1, ProblemUnknown, "teleported"},
		{"no kind", `[{},` + good("1") + `]`, 1, 1, ProblemItem, "item 1"},
		{"wrong types", `[{"email":{"x":1},"event":["bounce"],"timestamp":{}},` + good("1") + `]`, 1, 1, ProblemItem, ""},
		{"cut off between", `[` + good("1") + `,` + good("2") + `,`, 2, 0, ProblemSyntax, ""},
		{"cut off within", `[` + good("1") + `,` + good("2")[:70], 2, 0, ProblemSyntax, ""},
		{"a comma too many", `[` + good("1") + `,,` + good("2") + `]`, 2, 0, ProblemSyntax, ""},
		{"arrays in arrays", `[[` + good("1") + `],[` + good("2") + `]]`, 2, 0, "", ""},
		{"one after another", good("1") + "\n" + good("2") + "\n", 2, 0, "", ""},
		{"arrays one after another", `[` + good("1") + `]` + "\r\n" + `[` + good("2") + `]`, 2, 0, "", ""},
		{"a byte order mark", "\xef\xbb\xbf[" + good("1") + `]`, 1, 0, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			batch, err := Decode(SendGrid, []byte(c.payload))
			if err != nil || len(batch.Events) != c.events || batch.Unread != c.unread {
				t.Fatalf("%d events, %d unread, %v, %v", len(batch.Events), batch.Unread, err, batch.Problems)
			}
			if c.problem == "" && len(batch.Problems) > 0 || c.problem != "" && !slices.ContainsFunc(batch.Problems, func(p event.Problem) bool {
				return p.Code == c.problem && strings.Contains(p.Detail, c.second)
			}) {
				t.Errorf("problems %v", batch.Problems)
			}
		})
	}
}

func TestHostileFieldsAreBounded(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	e := one(t, SendGrid, `[{"email":"a@example.com","event":"bounce","type":"bounce","timestamp":1e400,"sg_event_id":"1","smtp-id":"`+long+`","reason":"550 5.1.1 `+long+`"}]`)
	if len(e.Diagnostic) != maxDiagnostic || len(e.MessageID) != maxField || !e.Time.IsZero() {
		t.Errorf("diagnostic of %d bytes, message id of %d, time %v", len(e.Diagnostic), len(e.MessageID), e.Time)
	}
	if !hasProblem(&e, ProblemTooLong) || !hasProblem(&e, ProblemTime) || e.ReplyCode != 550 {
		t.Errorf("%d, problems %v", e.ReplyCode, e.Problems)
	}
	e = one(t, SendGrid, `{"email":"`+long+`@example.com","event":"bounce","timestamp":1600000000,"sg_event_id":"1"}`)
	if e.Recipient != "" || !hasProblem(&e, ProblemRecipient) {
		t.Errorf("an address of a megabyte became %.20q, problems %v", e.Recipient, e.Problems)
	}
}

func TestTheNumberOfEventsIsBounded(t *testing.T) {
	item := `{"email":"a@example.com","event":"bounce"},`
	batch, err := Decode(SendGrid, []byte("["+strings.Repeat(item, MaxEvents+10)+item[:len(item)-1]+"]"))
	if err != nil || len(batch.Events) != MaxEvents {
		t.Fatalf("%d events, %v", len(batch.Events), err)
	}
	if len(batch.Problems) != 1 || batch.Problems[0].Code != ProblemTooMany {
		t.Errorf("problems %v", batch.Problems)
	}
	batch, err = Decode(SendGrid, []byte("["+strings.Repeat("0,", 100000)+"{}]"))
	if err != nil || batch.Unread != 100001 || len(batch.Problems) != maxProblems {
		t.Errorf("%d unread, %d problems, %v", batch.Unread, len(batch.Problems), err)
	}
}

func TestTheSenderOwnFieldsDoNotPassForTheProviders(t *testing.T) {
	// SendGrid flattens custom arguments; JSON names differ by case.
	e := one(t, SendGrid, `{"email":"a@example.com","Email":"victim@example.com","event":"bounce","EVENT":"delivered","reason":"550 5.1.1 unknown","timestamp":1600000000,"sg_event_id":"1"}`)
	if e.Recipient != "a@example.com" || e.Kind != event.Bounce {
		t.Errorf("%s", sum(&e))
	}
}

func TestIDsAreTheProvidersAndApartByKindAndRecipient(t *testing.T) {
	ids := make(map[string]string)
	for name, payload := range map[string]string{
		"bounce":           `{"event":"bounce","email":"a@example.com","event_id":"1","message_id":"m","timestamp":1600000000}`,
		"other recipient":  `{"event":"bounce","email":"b@example.com","event_id":"1","message_id":"m","timestamp":1600000000}`,
		"other kind":       `{"event":"spam","email":"a@example.com","event_id":"1","message_id":"m","timestamp":1600000000}`,
		"other event":      `{"event":"bounce","email":"a@example.com","event_id":"2","message_id":"m","timestamp":1600000000}`,
		"no id":            `{"event":"bounce","email":"a@example.com","message_id":"m","timestamp":1600000000}`,
		"no id, next time": `{"event":"bounce","email":"a@example.com","message_id":"m","timestamp":1600000001}`,
	} {
		e := one(t, Mailtrap, payload)
		if again := one(t, Mailtrap, `[`+payload+`]`); again.ID != e.ID {
			t.Errorf("%s: posted twice, it has two ids", name)
		}
		if other, taken := ids[e.ID]; taken {
			t.Errorf("%s and %s have one id", name, other)
		}
		ids[e.ID] = name
	}
}
