package cli

import (
	"strings"

	"github.com/rebound-mail/rebound/internal/explain"
)

// codesPage writes the pages of the codes asked for, and what to do.
func (x *explainer) codesPage(p *paper, e explain.Explanation) {
	for i := range e.Codes {
		if i > 0 {
			p.gap()
		}
		x.codePage(p, &e.Codes[i])
	}
	p.gap()
	x.verdictPage(p, &e)
}

// codePage writes one code: who defines it, the reading in force, and every
// source's meaning beside it.
func (x *explainer) codePage(p *paper, c *explain.Code) {
	aside := string(c.Standing)
	if c.Record != "" && c.Record != c.Code {
		aside += ", as " + c.Record
	}
	p.title(c.Code+": "+c.Title, strings.TrimPrefix(aside, ", "))
	p.field("Standing", plain, explain.StandingWords(c.Standing))
	p.field("Reading", plain, x.InForce(c))
	p.field("Why so", plain, c.Why)
	x.meanings(p, c)
	x.ownReadingsOf(p, c)
	p.gap()
	p.field("With", plain, strings.Join(c.Basic, ", "))
	p.field("Related", plain, strings.Join(c.Related, ", "))
	for _, text := range c.Examples {
		p.field("Example", plain, text)
	}
}

// meanings shows what each source says, side by side.
func (x *explainer) meanings(p *paper, c *explain.Code) {
	if len(c.Meanings) == 0 {
		return
	}
	head := "What the sources say of " + c.Code
	if c.Disagree {
		head += ": they disagree"
	}
	p.head(head)
	rows := make([][]string, len(c.Meanings))
	for i, m := range c.Meanings {
		who := m.Source
		if m.Provider != "" {
			who += " (" + m.Provider + " only)"
		}
		says := m.Says
		if m.Reason != "" {
			says += " [" + string(m.Reason) + "]"
		}
		rows[i] = []string{who, string(m.Label), says}
	}
	p.table(rows)
}

// ownReadingsOf shows how single providers read the code.
func (x *explainer) ownReadingsOf(p *paper, c *explain.Code) {
	if len(c.Providers) == 0 {
		return
	}
	var agree []string
	var rows [][]string
	for _, own := range c.Providers {
		name := own.Provider
		if info, ok := x.Book.Provider(own.Provider); ok {
			name = info.Name
		}
		if own.Reason == c.Reason {
			agree = append(agree, name)
			continue
		}
		rows = append(rows, []string{name, own.Code, own.Meaning + " [" + string(own.Reason) + "]"})
	}
	if len(rows) > 0 {
		p.head("Providers that mean something else by " + c.Code)
		p.table(rows)
	}
	if len(agree) > 0 {
		p.gap()
		p.field("As here", plain, strings.Join(agree, ", "))
	}
}

// familyPage lists the codes of a family.
func (x *explainer) familyPage(p *paper, e explain.Explanation) {
	entries := e.Codes
	if len(entries) > 0 && explain.IsFamily(strings.ToLower(entries[0].Code)) {
		x.codePage(p, &entries[0])
		entries = entries[1:]
	}
	if len(entries) == 0 {
		p.line("No source defines a code of this family.")
		return
	}
	p.head("The codes")
	rows := make([][]string, len(entries))
	for i, c := range entries {
		rows[i] = []string{c.Code, string(c.Standing), string(c.Reason), c.Title}
	}
	p.table(rows)
}
