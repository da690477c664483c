package authoring

import (
	"regexp"
	"slices"
	"strings"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/smtpcode"
)

var hostShape = regexp.MustCompile(`^(\*\.)?[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)+$`)

func hasProvider(rec codebook.Records, id string) bool {
	return slices.ContainsFunc(rec.Providers, func(p codebook.Provider) bool { return p.ID == id })
}

func (l *linter) unknownProvider(at Place, id string) {
	var known []string
	for _, p := range l.all.Providers {
		known = append(known, p.ID)
	}
	l.error(at, didYouMean(id, known), "unknown provider %q", id)
}

func providersAreDescribed(l *linter) {
	for _, e := range l.Providers {
		if e.Value.Name == "" && hasProvider(l.base, e.Value.ID) {
			continue // adds phrases and codes to a provider that is built in
		}
		l.required(e.Place, "name", e.Value.Name)
		l.required(e.Place, "kind", e.Value.Kind)
		if e.Value.Kind == "blocklist" && e.Value.Lists == "" {
			l.error(e.Place, "say what gets listed and how an entry ends", "blocklist %q has no `lists`", e.Value.ID)
		}
	}
}

func hostsAreHostNames(l *linter) {
	for _, e := range l.Providers {
		for name, hosts := range map[string][]string{"hosts": e.Value.Hosts, "domains": e.Value.Domains, "zones": e.Value.Zones} {
			for i, h := range hosts {
				if !hostShape.MatchString(h) {
					l.error(e.At(field(name, i)), "a name of at least two labels in lower case", "not a host name: %q", h)
				}
			}
		}
	}
}

func hostsBelongToOneProvider(l *linter) {
	type key struct{ list, name string }
	owner := map[key]Entry[codebook.Provider]{}
	for _, e := range l.Providers {
		for list, names := range map[string][]string{"hosts": e.Value.Hosts, "domains": e.Value.Domains} {
			for i, name := range names {
				k := key{list, strings.ToLower(name)}
				if first, ok := owner[k]; ok {
					l.error(e.At(field(list, i)), "the other stands at "+first.Place.String(), "%s stands under %s of two providers", name, list)
				}
				owner[k] = e
			}
		}
	}
}

// ownCodesAreReadings checks a provider's codes: a reply code, a status, or a
// reply code and a status.
func ownCodesAreReadings(l *linter) {
	for _, own := range l.OwnCodes {
		l.required(own.Place, "reason", string(own.Value.Reason))
		l.required(own.Place, "meaning", own.Value.Meaning)
		if !isReading(own.Value.Code) {
			l.error(own.At("code"), `550, 5.7.1, X.7.1 or "550 5.7.1"`, "not a code: %q", own.Value.Code)
		}
	}
}

func isReading(code string) bool {
	first, second, pair := strings.Cut(code, " ")
	p, err := smtpcode.ParsePattern(first)
	if err != nil || !pair {
		return err == nil
	}
	q, err := smtpcode.ParsePattern(second)
	return err == nil && p.Kind() == smtpcode.KindReply && q.Kind() == smtpcode.KindStatus
}
