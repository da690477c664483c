package policy

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/rebound-mail/rebound/classify"
	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
)

var update = flag.Bool("update", false, "write the table of docs/policy.md anew")

// kindOf is the kind of event that a reason comes with.
func kindOf(r codebook.Reason) event.Kind {
	switch r {
	case codebook.Delivered:
		return event.Delivery
	case codebook.AutoReply:
		return event.AutoReply
	case codebook.Challenge:
		return event.Challenge
	case codebook.Complaint:
		return event.Complaint
	case codebook.Unsubscribe:
		return event.Unsubscribe
	}
	return event.Bounce
}

// effectIn returns what the codebook's decision on a reason comes to.
func effectIn(info *codebook.ReasonInfo, lasting codebook.Lasting) Effect {
	v := event.Verdict{Reason: info.ID, Category: info.Category, Lasting: lasting, Decision: info.Decision.Unknown}
	switch lasting {
	case codebook.Permanent:
		v.Decision = info.Decision.Permanent
	case codebook.Temporary:
		v.Decision = info.Decision.Temporary
	}
	return EffectOf(kindOf(info.ID), &v)
}

func TestWhatSpeaksAgainstAnAddressByCategory(t *testing.T) {
	for _, info := range codebook.Default().Records().Reasons {
		for _, lasting := range []codebook.Lasting{codebook.Permanent, codebook.Temporary, codebook.LastingUnknown} {
			got := effectIn(&info, lasting)
			allowed := map[codebook.Category]string{
				codebook.CategoryRecipient: "count suppress", codebook.CategoryDomain: "count suppress", codebook.CategoryNetwork: "count", codebook.CategorySystem: "count",
				codebook.CategoryReport: "reset object",
			}[info.Category]
			if got != NoEffect && !strings.Contains(allowed, string(got)) {
				t.Errorf("%s, %s: %q, which category %s must never do", info.ID, lasting, got, info.Category)
			}
			if got == Suppresses && (lasting != codebook.Permanent || !AgainstAddress(info.ID)) {
				t.Errorf("%s, %s suppresses at once", info.ID, lasting)
			}
		}
		if suppress := info.Decision.Permanent == codebook.Suppress; suppress != AgainstAddress(info.ID) {
			t.Errorf("%s: the codebook suppresses: %t; AgainstAddress: %t", info.ID, suppress, !suppress)
		}
	}
}

// A codebook of the operator's own, or a damaged one, may decide what it likes.
func TestNoDecisionMakesASendersFailureCostAnAddress(t *testing.T) {
	decisions := []codebook.Decision{
		codebook.Suppress, codebook.Count, codebook.Retry, codebook.SlowDown, codebook.FixSender, codebook.FixMessage,
		codebook.FixAddress, codebook.Review, codebook.NoAction, "", "nonsense",
	}
	for _, info := range codebook.Default().Records().Reasons {
		for _, d := range decisions {
			for _, lasting := range []codebook.Lasting{codebook.Permanent, codebook.Temporary, codebook.LastingUnknown, ""} {
				v := event.Verdict{Reason: info.ID, Category: info.Category, Lasting: lasting, Decision: d}
				got := EffectOf(event.Bounce, &v)
				if got == Suppresses && !(AgainstAddress(info.ID) && lasting == codebook.Permanent && d == codebook.Suppress) {
					t.Errorf("%s, %s, %s suppresses at once", info.ID, lasting, d)
				}
				switch info.Category {
				case codebook.CategoryRate, codebook.CategoryReputation, codebook.CategoryAuthentication, codebook.CategoryContent,
					codebook.CategoryPolicy, codebook.CategoryProtocol, codebook.CategoryReport, codebook.CategoryUnknown:
					if got != NoEffect {
						t.Errorf("%s, %s, %s: %q", info.ID, lasting, d, got)
					}
				}
				for _, kind := range []event.Kind{event.Delay, event.AutoReply, event.Challenge, event.Other, "", "nonsense"} {
					if got := EffectOf(kind, &v); got != NoEffect {
						t.Errorf("kind %q, %s: %q", kind, info.ID, got)
					}
				}
			}
		}
	}
}

func TestOutcomeOf(t *testing.T) {
	classifier := classify.New(codebook.Default())
	tests := []struct {
		name string
		e    event.Event
		want Effect
	}{
		{"unknown user", event.Event{Kind: event.Bounce, ReplyCode: 550, Diagnostic: "550 5.1.1 <kim@example.org>: no such user here"}, Suppresses},
		{"full mailbox", event.Event{Kind: event.Bounce, ReplyCode: 452, Diagnostic: "452 4.2.2 mailbox full"}, Counts},
		{"full mailbox, tried on", event.Event{Kind: event.Delay, ReplyCode: 452, Diagnostic: "452 4.2.2 mailbox full"}, NoEffect},
		{"gave up connecting", event.Event{Kind: event.Bounce, Diagnostic: "connect to mx.example.org[192.0.2.1]:25: Connection timed out"}, Counts},
		{"blocklist", event.Event{Kind: event.Bounce, ReplyCode: 554, Diagnostic: "554 5.7.1 Service unavailable; client host [192.0.2.1] blocked using dnsbl.example"}, NoEffect},
		{"spam", event.Event{Kind: event.Bounce, ReplyCode: 550, Diagnostic: "550 5.7.1 message rejected as spam"}, NoEffect},
		{"nothing tells why", event.Event{Kind: event.Bounce, ReplyCode: 550, Diagnostic: "550 xyzzy"}, NoEffect},
		{"delivered", event.Event{Kind: event.Delivery}, Resets},
		{"complaint", event.Event{Kind: event.Complaint}, Objects},
		{"unsubscribed", event.Event{Kind: event.Unsubscribe}, Objects},
		{"out of office", event.Event{Kind: event.AutoReply}, NoEffect},
		{"challenge", event.Event{Kind: event.Challenge}, NoEffect},
	}
	for _, tt := range tests {
		tt.e.ID, tt.e.MessageID, tt.e.Time, tt.e.Stream = "id", "<m@example.com>", start, "news"
		classifier.Event(&tt.e)
		o, ok := OutcomeOf(&tt.e, true)
		if ok != (tt.want != NoEffect) || o.Effect != tt.want {
			t.Errorf("%s: %q, %t; want %q (%s)", tt.name, o.Effect, ok, tt.want, tt.e.Verdict.Reason)
		}
		if ok && (o.EventID != "id" || o.MessageKey != "m@example.com" || !o.Time.Equal(start) || o.Stream != "news" || !o.Trusted || o.Reason != tt.e.Verdict.Reason) {
			t.Errorf("%s: %+v", tt.name, o)
		}
	}
	if _, ok := OutcomeOf(&event.Event{Kind: event.Bounce}, true); ok {
		t.Error("a bounce without a verdict counts")
	}
}

// table writes what each reason does, as docs/policy.md shows it.
func table() string {
	words := map[Effect]string{
		Suppresses: "**suppressed at once**", Counts: "counts", Resets: "resets the count", Objects: "**suppressed for the stream**", NoEffect: "–",
	}
	var b strings.Builder
	b.WriteString("| category | reason | permanent | temporary | not known |\n|---|---|---|---|---|\n")
	for _, category := range []codebook.Category{
		codebook.CategoryRecipient, codebook.CategoryDomain, codebook.CategoryNetwork, codebook.CategorySystem, codebook.CategoryRate,
		codebook.CategoryReputation, codebook.CategoryAuthentication, codebook.CategoryContent, codebook.CategoryPolicy,
		codebook.CategoryProtocol, codebook.CategoryReport, codebook.CategoryUnknown,
	} {
		for _, info := range codebook.Default().Records().Reasons {
			if info.Category == category {
				fmt.Fprintf(&b, "| %s | `%s` | %s | %s | %s |\n", category, info.ID,
					words[effectIn(&info, codebook.Permanent)], words[effectIn(&info, codebook.Temporary)], words[effectIn(&info, codebook.LastingUnknown)])
			}
		}
	}
	return b.String()
}

func TestDocsShowTheTable(t *testing.T) {
	const file, begin, end = "../docs/policy.md", "<!-- table: go test ./policy -update -->\n", "<!-- end of table -->"
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(b), begin)
	shown, tail, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s has no place for the table", file)
	}
	want := table()
	if rows := strings.Count(want, "\n") - 2; rows != len(codebook.Default().Records().Reasons) {
		t.Errorf("the table has %d rows for %d reasons", rows, len(codebook.Default().Records().Reasons))
	}
	if shown == want {
		return
	}
	if !*update {
		t.Fatalf("the table of %s is not of this codebook; run go test ./policy -update", file)
	}
	if err := os.WriteFile(file, []byte(head+begin+want+end+tail), 0o644); err != nil {
		t.Fatal(err)
	}
}
