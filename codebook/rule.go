package codebook

import (
	"encoding/binary"
	"errors"
	"hash/fnv"
	"regexp"
	"strconv"
	"sync"

	"github.com/rebound-mail/rebound/phrase"
	"github.com/rebound-mail/rebound/smtpcode"
)

// RuleKind says what a match of a rule amounts to.
type RuleKind uint8

// The kinds of rules.
const (
	Cause    RuleKind = iota + 1 // names a reason
	Modifier                     // says only how long the failure lasts
	Wrapper                      // announces that an inner reply follows
	Marker                       // tells which provider speaks
	Guard                        // tells that the text speaks of the sender
)

// String returns the kind's name in lower case.
func (k RuleKind) String() string {
	if k > Guard {
		return "unknown"
	}
	return [...]string{"unknown", "cause", "modifier", "wrapper", "marker", "guard"}[k]
}

// Rule is what the pattern id of a [phrase.Match] stands for: a phrase, or, for
// a Marker, a provider.
type Rule struct {
	Kind     RuleKind
	Rank     uint8     // of a phrase: 0 weak, 1 normal, 2 exact
	NoCode   bool      // the limits in Codes allow texts without any code
	Phrase   *Phrase   // nil for markers
	Provider *Provider // nil for generic phrases
	Codes    []smtpcode.Pattern
	regexp   func() *regexp.Regexp
}

// Regexp returns the expression that has to match the text too, nil for most.
func (r *Rule) Regexp() *regexp.Regexp {
	if r.regexp == nil {
		return nil
	}
	return r.regexp()
}

// AllowsCode reports whether the rule's limits admit a text that carries this
// reply code and status, either of which may be none (zero).
func (r *Rule) AllowsCode(code smtpcode.Code, status smtpcode.Status) bool {
	if len(r.Codes) == 0 && !r.NoCode {
		return true
	}
	if code == 0 && status.IsZero() {
		return r.NoCode
	}
	for _, p := range r.Codes {
		if p.Match(code, status) {
			return true
		}
	}
	return false
}

// noCode in a phrase's limits allows texts without any code.
const noCode = "none"

// patterns lists what the automaton is compiled from. The id of a pattern is the
// index of its rule: phrases in force in their order, then providers with
// tokens in theirs.
func patterns(rec *Records) []phrase.Pattern {
	var list []phrase.Pattern
	id := 0
	for i := range rec.Phrases {
		if !rec.Phrases[i].inForce() {
			continue
		}
		for _, words := range rec.Phrases[i].Words {
			list = append(list, phrase.Pattern{ID: id, Words: words})
		}
		id++
	}
	for i := range rec.Providers {
		if !rec.Providers[i].hasTokens() {
			continue
		}
		for _, words := range rec.Providers[i].Tokens {
			list = append(list, phrase.Pattern{ID: id, Words: words})
		}
		id++
	}
	return list
}

// compile makes the automaton. A pattern that is no pattern is reported with
// its record and place.
func compile(rec *Records) (*phrase.Set, error) {
	sets := make(map[string][]string, len(rec.Sets))
	for _, s := range rec.Sets {
		sets[s.Name] = s.Words
	}
	list := patterns(rec)
	set, err := phrase.Compile(list, sets)
	if err == nil {
		return set, nil
	}
	return nil, placeErrors(rec, len(list), err)
}

// placeErrors tells of each error of phrase.Compile which record it is in.
func placeErrors(rec *Records, patterns int, err error) error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var errs []error
		for _, one := range joined.Unwrap() {
			errs = append(errs, placeErrors(rec, patterns, one))
		}
		return errors.Join(errs...)
	}
	var syntax *phrase.SyntaxError
	if errors.As(err, &syntax) && syntax.Pattern >= 0 && syntax.Pattern < patterns {
		return recordOfPattern(rec, syntax.Pattern, err)
	}
	return &RecordError{Kind: KindSet, Err: err}
}

// recordOfPattern finds the record that the n-th of patterns came from.
func recordOfPattern(rec *Records, n int, err error) *RecordError {
	for i := range rec.Phrases {
		p := &rec.Phrases[i]
		if !p.inForce() {
			continue
		}
		if n < len(p.Words) {
			return &RecordError{KindPhrase, p.ID, "words." + strconv.Itoa(n), err}
		}
		n -= len(p.Words)
	}
	for i := range rec.Providers {
		p := &rec.Providers[i]
		if n < len(p.Tokens) {
			return &RecordError{KindProvider, p.ID, "tokens." + strconv.Itoa(n), err}
		}
		n -= len(p.Tokens)
	}
	return &RecordError{Kind: KindSet, Err: err}
}

// newRules makes the rules, in the order of patterns. The records were checked.
func newRules(rec *Records) []Rule {
	limits := 0
	for i := range rec.Phrases {
		limits += len(rec.Phrases[i].Codes)
	}
	codes := make([]smtpcode.Pattern, 0, limits) // one array for all rules
	rules := make([]Rule, 0, len(rec.Phrases)+len(rec.Providers))
	for i := range rec.Phrases {
		p := &rec.Phrases[i]
		if !p.inForce() {
			continue
		}
		r := Rule{Kind: kindOf(p), Rank: rankOf(p.Strength), Phrase: p}
		r.Provider, _ = find(rec.Providers, providerKey, p.Provider)
		start := len(codes)
		codes, r.NoCode = appendLimits(codes, p.Codes)
		r.Codes = codes[start:len(codes):len(codes)]
		if p.Regexp != "" {
			r.regexp = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(p.Regexp) })
		}
		rules = append(rules, r)
	}
	for i := range rec.Providers {
		if p := &rec.Providers[i]; p.hasTokens() {
			rules = append(rules, Rule{Kind: Marker, Provider: p})
		}
	}
	return rules
}

func kindOf(p *Phrase) RuleKind {
	switch {
	case p.Wrapper:
		return Wrapper
	case p.Guard:
		return Guard
	case p.Reason == "":
		return Modifier
	}
	return Cause
}

func rankOf(s Strength) uint8 {
	switch s {
	case StrengthWeak:
		return 0
	case StrengthExact:
		return 2
	}
	return 1
}

func appendLimits(to []smtpcode.Pattern, codes []string) (all []smtpcode.Pattern, none bool) {
	for _, code := range codes {
		if code == noCode {
			none = true
			continue
		}
		if p, err := smtpcode.ParsePattern(code); err == nil {
			to = append(to, p)
		}
	}
	return to, none
}

// errBlob says that the automaton was not made from the generated records.
var errBlob = errors.New("not made from these records")

// AppendBlob appends the compiled phrases of c as the generator embeds them:
// the automaton, then the fingerprint of the patterns in eight bytes.
func (c *Codebook) AppendBlob(b []byte) []byte {
	return binary.BigEndian.AppendUint64(c.Set().AppendBinary(b), c.Fingerprint())
}

// Fingerprint is a hash of the patterns and their ids. Tables and automaton
// with the same fingerprint belong together.
func (c *Codebook) Fingerprint() uint64 {
	h := fnv.New64a()
	for _, p := range patterns(&c.records) {
		_, _ = h.Write(strconv.AppendInt(nil, int64(p.ID), 10))
		_, _ = h.Write([]byte{0})
		_, _ = h.Write([]byte(p.Words))
		_, _ = h.Write([]byte{0})
	}
	return h.Sum64()
}

// loadBlob undoes AppendBlob without copying.
func loadBlob(blob string, fingerprint uint64) (*phrase.Set, error) {
	n := len(blob) - 8
	if n < 0 || binary.BigEndian.Uint64([]byte(blob[n:])) != fingerprint {
		return nil, errBlob
	}
	return phrase.Load(blob[:n])
}
