package operator

import (
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/intake"
	"github.com/rebound-mail/rebound/internal/reputation"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/internal/web/ui"
	"github.com/rebound-mail/rebound/internal/web/ui/operator/chart"
	"github.com/rebound-mail/rebound/policy"
)

// functions are what the templates may call beyond those of the shell.
func (o *Operator) functions() template.FuncMap {
	return template.FuncMap{
		"link":      link,
		"stamp":     stamp,
		"machine":   func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"ago":       func(t time.Time) string { return ago(o.o.Now().Sub(t)) },
		"big":       big,
		"bytes":     sizeWords,
		"short":     func(id string) string { return store.Cut(id, 8) },
		"percent":   percent,
		"tone":      healthTone,
		"kind":      kindTone,
		"state":     stateTone,
		"label":     ui.BounceBadge,
		"reason":    o.reasonTitle,
		"who":       o.providerName,
		"ground":    groundWords,
		"tabs":      o.tabs,
		"alertHref": alertHref,
		"str":       func(v any) string { return fmt.Sprint(v) },
	}
}

// stamp writes a time as people read it, in UTC.
func stamp(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.UTC().Format("2006-01-02 15:04")
}

// ago writes how long something was ago.
func ago(d time.Duration) string {
	if d < 0 {
		return "just now"
	}
	if d < time.Minute {
		return "just now"
	}
	return span(d) + " ago"
}

// span writes a length of time in its largest unit.
func span(d time.Duration) string {
	for _, u := range [...]struct {
		size time.Duration
		name string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}, {time.Second, "second"}} {
		if n := int(d / u.size); n == 1 {
			return "1 " + u.name
		} else if n > 1 {
			return fmt.Sprintf("%d %ss", n, u.name)
		}
	}
	return "less than a second"
}

// big writes a number with its thousands apart.
func big(n any) string {
	text := fmt.Sprint(n)
	for at := len(text) - 3; at > 0 && text[at-1] != '-'; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

// sizeWords writes a number of bytes.
func sizeWords(n any) string {
	var v float64
	if _, err := fmt.Sscan(fmt.Sprint(n), &v); err != nil {
		return fmt.Sprint(n)
	}
	for _, unit := range [...]string{"bytes", "kB", "MB", "GB"} {
		if v < 1000 {
			if unit == "bytes" {
				return fmt.Sprintf("%.0f bytes", v)
			}
			return fmt.Sprintf("%.1f %s", v, unit)
		}
		v /= 1000
	}
	return fmt.Sprintf("%.1f TB", v)
}

// percent writes a rate; one that is not known is a dash.
func percent(r reputation.Rate) string {
	if r.Share == nil {
		return "–"
	}
	return chart.Percent(*r.Share)
}

func healthTone(h any) ui.Tone {
	switch policy.Health(fmt.Sprint(h)) {
	case policy.Healthy:
		return ui.ToneGood
	case policy.Warning:
		return ui.ToneWarn
	case policy.Critical:
		return ui.ToneBad
	}
	return ui.ToneNeutral
}

func kindTone(k event.Kind) ui.Tone {
	switch k {
	case event.Bounce, event.Complaint:
		return ui.ToneBad
	case event.Delay, event.Unsubscribe:
		return ui.ToneWarn
	case event.Delivery:
		return ui.ToneGood
	}
	return ui.ToneNeutral
}

func stateTone(s intake.Status) ui.Tone {
	switch {
	case s.Problem != "":
		return ui.ToneBad
	case s.State == "stopped":
		return ui.ToneNeutral
	case s.State == "starting" || s.State == "waiting":
		return ui.ToneWarn
	}
	return ui.ToneGood
}

// reasonTitle is a reason in a few words.
func (o *Operator) reasonTitle(r codebook.Reason) string {
	if info, ok := o.x.Book.Reason(r); ok {
		return info.Title
	}
	return string(r)
}

// providerName is a provider as people call it.
func (o *Operator) providerName(id string) string {
	if p, ok := o.x.Book.Provider(id); ok {
		return p.Name
	}
	return id
}

func groundWords(g policy.Ground) string {
	switch g {
	case policy.GroundAddress:
		return "the address failed for good"
	case policy.GroundBlock:
		return "by hand, or taken over"
	case policy.GroundObjection:
		return "the recipient objected"
	case policy.GroundFailures:
		return "failed several times"
	}
	return string(g)
}

// dimensionWords is what a dimension is called above its table.
func dimensionWords(d store.Dimension) string {
	switch d {
	case store.BySenderDomain:
		return "Sender domains"
	case store.ByIP:
		return "Sending IPs"
	case store.ByProvider:
		return "Providers"
	case store.ByStream:
		return "Streams"
	}
	return "All mail"
}

// alertHref is the page about what an alert is about; "" where there is none.
func alertHref(subject string) string {
	d, value, _ := strings.Cut(subject, " ")
	if value == "" || !slices.Contains(dimensions(), store.Dimension(d)) {
		return ""
	}
	return link(Prefix+"reputation", "dimension", d, "value", value)
}

// choice is an option of a select.
type choice struct {
	Value, Text string
	Selected    bool
}

func choices(selected string, pairs ...[2]string) []choice {
	list := make([]choice, len(pairs))
	for i, p := range pairs {
		list[i] = choice{p[0], p[1], p[0] == selected}
	}
	return list
}

// reasonChoices are all reasons, with an empty one before.
func (o *Operator) reasonChoices(selected, none string) []choice {
	list := []choice{{"", none, selected == ""}}
	for _, r := range codebook.Reasons() {
		list = append(list, choice{string(r), o.reasonTitle(r), string(r) == selected})
	}
	return list
}
