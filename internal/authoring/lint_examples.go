package authoring

import (
	"github.com/rebound-mail/rebound/classify"
	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/phrase"
	"github.com/rebound-mail/rebound/smtpcode"
)

// examplesHold runs every example: a `match` must be matched by its phrase and
// be read as the phrase reads it, a `miss` must not be matched.
func examplesHold(l *linter) {
	if l.compiled == nil {
		return
	}
	t := tester{linter: l, classifier: classify.New(l.compiled)}
	for _, e := range l.Phrases {
		if known, ok := l.compiled.Phrase(e.Value.ID); !ok || e.Value.Withdrawn != "" || len(known.Words) == 0 {
			continue // did not compile, or is not in force
		}
		for i, text := range e.Value.Match {
			t.match(e.At(field("match", i)), &e.Value, text)
		}
		for i, text := range e.Value.Miss {
			if t.missed(e.Value.ID, text) == "" {
				l.error(e.At(field("miss", i)), "make the words narrower", "%s matches its near miss %s", e.Value.ID, quote(text))
			}
		}
	}
}

// tester runs examples.
type tester struct {
	*linter
	classifier *classify.Classifier
	scratch    phrase.Scratch
}

func (t *tester) match(at Place, p *codebook.Phrase, text string) {
	if why := t.missed(p.ID, text); why != "" {
		t.error(at, "reword the phrase or the example", "%s: %s: %s", p.ID, why, quote(text))
		return
	}
	if p.Reason == "" || p.Wrapper || p.Guard {
		return // says how long, or that a reply follows; the reason is another phrase's
	}
	verdict := t.classifier.Classify(t.input(p, text))
	switch {
	case verdict.Reason != p.Reason:
		t.error(at, "make this phrase longer or that one narrower or weak",
			"%s means %s, but %s wins with %s: %s", p.ID, p.Reason, verdict.Rule, verdict.Reason, quote(text))
	case p.Lasting != "" && verdict.Lasting != p.Lasting:
		t.error(at, "", "%s is %s, but the example is read as %s (by %s): %s", p.ID, p.Lasting, verdict.Lasting, verdict.Rule, quote(text))
	}
}

// input is the example as the provider of its phrase would say it.
func (t *tester) input(p *codebook.Phrase, text string) classify.Input {
	in := classify.Input{Text: text}
	if len(p.Stages) > 0 {
		in.Stage = p.Stages[0]
	}
	if v, ok := t.compiled.Provider(p.Provider); ok && len(v.Hosts) > 0 {
		in.RemoteHost = v.Hosts[0]
	} else if ok && len(v.Domains) > 0 {
		in.Recipient = "someone@" + v.Domains[0]
	}
	return in
}

// missed says why a phrase does not count in a text, "" if it does.
func (t *tester) missed(id, text string) string {
	reply := smtpcode.Parse(text)
	why := "not matched"
	for _, m := range t.compiled.Set().Scan(text, &t.scratch) {
		r := t.compiled.Rule(int(m.ID))
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
