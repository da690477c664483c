package authoring

import (
	"strings"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/smtpcode"
)

func codesAreCodes(l *linter) {
	for _, e := range l.Codes {
		if _, err := smtpcode.ParsePattern(e.Value.Code); err != nil {
			l.error(e.At("code"), `"550", "5.1.1", "X.2.2", "5xx", "5.x.x" or "x.1.x"`, "not a code: %q", e.Value.Code)
		}
	}
}

func codesAreExplained(l *linter) {
	both := map[string]bool{}
	for _, c := range l.all.Codes {
		if rest, ok := strings.CutPrefix(strings.ToLower(c.Code), "x."); ok {
			both[rest] = true
		}
	}
	for _, e := range l.Codes {
		c := e.Value
		if len(c.Code) > 2 && c.Code[1] == '.' && both[c.Code[2:]] {
			continue // inherits what it does not say
		}
		l.required(e.Place, "title", c.Title)
		l.required(e.Place, "standing", string(c.Standing))
		l.required(e.Place, "strength", string(c.Strength))
		l.required(e.Place, "reason", string(c.Reason))
	}
	for _, e := range l.Codes {
		for i, m := range e.Value.Meanings {
			l.required(e.At(field("meanings", i)), "says", m.Says)
			if m.Provider != "" && !hasProvider(l.all, m.Provider) {
				l.unknownProvider(e.At(field("meanings", i)+".provider"), m.Provider)
			}
		}
	}
}

// disagreementsAreResolved wants a why where sources give a code different
// causes or different labels. What holds for one provider only contradicts
// nobody.
func disagreementsAreResolved(l *linter) {
	for _, e := range l.Codes {
		if e.Value.Why != "" {
			continue
		}
		if a, b, ok := disagreement(e.Value.Meanings); ok {
			l.error(e.Place, "say in `why` which reading is in force, and why",
				"sources disagree on %s: %s and %s", e.Value.Code, a, b)
		}
	}
}

func disagreement(meanings []codebook.Meaning) (a, b string, found bool) {
	var reason, label codebook.Meaning
	for _, m := range meanings {
		if m.Provider != "" {
			continue
		}
		if m.Reason != "" {
			if reason.Reason != "" && reason.Reason != m.Reason {
				return reason.Source + " " + string(reason.Reason), m.Source + " " + string(m.Reason), true
			}
			reason = m
		}
		if m.Label != "" {
			if label.Label != "" && label.Label != m.Label {
				return label.Source + " " + string(label.Label), m.Source + " " + string(m.Label), true
			}
			label = m
		}
	}
	return "", "", false
}

func enhancedCodesPairWithReplyCodes(l *linter) {
	for _, e := range l.Codes {
		for i, basic := range e.Value.Basic {
			if _, err := smtpcode.ParsePattern(basic); err != nil || strings.Contains(basic, ".") {
				l.error(e.At(field("basic", i)), "a reply code such as 550", "not a reply code: %q", basic)
			}
		}
		for i, other := range e.Value.Related {
			if _, err := smtpcode.ParsePattern(other); err != nil {
				l.error(e.At(field("related", i)), "", "not a code: %q", other)
			}
		}
	}
}
