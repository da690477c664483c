package reputation_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/reputation"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/policy"
)

// week feeds a week of mail: each day 1,000 messages of a.example, of which as
// many bounce as the day is days ago, and 200 of b.example without a bounce.
func week(d *desk) {
	for day := range 7 {
		ago := time.Duration(day) * 24 * time.Hour
		for _, m := range []mail{sent(1000 - 10*day), bounced(10 * day), elsewhere(200)} {
			m.ago = ago
			d.feed(m)
		}
	}
}

func isShare(s *float64, want float64) bool { return s != nil && math.Abs(*s-want) < 1e-9 }

func TestTableOfADimension(t *testing.T) {
	d := newDesk(t, nil)
	week(d)
	got, err := d.Table(t.Context(), reputation.Query{Dimension: store.BySenderDomain, Window: reputation.Week, Compare: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Rows) != 2 || got.Rows[0].Row.Value != "a.example" || got.Left != 0 || !got.To.Equal(began.Add(5*time.Minute)) || got.To.Sub(got.From) != 7*24*time.Hour {
		t.Fatalf("%+v", got)
	}
	a, b := got.Rows[0].Row, got.Rows[1].Row
	if a.Attempted != 7000 || a.Bounced != 210 || a.Delivered != 6790 || !isShare(a.BounceRate.Share, 0.03) || a.BounceRate.Health != policy.Warning || a.Health != policy.Warning ||
		a.Reasons[0].Reason != codebook.UserUnknown || a.Reasons[0].Count != 210 || a.Reasons[0].Category != codebook.CategoryRecipient {
		t.Errorf("%+v", a)
	}
	if b.Attempted != 1400 || b.Bounced != 0 || b.Health != policy.Healthy || !isShare(b.BounceRate.Share, 0) {
		t.Errorf("%+v", b)
	}
	if before := got.Rows[0].Before; before.Attempted != 0 || !before.To.Equal(got.From) || before.BounceRate.Share != nil {
		t.Errorf("the week before: %+v", before)
	}
}

func TestATableThatComparesNothingSaysNothingOfBefore(t *testing.T) {
	d := newDesk(t, nil)
	week(d)
	got, err := d.Table(t.Context(), reputation.Query{Dimension: store.BySenderDomain, Window: reputation.Week})
	if err != nil || len(got.Rows) != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	if text, err := json.Marshal(got.Rows[0]); err != nil || bytes.Contains(text, []byte("before")) {
		t.Errorf("%s, %v", text, err)
	}
}

func TestTableComparesWithTheTimeBefore(t *testing.T) {
	d := newDesk(t, nil)
	week(d)
	got, err := d.Table(t.Context(), reputation.Query{Compare: true})
	if err != nil || len(got.Rows) != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	if c := got.Rows[0]; c.Row.Bounced != 0 || c.Row.Attempted != 1200 || c.Before.Bounced != 10 || c.Before.Attempted != 1200 {
		t.Errorf("%+v", c)
	}
}

func TestTableOrdersAndLimits(t *testing.T) {
	d := newDesk(t, nil)
	few := bounced(9) // of ten: too few to be judged, so not the worst rate
	few.sender = "few.example"
	one := sent(1)
	one.sender = "few.example"
	d.feed(sent(900), bounced(20), elsewhere(2000), few, one)
	for _, c := range []struct {
		order reputation.Order
		want  string
	}{
		{reputation.ByBounced, "a.example few.example b.example"}, {reputation.ByAttempted, "b.example a.example few.example"},
		{reputation.ByBounceRate, "a.example b.example few.example"}, {reputation.ByValue, "a.example b.example few.example"},
	} {
		got, err := d.Table(t.Context(), reputation.Query{Dimension: store.BySenderDomain, Order: c.order})
		if err != nil {
			t.Fatal(err)
		}
		var values []string
		for _, row := range got.Rows {
			values = append(values, row.Row.Value)
		}
		if strings.Join(values, " ") != c.want {
			t.Errorf("by %s: %v, want %s", c.order, values, c.want)
		}
	}
	got, err := d.Table(t.Context(), reputation.Query{Dimension: store.BySenderDomain, Limit: 1})
	if err != nil || len(got.Rows) != 1 || got.Left != 2 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestTableOfOneValueThatNothingIsKnownOf(t *testing.T) {
	d := newDesk(t, nil)
	got, err := d.Table(t.Context(), reputation.Query{Dimension: store.ByProvider, Value: "gmail"})
	if err != nil || len(got.Rows) != 1 || got.Rows[0].Row.Name != "Gmail and Google Workspace" || got.Rows[0].Row.BounceRate.Share != nil || got.Rows[0].Row.Health != "" {
		t.Errorf("%+v, %v", got, err)
	}
	text, err := json.Marshal(got)
	if err != nil || !strings.Contains(string(text), `"bounce_rate":{"part":0,"of":0,"share":null}`) || !strings.Contains(string(text), `"reasons":[]`) {
		t.Errorf("%s, %v", text, err)
	}
}

func TestSeriesHasPointsWhereNothingHappened(t *testing.T) {
	d := newDesk(t, nil)
	now, earlier := bounced(7), sent(100)
	earlier.ago = 3 * time.Hour
	d.feed(now, earlier)
	got, err := d.Series(t.Context(), reputation.Query{Dimension: store.BySenderDomain, Value: "a.example"})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Points) != 24 || got.Every != time.Hour || got.Seconds != 3600 || !got.To.Equal(began.Truncate(time.Hour).Add(time.Hour)) {
		t.Fatalf("%d points every %v until %v", len(got.Points), got.Every, got.To)
	}
	last := got.Points[23]
	if last.Bounced != 7 || got.Points[20].Delivered != 100 || got.Points[22].Attempted != 0 || got.Points[22].BounceRate.Share != nil || !last.From.Equal(began.Truncate(time.Hour)) {
		t.Errorf("%+v", got.Points)
	}
}

func TestSeriesOfEachWindow(t *testing.T) {
	d := newDesk(t, nil)
	week(d)
	for w, want := range map[reputation.Window]int{reputation.Hour: 6, reputation.Day: 24, reputation.Week: 28, reputation.Month: 30} {
		got, err := d.Series(t.Context(), reputation.Query{Window: w})
		if err != nil {
			t.Fatal(err)
		}
		var sum int64
		for _, p := range got.Points {
			sum += p.Attempted
		}
		days := min(int64(w.Duration()/(24*time.Hour)), 7)
		if len(got.Points) != want || sum != 1200*max(days, 1) {
			t.Errorf("%s: %d points, %d attempted", w, len(got.Points), sum)
		}
	}
	got, err := d.Series(t.Context(), reputation.Query{From: began.Add(-48 * time.Hour), To: began, Every: 24 * time.Hour})
	if err != nil || len(got.Points) != 3 || got.Points[0].Attempted != 1200 {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err = d.Series(t.Context(), reputation.Query{Dimension: store.ByStream, Window: reputation.Week}); err != nil || got.Points[27].Attempted != 0 {
		t.Errorf("of mail of no stream: %+v, %v", got, err)
	}
}

func TestQuestionsThatCannotBeAnswered(t *testing.T) {
	d := newDesk(t, nil)
	for name, q := range map[string]reputation.Query{
		"dimension": {Dimension: "colour"}, "window": {Window: "2h"}, "order": {Order: "best"}, "value of the total": {Value: "x"},
		"end before the beginning": {From: began, To: began.Add(-time.Hour)}, "no beginning": {To: began}, "centuries": {From: time.Date(1700, 1, 1, 0, 0, 0, 0, time.UTC)},
	} {
		if _, err := d.Table(t.Context(), q); !errors.Is(err, reputation.ErrQuery) {
			t.Errorf("%s: table: %v", name, err)
		}
		if _, err := d.Series(t.Context(), q); !errors.Is(err, reputation.ErrQuery) {
			t.Errorf("%s: series: %v", name, err)
		}
	}
	for name, q := range map[string]reputation.Query{
		"all values": {Dimension: store.ByIP}, "uneven points": {Every: time.Minute}, "negative points": {Every: -time.Hour},
		"too many points": {From: began.Add(-365 * 24 * time.Hour), Every: store.RateBucket},
	} {
		if _, err := d.Series(t.Context(), q); !errors.Is(err, reputation.ErrQuery) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOverview(t *testing.T) {
	d := newDesk(t, nil)
	week(d)
	complaint := sent(4)
	complaint.kind, complaint.reason = event.Complaint, codebook.Complaint
	d.feed(complaint)
	d.look()
	o, err := d.Overview(t.Context(), d.now())
	if err != nil {
		t.Fatal(err)
	}
	if len(o.Windows) != 4 || o.Windows[0].Attempted != 1200 || o.Windows[2].Attempted != 8400 || o.Windows[3].Bounced != 210 {
		t.Errorf("windows %+v", o.Windows)
	}
	if o.Day.Row.Attempted != 1200 || o.Day.Before.Bounced != 10 || o.Day.Row.ComplaintRate.Health != policy.Critical {
		t.Errorf("day %+v", o.Day)
	}
	if len(o.Tables) != 4 || o.Tables[0].Dimension != store.BySenderDomain || len(o.Tables[2].Rows) != 2 || len(o.Hours.Points) != 24 || len(o.Days.Points) != 30 {
		t.Errorf("%+v", o)
	}
	if len(o.Open) == 0 || o.Lines.Complaints.Warn != 0.001 {
		t.Errorf("open %+v, lines %+v", o.Open, o.Lines)
	}
	d.feed(sent(100))
	o.Windows[1].Attempted, o.Tables[0].Rows[0].Row.Attempted, o.Days.Points[0].Attempted = -1, -1, -1
	if again, err := d.Overview(t.Context(), d.now()); err != nil || again.Windows[1].Attempted < 0 || again.Tables[0].Rows[0].Row.Attempted < 0 || again.Days.Points[0].Attempted < 0 {
		t.Errorf("one caller changes what another gets: %v", err)
	}
	if again, err := d.Overview(t.Context(), d.now().Add(time.Second)); err != nil || again.Day.Row.Attempted != 1200 {
		t.Errorf("asked again at once: %+v, %v", again.Day.Row, err)
	}
	d.pass(3 * time.Second)
	if later, err := d.Overview(t.Context(), d.now()); err != nil || later.Day.Row.Attempted != 1300 {
		t.Errorf("asked later: %+v, %v", later.Day.Row, err)
	}
}

func TestSettingsThatAreWrongAreRefused(t *testing.T) {
	for name, s := range map[string]reputation.Settings{
		"lines":     {Bounces: reputation.Lines{Warn: 0.05, Critical: 0.02}},
		"NaN":       {Complaints: reputation.Lines{Warn: math.NaN(), Critical: 0.5}},
		"above 1":   {Blocked: reputation.Lines{Warn: 0.5, Critical: 2}},
		"window":    {Window: "1y"},
		"sudden":    {Window: reputation.Hour, Sudden: reputation.Day},
		"least":     {MinMessages: -1},
		"end":       {EndBelow: 1.5},
		"too often": {Every: time.Millisecond},
		"lag":       {LagWarn: time.Hour},
	} {
		if _, err := reputation.New(reputation.Options{Store: &failing{}, Now: time.Now, Settings: s}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if err := (reputation.Settings{}).Validate(); err != nil {
		t.Errorf("the defaults: %v", err)
	}
}
