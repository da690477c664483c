package classify

import (
	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/phrase"
	"github.com/rebound-mail/rebound/smtpcode"
)

// againstAddress reports the reasons that, when permanent, speak against the
// address itself. Nothing else may suppress an address on one report.
func againstAddress(reason codebook.Reason) bool {
	switch reason {
	case codebook.UserUnknown, codebook.AddressSyntax, codebook.MailboxDisabled,
		codebook.MailboxMoved, codebook.DomainUnknown, codebook.DomainNoMail:
		return true
	}
	return false
}

// doubtful reports whether what speaks against the recipient's address may be
// about the sender: the words answer MAIL FROM, or they speak of a sender, or
// the status settles another cause. A provider's own token is beyond doubt, and
// so are words with which the status agrees.
func (r *reading) doubtful(best candidate) bool {
	if best.evidence != FromPhrase || best.tier() == tierExact {
		return false
	}
	if s := r.statusCode(); s != nil && s.Strength == codebook.StrengthStrong {
		if againstAddress(s.Reason) {
			return false
		}
		if r.blamesSender(s.Reason) {
			return true
		}
	}
	return r.guarded || r.in.Stage == codebook.StageMail || r.in.Stage == codebook.StageEhlo
}

// blamesSender reports reasons that the sending side has to act on.
func (r *reading) blamesSender(reason codebook.Reason) bool {
	switch r.t.info(reason).Category {
	case codebook.CategoryAuthentication, codebook.CategoryReputation, codebook.CategoryContent, codebook.CategoryRate:
		return true
	}
	return false
}

// verdict fills v, which is empty, with what the best candidate leads to.
func (r *reading) verdict(v *event.Verdict, best candidate) {
	v.Reason, v.Confidence = best.reason, r.confidence(best)
	if best.tier() == tierNone && best.evidence != FromKind {
		best = candidate{evidence: FromNothing, code: best.code, info: r.t.nothing}
		v.Reason = codebook.Undetermined
	}
	if r.provider != nil {
		v.Provider = r.provider.ID
	}
	info := best.info
	if info == nil {
		info = r.t.info(v.Reason)
	}
	v.Category, v.Impact, v.Remedy, v.Sources = info.Category, info.Impact, info.Remedy, info.Sources
	v.Lasting = r.settleLasting(best, info)
	v.Bounce = bounceLabel(v.Reason, v.Category, v.Lasting)
	v.Decision = decide(info, v.Lasting)
	if r.success {
		v.Bounce, v.Decision = event.NoBounce, codebook.NoAction
	}
	r.fillFrom(v, best)
	if againstAddress(v.Reason) && r.doubtful(best) {
		v.Confidence = event.Guess
	}
	if v.Decision == codebook.Suppress && (v.Lasting != codebook.Permanent || !againstAddress(v.Reason) || v.Confidence == event.Guess) {
		v.Decision = codebook.Count
	}
}

// fillFrom takes rule, remedy, sources and facts from what decided.
func (r *reading) fillFrom(v *event.Verdict, best candidate) {
	switch best.evidence {
	case FromPhrase:
		r.fillFromPhrase(v, best)
	case FromProviderCode:
		v.Rule = r.provider.ID + " " + best.own.Code
		v.Sources = best.own.Sources
		if len(best.own.Remedy) > 0 {
			v.Remedy = best.own.Remedy
		}
	case FromStatus, FromReply:
		v.Rule = best.code.Code
		v.Sources = best.code.Sources()
		if len(best.code.Remedy) > 0 {
			v.Remedy = best.code.Remedy
		}
	case FromHint:
		v.Rule = "decoder"
	case FromNothing:
		if best.code != nil && len(best.code.Remedy) > 0 { // how to find out, for a code that tells nothing by itself
			v.Remedy = best.code.Remedy
		}
	}
}

func (r *reading) fillFromPhrase(v *event.Verdict, best candidate) {
	p := best.rule.Phrase
	v.Rule = p.ID
	if len(p.Sources) > 0 {
		v.Sources = p.Sources
	}
	if len(p.Remedy) > 0 {
		v.Remedy = p.Remedy
	}
	if p.Decision != "" {
		v.Decision = p.Decision
	}
	if v.Provider == "" && best.rule.Provider != nil && speakerRank(best.rule.Provider) >= 3 {
		v.Provider = best.rule.Provider.ID
	}
	v.Facts = r.facts(best)
}

// facts collects what the holes of the winning match hold, and of other matches
// with the same reason what is still missing. One allocation at most.
func (r *reading) facts(best candidate) event.Facts {
	n := best.match.Captures()
	for _, i := range r.causes {
		if m := &r.matches[i]; r.t.briefs[m.ID].info == best.info {
			n += m.Captures()
		}
	}
	if n == 0 {
		return nil
	}
	facts := make(event.Facts, 0, n)
	facts = r.addFacts(facts, best.match)
	for _, i := range r.causes {
		m := &r.matches[i]
		if m.Captures() == 0 || r.t.briefs[m.ID].info != best.info || !r.allows(m) {
			continue
		}
		facts = r.addFacts(facts, m)
	}
	return facts
}

func (r *reading) addFacts(facts event.Facts, m *phrase.Match) event.Facts {
	for i := range m.Captures() {
		c := r.scratch.Capture(m, i)
		facts = addFact(facts, c.Name, c.Value)
	}
	return facts
}

func addFact(facts event.Facts, name, value string) event.Facts {
	for _, f := range facts {
		if f.Name == name {
			return facts
		}
	}
	return append(facts, event.Fact{Name: name, Value: value})
}

// settleLasting says whether the failure will go away by itself: the winning
// phrase knows best, then words such as "try again later", then a code whose
// class misleads, then the class digit, then the nature of the reason.
func (r *reading) settleLasting(best candidate, info *codebook.ReasonInfo) codebook.Lasting {
	switch {
	case best.rule != nil && best.rule.Phrase.Lasting != "":
		return best.rule.Phrase.Lasting
	case r.lasting != "":
		return r.lasting
	case best.own != nil && best.own.Lasting != "":
		return best.own.Lasting
	case best.code != nil && best.evidence != FromNothing && best.code.Lasting != "":
		return best.code.Lasting
	}
	switch r.class() {
	case smtpcode.Permanent:
		return codebook.Permanent
	case smtpcode.Transient:
		return codebook.Temporary
	}
	if r.in.Hint.Lasting != "" {
		return r.in.Hint.Lasting
	}
	if info.Nature != "" {
		return info.Nature
	}
	return codebook.LastingUnknown
}

// class returns the class in force: where reply code and status contradict each
// other, the status.
func (r *reading) class() smtpcode.Class {
	if !r.status.IsZero() {
		return r.status.Class
	}
	return r.code.Class()
}

// bounceLabel derives the common hard/soft label. A full mailbox and a throttle
// are soft whatever the class digit says.
func bounceLabel(reason codebook.Reason, category codebook.Category, lasting codebook.Lasting) event.BounceLabel {
	switch {
	case category == codebook.CategoryReport:
		return event.NoBounce
	case reason == codebook.MailboxFull, reason == codebook.RecipientThrottled, category == codebook.CategoryRate:
		return event.Soft
	case lasting == codebook.Permanent:
		return event.Hard
	}
	return event.Soft
}

func decide(info *codebook.ReasonInfo, lasting codebook.Lasting) codebook.Decision {
	d := info.Decision.Unknown
	switch lasting {
	case codebook.Permanent:
		d = info.Decision.Permanent
	case codebook.Temporary:
		d = info.Decision.Temporary
	}
	if d == "" {
		return codebook.Review
	}
	return d
}

// confidence says how sure the best candidate is: certain where words and codes
// agree or a provider's own words were met, likely where one of them speaks
// clearly, else a guess.
func (r *reading) confidence(best candidate) event.Confidence {
	switch best.tier() {
	case tierExact:
		return event.Certain
	case tierPhrase:
		if best.rule.Provider != nil && best.rule.Provider == r.provider || r.codesAgree(best) {
			return event.Certain
		}
		return event.Likely
	case tierHint, tierStrongStatus, tierExpiry, tierAround:
		return event.Likely
	case tierStrongReply, tierWeakPhrase, tierWeakStatus, tierWeakHint:
		if best.tier() == tierStrongReply || r.codesAgree(best) {
			return event.Likely
		}
	}
	return event.Guess
}

// codesAgree reports whether a code by itself leads to the candidate's reason.
func (r *reading) codesAgree(best candidate) bool {
	if s := r.statusCode(); s != nil && s.Reason == best.reason && best.evidence != FromStatus && s.Strength != codebook.StrengthNone {
		return true
	}
	c := r.c.book.ReplyCode(r.code)
	return c != nil && c.Reason == best.reason && best.evidence != FromReply && c.Strength != codebook.StrengthNone
}
