package codebook

import (
	"regexp"
	"slices"
	"sync"

	"github.com/rebound-mail/rebound/phrase"
	"github.com/rebound-mail/rebound/smtpcode"
)

// Codebook is what is known, indexed. It is immutable and safe for concurrent
// use; what it returns must not be changed.
type Codebook struct {
	records   Records // each list sorted by its key
	codes     codeIndex
	providers providerIndex
	matching  func() matching
	documents func() []document // what is searched
}

// matching is what texts are matched with. It is made at first use.
type matching struct {
	set   *phrase.Set
	rules []Rule // by pattern id
}

// builtIn makes the codebook from the generated tables. A failure means that
// they do not belong together: the program is broken, not its input.
var builtIn = sync.OnceValue(func() *Codebook {
	rec := generatedRecords()
	c := newCodebook(rec)
	c.matching = sync.OnceValue(func() matching {
		set, err := loadBlob(generatedBlob, generatedFingerprint)
		if err != nil {
			panic("codebook: phrases.bin: " + err.Error() + "; run make generate")
		}
		return matching{set, newRules(&c.records)}
	})
	return c
})

// newCodebook indexes records. What texts are matched with is the caller's to set.
func newCodebook(rec Records) *Codebook {
	c := &Codebook{records: rec, codes: indexCodes(rec.Codes), providers: indexProviders(rec.Providers)}
	c.documents = sync.OnceValue(func() []document { return newDocuments(&c.records) })
	return c
}

// Default returns the built-in codebook.
func Default() *Codebook { return builtIn() }

// New builds a codebook from records. The order of records does not matter; of
// several with the same id the last one counts. The errors are *[RecordError],
// joined where there are several.
func New(rec Records) (*Codebook, error) {
	rec = Merge(Records{}, rec)
	if err := checkRecords(&rec); err != nil {
		return nil, err
	}
	set, err := compile(&rec)
	if err != nil {
		return nil, err
	}
	c := newCodebook(rec)
	c.matching = sync.OnceValue(func() matching { return matching{set, newRules(&c.records)} })
	return c, nil
}

// checkRecords refuses what could not be looked up or matched later.
func checkRecords(rec *Records) error {
	for i := range rec.Codes {
		if _, err := smtpcode.ParsePattern(rec.Codes[i].Code); err != nil {
			return &RecordError{KindCode, rec.Codes[i].Code, "code", err}
		}
	}
	for i := range rec.Providers {
		for _, own := range rec.Providers[i].Codes {
			if _, err := parseOwnCode(own.Code); err != nil {
				return &RecordError{KindProvider, rec.Providers[i].ID, "codes", err}
			}
		}
	}
	for i := range rec.Phrases {
		if err := checkPhrase(&rec.Phrases[i]); err != nil {
			return err
		}
	}
	return nil
}

func checkPhrase(p *Phrase) error {
	for _, code := range p.Codes {
		if _, err := smtpcode.ParsePattern(code); err != nil && code != noCode {
			return &RecordError{KindPhrase, p.ID, "codes", err}
		}
	}
	if _, err := regexp.Compile(p.Regexp); err != nil {
		return &RecordError{KindPhrase, p.ID, "regexp", err}
	}
	return nil
}

// Records returns what the codebook was made from, sorted by id.
func (c *Codebook) Records() Records { return c.records }

// Reason returns what is known about a reason.
func (c *Codebook) Reason(r Reason) (*ReasonInfo, bool) {
	return find(c.records.Reasons, reasonKey, string(r))
}

// Source returns a source by its id, such as "rfc5321" or "S3".
func (c *Codebook) Source(id string) (*Source, bool) { return find(c.records.Sources, sourceKey, id) }

// Phrase returns a phrase by its id, such as "gmail/over-quota".
func (c *Codebook) Phrase(id string) (*Phrase, bool) { return find(c.records.Phrases, phraseKey, id) }

// Provider returns a provider by its id, such as "gmail".
func (c *Codebook) Provider(id string) (*Provider, bool) {
	return find(c.records.Providers, providerKey, id)
}

// Set returns the phrases and tokens, compiled.
func (c *Codebook) Set() *phrase.Set { return c.matching().set }

// Rule returns what the pattern id of a match stands for. The id must come from
// a match of c.Set().
func (c *Codebook) Rule(patternID int) *Rule { return &c.matching().rules[patternID] }

// Rules returns all rules in the order of their pattern ids.
func (c *Codebook) Rules() []Rule { return c.matching().rules }

// find looks a key up in a sorted list of records.
func find[T any](list []T, key func(*T) string, want string) (*T, bool) {
	lo, hi := 0, len(list)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if key(&list[mid]) < want {
			lo = mid + 1
			continue
		}
		hi = mid
	}
	if lo == len(list) || key(&list[lo]) != want {
		return nil, false
	}
	return &list[lo], true
}

// inForce reports whether a phrase takes part in matching.
func (p *Phrase) inForce() bool { return p.Withdrawn == "" && len(p.Words) > 0 }

// hasTokens reports whether the presence of a provider can be read in a text.
func (p *Provider) hasTokens() bool { return len(p.Tokens) > 0 }

// SourcesOf returns the sources with the ids given, in order; unknown ids are
// left out.
func (c *Codebook) SourcesOf(ids []string) []*Source {
	var list []*Source
	for _, id := range ids {
		if s, ok := c.Source(id); ok && !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}
