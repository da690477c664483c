package chart

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

func hours(n int) []time.Time {
	var list []time.Time
	for i := range n {
		list = append(list, time.Date(2026, 11, 19, 15+i, 0, 0, 0, time.UTC))
	}
	return list
}

func labels(ticks []Tick) (list []string) {
	for _, t := range ticks {
		list = append(list, t.Label)
	}
	return list
}

func TestLinesStandWhereTheirValuesAre(t *testing.T) {
	c := Lines(Input{ID: "x", Title: "Rate", Times: hours(4), Every: time.Hour, Unit: Share,
		Series: []Series{{Label: "Bounced", Values: []float64{0, .02, math.NaN(), .06}, Notes: []string{"0 of 9", "1 of 50", "", "3 of 50"}}},
		Limits: []Limit{{.02, "warning", "limit-warn"}, {.05, "critical", "limit-bad"}}})
	d := c.Wide
	if got := labels(d.YTicks); !slices.Equal(got, []string{"0 %", "2 %", "4 %", "6 %", "8 %"}) {
		t.Errorf("marks %v", got)
	}
	if len(d.Dots) != 3 || d.Dots[0].Y != d.Bottom || d.Dots[1].Y != d.Limits[0].Y || d.Dots[2].Y >= d.Limits[1].Y || d.Dots[2].Y < d.Top {
		t.Errorf("dots %+v, limits %+v", d.Dots, d.Limits)
	}
	if !strings.Contains(d.Dots[1].Class, "at-limit-warn") || !strings.Contains(d.Dots[2].Class, "at-limit-bad") || strings.Contains(d.Dots[0].Class, "at-") {
		t.Errorf("classes %+v", d.Dots)
	}
	line := d.Paths[len(d.Paths)-1]
	if strings.Count(line.D, "M") != 2 || strings.Contains(line.D, "NaN") {
		t.Errorf("a value that is not known breaks the line: %s", line.D)
	}
	if c.Rows[0][1] != "6 %" || c.Rows[0][2] != "3 of 50" || c.Rows[1][1] != "–" || len(c.Rows) != 4 {
		t.Errorf("numbers %v", c.Rows)
	}
	if d.Dots[1].Note != "19 Nov 16:00: 2 % (1 of 50)" {
		t.Errorf("note %q", d.Dots[1].Note)
	}
}

func TestBarsStandOnTopOfEachOther(t *testing.T) {
	c := Bars(Input{ID: "x", Times: hours(2), Every: time.Hour, Series: []Series{{Label: "a", Values: []float64{3, 0}}, {Label: "b", Values: []float64{1, 1200}}}})
	b := c.Wide.Bars
	if len(b) != 3 || b[1].Y+b[1].Height != b[0].Y || b[0].Y+b[0].Height != c.Wide.Bottom || b[2].Y < c.Wide.Top {
		t.Errorf("%+v", b)
	}
	if got := labels(c.Wide.YTicks); !slices.Equal(got, []string{"0", "500", "1000", "1500"}) {
		t.Errorf("marks %v", got)
	}
	if len(c.Legend) != 2 || c.Rows[0][2] != "1,200" {
		t.Errorf("%v %v", c.Legend, c.Rows)
	}
}

func TestNothingIsAnEmptyChart(t *testing.T) {
	for name, c := range map[string]Chart{
		"no time":     Lines(Input{Unit: Share}),
		"not known":   Lines(Input{Unit: Share, Times: hours(2), Every: time.Hour, Series: []Series{{Values: []float64{math.NaN(), math.NaN()}}}}),
		"none of any": Bars(Input{Times: hours(2), Every: time.Hour, Series: []Series{{Values: []float64{0, 0}}}}),
	} {
		if !c.Empty {
			t.Errorf("%s: not empty", name)
		}
	}
	if c := Lines(Input{Unit: Share, Times: hours(1), Every: time.Hour, Series: []Series{{Values: []float64{0}}}}); c.Empty || len(c.Wide.Dots) != 1 {
		t.Errorf("a rate of 0 is known: %+v", c)
	}
}

// Marks are round numbers, few, and reach the highest value; times are marked at
// round times and stay within the drawing.
func TestAxesSuitAnyValuesAndTimes(t *testing.T) {
	for _, highest := range []float64{1e-7, .0003, .004, .02, .3, 1, 7, 99, 100, 101, 4321, 1e6, 3.3e9} {
		for _, unit := range []Unit{Count, Share} {
			c := Lines(Input{Unit: unit, Times: hours(24), Every: time.Hour, Series: []Series{{Values: slices.Repeat([]float64{highest}, 24)}}})
			ticks := c.Wide.YTicks
			if len(ticks) < 2 || len(ticks) > 6 || c.Wide.Dots[0].Y < c.Wide.Top {
				t.Errorf("%v: %d marks, dot at %v", highest, len(ticks), c.Wide.Dots[0].Y)
			}
			if all := labels(ticks); len(slices.Compact(slices.Sorted(slices.Values(all)))) != len(all) {
				t.Errorf("%v: marks %v", highest, all)
			}
		}
	}
	for every, n := range map[time.Duration]int{10 * time.Minute: 6, time.Hour: 24, 6 * time.Hour: 28, day: 30, 7 * day: 52} {
		var times []time.Time
		for i := range n {
			times = append(times, time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(i)*every))
		}
		c := Bars(Input{Times: times, Every: every, Series: []Series{{Values: slices.Repeat([]float64{1}, n)}}})
		for name, d := range map[string]Drawing{"wide": c.Wide, "narrow": c.Narrow} {
			if len(d.XTicks) < 2 || len(d.XTicks) > 9 {
				t.Errorf("%v, %s: %v", every, name, labels(d.XTicks))
			}
			for _, tick := range d.XTicks {
				if tick.At < d.Left || tick.At > d.Right {
					t.Errorf("%v, %s: a mark at %v", every, name, tick.At)
				}
			}
		}
	}
}

func TestPercent(t *testing.T) {
	for share, want := range map[float64]string{0: "0 %", 1: "100 %", .0198: "1.98 %", .02: "2 %", .1234: "12.3 %", .00001: "0 %", .0004: "0.04 %"} {
		if got := Percent(share); got != want {
			t.Errorf("%v: %s, want %s", share, got, want)
		}
	}
}
