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
		if !rivals(a, b) {
			continue
		}
		i, j := clash(a.Phrase.Words, b.Phrase.Words, sets)
		l.error(l.placeOf(codebook.KindPhrase, a.Phrase.ID, field("words", i)), "make one longer, weaker, or limit it to codes",
			"%s (%s) and %s (%s) match the same words: %s, and at %s %s", a.Phrase.ID, a.Phrase.Reason, b.Phrase.ID, b.Phrase.Reason,
			shorten(a.Phrase.Words[i]), l.placeOf(codebook.KindPhrase, b.Phrase.ID, field("words", j)), shorten(b.Phrase.Words[j]))
	}
}

// rivals reports whether two rules could win over each other by chance.
func rivals(a, b *codebook.Rule) bool {
	return a.Kind == codebook.Cause && b.Kind == codebook.Cause && a.Phrase.Reason != b.Phrase.Reason && a.Rank == b.Rank &&
		a.Provider == b.Provider && slices.Equal(a.Codes, b.Codes) && slices.Equal(a.Phrase.Stages, b.Phrase.Stages)
}

// clash finds the first two patterns of a and b that match the same words.
func clash(a, b []string, sets map[string][]string) (i, j int) {
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

// shorten quotes a pattern, the end of a long one left out.
func shorten(pattern string) string {
	const most = 100
	if r := []rune(pattern); len(r) > most {
		return quote(string(r[:most]) + "...")
	}
	return quote(pattern)
}
