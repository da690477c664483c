package cli

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/rebound-mail/rebound/classify"
	"github.com/rebound-mail/rebound/codebook"
)

// codesCmd lists and searches what is known.
type codesCmd struct {
	Query []string `arg:"" optional:"" help:"A number (550, 5.7, 4.x), words, or both. Typing errors are tolerated. Nothing lists all."`
	JSON  bool     `help:"Write a JSON array." name:"json"`
	Kind  []string `help:"Only these: code, reason, provider, phrase, source." placeholder:"KIND"`
	Limit int      `help:"Show so many at most; 0 for all." default:"-1"`
	bookFlags
}

// searchable are the kinds that may be searched; the first three are if nothing
// is said.
var searchable = [...]codebook.Kind{codebook.KindCode, codebook.KindReason, codebook.KindProvider, codebook.KindPhrase, codebook.KindSource}

// shownHits is how many hits are shown to people who set no limit.
const shownHits = 40

// Run lists or searches.
func (c *codesCmd) Run(s *streams) error {
	kinds, err := c.kinds()
	if err != nil {
		return err
	}
	book, err := c.open(s)
	if err != nil {
		return err
	}
	x := &explainer{book: book, classifier: classify.New(book), hints: &hintFlags{}}
	query := strings.TrimSpace(strings.Join(c.Query, " "))
	hits := everything(book)
	if query != "" {
		hits = book.Search(query, kinds...)
	}
	hits = slices.DeleteFunc(hits, func(h codebook.Hit) bool { return !slices.Contains(kinds, h.Kind) })
	if c.JSON {
		return writeJSON(s.out, x.hitEntries(c.limited(hits, len(hits))))
	}
	if len(hits) == 0 {
		fmt.Fprintf(s.err, "rebound: nothing is known of %s\n", printable(strconv.Quote(query)))
		return errFailed
	}
	most := len(hits)
	if query != "" {
		most = shownHits
	}
	x.hitPage(newPaper(s.out), c.limited(hits, most), len(hits))
	return nil
}

func (c *codesCmd) kinds() ([]codebook.Kind, error) {
	if len(c.Kind) == 0 {
		return searchable[:3], nil
	}
	kinds := make([]codebook.Kind, len(c.Kind))
	for i, k := range c.Kind {
		kinds[i] = codebook.Kind(k)
		if !slices.Contains(searchable[:], kinds[i]) {
			return nil, usage("--kind: unknown kind %q; it is one of code, reason, provider, phrase, source", k)
		}
	}
	return kinds, nil
}

// limited cuts a list to the limit that was set, else to the usual one.
func (c *codesCmd) limited(hits []codebook.Hit, usual int) []codebook.Hit {
	most := usual
	switch {
	case c.Limit == 0:
		most = len(hits)
	case c.Limit > 0:
		most = c.Limit
	}
	return hits[:min(most, len(hits))]
}

// everything lists all records, in the order of the kinds.
func everything(book *codebook.Codebook) []codebook.Hit {
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

// hitPage shows hits in a table.
func (x *explainer) hitPage(p *paper, hits []codebook.Hit, found int) {
	rows := make([][]string, 0, len(hits))
	for _, h := range hits {
		rows = append(rows, []string{string(h.Kind), h.ID, x.aboutHit(h), h.Title})
	}
	p.table(rows)
	if n := found - len(hits); n > 0 {
		p.gap()
		p.line(p.dye(faint, count(n, "more hit")+": --limit 0 shows all."))
	}
}

// aboutHit says of a record what it amounts to.
func (x *explainer) aboutHit(h codebook.Hit) string {
	switch h.Kind {
	case codebook.KindCode:
		c := x.entryOf(strings.ToLower(h.ID))
		return string(c.Reason)
	case codebook.KindReason:
		info, _ := x.book.Reason(codebook.Reason(h.ID))
		return string(info.Category)
	case codebook.KindProvider:
		info, _ := x.book.Provider(h.ID)
		return info.Kind
	case codebook.KindPhrase:
		info, _ := x.book.Phrase(h.ID)
		return string(info.Reason)
	}
	info, _ := x.book.Source(h.ID)
	return info.Kind
}
