package codebook

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

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
	documents := c.documents()
	for i := range documents {
		if d := &documents[i]; slices.Contains(kinds, d.kind) {
			for k := range words {
				words[k].misspelt = words[k].misspelt && !d.isNamed(&words[k])
			}
		}
	}
	var found []scored
	most := 1
	for i := range documents {
		d := &documents[i]
		if !slices.Contains(kinds, d.kind) {
			continue
		}
		score, n := d.score(words)
		if n == 0 || n < most {
			continue
		}
		most = n
		found = append(found, scored{Hit{d.kind, d.id, d.title, score}, n})
	}
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
	if w.text == d.key {
		return 3 * inID * wholeWord
	}
	return max(bestWord(w, d.names, inName, misspelt), bestWord(w, d.texts, inText, false))
}

// isNamed reports whether what the record is called has the word as it is spelt.
func (d *document) isNamed(w *queryWord) bool {
	return w.text == d.key || bestWord(w, d.names, inName, false) > 0
}

func (d *document) scoreNumber(w string) int {
	best := 0
	for i, code := range d.codes {
		s := scoreCode(w, code)
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

// bestWord grades the best place of w among some words.
func bestWord(w *queryWord, words []cutWord, weight int, misspelt bool) int {
	best := 0
	for i := range words {
		word := &words[i]
		switch {
		case word.text == w.text:
			return weight * wholeWord
		case word.stem == w.stem:
			best = max(best, weight*sameStem)
		case len(w.text) >= 3 && strings.HasPrefix(word.text, w.text):
			best = max(best, weight*startWord)
		case misspelt && (nearlySame(w.text, word.text) || nearlySame(w.stem, word.stem)):
			best = max(best, weight*mistyped)
		}
	}
	return best
}

// queryWord is a word of a query.
type queryWord struct {
	cutWord
	misspelt bool // no record is called so, as it is spelt
}

func queryWords(query string) []queryWord {
	all := cutWords(query)
	words := make([]queryWord, min(len(all), maxQuery))
	for i := range words {
		words[i] = queryWord{all[i], true}
	}
	return words
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
