package codebook

import (
	"cmp"
	"slices"
	"strings"
)

// Merge lays over upon base: a record of over replaces the record of base that
// has the same id, all others are added. A provider of over that gives nothing
// but its id and codes only adds phrases and codes to the one of base. Neither
// argument is changed.
func Merge(base, over Records) Records {
	return Records{
		Sources:   overlay(base.Sources, over.Sources, sourceKey, replace),
		Reasons:   overlay(base.Reasons, over.Reasons, reasonKey, replace),
		Codes:     overlay(base.Codes, over.Codes, codeKey, replace),
		Providers: overlay(base.Providers, over.Providers, providerKey, mergeProvider),
		Phrases:   overlay(base.Phrases, over.Phrases, phraseKey, replace),
		Sets:      overlay(base.Sets, over.Sets, setKey, replace),
	}
}

func sourceKey(s *Source) string        { return s.ID }
func reasonKey(r *ReasonInfo) string    { return string(r.ID) }
func codeKey(c *Code) string            { return canonical(c.Code) }
func providerKey(p *Provider) string    { return p.ID }
func phraseKey(p *Phrase) string        { return p.ID }
func setKey(s *WordSet) string          { return s.Name }
func ownCodeKey(c *ProviderCode) string { return canonical(c.Code) }

// canonical writes a code as it is looked up: x in lower case.
func canonical(code string) string { return strings.ToLower(code) }

// overlay merges two lists of records and sorts the outcome by key.
func overlay[T any](base, over []T, key func(*T) string, merge func(base, over T) T) []T {
	all := make([]T, 0, len(base)+len(over))
	all = append(append(all, base...), over...)
	slices.SortStableFunc(all, func(a, b T) int { return cmp.Compare(key(&a), key(&b)) })
	kept := all[:0]
	for _, r := range all {
		if n := len(kept); n > 0 && key(&kept[n-1]) == key(&r) {
			kept[n-1] = merge(kept[n-1], r)
			continue
		}
		kept = append(kept, r)
	}
	return kept
}

func replace[T any](_, over T) T { return over }

func mergeProvider(base, over Provider) Provider {
	codes := overlay(base.Codes, over.Codes, ownCodeKey, replace)
	if over.Name == "" {
		over = base
	}
	over.Codes = codes
	return over
}

// mergePhrases joins lists that are each sorted by id into one that is.
func mergePhrases(n int, lists ...[]Phrase) []Phrase {
	all := make([]Phrase, 0, n)
	for len(all) < n {
		first := -1
		for i, list := range lists {
			if len(list) > 0 && (first < 0 || list[0].ID < lists[first][0].ID) {
				first = i
			}
		}
		all = append(all, lists[first][0])
		lists[first] = lists[first][1:]
	}
	return all
}
