package classify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
)

// Step is one piece of evidence that was looked at.
type Step struct {
	Evidence Evidence        `json:"evidence"`
	Rule     string          `json:"rule"`             // id of the phrase, or the code
	Reason   codebook.Reason `json:"reason,omitempty"` // what it speaks for
	Text     string          `json:"text,omitempty"`   // the words that matched
	Start    int             `json:"start"`            // byte range of Text in the input
	End      int             `json:"end"`
	Weight   string          `json:"weight"` // why it counts as much as it does
	Won      bool            `json:"won"`
}

// Trace is how a verdict came about.
type Trace struct {
	Code     string `json:"reply_code,omitempty"` // the codes in force
	Status   string `json:"status,omitempty"`
	Provider string `json:"provider,omitempty"`
	Inner    string `json:"inner,omitempty"` // the inner reply that a text wraps
	Steps    []Step `json:"steps"`           // weightiest first
}

// Explain returns the verdict that Classify gives, and how it came about.
func (c *Classifier) Explain(in Input) (event.Verdict, Trace) {
	r := new(reading)
	r.read(c, &in)
	best := r.best()
	var v event.Verdict
	r.verdict(&v, best)
	t := Trace{Code: r.code.String(), Status: r.status.String(), Provider: v.Provider}
	if r.inner > 0 {
		t.Inner = strings.TrimSpace(r.in.Text[r.inner:])
	}
	var all []candidate
	r.each(func(c candidate) { all = append(all, c) })
	slices.SortStableFunc(all, func(a, b candidate) int {
		switch {
		case a.weight > b.weight:
			return -1
		case a.weight < b.weight:
			return 1
		}
		return 0
	})
	for _, c := range all {
		t.Steps = append(t.Steps, r.step(c, c.is(best) && best.tier() > tierNone))
	}
	t.Steps = append(t.Steps, r.modifierSteps()...)
	return v, t
}

func (r *reading) step(c candidate, won bool) Step {
	s := Step{Evidence: c.evidence, Reason: c.reason, Weight: r.weightOf(c), Won: won}
	switch c.evidence {
	case FromPhrase:
		s.Rule = c.rule.Phrase.ID
		s.Text, s.Start, s.End = r.in.Text[c.match.Start:c.match.End], int(c.match.Start), int(c.match.End)
	case FromProviderCode:
		s.Rule = r.provider.ID + " " + c.own.Code
	case FromStatus, FromReply:
		s.Rule = c.code.Code
	case FromHint:
		s.Rule = "decoder"
	}
	return s
}

// weightOf says in words what a candidate weighs.
func (r *reading) weightOf(c candidate) string {
	parts := []string{tierNames[c.tier()]}
	if c.evidence == FromPhrase {
		if r.inner > 0 && int(c.match.Start) >= r.inner {
			parts = append(parts, "in the inner reply")
		}
		if c.rule.Provider != nil && c.rule.Provider == r.provider {
			parts = append(parts, "of the provider that speaks")
		}
		parts = append(parts, fmt.Sprintf("%d letters", c.match.Literal))
	}
	return strings.Join(parts, ", ")
}

var tierNames = [...]string{
	"tells nothing by itself", "usual meaning of the reply code", "the provider's own class", "usual meaning of the status",
	"words that name an effect", "clear reply code", "words around the quoted reply", "the retry time ran out", "clear status", "known from the form of the report",
	"words that name the cause", "the provider's own error id",
}

// modifierSteps lists what was found that names no reason.
func (r *reading) modifierSteps() []Step {
	var steps []Step
	for i := range r.matches {
		m := &r.matches[i]
		rule := &r.t.rules[m.ID]
		s := Step{Evidence: FromPhrase, Text: r.in.Text[m.Start:m.End], Start: int(m.Start), End: int(m.End)}
		switch rule.Kind {
		case codebook.Modifier:
			s.Rule, s.Weight = rule.Phrase.ID, "says "+string(rule.Phrase.Lasting)
		case codebook.Wrapper:
			s.Rule, s.Weight = rule.Phrase.ID, "an inner reply follows"
		case codebook.Marker:
			s.Rule, s.Weight = rule.Provider.ID, "tells who speaks"
		case codebook.Guard:
			s.Rule, s.Weight = rule.Phrase.ID, "speaks of the sender"
		default:
			continue
		}
		steps = append(steps, s)
	}
	return steps
}
