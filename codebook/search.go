package codebook

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"github.com/rebound-mail/rebound/smtpcode"
)

// Hit is a record found by [Codebook.Search].
type Hit struct {
	Kind  Kind
	ID    string // as Code, Reason, Provider, Phrase and Source take it
	Title string
	Score int // higher is better; comparable within one search only
}

// Weights of what a word of the query can be found in.
const (
	inID      = 100
	inName    = 60
	inText    = 12
	wholeWord = 4 // times, a whole word against its beginning
	startWord = 2 // times, the beginning of a word against a misspelling
)

// maxQuery bounds the words of a query that are looked at.
const maxQuery = 16

// Search finds codes, reasons, providers, phrases and sources by number ("550",
// "5.7", "4.x"), by words, and by words spelt almost right. Every word of the
// query must be found in a record; if no record has them all, those with the
// most count. The best hits come first, in an order that depends on nothing but
// the query and the codebook. An empty query finds nothing.
func (c *Codebook) Search(query string) []Hit {
	words := searchWords(query)
	if len(words) == 0 {
		return nil
	}
	words = words[:min(len(words), maxQuery)]
	var found []scored
	most := 1
	c.eachDocument(func(d *document) {
		score, n := d.score(words)
		if n == 0 || n < most {
			return
		}
		most = n
		found = append(found, scored{Hit{d.kind, d.id, d.title, score}, n})
	})
	var hits []Hit
	for _, f := range found {
		if f.words == most {
			hits = append(hits, f.Hit)
		}
	}
	slices.SortStableFunc(hits, func(a, b Hit) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID))
	})
	return hits
}

type scored struct {
	Hit
	words int
}

// document is a record as the search sees it.
type document struct {
	kind      Kind
	id, title string
	names     []string // what it is called
	texts     []string // what is said of it
	codes     []string // numbers it is about
	boost     int      // codes and reasons before phrases
}

// eachDocument shows all records to f, one at a time.
func (c *Codebook) eachDocument(f func(*document)) {
	for i := range c.records.Codes {
		r := &c.records.Codes[i]
		d := document{kind: KindCode, id: r.Code, title: r.Title, names: []string{r.Title, string(r.Reason)}, codes: []string{r.Code}, boost: 40}
		for _, m := range r.Meanings {
			d.texts = append(d.texts, m.Says, m.Provider)
		}
		f(&d)
	}
	for i := range c.records.Reasons {
		r := &c.records.Reasons[i]
		d := document{kind: KindReason, id: string(r.ID), title: r.Title, names: []string{string(r.ID), r.Title}, boost: 50,
			texts: append([]string{r.Meaning, string(r.Category)}, r.Causes...)}
		for _, n := range r.Names {
			d.texts = append(d.texts, n.Name)
		}
		f(&d)
	}
	for i := range c.records.Providers {
		r := &c.records.Providers[i]
		d := document{kind: KindProvider, id: r.ID, title: r.Name, names: []string{r.ID, r.Name}, boost: 45, texts: []string{r.Note, r.Lists}}
		d.texts = append(append(append(d.texts, r.Hosts...), r.Domains...), r.Zones...)
		for _, own := range r.Codes {
			d.codes, d.texts = append(d.codes, own.Code), append(d.texts, own.Meaning)
		}
		f(&d)
	}
	for i := range c.records.Phrases {
		r := &c.records.Phrases[i]
		f(&document{kind: KindPhrase, id: r.ID, title: phraseTitle(r), names: []string{r.ID, string(r.Reason)},
			texts: append([]string{r.Note}, r.Match...), codes: r.Codes})
	}
	for i := range c.records.Sources {
		r := &c.records.Sources[i]
		f(&document{kind: KindSource, id: r.ID, title: r.Title, names: []string{r.ID, r.Title}, texts: []string{r.Note, r.URL}, boost: 5})
	}
}

func phraseTitle(p *Phrase) string {
	if len(p.Match) > 0 {
		return p.Match[0]
	}
	return strings.Join(p.Words, " | ")
}

// score returns how well the words of a query are found, and how many are.
func (d *document) score(words []string) (score, found int) {
	for _, w := range words {
		if s := d.scoreWord(w); s > 0 {
			score, found = score+s, found+1
		}
	}
	if found > 0 {
		score += d.boost
	}
	return score, found
}

func (d *document) scoreWord(w string) int {
	if w[0] >= '0' && w[0] <= '9' || strings.HasPrefix(w, "x.") {
		best := 0
		for i, code := range d.codes {
			s := scoreCode(w, canonical(code))
			if d.kind == KindCode && i == 0 {
				s *= 3
			}
			best = max(best, s)
		}
		if best > 0 {
			return best
		}
	}
	if w == strings.ToLower(d.id) {
		return 3 * inID * wholeWord
	}
	return max(bestWord(w, d.names, inName, true), bestWord(w, d.texts, inText, false))
}

// scoreCode grades how a number of the query fits a code: the code itself, the
// one for both classes, a family it is of, its beginning.
func scoreCode(w, code string) int {
	if w == code {
		return inID * wholeWord
	}
	if len(w) > 1 && len(code) > 1 && code[0] == 'x' && w[1:] == code[1:] {
		return inID*wholeWord - 1
	}
	if familyHolds(w, code) {
		return inID
	}
	if strings.HasPrefix(code, w) {
		return inName
	}
	if strings.Contains(w, ".") && strings.HasSuffix(code, "."+w) {
		return inName / 2
	}
	return 0
}

// familyHolds reports whether code is one of the family w, such as 4.x or 55x.
func familyHolds(w, code string) bool {
	p, err := smtpcode.ParsePattern(w)
	if err != nil || p.IsExact() {
		return false
	}
	if reply, err := smtpcode.ParseCode(code); err == nil {
		return p.Match(reply, smtpcode.Status{})
	}
	if s, ok := bothClasses(code); ok {
		transient := s
		transient.Class = smtpcode.Transient
		return p.Match(0, s) || p.Match(0, transient)
	}
	s, err := smtpcode.ParseStatus(code)
	return err == nil && p.Match(0, s)
}

// bestWord grades the best place of w among the words of texts.
func bestWord(w string, texts []string, weight int, misspelt bool) int {
	best := 0
	for _, text := range texts {
		for _, word := range searchWords(text) {
			switch {
			case word == w:
				return weight * wholeWord
			case len(w) >= 3 && strings.HasPrefix(word, w):
				best = max(best, weight*startWord)
			case misspelt && nearlySame(w, word):
				best = max(best, weight)
			}
		}
	}
	return best
}

// searchWords cuts a text into lower-case words. A period or an x between
// digits stays, so that 5.7.1 is one word.
func searchWords(text string) []string {
	return slices.DeleteFunc(strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return r != '.' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}), func(w string) bool { return strings.Trim(w, ".") == "" })
}

// nearlySame reports whether two words differ by typing errors only: one in
// words of four letters or more, two in those of eight or more. Neighbours
// exchanged count as one.
func nearlySame(a, b string) bool {
	allowed := min(len(a), len(b)) / 4
	if allowed == 0 || len(a)-len(b) > 2 || len(b)-len(a) > 2 || len(a) > 40 {
		return false
	}
	return editDistance(a, b) <= min(allowed, 2)
}

// editDistance is the optimal string alignment distance, in bytes.
func editDistance(a, b string) int {
	var before, last, row [44]int
	for j := 0; j <= len(b); j++ {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
