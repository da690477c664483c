package cli

import (
	"strings"

	"github.com/rebound-mail/rebound/codebook"
)

// hitEntry is what every entry of a search has: of which kind it is, and its id
// within that kind.
type hitEntry struct {
	Kind codebook.Kind `json:"kind"`
	ID   string        `json:"id"`
}

type codeHit struct {
	hitEntry
	codeEntry
}

type reasonHit struct {
	hitEntry
	Title     string              `json:"title"`
	Reason    codebook.Reason     `json:"reason"`
	Category  codebook.Category   `json:"category"`
	Meaning   string              `json:"meaning"`
	Causes    []string            `json:"causes"`
	Remedy    []string            `json:"remedy"`
	Who       string              `json:"who"`
	Impact    codebook.Impact     `json:"impact"`
	Decisions map[string]string   `json:"decisions"` // by lasting
	Names     map[string][]string `json:"names"`     // in other systems
	Related   []codebook.Reason   `json:"related"`
	Sources   []string            `json:"sources"`
}

type providerHit struct {
	hitEntry
	Title      string     `json:"title"`
	Type       string     `json:"type"` // mailbox, filter, blocklist, mta, esp, carrier, hosting
	Hosts      []string   `json:"hosts"`
	Domains    []string   `json:"domains"`
	Zones      []string   `json:"zones"`
	Postmaster string     `json:"postmaster"`
	Delisting  string     `json:"delisting"`
	Lists      string     `json:"lists"`
	Closed     string     `json:"closed"`
	Note       string     `json:"note"`
	Codes      []ownEntry `json:"codes"`
	Sources    []string   `json:"sources"`
}

type phraseHit struct {
	hitEntry
	Provider string           `json:"provider"`
	Words    []string         `json:"words"`
	Reason   codebook.Reason  `json:"reason"`
	Lasting  codebook.Lasting `json:"lasting"`
	Codes    []string         `json:"codes"`
	Note     string           `json:"note"`
	Match    []string         `json:"match"`
	Miss     []string         `json:"miss"`
	Sources  []string         `json:"sources"`
}

type sourceHit struct {
	hitEntry
	Title string `json:"title"`
	Type  string `json:"type"` // rfc, registry, provider, reference, software, observed
	URL   string `json:"url"`
	Date  string `json:"date"`
	Note  string `json:"note"`
}

// hitEntries gives hits as they are written in JSON.
func (x *explainer) hitEntries(hits []codebook.Hit) []any {
	entries := make([]any, 0, len(hits))
	for _, h := range hits {
		entries = append(entries, x.hitJSON(h))
	}
	return entries
}

func (x *explainer) hitJSON(h codebook.Hit) any {
	e := hitEntry{h.Kind, h.ID}
	switch h.Kind {
	case codebook.KindCode:
		return codeHit{e, x.entryOf(strings.ToLower(h.ID))}
	case codebook.KindReason:
		return x.reasonJSON(e)
	case codebook.KindProvider:
		return x.providerJSON(e)
	case codebook.KindPhrase:
		p, _ := x.book.Phrase(h.ID)
		return phraseHit{e, p.Provider, list(p.Words), p.Reason, p.Lasting, list(p.Codes), p.Note, list(p.Match), list(p.Miss), list(p.Sources)}
	}
	s, _ := x.book.Source(h.ID)
	return sourceHit{e, s.Title, s.Kind, s.URL, s.Date, s.Note}
}

func (x *explainer) reasonJSON(e hitEntry) reasonHit {
	r, _ := x.book.Reason(codebook.Reason(e.ID))
	hit := reasonHit{
		hitEntry: e, Title: r.Title, Reason: r.ID, Category: r.Category, Meaning: r.Meaning, Causes: list(r.Causes), Remedy: list(r.Remedy),
		Who: r.Who, Impact: r.Impact, Names: map[string][]string{}, Related: append([]codebook.Reason{}, r.Related...), Sources: list(r.Sources),
		Decisions: map[string]string{
			string(codebook.Permanent): string(r.Decision.Permanent), string(codebook.Temporary): string(r.Decision.Temporary),
			string(codebook.LastingUnknown): string(r.Decision.Unknown),
		},
	}
	for _, n := range r.Names {
		hit.Names[n.System] = append(hit.Names[n.System], n.Name)
	}
	return hit
}

func (x *explainer) providerJSON(e hitEntry) providerHit {
	p, _ := x.book.Provider(e.ID)
	hit := providerHit{
		hitEntry: e, Title: p.Name, Type: p.Kind, Hosts: list(p.Hosts), Domains: list(p.Domains), Zones: list(p.Zones), Postmaster: p.Postmaster,
		Delisting: p.Delisting, Lists: p.Lists, Closed: p.Closed, Note: p.Note, Codes: []ownEntry{}, Sources: list(p.Sources),
	}
	for _, c := range p.Codes {
		hit.Codes = append(hit.Codes, ownEntry{p.ID, c.Code, c.Reason, c.Lasting, c.Meaning, list(c.Sources)})
	}
	return hit
}
