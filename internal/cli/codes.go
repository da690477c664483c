package cli

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/internal/explain"
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
	x := newExplainer(book, &hintFlags{})
	query := strings.TrimSpace(strings.Join(c.Query, " "))
	hits := explain.Everything(book)
	if query != "" {
		hits = book.Search(query, kinds...)
	}
	hits = slices.DeleteFunc(hits, func(h codebook.Hit) bool { return !slices.Contains(kinds, h.Kind) })
	if c.JSON {
		return writeJSON(s.out, x.Records(c.limited(hits, len(hits))))
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
		c := x.Code(strings.ToLower(h.ID))
		return string(c.Reason)
	case codebook.KindReason:
		info, _ := x.Book.Reason(codebook.Reason(h.ID))
		return string(info.Category)
	case codebook.KindProvider:
		info, _ := x.Book.Provider(h.ID)
		return info.Kind
	case codebook.KindPhrase:
		info, _ := x.Book.Phrase(h.ID)
		return string(info.Reason)
	}
	info, _ := x.Book.Source(h.ID)
	return info.Kind
}
