package codebook

import (
	"cmp"
	"slices"
	"strconv"
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
	wholeWord = 8 // times, a whole word
	sameStem  = 7 // times, the word with another ending
	startWord = 4 // times, the beginning of a word
	mistyped  = 2 // times, a word that is nearly the same
)

// maxQuery bounds the words of a query that are looked at.
const maxQuery = 16

// Search finds codes, reasons, providers, phrases and sources by number ("550",
// "5.7", "4.x"), by words, their endings aside, and by words spelt almost right
// where no record is called so. Only records of the kinds given count, all if
// none is given. Every word of the query must be found in a
// record; if no record has them all, those with the most count. The best hits
// come first, in an order that depends on nothing but the query and the
// codebook. An empty query finds nothing.
func (c *Codebook) Search(query string, kinds ...Kind) []Hit {
	words := queryWords(query)
	if len(words) == 0 {
		return nil
	}
	if len(kinds) == 0 {
		kinds = []Kind{KindCode, KindReason, KindProvider, KindPhrase, KindSource}
	}
	c.eachDocument(kinds, func(d *document) {
		for i := range words {
			words[i].misspelt = words[i].misspelt && !d.isNamed(&words[i])
		}
	})
	var found []scored
	most := 1
	c.eachDocument(kinds, func(d *document) {
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
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Kind, b.Kind), compareIDs(a.ID, b.ID))
	})
	return hits
}

// compareIDs orders ids as people do: X.7.2 before X.7.10.
func compareIDs(a, b string) int {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(as), len(bs)) {
		m, errA := strconv.Atoi(as[i])
		n, errB := strconv.Atoi(bs[i])
		if errA == nil && errB == nil && m != n {
			return cmp.Compare(m, n)
		}
		if as[i] != bs[i] {
			break
		}
	}
	return cmp.Compare(a, b)
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

// eachDocument shows the records of some kinds to f, one at a time.
func (c *Codebook) eachDocument(kinds []Kind, f func(*document)) {
	for _, kind := range kinds {
		switch kind {
		case KindCode:
			c.eachCode(f)
		case KindReason:
			c.eachReason(f)
		case KindProvider:
			c.eachProvider(f)
		case KindPhrase:
			c.eachPhrase(f)
		case KindSource:
			c.eachSource(f)
		}
	}
}

func (c *Codebook) eachCode(f func(*document)) {
	for i := range c.records.Codes {
		r := &c.records.Codes[i]
		d := document{kind: KindCode, id: r.Code, title: r.Title, names: []string{r.Title, string(r.Reason)}, codes: []string{r.Code}, boost: 80}
		for _, m := range r.Meanings {
			d.texts = append(d.texts, m.Says, m.Provider)
		}
		f(&d)
	}
}

func (c *Codebook) eachReason(f func(*document)) {
	for i := range c.records.Reasons {
		r := &c.records.Reasons[i]
		d := document{kind: KindReason, id: string(r.ID), title: r.Title, names: []string{string(r.ID), r.Title}, boost: 100,
			texts: append([]string{r.Meaning, string(r.Category)}, r.Causes...)}
		for _, n := range r.Names {
			d.texts = append(d.texts, n.Name)
		}
		f(&d)
	}
}

func (c *Codebook) eachProvider(f func(*document)) {
	for i := range c.records.Providers {
		r := &c.records.Providers[i]
		d := document{kind: KindProvider, id: r.ID, title: r.Name, names: []string{r.ID, r.Name}, boost: 90, texts: []string{r.Note, r.Lists}}
		d.texts = append(append(append(d.texts, r.Hosts...), r.Domains...), r.Zones...)
		for _, own := range r.Codes {
			d.codes, d.texts = append(d.codes, own.Code), append(d.texts, own.Meaning)
		}
		f(&d)
	}
}

func (c *Codebook) eachPhrase(f func(*document)) {
	for i := range c.records.Phrases {
		r := &c.records.Phrases[i]
		f(&document{kind: KindPhrase, id: r.ID, title: phraseTitle(r), names: []string{r.ID, string(r.Reason)},
			texts: append([]string{r.Note}, r.Match...), codes: r.Codes})
	}
}

func (c *Codebook) eachSource(f func(*document)) {
	for i := range c.records.Sources {
		r := &c.records.Sources[i]
		f(&document{kind: KindSource, id: r.ID, title: r.Title, names: []string{r.ID, r.Title}, texts: []string{r.Note, r.URL}, boost: 10})
	}
}

func phraseTitle(p *Phrase) string {
	if len(p.Match) > 0 {
		return p.Match[0]
	}
	return strings.Join(p.Words, " | ")
}

// score returns how well the words of a query are found, and how many are.
func (d *document) score(words []queryWord) (score, found int) {
	for i := range words {
		if s := d.scoreWord(&words[i], words[i].misspelt); s > 0 {
			score, found = score+s, found+1
		}
	}
	if found > 0 {
		score += d.boost
	}
	return score, found
}

func (d *document) scoreWord(w *queryWord, misspelt bool) int {
	if w.text[0] >= '0' && w.text[0] <= '9' || strings.HasPrefix(w.text, "x.") {
		if best := d.scoreNumber(w.text); best > 0 {
			return best
		}
	}
	if w.text == strings.ToLower(d.id) {
		return 3 * inID * wholeWord
	}
	return max(bestWord(w, d.names, inName, misspelt), bestWord(w, d.texts, inText, false))
}

// isNamed reports whether what the record is called has the word as it is spelt.
func (d *document) isNamed(w *queryWord) bool {
	return w.text == strings.ToLower(d.id) || bestWord(w, d.names, inName, false) > 0
}

func (d *document) scoreNumber(w string) int {
	best := 0
	for i, code := range d.codes {
		s := scoreCode(w, canonical(code))
		if d.kind == KindCode && i == 0 {
			s *= 3
		}
		best = max(best, s)
	}
	return best
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
func bestWord(w *queryWord, texts []string, weight int, misspelt bool) int {
	best := 0
	for _, text := range texts {
		for _, word := range searchWords(text) {
			switch {
			case word == w.text:
				return weight * wholeWord
			case stem(word) == w.stem:
				best = max(best, weight*sameStem)
			case len(w.text) >= 3 && strings.HasPrefix(word, w.text):
				best = max(best, weight*startWord)
			case misspelt && (nearlySame(w.text, word) || nearlySame(w.stem, stem(word))):
				best = max(best, weight*mistyped)
			}
		}
	}
	return best
}

// queryWord is a word of a query.
type queryWord struct {
	text, stem string
	misspelt   bool // no record is called so, as it is spelt
}

func queryWords(query string) []queryWord {
	all := searchWords(query)
	words := make([]queryWord, min(len(all), maxQuery))
	for i := range words {
		words[i] = queryWord{all[i], stem(all[i]), true}
	}
	return words
}

// stem takes the ending off an English word: greylisting and greylisted are one.
func stem(word string) string {
	for _, ending := range [...]string{"ing", "ed", "s"} {
		if rest, ok := strings.CutSuffix(word, ending); ok && len(rest) >= 4 {
			return rest
		}
	}
	return word
}

// searchWords cuts a text into lower-case words. A period between digits stays,
// so that 5.7.1 is one word; those at the end of a sentence go.
func searchWords(text string) []string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return r != '.' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	for i, w := range words {
		words[i] = strings.Trim(w, ".")
	}
	return slices.DeleteFunc(words, func(w string) bool { return w == "" })
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
