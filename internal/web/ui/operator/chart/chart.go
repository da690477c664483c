// Package chart lays out charts over time: it computes where everything stands, and
// a template writes that as SVG. Each chart is laid out twice, for a desk and for a
// phone, since text in an SVG shrinks with it; and it comes with its numbers as a
// table.
//
// Colours are classes, so that the style sheet decides them for light and dark.
package chart

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Series is what a chart shows of one thing.
type Series struct {
	Label string
	// Values are one a point in time; NaN is one that is not known.
	Values []float64
	// Notes tell of each point in words, such as "18 of 1,000"; may be nil.
	Notes []string
}

// Limit is a line that values are looked at against.
type Limit struct {
	Value float64
	Label string
	Class string // "limit-warn" or "limit-bad"
}

// Input is what a chart is made of.
type Input struct {
	ID     string // unique in the page
	Title  string
	Desc   string // what the chart shows, in a sentence or two, for who cannot see it
	Times  []time.Time
	Every  time.Duration // the width of a point
	Series []Series
	Limits []Limit
	Unit   Unit
}

// Unit is what values are.
type Unit int

// The units.
const (
	Count Unit = iota
	Share      // from 0 to 1, shown in percent
)

// Chart is laid out.
type Chart struct {
	ID, Title, Desc string
	Wide, Narrow    Drawing
	Legend          []Entry
	Head            []string   // of the table
	Rows            [][]string // the numbers, the latest first
	Empty           bool       // nothing is known at any time
}

// Entry is one of the legend.
type Entry struct{ Class, Label string }

// Drawing is a chart at one size.
type Drawing struct {
	Width, Height            int
	Left, Right, Top, Bottom float64 // of the area that values are drawn in
	YTicks, XTicks           []Tick
	Limits                   []Rule
	Paths                    []Path
	Dots                     []Dot
	Bars                     []Bar
}

// Tick is a mark at an axis.
type Tick struct {
	At     float64
	Label  string
	Anchor string // text-anchor
}

// Rule is a limit as it is drawn.
type Rule struct {
	Y, LabelY    float64
	Label, Class string
}

// Path is a line, or an area.
type Path struct{ D, Class string }

// Dot is a point of a line.
type Dot struct {
	X, Y        float64
	Class, Note string
}

// Bar is a piece of a stack.
type Bar struct {
	X, Y, Width, Height float64
	Class, Note         string
}

// layout is the work on one drawing.
type layout struct {
	in     *Input
	d      Drawing
	top    float64 // the value at the upper end
	narrow bool
}

// Lines lays out one line for each series.
func Lines(in Input) Chart { return lay(in, (*layout).lines) }

// Bars lays out a bar for each point in time, the series on top of each other.
func Bars(in Input) Chart { return lay(in, (*layout).bars) }

func lay(in Input, draw func(*layout)) Chart {
	c := Chart{ID: in.ID, Title: in.Title, Desc: in.Desc, Empty: !in.known()}
	for i, s := range in.Series {
		c.Legend = append(c.Legend, Entry{"f" + strconv.Itoa(i%6+1), s.Label})
	}
	c.table(&in)
	if c.Empty {
		return c
	}
	for _, narrow := range []bool{false, true} {
		l := layout{in: &in, narrow: narrow, d: Drawing{Width: 560, Height: 240, Left: 46, Top: 14, Right: 548, Bottom: 210}}
		if narrow {
			l.d = Drawing{Width: 340, Height: 220, Left: 44, Top: 14, Right: 332, Bottom: 190}
		}
		draw(&l)
		l.xTicks()
		if narrow {
			c.Narrow = l.d
			continue
		}
		c.Wide = l.d
	}
	return c
}

// known reports whether there is any value.
func (in *Input) known() bool {
	for _, s := range in.Series {
		for _, v := range s.Values {
			if !math.IsNaN(v) && (v != 0 || in.Unit == Share) {
				return true
			}
		}
	}
	return false
}

func (l *layout) lines() {
	highest := 0.0
	for _, s := range l.in.Series {
		for _, v := range s.Values {
			if !math.IsNaN(v) {
				highest = max(highest, v)
			}
		}
	}
	for _, limit := range l.in.Limits {
		highest = max(highest, limit.Value)
	}
	l.scale(highest * 1.08)
	for _, limit := range l.in.Limits {
		y := l.y(limit.Value)
		l.d.Limits = append(l.d.Limits, Rule{round(y), round(y - 5), limit.Label, limit.Class})
	}
	for i, s := range l.in.Series {
		l.line(i, s)
	}
}

// line draws a series; it is broken where values are not known.
func (l *layout) line(i int, s Series) {
	number := strconv.Itoa(i%6 + 1)
	var line, area strings.Builder
	begun, last := false, 0.0
	for j, v := range s.Values {
		if math.IsNaN(v) {
			l.close(&area, begun, last)
			begun = false
			continue
		}
		x, y := round(l.x(j)), round(l.y(v))
		word := "L"
		if !begun {
			word = "M"
			fmt.Fprintf(&area, "M%g %g", x, l.d.Bottom)
			begun = true
		}
		fmt.Fprintf(&line, "%s%g %g", word, x, y)
		fmt.Fprintf(&area, "L%g %g", x, y)
		last = x
		l.d.Dots = append(l.d.Dots, Dot{x, y, "dot f" + number + l.beyond(v), l.note(s, j)})
	}
	l.close(&area, begun, last)
	if len(l.in.Series) == 1 {
		l.d.Paths = append(l.d.Paths, Path{area.String(), "area f" + number})
	}
	l.d.Paths = append(l.d.Paths, Path{line.String(), "line s" + number})
}

func (l *layout) close(area *strings.Builder, begun bool, x float64) {
	if begun {
		fmt.Fprintf(area, "L%g %gZ", x, l.d.Bottom)
	}
}

// beyond is the class of a value that reached a limit.
func (l *layout) beyond(v float64) string {
	class := ""
	for _, limit := range l.in.Limits {
		if v >= limit.Value {
			class = " at-" + limit.Class
		}
	}
	return class
}

func (l *layout) bars() {
	highest := 0.0
	for j := range l.in.Times {
		sum := 0.0
		for _, s := range l.in.Series {
			sum += s.Values[j]
		}
		highest = max(highest, sum)
	}
	l.scale(highest)
	step := (l.d.Right - l.d.Left) / float64(max(len(l.in.Times), 1))
	gap := min(step*0.22, 4)
	for j := range l.in.Times {
		below := 0.0
		for i, s := range l.in.Series {
			v := s.Values[j]
			if v <= 0 || math.IsNaN(v) {
				continue
			}
			y := l.y(below + v)
			l.d.Bars = append(l.d.Bars, Bar{round(l.d.Left + float64(j)*step + gap/2), round(y), round(step - gap), round(l.y(below) - y),
				"f" + strconv.Itoa(i%6+1), l.note(s, j)})
			below += v
		}
	}
}

// x is where the middle of a point stands, y where a value does.
func (l *layout) x(j int) float64 {
	step := (l.d.Right - l.d.Left) / float64(max(len(l.in.Times), 1))
	return l.d.Left + (float64(j)+0.5)*step
}

func (l *layout) y(v float64) float64 {
	return l.d.Bottom - v/l.top*(l.d.Bottom-l.d.Top)
}

func round(v float64) float64 { return math.Round(v*10) / 10 }

// note tells of a point in words.
func (l *layout) note(s Series, j int) string {
	text := stamp(l.in.Times[j], l.in.Every) + ": " + l.in.Unit.write(s.Values[j])
	if len(l.in.Series) > 1 {
		text = s.Label + ", " + text
	}
	if j < len(s.Notes) && s.Notes[j] != "" {
		text += " (" + s.Notes[j] + ")"
	}
	return text
}

// table writes the numbers, the latest first.
func (c *Chart) table(in *Input) {
	c.Head = []string{"Time (UTC)"}
	for _, s := range in.Series {
		c.Head = append(c.Head, s.Label)
		if s.Notes != nil {
			c.Head = append(c.Head, "Of")
		}
	}
	for j := len(in.Times) - 1; j >= 0; j-- {
		row := []string{stamp(in.Times[j], in.Every)}
		for _, s := range in.Series {
			row = append(row, in.Unit.write(s.Values[j]))
			if s.Notes != nil {
				row = append(row, s.Notes[j])
			}
		}
		c.Rows = append(c.Rows, row)
	}
}
