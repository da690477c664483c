package authoring

import (
	"slices"
	"strconv"

	"github.com/rebound-mail/rebound/codebook"
)

// field gives the path of a list's item.
func field(name string, i int) string { return name + "." + strconv.Itoa(i) }

func everythingIsCited(l *linter) {
	const hint = "name a source, or give the file default-sources"
	for _, e := range l.Phrases {
		if len(e.Value.Sources) == 0 {
			l.error(e.Place, hint, "phrase %q cites no source", e.Value.ID)
		}
	}
	for _, own := range l.OwnCodes {
		if len(own.Value.Sources) == 0 {
			l.error(own.Place, hint, "reading of %s cites no source", own.Value.Code)
		}
	}
	for _, e := range l.Reasons {
		if len(e.Value.Sources) == 0 {
			l.error(e.Place, "name a source", "reason %q cites no source", e.Value.ID)
		}
	}
	for _, e := range l.Providers {
		if len(e.Value.Sources) == 0 {
			l.error(e.Place, "name a source", "provider %q cites no source", e.Value.ID)
		}
	}
	for _, e := range l.Codes {
		if len(e.Value.Meanings) == 0 {
			l.error(e.Place, "one meaning a source", "code %s has no meanings", e.Value.Code)
		}
	}
	for _, e := range l.Sources {
		l.required(e.Place, "title", e.Value.Title)
		l.required(e.Place, "kind", e.Value.Kind)
	}
}

// eachCitation shows every id of a source that something cites.
func (l *linter) eachCitation(f func(at Place, id string)) {
	list := func(at func(string) Place, ids []string) {
		for i, id := range ids {
			f(at(field("sources", i)), id)
		}
	}
	for _, e := range l.Phrases {
		list(e.At, e.Value.Sources)
	}
	for _, own := range l.OwnCodes {
		list(own.At, own.Value.Sources)
	}
	for _, e := range l.Reasons {
		list(e.At, e.Value.Sources)
	}
	for _, e := range l.Providers {
		list(e.At, e.Value.Sources)
	}
	for _, e := range l.Codes {
		for i, m := range e.Value.Meanings {
			f(e.At(field("meanings", i)+".source"), m.Source)
		}
	}
}

func citedSourcesExist(l *linter) {
	known := make([]string, 0, len(l.all.Sources))
	for _, s := range l.all.Sources {
		known = append(known, s.ID)
	}
	l.eachCitation(func(at Place, id string) {
		if _, ok := slices.BinarySearch(known, id); !ok {
			l.error(at, didYouMean(id, known), "unknown source %q", id)
		}
	})
}

func sourcesAreUsed(l *linter) {
	cited := map[string]bool{}
	l.eachCitation(func(_ Place, id string) { cited[id] = true })
	for _, e := range l.Sources {
		if !cited[e.Value.ID] {
			l.warn(e.Place, "cite it or take it out", "nothing cites source %q", e.Value.ID)
		}
	}
}

// pageEntries is how many entries each of the five reference pages has at
// least; all of them stand in the built-in codebook.
func pageEntries() map[string]int {
	return map[string]int{"S1": 15, "S2": 22, "S3": 100, "S4": 59, "S5": 50}
}

func referencePagesAreCovered(l *linter) {
	if !l.alone || !slices.ContainsFunc(l.all.Sources, isReferencePage) {
		return
	}
	count := map[string]int{}
	l.eachCitation(func(_ Place, id string) { count[id]++ })
	for page, least := range pageEntries() {
		if count[page] < least {
			l.error(Place{File: "codes"}, "", "reference page %s is cited %d times, it has at least %d entries", page, count[page], least)
		}
	}
}

func isReferencePage(s codebook.Source) bool { return pageEntries()[s.ID] > 0 }
