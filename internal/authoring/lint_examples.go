package authoring

import (
	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/phrase"
	"github.com/rebound-mail/rebound/smtpcode"
)

// examplesHold runs every example: a `match` must be matched by its phrase, a
// `miss` must not.
func examplesHold(l *linter) {
	if l.compiled == nil {
		return
	}
	var scratch phrase.Scratch
	for _, e := range l.Phrases {
		p := e.Value
		if known, ok := l.compiled.Phrase(p.ID); !ok || p.Withdrawn != "" || len(known.Words) == 0 {
			continue // did not compile, or is not in force
		}
		for i, text := range p.Match {
			if problem := missed(l.compiled, p.ID, text, &scratch); problem != "" {
				l.error(e.At(field("match", i)), "reword the phrase or the example", "%s: %s: %s", p.ID, problem, quote(text))
			}
		}
		for i, text := range p.Miss {
			if missed(l.compiled, p.ID, text, &scratch) == "" {
				l.error(e.At(field("miss", i)), "make the words narrower", "%s matches its near miss %s", p.ID, quote(text))
			}
		}
	}
}

// missed says why a phrase does not count in a text, "" if it does.
func missed(book *codebook.Codebook, id, text string, scratch *phrase.Scratch) string {
	reply := smtpcode.Parse(text)
	why := "not matched"
	for _, m := range book.Set().Scan(text, scratch) {
		r := book.Rule(m.ID)
		if r.Phrase == nil || r.Phrase.ID != id {
			continue
		}
		switch {
		case !r.AllowsCode(reply.Code, reply.Status):
			why = "matched, but its codes forbid it"
		case r.Regexp() != nil && !r.Regexp().MatchString(text):
			why = "matched, but its regexp does not"
		default:
			return ""
		}
	}
	return why
}
