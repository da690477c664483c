package codebook

import (
	"slices"
	"strings"
	"unicode"
)

// document is a record as the search sees it.
type document struct {
	kind           Kind
	id, key, title string    // key is the id in lower case
	names          []cutWord // what it is called
	texts          []cutWord // what is said of it
	codes          []string  // numbers it is about, in canonical form
	boost          int       // codes and reasons before phrases
}

// newDocument cuts what is said of a record into words.
func newDocument(kind Kind, id, title string, boost int, names, texts, codes []string) document {
	d := document{kind: kind, id: id, key: strings.ToLower(id), title: title, boost: boost, names: cutWords(names...), texts: cutWords(texts...)}
	for _, code := range codes {
		d.codes = append(d.codes, canonical(code))
	}
	return d
}

// newDocuments makes the documents of all records, once, when something is first
// searched for.
func newDocuments(records *Records) []document {
	var all []document
	for i := range records.Codes {
		r := &records.Codes[i]
		var texts []string
		for _, m := range r.Meanings {
			texts = append(texts, m.Says, m.Provider)
		}
		all = append(all, newDocument(KindCode, r.Code, r.Title, 80, []string{r.Title, string(r.Reason)}, texts, []string{r.Code}))
	}
	for i := range records.Reasons {
		r := &records.Reasons[i]
		texts := append([]string{r.Meaning, string(r.Category)}, r.Causes...)
		for _, n := range r.Names {
			texts = append(texts, n.Name)
		}
		all = append(all, newDocument(KindReason, string(r.ID), r.Title, 100, []string{string(r.ID), r.Title}, texts, nil))
	}
	for i := range records.Providers {
		r := &records.Providers[i]
		texts := slices.Concat([]string{r.Note, r.Lists}, r.Hosts, r.Domains, r.Zones)
		var codes []string
		for _, own := range r.Codes {
			codes, texts = append(codes, own.Code), append(texts, own.Meaning)
		}
		all = append(all, newDocument(KindProvider, r.ID, r.Name, 90, []string{r.ID, r.Name}, texts, codes))
	}
	for i := range records.Phrases {
		r := &records.Phrases[i]
		all = append(all, newDocument(KindPhrase, r.ID, phraseTitle(r), 0, []string{r.ID, string(r.Reason)}, append([]string{r.Note}, r.Match...), r.Codes))
	}
	for i := range records.Sources {
		r := &records.Sources[i]
		all = append(all, newDocument(KindSource, r.ID, r.Title, 10, []string{r.ID, r.Title}, []string{r.Note, r.URL}, nil))
	}
	return all
}

func phraseTitle(p *Phrase) string {
	if len(p.Match) > 0 {
		return p.Match[0]
	}
	return strings.Join(p.Words, " | ")
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

// cutWord is a word in lower case, and the same without its ending.
type cutWord struct{ text, stem string }

// cutWords cuts texts into words. A period between digits stays,
// so that 5.7.1 is one word; those at the end of a sentence go.
func cutWords(texts ...string) []cutWord {
	var words []cutWord
	for _, text := range texts {
		for w := range strings.FieldsFuncSeq(strings.ToLower(text), isBetweenWords) {
			if w = strings.Trim(w, "."); w != "" {
				words = append(words, cutWord{w, stem(w)})
			}
		}
	}
	return words
}

func isBetweenWords(r rune) bool {
	return r != '.' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
}
