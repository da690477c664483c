package authoring

import (
	"fmt"

	"github.com/rebound-mail/rebound/codebook"
)

// checks are the lint rules, each a small function, in the order in which they
// run.
func checks() []func(*linter) {
	return []func(*linter){
		// Every record (lint_record.go).
		idsAreWellFormed,
		idsAreUnique,
		textsAreTidy,
		linksAreLinks,
		datesAreDates,
		wordsAreOfTheClosedLists,
		placeholdersHaveFacts,
		// Who says so (lint_source.go).
		everythingIsCited,
		citedSourcesExist,
		sourcesAreUsed,
		referencePagesAreCovered,
		// Reasons (lint_reason.go).
		reasonsAreExplained,
		everyReasonIsExplained,
		onlyBadAddressesAreSuppressed,
		// Codes (lint_code.go).
		codesAreCodes,
		codesAreExplained,
		disagreementsAreResolved,
		enhancedCodesPairWithReplyCodes,
		// Providers (lint_provider.go).
		providersAreDescribed,
		hostsAreHostNames,
		hostsBelongToOneProvider,
		ownCodesAreReadings,
		// Phrases (lint_phrase.go).
		phrasesMeanSomething,
		phrasesHaveExamples,
		limitsAreCodesAndStages,
		regexpsCompileAndAreFew,
		withdrawalsSayWhy,
		setsAreUsed,
		patternsCompile,
		equalPhrasesAgree,
		examplesHold,
	}
}

// Lint checks a book. base is the codebook it adds to; empty for a book that
// stands alone.
func Lint(book *Book, base codebook.Records) Problems {
	return newLinter(book, base).run(checks())
}

// Test runs the examples of a book alone, a part of what Lint does.
func Test(book *Book, base codebook.Records) Problems {
	return newLinter(book, base).run([]func(*linter){patternsCompile, examplesHold})
}

// linter is what the checks share.
type linter struct {
	*Book
	alone    bool             // no codebook underneath
	base     codebook.Records // what is underneath
	all      codebook.Records // base and book
	compiled *codebook.Codebook
	problems Problems
}

func newLinter(book *Book, base codebook.Records) *linter {
	alone := len(base.Reasons) == 0
	return &linter{Book: book, alone: alone, base: base, all: codebook.Merge(base, book.Records())}
}

// run runs checks and returns what they find.
func (l *linter) run(checks []func(*linter)) Problems {
	for _, check := range checks {
		check(l)
	}
	l.problems = l.problems.sort()
	return l.problems
}

func (l *linter) error(at Place, hint, format string, args ...any) {
	l.problems = append(l.problems, Problem{at, Error, fmt.Sprintf(format, args...), hint})
}

func (l *linter) warn(at Place, hint, format string, args ...any) {
	l.problems = append(l.problems, Problem{at, Warning, fmt.Sprintf(format, args...), hint})
}

// oneOf reports a value that is not of a closed list. An empty value passes.
func oneOf[T ~string](l *linter, at Place, what string, got T, known []T) {
	if got == "" {
		return
	}
	words := make([]string, len(known))
	for i, k := range known {
		if k == got {
			return
		}
		words[i] = string(k)
	}
	hint := didYouMean(string(got), words)
	if hint == "" && len(words) <= 10 {
		hint = "one of " + commas(words)
	}
	l.error(at, hint, "unknown %s %q", what, got)
}

// required reports a text that is missing.
func (l *linter) required(at Place, what, text string) {
	if text == "" {
		l.error(at, "", "%s is missing", what)
	}
}

// eachText shows every authored text with its place.
func (l *linter) eachText(f func(at Place, field, text string)) {
	eachTextOf(l.Sources, f)
	eachTextOf(l.Reasons, f)
	eachTextOf(l.Codes, f)
	eachTextOf(l.Providers, f)
	eachTextOf(l.Phrases, f)
	eachTextOf(l.Sets, f)
	for _, own := range l.OwnCodes {
		eachTextOf([]Entry[codebook.ProviderCode]{own.Entry}, f)
	}
}
