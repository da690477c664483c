package authoring

import (
	"slices"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/phrase"
)

// equalPhrasesAgree refuses two phrases of equal rank that match the same words
// and give different reasons.
func equalPhrasesAgree(l *linter) {
	if l.compiled == nil {
		return
	}
	sets := map[string][]string{}
	for _, s := range l.all.Sets {
		sets[s.Name] = s.Words
	}
	for _, pair := range l.compiled.Set().Ambiguous() {
		a, b := l.compiled.Rule(pair[0]), l.compiled.Rule(pair[1])
		if rivals(a, b) {
			l.clash(a.Phrase, b.Phrase, sets)
		}
	}
}

// clash reports two rivals. Where one of them is of the codebook underneath it is
// a warning: to read known words in another way may be just what is wanted.
func (l *linter) clash(a, b *codebook.Phrase, sets map[string][]string) {
	report, hint := l.error, "make one longer, weaker, or limit it to codes"
	if !l.wrote(a.ID) {
		a, b = b, a
	}
	if !l.wrote(a.ID) {
		return // nobody's fault here
	}
	if !l.wrote(b.ID) {
		report, hint = l.warn, "give it strength: exact if it is to win"
	}
	i, j := clashing(a.Words, b.Words, sets)
	at, other := l.placeOf(codebook.KindPhrase, a.ID, field("words", i)), l.placeOf(codebook.KindPhrase, b.ID, field("words", j))
	if words := common(a.Words[i], b.Words[j], sets); words != "" {
		report(at, hint, "%s (%s) and, at %s, %s (%s) match the same words: %s", a.ID, a.Reason, other, b.ID, b.Reason, quote(words))
		return
	}
	report(at, hint, "%s (%s) and, at %s, %s (%s) match the same words: those of %s and of %s",
		a.ID, a.Reason, other, b.ID, b.Reason, quote(a.Words[i]), quote(b.Words[j]))
}

// wrote reports whether a phrase is of this book.
func (l *linter) wrote(id string) bool {
	return slices.ContainsFunc(l.Phrases, func(e Entry[codebook.Phrase]) bool { return e.Value.ID == id })
}

// rivals reports whether two rules could win over each other by chance.
func rivals(a, b *codebook.Rule) bool {
	return a.Kind == codebook.Cause && b.Kind == codebook.Cause && a.Phrase.Reason != b.Phrase.Reason && a.Rank == b.Rank &&
		a.Provider == b.Provider && slices.Equal(a.Codes, b.Codes) && slices.Equal(a.Phrase.Stages, b.Phrase.Stages)
}

// clashing finds the first two patterns of a and b that match the same words.
func clashing(a, b []string, sets map[string][]string) (i, j int) {
	for i := range a {
		if !overlap(a[i:i+1], b, sets) {
			continue
		}
		for j := range b {
			if overlap(a[i:i+1], b[j:j+1], sets) {
				return i, j
			}
		}
	}
	return 0, 0
}

func overlap(a, b []string, sets map[string][]string) bool {
	var patterns []phrase.Pattern
	for _, words := range a {
		patterns = append(patterns, phrase.Pattern{ID: 0, Words: words})
	}
	for _, words := range b {
		patterns = append(patterns, phrase.Pattern{ID: 1, Words: words})
	}
	set, err := phrase.Compile(patterns, sets)
	return err == nil && len(set.Ambiguous()) > 0
}
