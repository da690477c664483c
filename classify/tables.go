package classify

import (
	"strconv"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/phrase"
	"github.com/rebound-mail/rebound/smtpcode"
)

// brief is what weighing needs of a rule, small enough for thousands of them
// to stay in the cache.
type brief struct {
	kind    codebook.RuleKind
	tier    tier
	speaker uint8 // speakerRank of the rule's provider
	limited bool  // the rule has limits that must be looked at
	coded   bool  // it is limited to certain codes

	provider *codebook.Provider   // nil for generic phrases
	info     *codebook.ReasonInfo // of what a Cause names; else nil
}

// tables are made from the codebook once, when the first text is classified.
type tables struct {
	set      *phrase.Set
	rules    []codebook.Rule
	briefs   []brief
	statuses [2][8][statusDetails]*codebook.Code // class 4 and 5
	subjects [8]*codebook.Code                   // x.0.x to x.7.x, for details that nobody defined
	reasons  map[codebook.Reason]*codebook.ReasonInfo
	nothing  *codebook.ReasonInfo // of undetermined
}

// statusDetails covers the details that the registry has.
const statusDetails = 64

func newTables(book *codebook.Codebook) *tables {
	t := &tables{set: book.Set(), rules: book.Rules(), reasons: map[codebook.Reason]*codebook.ReasonInfo{}}
	for i := range t.subjects {
		t.subjects[i], _ = book.Code("x." + strconv.Itoa(i) + ".x")
	}
	for class := range t.statuses {
		for subject := range t.statuses[class] {
			for detail := range t.statuses[class][subject] {
				s := smtpcode.Status{Class: smtpcode.Class(class + 4), Subject: uint16(subject), Detail: uint16(detail)}
				t.statuses[class][subject][detail] = t.findStatus(book, s)
			}
		}
	}
	reasons := book.Records().Reasons
	for i := range reasons {
		t.reasons[reasons[i].ID] = &reasons[i]
	}
	t.nothing = t.info(codebook.Undetermined)
	t.briefs = make([]brief, len(t.rules))
	for i := range t.rules {
		b := briefOf(&t.rules[i])
		if b.kind == codebook.Cause {
			b.info = t.info(t.rules[i].Phrase.Reason)
			t.reasons[b.info.ID] = b.info // one for each reason, so that pointers tell them apart
		}
		t.briefs[i] = b
	}
	return t
}

// info returns what is known about a reason: no more than its name, where the
// codebook does not explain it.
func (t *tables) info(reason codebook.Reason) *codebook.ReasonInfo {
	if known := t.reasons[reason]; known != nil {
		return known
	}
	return &codebook.ReasonInfo{ID: reason}
}

func briefOf(r *codebook.Rule) brief {
	b := brief{kind: r.Kind, speaker: uint8(speakerRank(r.Provider)), provider: r.Provider}
	if p := r.Phrase; p != nil {
		b.tier = phraseTier(r)
		b.coded = len(r.Codes) > 0
		b.limited = b.coded || r.NoCode || p.ProviderOnly || len(p.Stages) > 0 || r.Regexp() != nil
	}
	return b
}

// findStatus returns the record of a status, or of its subject where nobody
// defined the detail.
func (t *tables) findStatus(book *codebook.Codebook, s smtpcode.Status) *codebook.Code {
	if known := book.Status(s); known != nil {
		return known
	}
	if int(s.Subject) < len(t.subjects) {
		return t.subjects[s.Subject]
	}
	return nil
}

// statusCode returns the record of the status in force, nil if there is none.
func (r *reading) statusCode() *codebook.Code {
	t, s := r.t, r.status
	if s.Class >= smtpcode.Transient && int(s.Subject) < len(t.subjects) && s.Detail < statusDetails {
		return t.statuses[s.Class-smtpcode.Transient][s.Subject][s.Detail]
	}
	if s.IsZero() {
		return nil
	}
	return t.findStatus(r.c.book, s)
}
