package lookup

import (
	"net/http"
	"slices"
	"strings"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/internal/explain"
	"github.com/rebound-mail/rebound/internal/web/ui"
)

// reasonView is the page of a reason.
type reasonView struct {
	Info      *codebook.ReasonInfo
	Who       string
	Impact    ui.Term
	Decisions []ui.Term // by lasting
	Against   bool      // speaks against the address
	Steps     []string
	Names     []ui.Term
	Codes     []codeRow
	Examples  []example
	Related   []ui.Link
	Sources   []ui.SourceLink
}

func (s *Site) reason(w http.ResponseWriter, r *http.Request) {
	info, ok := s.x.Book.Reason(codebook.Reason(r.PathValue("id")))
	if !ok {
		s.nothing(w, r)
		return
	}
	v := reasonView{
		Info: info, Who: explain.WhoWords(info.Who), Against: info.ID.SpeaksAgainstAddress(), Steps: explain.PlainSteps(info.Remedy),
		Impact: ui.Term{Badge: ui.ImpactBadge(info.Impact), Text: ui.Tail(explain.ImpactWords(info.Impact))},
		Codes:  s.index.byReason[info.ID], Sources: ui.SourceLinks(s.x.Book, info.Sources),
		Examples: some(shownExamples, s.index.ofReason[info.ID], func(e example) string { return e.Provider }),
	}
	for _, d := range []struct {
		when string
		what codebook.Decision
	}{
		{"permanent", info.Decision.Permanent}, {"temporary", info.Decision.Temporary}, {"not known", info.Decision.Unknown},
	} {
		term := ui.AddressTerm(info.ID, d.what)
		term.Name = d.when
		v.Decisions = append(v.Decisions, term)
	}
	for _, n := range info.Names {
		v.Names = append(v.Names, ui.Term{Name: n.System, Text: n.Name})
	}
	for _, id := range info.Related {
		if other, ok := s.x.Book.Reason(id); ok {
			v.Related = append(v.Related, ui.Link{Href: ui.ReasonHref(id), Text: other.Title})
		}
	}
	s.publish(w, r, "reason", ui.Page{
		Title: info.Title, Description: info.Meaning + " Why it happens, how to fix it, and what it does to your reputation.",
		Path: ui.ReasonHref(info.ID), Section: "reasons", Crumbs: []ui.Link{{Href: "/reasons", Text: "Reasons"}}, Body: v,
	})
}

// reasonGroup is the reasons of a category.
type reasonGroup struct {
	Category string
	Reasons  []reasonRow
}

type reasonRow struct {
	Href, ID, Title, Meaning string
	Impact                   ui.Badge
}

func (s *Site) reasons(w http.ResponseWriter, r *http.Request) {
	var groups []reasonGroup
	for _, id := range codebook.Reasons() {
		info, ok := s.x.Book.Reason(id)
		if !ok {
			continue
		}
		category := string(info.Category)
		if len(groups) == 0 || groups[len(groups)-1].Category != category {
			groups = append(groups, reasonGroup{Category: category})
		}
		g := &groups[len(groups)-1]
		g.Reasons = append(g.Reasons, reasonRow{ui.ReasonHref(id), string(id), info.Title, info.Meaning, ui.ImpactBadge(info.Impact)})
	}
	s.publish(w, r, "reasons", ui.Page{
		Title: "Why mail bounces: all reasons", Description: "The closed list of reasons for which mail is not delivered, by who has to act: what each one means, why it happens and how to fix it.",
		Path: "/reasons", Section: "reasons", Body: groups,
	})
}

// providerView is the page of a provider or blocklist.
type providerView struct {
	Info    *codebook.Provider
	Kind    string
	List    bool // a blocklist
	Codes   []ownReading
	Phrases []example
	More    int // phrases not shown
	Sources []ui.SourceLink
}

// shownPhrases is how many wordings of a provider a page shows.
const shownPhrases = 60

func (s *Site) provider(w http.ResponseWriter, r *http.Request) {
	info, ok := s.x.Book.Provider(r.PathValue("id"))
	if !ok {
		s.nothing(w, r)
		return
	}
	if href := ui.ProviderHref(info); href != r.URL.Path {
		http.Redirect(w, r, href, http.StatusMovedPermanently)
		return
	}
	v := providerView{Info: info, Kind: kindWord(info.Kind), List: info.Kind == "blocklist", Sources: ui.SourceLinks(s.x.Book, info.Sources)}
	for _, c := range info.Codes {
		o := ownReading{Code: explain.Written(strings.ToLower(c.Code)), Meaning: c.Meaning, Reason: string(c.Reason), ReasonHref: ui.ReasonHref(c.Reason)}
		if reason, ok := s.x.Book.Reason(c.Reason); ok {
			o.Title = reason.Title
		}
		o.Href = codeHrefOf(c.Code)
		v.Codes = append(v.Codes, o)
	}
	phrases := s.index.phrases[info.ID]
	for _, p := range phrases[:min(len(phrases), shownPhrases)] {
		if len(p.Match) > 0 {
			v.Phrases = append(v.Phrases, newExample(s.x.Book, p.Match[0], p.Reason, ""))
		}
	}
	v.More = max(0, len(phrases)-shownPhrases)
	section, index := "providers", ui.Link{Href: "/providers", Text: "Providers"}
	description := "What " + info.Name + " means by its bounces: its own codes and wordings, what to do, and whom to turn to."
	if v.List {
		section, index = "blocklists", ui.Link{Href: "/blocklists", Text: "Blocklists"}
		description = "The blocklist " + info.Name + ": what gets listed, how to see whether you are, and how to get off."
	}
	s.publish(w, r, "provider", ui.Page{
		Title: info.Name, Description: description, Path: ui.ProviderHref(info), Section: section, Crumbs: []ui.Link{index}, Body: v,
	})
}

// codeHrefOf is the page of the last code of a pair: "421 4.7.28" -> /codes/4.7.28.
func codeHrefOf(codes string) string {
	fields := strings.Fields(codes)
	if len(fields) == 0 {
		return ""
	}
	return ui.CodeHref(fields[len(fields)-1])
}

// providerGroup is the providers of a kind.
type providerGroup struct {
	Kind      string
	Providers []*codebook.Provider
}

// kindWord names one provider of a kind.
func kindWord(kind string) string {
	words := map[string]string{"mailbox": "Mailbox provider", "filter": "Filter", "hosting": "Hosting", "esp": "Sending service", "carrier": "Mobile carrier",
		"mta": "Mail server software", "blocklist": "Blocklist"}
	if word, ok := words[kind]; ok {
		return word
	}
	return kind
}

// kindTitles names the kinds of providers in the order of the page.
func kindTitles() [][2]string {
	return [][2]string{{"mailbox", "Mailbox providers"}, {"filter", "Filters and gateways"}, {"hosting", "Hosting"}, {"esp", "Sending services"},
		{"carrier", "Mobile carriers"}, {"mta", "Mail servers and their parts"}}
}

func (s *Site) providers(w http.ResponseWriter, r *http.Request) {
	var groups []providerGroup
	for _, k := range kindTitles() {
		if all := s.providersOf(k[0]); len(all) > 0 {
			groups = append(groups, providerGroup{k[1], all})
		}
	}
	s.publish(w, r, "providers", ui.Page{
		Title: "Providers, filters and mail servers", Description: "Who answers with bounces, how to recognise them, what they mean by their codes, and their postmaster pages.",
		Path: "/providers", Section: "providers", Body: groups,
	})
}

func (s *Site) blocklists(w http.ResponseWriter, r *http.Request) {
	s.publish(w, r, "blocklists", ui.Page{
		Title: "Blocklists and how to get off them", Description: "DNS blocklists that bounces name: what gets listed, where to look yourself up, how an entry ends, and which are closed.",
		Path: "/blocklists", Section: "blocklists", Body: s.providersOf("blocklist"),
	})
}

func (s *Site) providersOf(kind string) []*codebook.Provider {
	var all []*codebook.Provider
	records := s.x.Book.Records().Providers
	for i := range records {
		if records[i].Kind == kind {
			all = append(all, &records[i])
		}
	}
	slices.SortFunc(all, func(a, b *codebook.Provider) int {
		return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	})
	return all
}

// sourceView is the page of a source.
type sourceView struct {
	Info *codebook.Source
	citations
}

func (s *Site) source(w http.ResponseWriter, r *http.Request) {
	info, ok := s.x.Book.Source(r.PathValue("id"))
	if !ok {
		s.nothing(w, r)
		return
	}
	v := sourceView{info, s.index.citations[info.ID]}
	s.publish(w, r, "source", ui.Page{
		Title: "Source: " + info.Title, Description: "What Rebound takes from the source " + info.Title + ", in its own words.",
		Path: "/sources/" + info.ID, Crumbs: []ui.Link{{Href: "/sources", Text: "Sources"}}, Body: v,
	})
}

// sourceGroup is the sources of a kind.
type sourceGroup struct {
	Title   string
	Sources []*codebook.Source
}

func (s *Site) sources(w http.ResponseWriter, r *http.Request) {
	titles := [][2]string{{"registry", "Registries"}, {"rfc", "Standards"}, {"provider", "Providers' own pages"}, {"software", "Software: documentation and source"},
		{"reference", "Reference pages"}, {"observed", "Observed replies"}}
	records := s.x.Book.Records().Sources
	var groups []sourceGroup
	for _, t := range titles {
		g := sourceGroup{Title: t[1]}
		for i := range records {
			if records[i].Kind == t[0] {
				g.Sources = append(g.Sources, &records[i])
			}
		}
		groups = append(groups, g)
	}
	s.publish(w, r, "sources", ui.Page{
		Title: "Sources", Description: "Who says so: every standard, registry, provider page and program that the codebook cites.", Path: "/sources", Body: groups,
	})
}

// citedIn cuts a sentence at the ids of sources in capitals, such as S4, by which
// the codebook's notes name the reference pages. Pieces without Href are the words
// between them.
func citedIn(book *codebook.Codebook, text string) []ui.SourceLink {
	var pieces []ui.SourceLink
	start := 0
	for i := 0; i < len(text); i++ {
		end := i
		for end < len(text) && (text[end] >= 'A' && text[end] <= 'Z' || text[end] >= '0' && text[end] <= '9') {
			end++
		}
		source, ok := book.Source(text[i:end])
		if ok && (i == 0 || !isWordByte(text[i-1])) && (end == len(text) || !isWordByte(text[end])) {
			pieces = append(pieces, ui.SourceLink{ID: text[start:i]}, ui.SourceLink{ID: source.ID, Href: "/sources/" + source.ID, Title: source.Title})
			start = end
		}
		i = max(i, end-1)
	}
	return append(pieces, ui.SourceLink{ID: text[start:]})
}

func isWordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-'
}
