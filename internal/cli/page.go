package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rebound-mail/rebound/classify"
	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/internal/explain"
)

// page writes an explanation for people.
func (x *explainer) page(p *paper, e explain.Explanation) {
	switch {
	case len(e.Asked) > 0 && explain.OpenCode(e.Asked) != "" && explain.IsFamily(e.Asked[0]):
		x.familyPage(p, e)
	case len(e.Asked) > 0:
		x.codesPage(p, e)
	default:
		p.block("", plain, plain, cutText(e.Text))
		p.gap()
		x.verdictPage(p, &e)
		x.codeNotes(p, &e)
	}
	x.sources(p, x.cited(&e))
	if e.Trace != nil {
		tracePage(p, e.Trace)
	}
}

// verdictPage says what a verdict means: what, whose problem, what to do.
func (x *explainer) verdictPage(p *paper, e *explain.Explanation) {
	title := e.Title
	if title == "" {
		title = string(e.Reason)
	}
	p.title(title, string(e.Reason)+", "+string(e.Category))
	x.verdictFields(p, e)
	if len(e.Causes) > 0 {
		p.head("Why it happens")
		p.bullets(e.Causes)
	}
	if len(e.Remedy) > 0 {
		p.head("What to do")
		p.steps(e.Remedy)
	}
}

func (x *explainer) verdictFields(p *paper, e *explain.Explanation) {
	meaning := e.Meaning
	if e.Reason == codebook.Undetermined && e.Rule == "" {
		meaning = "Nothing in it tells why the delivery failed."
	}
	p.field("What", plain, meaning)
	if e.Reason != codebook.Undetermined {
		p.field("Whose", plain, explain.WhoWords(e.Who))
	}
	p.field("Bounce", plain, explain.BounceWords(&e.Verdict))
	p.field("Decision", decisionInk(e.Decision), explain.DecisionWords(e.Decision))
	p.field("Impact", plain, explain.ImpactWords(e.Impact))
	p.field("Sure", plain, explain.ConfidenceWords(e.Confidence))
	p.field("Who speaks", plain, x.providerWords(e.Provider))
	for _, f := range e.Facts {
		p.field(strings.ReplaceAll(f.Name, "_", " "), plain, f.Value)
	}
	for _, system := range x.Systems {
		name := e.As[system]
		if name == "" {
			name = "(no name for it)"
		}
		p.field("In "+system, plain, name)
	}
	x.phraseNote(p, e)
}

// phraseNote tells what the codebook notes about the phrase that decided.
func (x *explainer) phraseNote(p *paper, e *explain.Explanation) {
	if rule, ok := x.Book.Phrase(e.Rule); ok {
		p.field("Note", plain, rule.Note)
	}
}

func (x *explainer) providerWords(id string) string {
	info, ok := x.Book.Provider(id)
	if !ok {
		return id
	}
	if info.Postmaster != "" {
		return info.Name + ", " + info.Postmaster
	}
	return info.Name
}

// codeNotes says what the codes of a reply mean by themselves.
func (x *explainer) codeNotes(p *paper, e *explain.Explanation) {
	if len(e.Codes) == 0 {
		return
	}
	p.head("What the codes say by themselves")
	for _, c := range e.Codes {
		text := c.Title + ": " + explain.ReadingWords(&c)
		if c.Disagree {
			text += " The sources disagree: rebound explain " + c.Code
		}
		p.block(fmt.Sprintf("  %-8s", c.Code), strong, plain, text)
	}
}

// cited lists the ids of all sources that an explanation rests on.
func (x *explainer) cited(e *explain.Explanation) []string {
	ids := slices.Clone(e.Sources)
	if e.Asked == nil {
		return ids
	}
	if len(e.Codes) > explain.MaxCodes {
		return nil // a list of codes: each has its own page
	}
	for _, c := range e.Codes {
		for _, m := range c.Meanings {
			ids = append(ids, m.Source)
		}
		for _, own := range c.Providers {
			ids = append(ids, own.Sources...)
		}
	}
	return ids
}

func (x *explainer) sources(p *paper, ids []string) {
	found := x.Book.SourcesOf(ids)
	if len(found) == 0 {
		return
	}
	p.head("Sources")
	for _, s := range found {
		text := s.Title
		if s.Date != "" {
			text += " (" + s.Date + ")"
		}
		if s.URL != "" {
			text += " " + s.URL
		}
		p.block("  "+s.ID+": ", faint, plain, text)
	}
}

// tracePage shows the evidence, weightiest first.
func tracePage(p *paper, t *classify.Trace) {
	p.head("The evidence")
	p.field("Reply code", plain, t.Code)
	p.field("Status", plain, t.Status)
	p.field("Who speaks", plain, t.Provider)
	p.field("Inner reply", plain, t.Inner)
	for _, s := range t.Steps {
		mark := "  - "
		i := plain
		if s.Won {
			mark, i = "  > ", strong
		}
		p.block(mark, i, i, stepWords(&s))
	}
	if len(t.Steps) == 0 {
		p.line("  Nothing was found that says anything.")
	}
}

func stepWords(s *classify.Step) string {
	var b strings.Builder
	b.WriteString(string(s.Evidence))
	if s.Rule != "" {
		b.WriteString(" " + s.Rule)
	}
	if s.Reason != "" {
		b.WriteString(" says " + string(s.Reason))
	}
	if s.Text != "" {
		fmt.Fprintf(&b, ", by the words %q at byte %d", s.Text, s.Start)
	}
	b.WriteString(" (" + s.Weight + ")")
	if s.Won {
		b.WriteString(": decided")
	}
	return b.String()
}
