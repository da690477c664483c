package chart

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// scale chooses the upper end of the values, and marks for them: round numbers,
// four or five.
func (l *layout) scale(highest float64) {
	unit := 1.0
	if l.in.Unit == Share {
		unit = 0.01
	}
	step := niceStep(highest/unit/4, l.in.Unit == Count) * unit
	n := max(int(math.Ceil(highest/step-1e-9)), 1)
	l.top = float64(n) * step
	for i := range n + 1 {
		v := float64(i) * step
		l.d.YTicks = append(l.d.YTicks, Tick{round(l.y(v)), l.in.Unit.mark(v, step), "end"})
	}
}

// niceStep returns a round number that is not below v.
func niceStep(v float64, whole bool) float64 {
	if v <= 0 || math.IsNaN(v) || math.IsInf(v, 0) {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(v)))
	step := 10 * power
	for _, n := range []float64{1, 2, 2.5, 5} {
		if n*power >= v-1e-12 {
			step = n * power
			break
		}
	}
	if whole {
		step = max(math.Ceil(step), 1)
	}
	return step
}

// mark writes a value at an axis, with as many digits as the steps have.
func (u Unit) mark(v, step float64) string {
	if u == Share {
		digits := max(0, int(-math.Floor(math.Log10(step*100)+1e-9)))
		if s := step * 100 * math.Pow(10, float64(digits)); math.Abs(s-math.Round(s)) > 1e-6 {
			digits++
		}
		return strconv.FormatFloat(v*100, 'f', digits, 64) + " %"
	}
	switch {
	case step >= 1e6:
		return strconv.FormatFloat(v/1e6, 'f', -1, 64) + " M"
	case step >= 1000:
		return strconv.FormatFloat(v/1000, 'f', -1, 64) + " k"
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// write writes a value in a table.
func (u Unit) write(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	if u == Share {
		return Percent(v)
	}
	return grouped(int64(v))
}

// Percent writes a share with as many digits as matter.
func Percent(share float64) string {
	digits := 1
	if share < 0.1 {
		digits = 2 // a rate just below a line must not look like one that reached it
	}
	text := strconv.FormatFloat(100*share, 'f', digits, 64)
	if strings.Contains(text, ".") {
		text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	}
	return text + " %"
}

// grouped writes a number in groups of three digits.
func grouped(n int64) string {
	text := strconv.FormatInt(n, 10)
	for at := len(text) - 3; at > 0 && text[at-1] != '-'; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

const day = 24 * time.Hour

// stamp writes the time of a point of that width, in UTC.
func stamp(t time.Time, every time.Duration) string {
	if every >= day {
		return t.UTC().Format("2 Jan 2006")
	}
	return t.UTC().Format("2 Jan 15:04")
}

// xTicks marks round times: hours, days or weeks, as many as there is room for.
func (l *layout) xTicks() {
	times := l.in.Times
	if len(times) == 0 {
		return
	}
	room := 7
	if l.narrow {
		room = 4
	}
	step := roundStep(l.in.Every, len(times), room)
	// Days are counted from the latest, so that today has a mark.
	for j, t := range times {
		t = t.UTC()
		marked := t.Unix()%int64(step/time.Second) == 0
		if step > day {
			marked = times[len(times)-1].Truncate(day).Sub(t.Truncate(day))%step == 0 && (l.in.Every >= day || t.Hour()+t.Minute() == 0)
		}
		if marked {
			l.d.XTicks = append(l.d.XTicks, l.xTick(j, t, step))
		}
	}
}

// roundStep is a round time of which there are at most room in n points.
func roundStep(every time.Duration, n, room int) time.Duration {
	span := time.Duration(n) * every
	if every < day {
		for _, s := range []time.Duration{10 * time.Minute, 20 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 6 * time.Hour, 12 * time.Hour, day, 2 * day, 5 * day, 7 * day, 14 * day} {
			if s >= every && int(span/s) <= room {
				return s
			}
		}
	}
	for _, k := range []time.Duration{1, 2, 5, 7, 10, 14, 30, 60} {
		if int(span/(k*every)) <= room {
			return k * every
		}
	}
	return max(span/time.Duration(room), every)
}

func (l *layout) xTick(j int, t time.Time, step time.Duration) Tick {
	layout := "2 Jan"
	if step < day && t.Hour()+t.Minute() > 0 {
		layout = "15:04"
	}
	at, anchor := round(l.x(j)), "middle"
	switch {
	case at < l.d.Left+14:
		at, anchor = l.d.Left, "start"
	case at > l.d.Right-14:
		at, anchor = l.d.Right, "end"
	}
	return Tick{at, t.Format(layout), anchor}
}
