package authoring

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/rebound-mail/rebound/codebook"
)

var (
	idShape       = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	sourceIDShape = regexp.MustCompile(`^[A-Za-z0-9]+([-.][A-Za-z0-9]+)*$`)
	setShape      = regexp.MustCompile(`^[a-z0-9]+([-_][a-z0-9]+)*$`)
	linkShape     = regexp.MustCompile(`^https?://[a-zA-Z0-9.-]+(:\d+)?(/\S*)?$`)
	placeholder   = regexp.MustCompile(`\{([^{}]*)\}`)
	hole          = regexp.MustCompile(`<([a-z_]+)(?::[a-z]+)?>`)
)

func idsAreWellFormed(l *linter) {
	for _, e := range l.Phrases {
		_, id, _ := strings.Cut(e.Value.ID, "/")
		l.checkID(e.At("id"), idShape, id)
	}
	for _, e := range l.Providers {
		l.checkID(e.At("id"), idShape, e.Value.ID)
	}
	for _, e := range l.Reasons {
		l.checkID(e.At("id"), idShape, string(e.Value.ID))
	}
	for _, e := range l.Sources {
		l.checkID(e.At("id"), sourceIDShape, e.Value.ID)
	}
	for _, e := range l.Sets {
		l.checkID(e.Place, setShape, e.Value.Name)
	}
}

func (l *linter) checkID(at Place, shape *regexp.Regexp, id string) {
	if id == "" {
		l.error(at, "", "id is missing")
		return
	}
	if !shape.MatchString(id) {
		l.error(at, "lower-case words and digits joined with hyphens", "id %q is not well formed", id)
	}
}

func idsAreUnique(l *linter) {
	unique(l, l.Phrases, "phrase", func(p codebook.Phrase) string { return p.ID })
	unique(l, l.Providers, "provider", func(p codebook.Provider) string { return p.ID })
	unique(l, l.Reasons, "reason", func(r codebook.ReasonInfo) string { return string(r.ID) })
	unique(l, l.Codes, "code", func(c codebook.Code) string { return strings.ToLower(c.Code) })
	unique(l, l.Sets, "set", func(s codebook.WordSet) string { return s.Name })
	var own []Entry[codebook.ProviderCode]
	for _, e := range l.OwnCodes {
		e.Value.Code = e.Provider + " " + strings.ToLower(e.Value.Code)
		own = append(own, e.Entry)
	}
	unique(l, own, "provider's code", func(c codebook.ProviderCode) string { return c.Code })
	seen := map[string]Entry[codebook.Source]{}
	for _, e := range l.Sources { // a provider's file may repeat a source, but equally
		if first, ok := seen[e.Value.ID]; ok && first.Value != e.Value {
			l.error(e.Place, "the same id stands at "+first.Place.String(), "source %q is described in two ways", e.Value.ID)
		}
		seen[e.Value.ID] = e
	}
}

func unique[T any](l *linter, entries []Entry[T], what string, id func(T) string) {
	seen := map[string]Place{}
	for _, e := range entries {
		key := id(e.Value)
		if first, ok := seen[key]; ok {
			l.error(e.Place, "the first stands at "+first.String(), "%s %q stands twice", what, key)
			continue
		}
		seen[key] = e.Place
	}
}

func textsAreTidy(l *linter) {
	l.eachText(func(at Place, field, text string) {
		switch {
		case text == "":
			l.error(at, "leave the key out", "%s is empty", field)
		case strings.TrimSpace(text) != text && !isExample(field):
			l.error(at, "", "%s begins or ends with a blank", field)
		case strings.ContainsRune(text, '\t') && !isExample(field):
			l.error(at, "use blanks", "%s holds a tab", field)
		}
	})
}

// isExample reports whether a field holds replies as servers give them.
func isExample(field string) bool {
	name, _, _ := strings.Cut(field, ".")
	return name == "match" || name == "miss" || name == "examples"
}

func linksAreLinks(l *linter) {
	l.eachText(func(at Place, field, text string) {
		if slices.Contains([]string{"url", "postmaster", "delisting"}, field) && text != "" && !linkShape.MatchString(text) {
			l.error(at, "https://...", "%s is no link: %q", field, text)
		}
	})
}

func datesAreDates(l *linter) {
	l.eachText(func(at Place, field, text string) {
		exact := field == "closed" || field == "withdrawn"
		if text == "" || !exact && field != "date" {
			return
		}
		for _, layout := range []string{"2006-01-02", "2006-01", "2006"} {
			if _, err := time.Parse(layout, text); err == nil && (!exact || field == "closed" || layout == "2006-01-02") {
				return
			}
		}
		l.error(at, "YYYY-MM-DD; a source's date and the end of a service may be YYYY-MM or YYYY", "%s is no date: %q", field, text)
	})
}

func wordsAreOfTheClosedLists(l *linter) {
	l.eachText(func(at Place, field, text string) {
		switch field[strings.LastIndexByte(field, '.')+1:] {
		case "reason":
			oneOf(l, at, "reason", codebook.Reason(text), codebook.Reasons())
		case "lasting", "nature":
			oneOf(l, at, field, codebook.Lasting(text), codebook.Lastings())
		case "label":
			oneOf(l, at, "label", codebook.Label(text), codebook.Labels())
		case "standing":
			oneOf(l, at, "standing", codebook.Standing(text), codebook.Standings())
		case "category":
			oneOf(l, at, "category", codebook.Category(text), codebook.Categories())
		case "impact":
			oneOf(l, at, "impact", codebook.Impact(text), codebook.Impacts())
		case "who":
			oneOf(l, at, "party", text, codebook.Parties())
		case "decision", "permanent", "temporary", "unknown":
			oneOf(l, at, "decision", codebook.Decision(text), codebook.DecisionValues())
		}
	})
	for _, e := range l.Sources {
		oneOf(l, e.At("kind"), "kind of source", e.Value.Kind, codebook.SourceKinds())
	}
	for _, e := range l.Providers {
		oneOf(l, e.At("kind"), "kind of provider", e.Value.Kind, codebook.ProviderKinds())
	}
	for _, e := range l.Phrases {
		oneOf(l, e.At("strength"), "strength of a phrase", e.Value.Strength, codebook.PhraseStrengths())
	}
	for _, e := range l.Codes {
		oneOf(l, e.At("strength"), "strength of a code", e.Value.Strength, codebook.CodeStrengths())
	}
}

// facts are the names that a verdict may fill into a remedy, beside the holes of
// the phrase itself.
func facts() []string {
	return []string{
		"ip", "dnsbl", "url", "limit", "retry_after", "mailbox", "address", "domain", "sender", "ticket", "count", "host",
		"number", "size", "duration", "word", "code", "recipient", "provider", "postmaster", "delisting",
	}
}

func placeholdersHaveFacts(l *linter) {
	for _, e := range l.Reasons {
		for i, step := range e.Value.Remedy {
			l.checkPlaceholders(e.At(field("remedy", i)), step, facts())
		}
	}
	for _, e := range l.Codes {
		for i, step := range e.Value.Remedy {
			l.checkPlaceholders(e.At(field("remedy", i)), step, facts())
		}
	}
	for _, own := range l.OwnCodes {
		for i, step := range own.Value.Remedy {
			l.checkPlaceholders(own.At(field("remedy", i)), step, facts())
		}
	}
	for _, e := range l.Phrases {
		known := facts()
		for _, words := range e.Value.Words {
			for _, h := range hole.FindAllStringSubmatch(words, -1) {
				known = append(known, h[1])
			}
		}
		for i, step := range e.Value.Remedy {
			l.checkPlaceholders(e.At(field("remedy", i)), step, known)
		}
	}
}

func (l *linter) checkPlaceholders(at Place, step string, known []string) {
	for _, m := range placeholder.FindAllStringSubmatch(step, -1) {
		if !slices.Contains(known, m[1]) {
			l.error(at, didYouMean(m[1], known), "no hole of the phrase and no known fact is named {%s}", m[1])
		}
	}
}
