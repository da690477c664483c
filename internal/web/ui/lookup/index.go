package lookup

import (
	"cmp"
	"slices"
	"strings"

	"github.com/rebound-mail/rebound/classify"
	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/explain"
	"github.com/rebound-mail/rebound/internal/web/ui"
	"github.com/rebound-mail/rebound/smtpcode"
)

// index is what is looked up when a page is made: the codebook seen from the
// other side. It is built once.
type index struct {
	codes     []codeRow // all codes with a page of their own, families left out
	families  []string
	byReason  map[codebook.Reason][]codeRow
	byCode    map[string][]example
	ofReason  map[codebook.Reason][]example
	phrases   map[string][]*codebook.Phrase // by provider
	citations map[string]citations          // by source
	counts    counts
	paths     []string
	known     map[string]bool // the paths
}

// counts are the figures of the home page: codes with a page, and how a failure
// with nothing but that code is labelled.
type counts struct{ Documented, Hard, Soft, Reasons, Providers, Blocklists, Phrases, Sources int }

// codeRow is a code in a list.
type codeRow struct {
	Code, Href, Title, Reason, ReasonHref string
	Bounce                                ui.Badge
	Standing                              codebook.Standing
	Disagree                              bool
}

// example is a reply, and how it is read.
type example struct {
	Text, Reason, ReasonTitle, ReasonHref, Provider, ProviderHref string
}

// citations are what cites a source.
type citations struct {
	Codes     []citation
	Reasons   []ui.Link
	Providers []ui.Link
	Phrases   int
}

// citation is what a source says of a code.
type citation struct {
	Code, Href, Says string
	Label            ui.Badge
}

func newIndex(x *explain.Explainer) *index {
	ix := &index{byReason: map[codebook.Reason][]codeRow{}, byCode: map[string][]example{}, ofReason: map[codebook.Reason][]example{},
		phrases: map[string][]*codebook.Phrase{}, citations: map[string]citations{}, known: map[string]bool{}}
	ix.addCodes(x)
	ix.addExamples(x)
	ix.addCitations(x.Book)
	ix.addPaths(x.Book)
	r := x.Book.Records()
	ix.counts.Reasons, ix.counts.Phrases, ix.counts.Sources = len(r.Reasons), len(r.Phrases), len(r.Sources)
	for i := range r.Providers {
		if r.Providers[i].Kind == "blocklist" {
			ix.counts.Blocklists++
		} else {
			ix.counts.Providers++
		}
	}
	return ix
}

// addCodes lists the codes that have a page: those with a record; X.2.2 gives
// 5.2.2 and 4.2.2.
func (ix *index) addCodes(x *explain.Explainer) {
	seen := map[string]bool{}
	add := func(id string) {
		if seen[id] {
			return
		}
		seen[id] = true
		if explain.IsFamily(id) {
			ix.families = append(ix.families, id)
			return
		}
		row := newCodeRow(x, id)
		ix.codes = append(ix.codes, row)
		ix.count(row)
	}
	records := x.Book.Records().Codes
	for i := range records {
		id := strings.ToLower(records[i].Code)
		if explain.IsFamily(id) || !strings.HasPrefix(id, "x.") {
			add(id)
			continue
		}
		add("5" + id[1:])
		add("4" + id[1:])
	}
	for _, id := range providerCodes(x.Book) {
		add(id)
	}
	slices.SortFunc(ix.codes, func(a, b codeRow) int { return compareCodes(a.Code, b.Code) })
	slices.SortFunc(ix.families, compareCodes)
	for _, row := range ix.codes {
		ix.byReason[codebook.Reason(row.Reason)] = append(ix.byReason[codebook.Reason(row.Reason)], row)
	}
}

func (ix *index) count(row codeRow) {
	ix.counts.Documented++
	switch row.Bounce.Tone {
	case ui.ToneBad:
		ix.counts.Hard++
	case ui.ToneWarn:
		ix.counts.Soft++
	}
}

func newCodeRow(x *explain.Explainer, id string) codeRow {
	c, in := entry(x, id)
	v := x.Classifier.Classify(in)
	return codeRow{Code: c.Code, Href: ui.CodeHref(id), Title: c.Title, Reason: string(c.Reason), ReasonHref: ui.ReasonHref(c.Reason),
		Bounce: bounceOf(id, v.Bounce), Standing: c.Standing, Disagree: c.Disagree}
}

// entry is what is known of a code, and the evidence that it is by itself. A code
// that only a provider defines is read as that provider means it.
func entry(x *explain.Explainer, id string) (explain.Code, classify.Input) {
	c, in := x.Code(id), classify.Input{Text: id}
	if c.Standing != "" || len(c.Providers) == 0 {
		return c, in
	}
	own := c.Providers[0]
	p, ok := x.Book.Provider(own.Provider)
	if !ok {
		return c, in
	}
	in.Hint = event.Hint{Reason: own.Reason, Lasting: own.Lasting}
	if len(p.Hosts) > 0 {
		in.RemoteHost, in.Hint = p.Hosts[0], event.Hint{}
	}
	c.Standing, c.Reason, c.Title = codebook.ProviderOwn, own.Reason, string(own.Reason)
	if info, ok := x.Book.Reason(own.Reason); ok {
		c.Title, c.Category = info.Title, info.Category
	}
	c.Title += ", at " + p.Name
	c.Why = "No standard and no registry has this number. It is read as " + p.Name + " means it; from anybody else the words have to tell."
	return c, in
}

// providerCodes are the codes that providers give a meaning, those for both classes
// as either.
func providerCodes(book *codebook.Codebook) []string {
	var ids []string
	records := book.Records().Providers
	for i := range records {
		for _, c := range records[i].Codes {
			fields := strings.Fields(strings.ToLower(c.Code))
			id := fields[len(fields)-1]
			if strings.HasPrefix(id, "x.") {
				ids = append(ids, "5"+id[1:], "4"+id[1:])
				continue
			}
			ids = append(ids, id)
		}
	}
	return ids
}

// bounceOf is the label of a failure; codes of success and of a dialogue that goes
// on are no bounces.
func bounceOf(id string, label event.BounceLabel) ui.Badge {
	if id[0] == '2' || id[0] == '3' {
		return ui.Badge{Text: "No bounce", Tone: ui.ToneGood}
	}
	return ui.BounceBadge(label)
}

// compareCodes puts reply codes before enhanced ones, these by subject and detail,
// and the permanent class before the others.
func compareCodes(a, b string) int { return cmp.Compare(codeKey(a), codeKey(b)) }

func codeKey(id string) string {
	parts := strings.Split(strings.ToLower(id), ".")
	if len(parts) != 3 {
		return "0" + id
	}
	class := map[string]string{"x": "0", "5": "1", "4": "2", "2": "3"}[parts[0]]
	pad := func(s string) string { return strings.Repeat("0", max(0, 3-len(s))) + s }
	return "1" + pad(parts[1]) + pad(parts[2]) + class
}

// addExamples collects the replies that the codebook gives as examples, by the
// codes that they carry and by the reason that they get.
func (ix *index) addExamples(x *explain.Explainer) {
	r := x.Book.Records()
	for i := range r.Codes {
		for _, text := range r.Codes[i].Examples {
			v := x.Classifier.Classify(classify.Input{Text: text})
			ix.addExample(newExample(x.Book, text, v.Reason, v.Provider))
		}
	}
	for i := range r.Phrases {
		p := &r.Phrases[i]
		if p.Withdrawn != "" || p.Reason == "" {
			continue
		}
		if p.Provider != "" {
			ix.phrases[p.Provider] = append(ix.phrases[p.Provider], p)
		}
		for _, text := range p.Match {
			ix.addExample(newExample(x.Book, text, p.Reason, p.Provider))
		}
	}
}

func newExample(book *codebook.Codebook, text string, reason codebook.Reason, provider string) example {
	e := example{Text: text, Reason: string(reason), ReasonHref: ui.ReasonHref(reason)}
	if info, ok := book.Reason(reason); ok {
		e.ReasonTitle = info.Title
	}
	if p, ok := book.Provider(provider); ok {
		e.Provider, e.ProviderHref = p.Name, ui.ProviderHref(p)
	}
	return e
}

func (ix *index) addExample(e example) {
	ix.ofReason[codebook.Reason(e.Reason)] = append(ix.ofReason[codebook.Reason(e.Reason)], e)
	found := smtpcode.Find(e.Text)
	for _, id := range [...]string{found.Code.String(), found.Status.String()} {
		if id != "" {
			ix.byCode[id] = append(ix.byCode[id], e)
		}
	}
}

// some picks at most n examples: of each key one in turn, so that few stand for many.
func some(n int, all []example, key func(example) string) []example {
	var picked []example
	used := map[string]int{}
	for round := 0; len(picked) < n && round < n; round++ {
		for _, e := range all {
			if len(picked) < n && used[key(e)] == round && !slices.Contains(picked, e) {
				used[key(e)]++
				picked = append(picked, e)
			}
		}
	}
	return picked
}

// addCitations lists what cites each source.
func (ix *index) addCitations(book *codebook.Codebook) {
	r := book.Records()
	of := func(id string, add func(c *citations)) {
		c := ix.citations[id]
		add(&c)
		ix.citations[id] = c
	}
	for i := range r.Codes {
		for _, m := range r.Codes[i].Meanings {
			id := r.Codes[i].Code
			of(m.Source, func(c *citations) {
				c.Codes = append(c.Codes, citation{explain.Written(id), ui.CodeHref(id), m.Says, ui.LabelBadge(m.Label)})
			})
		}
	}
	for i := range r.Reasons {
		for _, id := range r.Reasons[i].Sources {
			of(id, func(c *citations) {
				c.Reasons = append(c.Reasons, ui.Link{Href: ui.ReasonHref(r.Reasons[i].ID), Text: r.Reasons[i].Title})
			})
		}
	}
	for i := range r.Providers {
		for _, id := range r.Providers[i].Sources {
			of(id, func(c *citations) {
				c.Providers = append(c.Providers, ui.Link{Href: ui.ProviderHref(&r.Providers[i]), Text: r.Providers[i].Name})
			})
		}
	}
	for i := range r.Phrases {
		for _, id := range r.Phrases[i].Sources {
			of(id, func(c *citations) { c.Phrases++ })
		}
	}
}

// addPaths lists all pages.
func (ix *index) addPaths(book *codebook.Codebook) {
	ix.paths = []string{"/", "/codes", "/reasons", "/providers", "/blocklists", "/sources", "/how-to-read-a-code", "/impact"}
	for _, id := range ix.families {
		ix.paths = append(ix.paths, ui.CodeHref(id))
	}
	for _, row := range ix.codes {
		ix.paths = append(ix.paths, row.Href)
	}
	for _, reason := range codebook.Reasons() {
		if _, ok := book.Reason(reason); ok {
			ix.paths = append(ix.paths, ui.ReasonHref(reason))
		}
	}
	r := book.Records()
	for i := range r.Providers {
		ix.paths = append(ix.paths, ui.ProviderHref(&r.Providers[i]))
	}
	for i := range r.Sources {
		ix.paths = append(ix.paths, "/sources/"+r.Sources[i].ID)
	}
	for _, p := range ix.paths {
		ix.known[p] = true
	}
}
