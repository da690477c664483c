package authoring

import (
	"slices"
	"strings"

	"github.com/rebound-mail/rebound/codebook"
)

// reasonsPage explains the reasons, by category.
func reasonsPage(rec *codebook.Records) *page {
	p := newPage("reasons.md", "Reasons")
	p.line("A reason names the cause of a failure and with it who has to act. Whether it lasts is judged separately.\n")
	for _, category := range codebook.Categories() {
		p.line("## %s\n", strings.ToUpper(string(category[:1]))+string(category[1:]))
		for _, id := range codebook.Reasons() {
			i := slices.IndexFunc(rec.Reasons, func(r codebook.ReasonInfo) bool { return r.ID == id })
			if i >= 0 && rec.Reasons[i].Category == category {
				writeReason(p, &rec.Reasons[i])
			}
		}
	}
	return p
}

func writeReason(p *page, r *codebook.ReasonInfo) {
	p.line("<a id=%q></a>\n### %s: %s\n", r.ID, r.ID, text(r.Title))
	p.line("%s\n", text(r.Meaning))
	p.line("Whose problem: %s. Harm to the sender's reputation if ignored: %s. Decision: %s if permanent, %s if temporary, %s if neither is known.",
		r.Who, r.Impact, r.Decision.Permanent, r.Decision.Temporary, r.Decision.Unknown)
	p.line("By nature, where no code tells: %s.\n", r.Nature)
	if len(r.Causes) > 0 {
		p.line("Usual causes:\n")
	}
	for _, cause := range r.Causes {
		p.line("- %s", text(cause))
	}
	writeSteps(p, r.Remedy)
	if len(r.Names) > 0 {
		p.line("\n| system | its name |\n|---|---|")
	}
	for _, n := range r.Names {
		p.line("| %s | %s |", n.System, cell(n.Name))
	}
	if len(r.Related) > 0 {
		var links []string
		for _, other := range r.Related {
			links = append(links, reasonLink(other))
		}
		p.line("\nNear to it: %s.", strings.Join(links, ", "))
	}
	writeSources(p, r.Sources)
}

func writeSources(p *page, ids []string) {
	if len(ids) > 0 {
		p.line("\nSources: %s.\n", strings.Join(linkSources(ids), ", "))
	}
}

func linkSources(ids []string) []string {
	var links []string
	for _, id := range ids {
		links = append(links, sourceLink(id))
	}
	return links
}

// providerPages writes the providers, blocklists on a page of their own.
func providerPages(rec *codebook.Records) (providers, blocklists *page) {
	providers = newPage("providers.md", "Providers")
	blocklists = newPage("blocklists.md", "Blocklists")
	for _, kind := range codebook.ProviderKinds() {
		p := providers
		if kind == "blocklist" {
			p = blocklists
		} else {
			p.line("## %s\n", kindTitle(kind))
		}
		for i := range rec.Providers {
			if rec.Providers[i].Kind == kind {
				writeProvider(p, &rec.Providers[i], phrasesOf(rec, rec.Providers[i].ID))
			}
		}
	}
	return providers, blocklists
}

func kindTitle(kind string) string {
	switch kind {
	case "mailbox":
		return "Mailbox providers"
	case "filter":
		return "Filters"
	case "mta":
		return "Mail servers (MTAs)"
	case "esp":
		return "Sending services"
	case "carrier":
		return "Carriers"
	}
	return "Hosting"
}

func phrasesOf(rec *codebook.Records, provider string) []codebook.Phrase {
	var list []codebook.Phrase
	for _, ph := range rec.Phrases {
		if ph.Provider == provider {
			list = append(list, ph)
		}
	}
	return list
}

func writeProvider(p *page, v *codebook.Provider, phrases []codebook.Phrase) {
	p.line("<a id=%q></a>\n### %s\n", v.ID, text(v.Name))
	for _, fact := range []struct{ label, value string }{
		{"Closed", v.Closed}, {"What it lists", text(v.Lists)}, {"Removal", link(v.Delisting)}, {"Postmaster pages", link(v.Postmaster)},
		{"Zones", code(v.Zones)}, {"Hosts", code(v.Hosts)}, {"Recipient domains", code(v.Domains)}, {"Note", text(v.Note)},
	} {
		if fact.value != "" {
			p.line("- %s: %s", fact.label, fact.value)
		}
	}
	if len(v.Codes) > 0 {
		p.line("\n| code | here means | reason |\n|---|---|---|")
	}
	for _, c := range v.Codes {
		p.line("| %s | %s | %s |", c.Code, cell(c.Meaning), reasonLink(c.Reason))
	}
	if len(phrases) > 0 {
		p.line("\n| says, for example | reason |\n|---|---|")
	}
	for _, ph := range phrases {
		if len(ph.Match) > 0 && ph.Withdrawn == "" {
			p.line("| `%s` | %s |", strings.NewReplacer("|", `\|`, "`", "'", "\n", " ").Replace(ph.Match[0]), reasonLink(ph.Reason))
		}
	}
	writeSources(p, v.Sources)
	p.line("")
}

func link(url string) string {
	if url == "" {
		return ""
	}
	return "<" + url + ">"
}

func code(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "`" + strings.Join(names, "`, `") + "`"
}

// sourcesPage lists who says so.
func sourcesPage(rec *codebook.Records) *page {
	p := newPage("sources.md", "Sources")
	p.line("| id | title | kind | date |\n|---|---|---|---|")
	for _, s := range rec.Sources {
		title := cell(s.Title)
		if s.URL != "" {
			title = "[" + title + "](" + s.URL + ")"
		}
		if s.Note != "" {
			title += " " + cell(s.Note)
		}
		p.line("| <a id=%q></a>%s | %s | %s | %s |", strings.ToLower(s.ID), s.ID, title, s.Kind, s.Date)
	}
	return p
}
