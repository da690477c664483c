package event

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/smtpcode"
)

func sample() Event {
	return Event{
		Kind: Bounce, Recipient: "Kim@Example.org", OriginalRecipient: "kim@example.net", Sender: "news@sender.example", MessageID: "1@sender.example",
		Action: Failed, ReplyCode: 550, Status: smtpcode.Status{Class: 5, Subject: 1, Detail: 1}, Diagnostic: "550 5.1.1 no such user",
		ReportingMTA: "relay.example", Time: time.Date(2026, 11, 2, 10, 0, 0, 0, time.UTC),
	}
}

func TestIDStaysForTheSameReport(t *testing.T) {
	base := sample()
	same := map[string]func(*Event){
		"domain's case":  func(e *Event) { e.Recipient = "<Kim@EXAMPLE.org>" },
		"host's case":    func(e *Event) { e.ReportingMTA = "Relay.Example" },
		"brackets":       func(e *Event) { e.MessageID = "<1@sender.example>" },
		"blanks":         func(e *Event) { e.Diagnostic = "550 5.1.1  no such\r\n user" },
		"time zone":      func(e *Event) { e.Time = e.Time.In(time.FixedZone("", 3600)) },
		"where it stood": func(e *Event) { e.Source = Source{File: "x", Index: 7, Line: 9} },
		"subject":        func(e *Event) { e.Subject = "other" },
	}
	for what, change := range same {
		e := sample()
		change(&e)
		if e.ComputeID() != base.ComputeID() {
			t.Errorf("another %s gives another id", what)
		}
	}
}

func TestIDDiffersForOtherReports(t *testing.T) {
	seen := map[string]string{sample().idOf(): "the sample"}
	changes := map[string]func(*Event){
		"kind":       func(e *Event) { e.Kind = Delay },
		"recipient":  func(e *Event) { e.Recipient = "lee@example.org" },
		"local part": func(e *Event) { e.Recipient = "kim@example.org" },
		"original":   func(e *Event) { e.OriginalRecipient = "" },
		"message":    func(e *Event) { e.MessageID = "2@sender.example" },
		"sender":     func(e *Event) { e.Sender = "" },
		"code":       func(e *Event) { e.ReplyCode = 551 },
		"status":     func(e *Event) { e.Status.Detail = 2 },
		"diagnostic": func(e *Event) { e.Diagnostic += "s" },
		"time":       func(e *Event) { e.Time = e.Time.Add(time.Second) },
		"fields run together": func(e *Event) {
			e.Recipient, e.OriginalRecipient = "Kim@Example.orgkim@example.net", ""
		},
	}
	for what, change := range changes {
		e := sample()
		change(&e)
		id := e.ComputeID()
		if other, ok := seen[id]; ok {
			t.Errorf("%s and %s have one id", what, other)
		}
		seen[id] = what
	}
	if ProviderID("ses", "1") == ProviderID("ses", "2") || ProviderID("ses", "1") == ProviderID("se", "s1") {
		t.Error("provider ids run together")
	}
}

func (e Event) idOf() string { return e.ComputeID() }

func TestJSONHasTheFieldsOfTheContract(t *testing.T) {
	e := sample()
	e.ID, e.Source = "x", Source{File: "f", Index: 1, Line: 2, Format: "dsn"}
	e.Verdict = &Verdict{Reason: codebook.UserUnknown, Facts: Facts{{"ip", "192.0.2.1"}}, Sources: []string{"rfc5321"}}
	raw, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	for _, key := range strings.Fields("id time kind recipient original_recipient sender message_id stream action reply_code status diagnostic command reporting_mta remote_mta source_ip feedback_type source verdict") {
		if _, ok := m[key]; !ok {
			t.Errorf("no field %q in %s", key, raw)
		}
	}
	if m["reply_code"] != 550.0 || m["status"] != "5.1.1" {
		t.Errorf("codes %v %v", m["reply_code"], m["status"])
	}
	v := m["verdict"].(map[string]any)
	for _, key := range strings.Fields("reason category lasting bounce decision impact confidence provider rule facts sources") {
		if _, ok := v[key]; !ok {
			t.Errorf("no field %q in the verdict", key)
		}
	}
	var back Event
	if err := json.Unmarshal(raw, &back); err != nil {
		t.Fatal(err)
	}
	if back.Verdict.Facts.Get("ip") != "192.0.2.1" || back.ReplyCode != 550 || !back.Time.Equal(e.Time) {
		t.Errorf("read back %+v", back)
	}
}

func TestSteps(t *testing.T) {
	v := Verdict{
		Remedy: []string{"Ask {dnsbl} about {ip}.", "Your address ({ip}) and list ({nolist}).", "Open { brace", "See {page_name}."},
		Facts:  Facts{{"ip", "192.0.2.1"}},
	}
	want := []string{"Ask the blocklist about 192.0.2.1.", "Your address (192.0.2.1) and list.", "Open { brace", "See the page name."}
	for i, got := range v.Steps() {
		if got != want[i] {
			t.Errorf("step %d = %q, want %q", i, got, want[i])
		}
	}
}
