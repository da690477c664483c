package authoring

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/phrase"
	"github.com/rebound-mail/rebound/smtpcode"
)

func phrasesMeanSomething(l *linter) {
	for _, e := range l.Phrases {
		p := e.Value
		if len(p.Words) == 0 {
			l.error(e.Place, "", "phrase %q has no words", p.ID)
		}
		if p.Reason == "" && p.Lasting == "" && !p.Wrapper && !p.Guard {
			l.error(e.Place, "give it a reason, a lasting, wrapper: true or guard: true", "phrase %q means nothing", p.ID)
		}
		if p.Guard && p.Reason != "" {
			l.error(e.At("guard"), "a guard only keeps others from suppressing", "phrase %q is a guard with a reason", p.ID)
		}
		if p.Wrapper && p.Reason != "" {
			l.error(e.At("wrapper"), "the inner reply has the cause", "phrase %q is a wrapper with a reason", p.ID)
		}
		if p.ProviderOnly && p.Provider == "" {
			l.error(e.At("provider-only"), "put it into the provider's file", "phrase %q belongs to no provider", p.ID)
		}
	}
}

func phrasesHaveExamples(l *linter) {
	for _, e := range l.Phrases {
		if len(e.Value.Match) == 0 && e.Value.Withdrawn == "" {
			l.error(e.Place, "give at least one real-looking reply under `match`", "phrase %q has no example", e.Value.ID)
		}
	}
}

func limitsAreCodesAndStages(l *linter) {
	for _, e := range l.Phrases {
		for i, code := range e.Value.Codes {
			if _, err := smtpcode.ParsePattern(code); err != nil && code != "none" {
				l.error(e.At(field("codes", i)), "550, 5.7.1, 5xx, 4.x.x, x.2.2 or none", "not a code: %q", code)
			}
		}
		for i, stage := range e.Value.Stages {
			oneOf(l, e.At(field("stage", i)), "stage", stage, codebook.Stages())
		}
	}
}

// maxRegexps is how many phrases may use the escape hatch.
const maxRegexps = 20

func regexpsCompileAndAreFew(l *linter) {
	n := 0
	for _, e := range l.Phrases {
		if e.Value.Regexp == "" {
			continue
		}
		n++
		if _, err := regexp.Compile(e.Value.Regexp); err != nil {
			l.error(e.At("regexp"), "RE2 syntax", "%v", err)
		}
		if n == maxRegexps+1 {
			l.warn(e.At("regexp"), "words and holes do for most", "more than %d phrases use a regexp", maxRegexps)
		}
	}
}

func withdrawalsSayWhy(l *linter) {
	for _, e := range l.Phrases {
		if e.Value.Withdrawn != "" && e.Value.Note == "" {
			l.error(e.At("withdrawn"), "", "phrase %q is withdrawn without a note", e.Value.ID)
		}
	}
}

func setsAreUsed(l *linter) {
	used := map[string]bool{}
	note := func(words []string) {
		for _, w := range words {
			for _, m := range placeholder.FindAllStringSubmatch(w, -1) {
				used[m[1]] = true
			}
		}
	}
	for _, p := range l.all.Phrases {
		note(p.Words)
	}
	for _, p := range l.all.Providers {
		note(p.Tokens)
	}
	for _, s := range l.all.Sets {
		note(s.Words)
	}
	for _, e := range l.Sets {
		if !used[e.Value.Name] {
			l.warn(e.Place, "", "no pattern uses the set {%s}", e.Value.Name)
		}
	}
}

// patternsCompile compiles everything and leaves the outcome for the checks
// after it. Records that do not compile are reported and left out.
func patternsCompile(l *linter) {
	book, errs := Sound(l.all)
	for _, e := range errs {
		l.uncompiled(e)
	}
	l.compiled = book
}

// Sound builds a codebook without the records that keep it from being built, and
// says what is wrong with them. The codebook is nil if a named set is to blame.
func Sound(rec codebook.Records) (*codebook.Codebook, []*codebook.RecordError) {
	var wrong []*codebook.RecordError
	for range 4 { // errors may hide others
		book, err := codebook.New(rec)
		if err == nil {
			return book, wrong
		}
		for _, e := range recordErrors(err) {
			wrong = append(wrong, e)
			rec = without(rec, e)
		}
	}
	return nil, wrong
}

func recordErrors(err error) []*codebook.RecordError {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []*codebook.RecordError
		for _, one := range joined.Unwrap() {
			all = append(all, recordErrors(one)...)
		}
		return all
	}
	var record *codebook.RecordError
	if errors.As(err, &record) {
		return []*codebook.RecordError{record}
	}
	return []*codebook.RecordError{{Kind: codebook.KindSet, Err: err}}
}

// uncompiled reports a record that does not compile, unless another check does:
// codes and regexps have their own.
func (l *linter) uncompiled(e *codebook.RecordError) {
	if slices.Contains([]string{"code", "codes", "regexp"}, e.Field) {
		return
	}
	what, hint := e.Err.Error(), ""
	var syntax *phrase.SyntaxError
	if errors.As(e.Err, &syntax) {
		hint = syntax.Hint
		what = "pattern " + quote(syntax.Words) + ": " + syntax.What
	}
	l.error(l.placeOf(e.Kind, e.ID, e.Field), hint, "%s", what)
}

func quote(s string) string { return `"` + s + `"` }

// placeOf finds where a record of the book stands.
func (l *linter) placeOf(kind codebook.Kind, id, field string) Place {
	switch kind {
	case codebook.KindPhrase:
		for _, e := range l.Phrases {
			if e.Value.ID == id {
				return e.At(field)
			}
		}
	case codebook.KindProvider:
		for _, e := range l.Providers {
			if e.Value.ID == id {
				return e.At(field)
			}
		}
	case codebook.KindCode:
		for _, e := range l.Codes {
			if strings.EqualFold(e.Value.Code, id) {
				return e.At(field)
			}
		}
	}
	return Place{File: string(kind) + " " + id}
}

// without takes the record of an error out.
func without(rec codebook.Records, e *codebook.RecordError) codebook.Records {
	switch e.Kind {
	case codebook.KindPhrase:
		rec.Phrases = slices.DeleteFunc(slices.Clone(rec.Phrases), func(p codebook.Phrase) bool { return p.ID == e.ID })
	case codebook.KindProvider:
		rec.Providers = slices.DeleteFunc(slices.Clone(rec.Providers), func(p codebook.Provider) bool { return p.ID == e.ID })
	case codebook.KindCode:
		rec.Codes = slices.DeleteFunc(slices.Clone(rec.Codes), func(c codebook.Code) bool { return c.Code == e.ID })
	}
	return rec
}
