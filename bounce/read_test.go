package bounce

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
)

// parse reads a mail written with LF.
func parse(mail string) Report { return Parse([]byte(mail), Options{}) }

// one returns the only event of a mail.
func one(t *testing.T, mail string) Event {
	t.Helper()
	r := parse(mail)
	if len(r.Events) != 1 {
		t.Fatalf("%d events of type %s, want 1", len(r.Events), r.Type)
	}
	return r.Events[0]
}

func TestNotificationGivesAnEvent(t *testing.T) {
	e := one(t, postfixDSN)
	want := map[string][2]any{
		"kind":       {e.Kind, event.Bounce},
		"action":     {e.Action, event.Failed},
		"recipient":  {e.Recipient, "kim@example.org"},
		"original":   {e.OriginalRecipient, "Kim@example.org"},
		"sender":     {e.Sender, "news@sender.example"},
		"message id": {e.MessageID, "original-1@sender.example"},
		"subject":    {e.Subject, "Grüße"},
		"list id":    {e.ListID, "weekly.sender.example"},
		"reply code": {e.ReplyCode.String(), "550"},
		"status":     {e.Status.String(), "5.1.1"}, // the remote server's, not the report's 5.0.0
		"diagnostic": {e.Diagnostic, "550 5.1.1 <kim@example.org>: Recipient address rejected: User unknown"},
		"reporting":  {e.ReportingMTA, "relay.sender.example"},
		"remote":     {e.RemoteMTA, "mx.example.org"},
		"format":     {e.Source.Format, "dsn"},
		"time":       {e.Time.UTC().Format("2006-01-02T15:04:05"), "2026-11-02T10:00:00"},
	}
	for what, pair := range want {
		if pair[0] != pair[1] {
			t.Errorf("%s = %v, want %v", what, pair[0], pair[1])
		}
	}
	if e.ID == "" {
		t.Error("no id")
	}
}

func TestKinds(t *testing.T) {
	tests := []struct {
		name, mail string
		typ        Type
		kind       event.Kind
		recipient  string
	}{
		{"delay", delayDSN, DSN, event.Delay, "kim@example.org"},
		{"delayed that was given up", finalDelayDSN, DSN, event.Bounce, "kim@example.org"},
		{"complaint", withType("abuse"), Feedback, event.Complaint, "kim@example.org"},
		{"not spam is no complaint", withType("not-spam"), Feedback, event.Other, "kim@example.org"},
		{"failed authentication is no complaint", withType("auth-failure"), Feedback, event.Other, "kim@example.org"},
		{"opt-out", withType("opt-out"), Feedback, event.Unsubscribe, "kim@example.org"},
		{"prose", qmailBounce, Prose, event.Bounce, "kim@alias.example.org"},
		{"automatic reply", vacation, Automatic, event.AutoReply, "kim@example.org"},
		{"Sieve's reject is a bounce", sieveReject, Automatic, event.Bounce, "kim@example.org"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := parse(tt.mail)
			if r.Type != tt.typ || len(r.Events) != 1 {
				t.Fatalf("type %s with %d events, want %s with 1", r.Type, len(r.Events), tt.typ)
			}
			if e := r.Events[0]; e.Kind != tt.kind || e.Recipient != tt.recipient {
				t.Errorf("kind %s of %q, want %s of %q", e.Kind, e.Recipient, tt.kind, tt.recipient)
			}
		})
	}
}

func TestOtherMailGivesNothing(t *testing.T) {
	for _, mail := range []string{letter, "", "\n", "x", "From: a@b.example\n\nhello", strings.Repeat("\x00\xff", 1000)} {
		if r := parse(mail); r.Type != None || len(r.Events) != 0 {
			t.Errorf("%.40q: type %s with events %+v", mail, r.Type, r.Events)
		}
	}
}

func TestReturnedMessageGivesNoAddress(t *testing.T) {
	for _, mail := range []string{postfixDSN, qmailBounce} {
		for _, e := range parse(mail).Events {
			if all := fmt.Sprint(e.Recipient, e.OriginalRecipient, e.Sender); strings.Contains(all, "trap") {
				t.Errorf("an address of the body is in %s", all)
			}
		}
	}
}

func TestVERPTellsWhoWasMailed(t *testing.T) {
	e := one(t, qmailBounce)
	if e.Recipient != "kim@alias.example.org" || e.OriginalRecipient != "kim@example.org" {
		t.Errorf("recipient %q, original %q", e.Recipient, e.OriginalRecipient)
	}
	nobody := strings.ReplaceAll(strings.ReplaceAll(delayDSN, "Final-Recipient: rfc822; kim@example.org\n", ""), "To: news@sender.example", "To: bounces+kim=example.org@sender.example")
	r := parse(nobody)
	if len(r.Events) != 1 || r.Events[0].Recipient != "kim@example.org" {
		t.Errorf("events = %+v", r.Events)
	}
}

func TestNotificationWithoutRecipientIsNotLost(t *testing.T) {
	mail := `From: MAILER-DAEMON@relay.sender.example
To: news@sender.example
Content-Type: multipart/report; report-type=delivery-status; boundary=BB

--BB
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.sender.example

--BB--
`
	e := one(t, mail)
	if e.Kind != event.Other || e.ReportingMTA != "relay.sender.example" || len(e.Problems) == 0 {
		t.Errorf("event = %+v", e)
	}
}

func TestSieveRejectIsTheRecipientsWill(t *testing.T) {
	e := one(t, sieveReject)
	if e.Hint.Reason != codebook.RecipientRestricted || !strings.Contains(e.Diagnostic, "do not want") || e.MessageID != "original-1@sender.example" {
		t.Errorf("event = %+v", e)
	}
}

func TestLineEndsDoNotChangeTheEvent(t *testing.T) {
	for _, mail := range []string{postfixDSN, delayDSN, finalDelayDSN, qmailBounce, vacation, withType("abuse")} {
		want := one(t, mail)
		for name, eol := range map[string]string{"CRLF": "\r\n", "CR": "\r"} {
			got := one(t, strings.ReplaceAll(mail, "\n", eol))
			if got.ID != want.ID || got.Diagnostic != want.Diagnostic || got.Recipient != want.Recipient {
				t.Errorf("%s: %+v, with LF %+v", name, got, want)
			}
		}
	}
}

func TestFoldingAndPlaceDoNotChangeTheID(t *testing.T) {
	unfolded := strings.ReplaceAll(postfixDSN, "rejected:\n    User", "rejected: User")
	received := "Received: from somewhere by elsewhere; Mon, 2 Nov 2026 10:00:09 +0000\n" + postfixDSN
	want := one(t, postfixDSN).ID
	for _, mail := range []string{unfolded, received} {
		if got := one(t, mail).ID; got != want {
			t.Errorf("id %s, want %s", got, want)
		}
	}
	other := strings.ReplaceAll(postfixDSN, "rfc822; kim@", "rfc822; lee@")
	if one(t, other).ID == want {
		t.Error("two recipients have one id")
	}
}

func TestManyRecipientsKeepTheirOwnFate(t *testing.T) {
	var b strings.Builder
	b.WriteString("From: MAILER-DAEMON@relay.example\nTo: news@sender.example\nContent-Type: multipart/report; report-type=delivery-status; boundary=BB\n\n--BB\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; relay.example\n\n")
	const n = 10_000
	for i := range n {
		action, status := "failed", "5.1.1"
		if i%3 == 0 {
			action, status = "delivered", "2.0.0"
		}
		fmt.Fprintf(&b, "Final-Recipient: rfc822; u%d@example.org\nAction: %s\nStatus: %s\n\n", i, action, status)
	}
	b.WriteString("--BB--\n")
	events := parse(b.String()).Events
	if len(events) != n {
		t.Fatalf("%d events, want %d", len(events), n)
	}
	ids := map[string]bool{}
	for i, e := range events {
		want := event.Bounce
		if i%3 == 0 {
			want = event.Delivery
		}
		if e.Kind != want || e.Recipient != fmt.Sprintf("u%d@example.org", i) {
			t.Fatalf("event %d is %s of %s", i, e.Kind, e.Recipient)
		}
		ids[e.ID] = true
	}
	if len(ids) != n {
		t.Errorf("%d ids for %d recipients", len(ids), n)
	}
}

func TestReadStopsAtItsBoundAndReportsErrors(t *testing.T) {
	long := postfixDSN + strings.Repeat("x", 1<<20)
	r, err := ReadWith(strings.NewReader(long), Options{MaxBytes: int64(len(postfixDSN))})
	if err != nil || len(r.Events) != 1 {
		t.Fatalf("%d events, error %v", len(r.Events), err)
	}
	if !hasProblem(r.Problems, "too-large") {
		t.Errorf("problems = %v", r.Problems)
	}
	broken := errors.New("disk gone")
	if _, err := Read(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("error = %v, want %v", err, broken)
	}
}

func hasProblem(list []event.Problem, code string) bool {
	for _, p := range list {
		if p.Code == code {
			return true
		}
	}
	return false
}

func ExampleParse() {
	report := Parse([]byte(postfixDSN), Options{})
	for _, e := range report.Events {
		fmt.Println(e.Kind, e.Recipient, e.ReplyCode, e.Status)
	}
	// Output: bounce kim@example.org 550 5.1.1
}
