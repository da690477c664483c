package operator

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/internal/reputation"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/internal/web/ui"
	"github.com/rebound-mail/rebound/internal/web/ui/operator/chart"
	"github.com/rebound-mail/rebound/policy"
)

// figure is one of the large numbers at the top.
type figure struct {
	Name, Value, Note string
	Health            policy.Health
	Before            string // the same of the time before
}

// beforeWords is what the time before a window is called.
func beforeWords(w reputation.Window) string {
	switch w {
	case reputation.Week:
		return "the week before"
	case reputation.Month:
		return "the 30 days before"
	}
	return "the day before"
}

func figures(c *reputation.Change, w reputation.Window) []figure {
	row, was := &c.Row, &c.Before
	rate := func(name, of string, now, before reputation.Rate) figure {
		f := figure{Name: name, Value: percent(now), Health: now.Health, Note: big(now.Part) + " of " + big(now.Of) + " " + of}
		if now.Share == nil {
			f.Note = big(now.Part) + "; deliveries are not told"
		}
		if before.Share != nil {
			f.Before = percent(before) + " " + beforeWords(w)
		}
		return f
	}
	return []figure{
		{Name: "Messages attempted", Value: big(row.Attempted), Note: big(row.Delivered) + " delivered", Before: big(was.Attempted) + " " + beforeWords(w)},
		rate("Bounced", "attempted", row.BounceRate, was.BounceRate),
		rate("Complained of", "delivered", row.ComplaintRate, was.ComplaintRate),
		rate("Refused or put off because of the sender", "attempted", row.BlockRate, was.BlockRate),
		rate("Bounces not understood", "bounces", row.UnknownRate, was.UnknownRate),
	}
}

// reasonRow is how often mail bounced for a reason.
type reasonRow struct {
	Reason      codebook.Reason
	Category    codebook.Category
	Title       string
	Count, Was  int64
	Share       float64 // of the most frequent one, in percent: the width of a bar
	OfAll       string
	Rising, New bool
}

// maxReasons is how many reasons are listed.
const maxReasons = 10

func reasonRows(c *reputation.Change) []reasonRow {
	var list []reasonRow
	for i, r := range c.Row.Reasons {
		if i == maxReasons {
			break
		}
		was := countOf(c.Before.Reasons, r.Reason)
		list = append(list, reasonRow{
			Reason: r.Reason, Category: r.Category, Title: r.Title, Count: r.Count, Was: was,
			Share: math.Round(1000*float64(r.Count)/float64(max(c.Row.Reasons[0].Count, 1))) / 10,
			OfAll: chart.Percent(float64(r.Count) / float64(max(c.Row.Bounced, 1))), Rising: r.Count >= leastRise && r.Count > 2*was, New: was == 0,
		})
	}
	return list
}

func countOf(list []reputation.ReasonCount, r codebook.Reason) int64 {
	for i := range list {
		if list[i].Reason == r {
			return list[i].Count
		}
	}
	return 0
}

// tableView is a table of the values of a dimension.
type tableView struct {
	Title     string
	Dimension store.Dimension
	Window    reputation.Window
	Rows      []rowView
	Left      int
	Full      bool // with all columns
}

// rowView is one value of a dimension.
type rowView struct {
	reputation.Row
	Href   string
	Change string // of the bounce rate in percentage points, "" where it is not known
	Rises  bool
}

func newTable(t *reputation.Table, w reputation.Window, most int) tableView {
	v := tableView{Title: dimensionWords(t.Dimension), Dimension: t.Dimension, Window: w, Left: t.Left}
	for i := range t.Rows {
		if i == most {
			v.Left += len(t.Rows) - most
			break
		}
		v.Rows = append(v.Rows, newRow(&t.Rows[i], w))
	}
	return v
}

func newRow(c *reputation.Change, w reputation.Window) rowView {
	r := rowView{Row: c.Row, Href: valueHref(&c.Row, w)}
	if r.Name == "" {
		r.Name = "(none named)"
	}
	r.Change, r.Rises = points(c.Row.BounceRate, c.Before.BounceRate)
	return r
}

// valueHref is the page about one value of a dimension; "" where there is none.
func valueHref(r *reputation.Row, w reputation.Window) string {
	if r.Value == "" || r.Value == store.OtherValues {
		return ""
	}
	value := string(w)
	if w == reputation.Day {
		value = ""
	}
	return link(Prefix+"reputation", "dimension", string(r.Dimension), "value", r.Value, "window", value)
}

// points is how far a share rose or fell, in percentage points.
func points(now, before reputation.Rate) (text string, rises bool) {
	if now.Share == nil || before.Share == nil || before.Of == 0 {
		return "", false
	}
	d := 100 * (*now.Share - *before.Share)
	switch {
	case d >= 0.05:
		return fmt.Sprintf("+%.1f", d), true
	case d <= -0.05:
		return fmt.Sprintf("−%.1f", -d), false
	}
	return "±0", false
}

// charts are those of a series: bounces and complaints against their lines, and what
// bounced for which reason.
func charts(id string, s *reputation.Series, o *reputation.Overview) []chart.Chart {
	times := make([]time.Time, len(s.Points))
	for i := range s.Points {
		times[i] = s.Points[i].From
	}
	bounces := rateSeries("Bounced", s, func(r *reputation.Row) reputation.Rate { return r.BounceRate })
	complaints := rateSeries("Complained of", s, func(r *reputation.Row) reputation.Rate { return r.ComplaintRate })
	over := "Each point is " + span(s.Every) + ", in UTC; the last is not over yet."
	return []chart.Chart{
		chart.Lines(chart.Input{ID: id + "1", Title: "Bounce rate", Times: times, Every: s.Every, Unit: chart.Share, Series: []chart.Series{bounces},
			Desc: "The share of attempted messages that bounced, over time." + latest(&bounces) + " " + over, Limits: limits(o.Lines.Bounces)}),
		chart.Lines(chart.Input{ID: id + "2", Title: "Complaint rate", Times: times, Every: s.Every, Unit: chart.Share, Series: []chart.Series{complaints},
			Desc: "The share of delivered messages that recipients complained of, over time." + latest(&complaints) + " " + over, Limits: limits(o.Lines.Complaints)}),
		chart.Bars(chart.Input{ID: id + "3", Title: "Bounces by reason", Times: times, Every: s.Every, Series: reasonSeries(s),
			Desc: "How many messages bounced, by the most frequent reasons, over time. " + over}),
		chart.Bars(chart.Input{ID: id + "4", Title: "Messages", Times: times, Every: s.Every, Series: volumeSeries(s),
			Desc: "How many messages were delivered, bounced, or were attempted without word of how they fared. " + over}),
	}
}

func limits(l reputation.Lines) []chart.Limit {
	return []chart.Limit{
		{Value: l.Warn, Label: "warning " + chart.Percent(l.Warn), Class: "limit-warn"},
		{Value: l.Critical, Label: "critical " + chart.Percent(l.Critical), Class: "limit-bad"},
	}
}

func rateSeries(label string, s *reputation.Series, of func(*reputation.Row) reputation.Rate) chart.Series {
	out := chart.Series{Label: label, Notes: make([]string, len(s.Points))}
	for i := range s.Points {
		r := of(&s.Points[i])
		if r.Share == nil || r.Of == 0 {
			out.Values = append(out.Values, math.NaN())
			continue
		}
		out.Values = append(out.Values, *r.Share)
		out.Notes[i] = big(r.Part) + " of " + big(r.Of)
	}
	return out
}

// latest says the last known value of a series.
func latest(s *chart.Series) string {
	for i := len(s.Values) - 1; i >= 0; i-- {
		if !math.IsNaN(s.Values[i]) {
			return " The latest is " + chart.Percent(s.Values[i]) + "."
		}
	}
	return ""
}

// chartReasons is how many reasons a chart tells apart; the others are one.
const chartReasons = 5

func reasonSeries(s *reputation.Series) []chart.Series {
	sums, titles := map[codebook.Reason]int64{}, map[codebook.Reason]string{}
	for i := range s.Points {
		for _, r := range s.Points[i].Reasons {
			sums[r.Reason] += r.Count
			titles[r.Reason] = r.Title
		}
	}
	order := make([]codebook.Reason, 0, len(sums))
	for r := range sums {
		order = append(order, r)
	}
	slices.SortFunc(order, func(a, b codebook.Reason) int { return cmp.Or(cmp.Compare(sums[b], sums[a]), cmp.Compare(a, b)) })
	var out []chart.Series
	for i, r := range order {
		values := make([]float64, len(s.Points))
		for j := range s.Points {
			values[j] = float64(countOf(s.Points[j].Reasons, r))
		}
		if i < chartReasons {
			out = append(out, chart.Series{Label: titles[r], Values: values})
			continue
		}
		if i == chartReasons {
			out = append(out, chart.Series{Label: "Other reasons", Values: make([]float64, len(s.Points))})
		}
		for j := range values {
			out[chartReasons].Values[j] += values[j]
		}
	}
	return out
}

func volumeSeries(s *reputation.Series) []chart.Series {
	delivered, bounced, other := chart.Series{Label: "Delivered"}, chart.Series{Label: "Bounced"}, chart.Series{Label: "Outcome not told"}
	for i := range s.Points {
		p := &s.Points[i]
		delivered.Values = append(delivered.Values, float64(p.Delivered))
		bounced.Values = append(bounced.Values, float64(p.Bounced))
		other.Values = append(other.Values, float64(max(p.Attempted-p.Delivered-p.Bounced, 0)))
	}
	out := []chart.Series{delivered, bounced}
	if slices.ContainsFunc(other.Values, func(v float64) bool { return v > 0 }) {
		out = append(out, other)
	}
	return out
}

// changeLine is something that is not as it was the day before.
type changeLine struct {
	Tone ui.Tone
	Text string
	Href string
	size float64
}

const (
	leastMessages = 100  // below so few a rate is chance
	leastPoints   = 0.5  // percentage points that are worth a line
	leastPart     = 0.25 // of the rate before
	leastRise     = 10   // bounces for a reason
	maxChanges    = 8
)

// changes are what differs most between the last 24 hours and those before.
func (o *Operator) changes(v *reputation.Overview) []changeLine {
	var list []changeLine
	if c := volumeChange(&v.Day); c != nil {
		list = append(list, *c)
	}
	for i := range v.Tables {
		for j := range v.Tables[i].Rows {
			if c := rateChange(&v.Tables[i].Rows[j]); c != nil {
				list = append(list, *c)
			}
		}
	}
	for _, r := range v.Day.Row.Reasons {
		was := countOf(v.Day.Before.Reasons, r.Reason)
		if r.Count < leastRise || r.Count < 2*max(was, 1) {
			continue
		}
		text := fmt.Sprintf("%s: %s bounces for this reason, %s the day before.", r.Title, big(r.Count), big(was))
		list = append(list, changeLine{ui.ToneWarn, text, link(Prefix+"events", "reason", string(r.Reason)), float64(r.Count - was)})
	}
	slices.SortStableFunc(list, func(a, b changeLine) int { return cmp.Compare(b.size, a.size) })
	return list[:min(len(list), maxChanges)]
}

// rateChange tells of a bounce rate that rose or fell; nil if it did not much.
func rateChange(c *reputation.Change) *changeLine {
	now, was := c.Row.BounceRate, c.Before.BounceRate
	if now.Share == nil || was.Share == nil || now.Of < leastMessages || was.Of < leastMessages {
		return nil
	}
	d := *now.Share - *was.Share
	if math.Abs(d)*100 < leastPoints || math.Abs(d) < leastPart**was.Share {
		return nil
	}
	line := changeLine{Tone: ui.ToneGood, Href: valueHref(&c.Row, reputation.Day), size: math.Abs(d) * float64(now.Of)}
	word := "fell"
	if d > 0 {
		line.Tone, word = ui.ToneWarn, "rose"
		if now.Health == policy.Critical {
			line.Tone = ui.ToneBad
		}
	}
	name := c.Row.Name
	if name == "" {
		name = "Mail of no named stream"
	}
	line.Text = fmt.Sprintf("%s: the bounce rate %s from %s to %s.", name, word, percent(was), percent(now))
	return &line
}

// volumeChange tells of much more or less mail; nil if it is about the same.
func volumeChange(c *reputation.Change) *changeLine {
	now, was := c.Row.Attempted, c.Before.Attempted
	if max(now, was) < leastMessages || was == 0 || (now < 2*was && 2*now > was) {
		return nil
	}
	text := fmt.Sprintf("All mail: %s messages were attempted, %s the day before.", big(now), big(was))
	return &changeLine{ui.ToneInfo, text, "", math.Inf(1)}
}
