package explain

import (
	"strings"

	"github.com/rebound-mail/rebound/codebook"
)

// Record is what every entry of a search has: of which kind it is, and its id
// within that kind.
type Record struct {
	Kind codebook.Kind `json:"kind"`
	ID   string        `json:"id"`
}

// CodeRecord is all there is to say of a code.
type CodeRecord struct {
	Record
	Code
}

// ReasonRecord is all there is to say of a reason.
type ReasonRecord struct {
	Record
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

// ProviderRecord is all there is to say of a provider.
type ProviderRecord struct {
	Record
	Title      string       `json:"title"`
	Type       string       `json:"type"` // mailbox, filter, blocklist, mta, esp, carrier, hosting
	Hosts      []string     `json:"hosts"`
	Domains    []string     `json:"domains"`
	Zones      []string     `json:"zones"`
	Postmaster string       `json:"postmaster"`
	Delisting  string       `json:"delisting"`
	Lists      string       `json:"lists"`
	Closed     string       `json:"closed"`
	Note       string       `json:"note"`
	Codes      []OwnReading `json:"codes"`
	Sources    []string     `json:"sources"`
}

// PhraseRecord is all there is to say of a phrase.
type PhraseRecord struct {
	Record
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

// SourceRecord is all there is to say of a source.
type SourceRecord struct {
	Record
	Title string `json:"title"`
	Type  string `json:"type"` // rfc, registry, provider, reference, software, observed
	URL   string `json:"url"`
	Date  string `json:"date"`
	Note  string `json:"note"`
}

// Records gives hits as they are written in JSON.
func (x *Explainer) Records(hits []codebook.Hit) []any {
	entries := make([]any, 0, len(hits))
	for _, h := range hits {
		entries = append(entries, x.Record(h))
	}
	return entries
}

// Record gives a hit as it is written in JSON: a CodeRecord, ReasonRecord,
// ProviderRecord, PhraseRecord or SourceRecord. The hit must come from the codebook.
func (x *Explainer) Record(h codebook.Hit) any {
	e := Record{h.Kind, h.ID}
	switch h.Kind {
	case codebook.KindCode:
		return CodeRecord{e, x.Code(strings.ToLower(h.ID))}
	case codebook.KindReason:
		return x.reasonJSON(e)
	case codebook.KindProvider:
		return x.providerJSON(e)
	case codebook.KindPhrase:
		p, _ := x.Book.Phrase(h.ID)
		return PhraseRecord{e, p.Provider, list(p.Words), p.Reason, p.Lasting, list(p.Codes), p.Note, list(p.Match), list(p.Miss), list(p.Sources)}
	}
	s, _ := x.Book.Source(h.ID)
	return SourceRecord{e, s.Title, s.Kind, s.URL, s.Date, s.Note}
}

func (x *Explainer) reasonJSON(e Record) ReasonRecord {
	r, _ := x.Book.Reason(codebook.Reason(e.ID))
	hit := ReasonRecord{
		Record: e, Title: r.Title, Reason: r.ID, Category: r.Category, Meaning: r.Meaning, Causes: list(r.Causes), Remedy: list(r.Remedy),
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

func (x *Explainer) providerJSON(e Record) ProviderRecord {
	p, _ := x.Book.Provider(e.ID)
	hit := ProviderRecord{
		Record: e, Title: p.Name, Type: p.Kind, Hosts: list(p.Hosts), Domains: list(p.Domains), Zones: list(p.Zones), Postmaster: p.Postmaster,
		Delisting: p.Delisting, Lists: p.Lists, Closed: p.Closed, Note: p.Note, Codes: []OwnReading{}, Sources: list(p.Sources),
	}
	for _, c := range p.Codes {
		hit.Codes = append(hit.Codes, OwnReading{p.ID, c.Code, c.Reason, c.Lasting, c.Meaning, list(c.Sources)})
	}
	return hit
}

// Everything lists all records, in the order of the kinds.
func Everything(book *codebook.Codebook) []codebook.Hit {
	var hits []codebook.Hit
	add := func(kind codebook.Kind, id, title string) {
		hits = append(hits, codebook.Hit{Kind: kind, ID: id, Title: title})
	}
	r := book.Records()
	for i := range r.Codes {
		add(codebook.KindCode, r.Codes[i].Code, r.Codes[i].Title)
	}
	for i := range r.Reasons {
		add(codebook.KindReason, string(r.Reasons[i].ID), r.Reasons[i].Title)
	}
	for i := range r.Providers {
		add(codebook.KindProvider, r.Providers[i].ID, r.Providers[i].Name)
	}
	for i := range r.Phrases {
		add(codebook.KindPhrase, r.Phrases[i].ID, strings.Join(r.Phrases[i].Words, " | "))
	}
	for i := range r.Sources {
		add(codebook.KindSource, r.Sources[i].ID, r.Sources[i].Title)
	}
	return hits
}
