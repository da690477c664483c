package authoring

import (
	"slices"

	"github.com/rebound-mail/rebound/codebook"
)

func reasonsAreExplained(l *linter) {
	for _, e := range l.Reasons {
		r := e.Value
		oneOf(l, e.At("id"), "reason", r.ID, codebook.Reasons())
		l.required(e.Place, "category", string(r.Category))
		l.required(e.Place, "title", r.Title)
		l.required(e.Place, "meaning", r.Meaning)
		l.required(e.Place, "who", r.Who)
		l.required(e.Place, "impact", string(r.Impact))
		l.required(e.Place, "nature", string(r.Nature))
		l.required(e.At("decision"), "decision.permanent", string(r.Decision.Permanent))
		l.required(e.At("decision"), "decision.temporary", string(r.Decision.Temporary))
		l.required(e.At("decision"), "decision.unknown", string(r.Decision.Unknown))
		if len(r.Causes) == 0 || len(r.Remedy) == 0 {
			l.error(e.Place, "", "reason %q needs causes and a remedy", r.ID)
		}
		for i, other := range r.Related {
			oneOf(l, e.At(field("related", i)), "reason", other, codebook.Reasons())
		}
	}
}

func everyReasonIsExplained(l *linter) {
	if !l.alone {
		return
	}
	for _, r := range codebook.Reasons() {
		if !slices.ContainsFunc(l.Reasons, func(e Entry[codebook.ReasonInfo]) bool { return e.Value.ID == r }) {
			l.error(Place{File: "reasons"}, "", "reason %q is not explained", r)
		}
	}
}

// onlyBadAddressesAreSuppressed keeps a slip in the data from suppressing good
// addresses.
func onlyBadAddressesAreSuppressed(l *linter) {
	const hint = "only a permanent failure that speaks against the address, or the recipient's own wish, may suppress"
	for _, e := range l.Reasons {
		d := e.Value.Decision
		if d.Permanent == codebook.Suppress && !maySuppress(e.Value.ID) || d.Temporary == codebook.Suppress && !isWish(e.Value.ID) {
			l.error(e.At("decision"), hint, "reason %q must not suppress", e.Value.ID)
		}
	}
	for _, e := range l.Phrases {
		if e.Value.Decision == codebook.Suppress && !maySuppress(e.Value.Reason) {
			l.error(e.At("decision"), hint, "phrase %q must not suppress", e.Value.ID)
		}
	}
}

func maySuppress(r codebook.Reason) bool { return r.SpeaksAgainstAddress() || isWish(r) }

// isWish reports whether the recipient (or its provider, for us) asked for no
// more mail.
func isWish(r codebook.Reason) bool {
	return r == codebook.Complaint || r == codebook.Unsubscribe || r == codebook.Suppressed
}
