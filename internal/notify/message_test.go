package notify

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/internal/reputation"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/policy"
)

func suppressed() store.Change {
	return store.Change{
		Recipient: "kim@example.org", EventID: "event1", Time: began, Was: policy.Answer{MaySend: true, Why: "nothing is known"},
		Is: policy.Answer{Suppressed: true, Ground: policy.GroundAddress, Reason: codebook.UserUnknown, Since: began, Evidence: []string{"event1"}, Why: "no such user"},
	}
}

func released() store.Change {
	c := suppressed()
	c.Was, c.Is = c.Is, c.Was
	return c
}

func TestAChangeIsToldToThoseWhoWantToHearOfIt(t *testing.T) {
	targets := targetsOf(t, Target{Name: "all", URL: "https://example.org/1"}, Target{Name: "some", URL: "https://example.org/2", Kinds: []Kind{Released}})
	list := targets.Change(suppressed())
	if len(list) != 1 || list[0].Target != "all" || list[0].Kind != "recipient.suppressed" || !list[0].Created.Equal(began) {
		t.Fatalf("%+v", list)
	}
	want := `{"id":"` + list[0].ID + `","type":"recipient.suppressed","timestamp":"2026-03-02T10:00:00Z","data":{"recipient":"kim@example.org","event_id":"event1",` +
		`"answer":{"may_send":false,"suppressed":true,"ground":"address","probation":false,"reason":"user-unknown","since":"2026-03-02T10:00:00Z","failures":0,"doublings":0,"evidence":["event1"],"why":"no such user"},` +
		`"before":{"may_send":true,"suppressed":false,"probation":false,"failures":0,"doublings":0,"why":"nothing is known"}}}`
	if diff := cmp.Diff(want, string(list[0].Body)); diff != "" {
		t.Error(diff)
	}
	list = targets.Change(released())
	if len(list) != 2 || list[0].Kind != "recipient.released" || list[1].Target != "some" {
		t.Errorf("%+v", list)
	}
	other := suppressed()
	other.Was = other.Is
	if list = targets.Change(other); len(list) != 0 {
		t.Errorf("a suppression that became another one: %+v", list)
	}
}

func TestIDsAreOfWhatIsToldAndWhom(t *testing.T) {
	targets := targetsOf(t, Target{Name: "a", URL: "https://example.org/1"}, Target{Name: "b", URL: "https://example.org/1"})
	first, again := targets.Change(suppressed()), targets.Change(suppressed())
	if first[0].ID != again[0].ID || first[0].ID == first[1].ID {
		t.Errorf("%s, %s, to another %s", first[0].ID, again[0].ID, first[1].ID)
	}
	ids := []string{first[0].ID}
	for _, change := range []func(*store.Change){
		func(c *store.Change) { c.Recipient = "lee@example.org" }, func(c *store.Change) { c.EventID = "event2" },
		func(c *store.Change) { c.Time = began.Add(time.Millisecond) },
	} {
		c := suppressed()
		change(&c)
		id := targets.Change(c)[0].ID
		if slices.Contains(ids, id) {
			t.Errorf("another change has the same id: %+v", c)
		}
		ids = append(ids, id)
	}
	if id := first[0].ID; !strings.HasPrefix(id, "msg_") || len(id) != 36 || strings.ContainsAny(id, ".= ") {
		t.Errorf("id %q", id)
	}
}

func TestAnAlertTellsEnoughToActOn(t *testing.T) {
	targets := targetsOf(t, Target{Name: "all", URL: "https://example.org/1"})
	n := reputation.Notice{
		Happened: reputation.Changed, Time: began, Was: policy.Warning,
		Alert: store.Alert{Kind: "bounce-rate", Subject: "ip 192.0.2.1", Began: began.Add(-time.Hour)},
		Finding: reputation.Finding{
			Kind: reputation.BounceRate, Dimension: store.ByIP, Value: "192.0.2.1", Name: "192.0.2.1", Level: policy.Critical, Figure: 0.06, Line: 0.05, Part: 60, Of: 1000,
			Window: reputation.Day, Text: "6 % bounced.", Reasons: []reputation.ReasonCount{{Reason: codebook.UserUnknown, Count: 60}}, Remedy: []string{"Clean the list."},
		},
	}
	for happened, kind := range map[reputation.Happening]Kind{reputation.Raised: AlertRaised, reputation.Changed: AlertChanged, reputation.Ended: AlertEnded} {
		n.Happened = happened
		list := targets.Alert(n)
		var got struct {
			Type Kind
			Data struct {
				Kind, Subject, Level, Was, Window, Text string
				Figure, Line                            float64
				Part, Of                                int64
				Began                                   time.Time
				Reasons                                 []struct{ Reason string }
				Remedy                                  []string
			}
		}
		if len(list) != 1 || json.Unmarshal(list[0].Body, &got) != nil {
			t.Fatalf("%+v", list)
		}
		d := got.Data
		if list[0].Kind != string(kind) || got.Type != kind || d.Kind != "bounce-rate" || d.Subject != "ip 192.0.2.1" || d.Level != "critical" || d.Was != "warning" || d.Window != "24h" ||
			d.Figure != 0.06 || d.Line != 0.05 || d.Part != 60 || d.Of != 1000 || d.Text == "" || len(d.Reasons) != 1 || len(d.Remedy) != 1 || !d.Began.Equal(began.Add(-time.Hour)) {
			t.Errorf("%s", list[0].Body)
		}
	}
}
