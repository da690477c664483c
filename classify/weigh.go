package classify

import (
	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/phrase"
)

// Evidence says where a candidate reason comes from.
type Evidence string

// The kinds of evidence.
const (
	FromNothing      Evidence = "nothing"
	FromPhrase       Evidence = "phrase"
	FromHint         Evidence = "decoder"       // what the decoder of the report knows
	FromProviderCode Evidence = "provider code" // the provider's own reading of a code
	FromStatus       Evidence = "status"        // the enhanced status code
	FromReply        Evidence = "reply code"
	FromKind         Evidence = "kind" // the report is no failure
)

// tier is the coarse weight of evidence. A higher tier beats a lower one
// whatever else speaks for the latter.
type tier uint8

const (
	tierNone         tier = iota
	tierWeakReply         // a reply code that usually means this
	tierWeakHint          // a provider's class in a webhook
	tierWeakStatus        // a status that usually means this
	tierWeakPhrase        // words that name an effect
	tierStrongReply       // a reply code that settles the cause
	tierAround            // words that name a cause, around a quoted reply
	tierExpiry            // "the retry time ran out": only if nothing names the inner cause
	tierStrongStatus      // a status that settles the cause
	tierHint              // a decoder's own knowledge
	tierPhrase            // words that name the cause
	tierExact             // a provider's own error id
)

// candidate is one reason that some evidence speaks for.
type candidate struct {
	evidence Evidence
	reason   codebook.Reason
	weight   uint64
	info     *codebook.ReasonInfo   // of the reason, where it is at hand
	rule     *codebook.Rule         // FromPhrase
	match    *phrase.Match          // FromPhrase
	code     *codebook.Code         // FromStatus, FromReply
	own      *codebook.ProviderCode // FromProviderCode
}

// is reports whether two candidates are the same piece of evidence.
func (c *candidate) is(other candidate) bool {
	return c.evidence == other.evidence && c.weight == other.weight && c.rule == other.rule
}

func (c *candidate) tier() tier { return tier(c.weight >> 56) }

// weight packs tier, inner reply, fit of the provider, specificity and
// position so that the greater number is the better evidence.
func weigh(t tier, inner bool, fit, specific, start int) uint64 {
	w := uint64(t)<<56 | uint64(fit&7)<<52 | uint64(min(specific, 0xffff))<<32 | uint64(0xffffffff-uint32(start))
	if inner {
		w |= 1 << 55
	}
	return w
}

// best returns the weightiest candidate, the zero candidate if there is none.
// Other evidence than phrases is looked at only where it could weigh more.
func (r *reading) best() candidate {
	var best candidate
	if !r.success { // "251 User not local; will forward" is no failure, whatever the words
		best = r.bestPhrase()
	}
	if best.tier() > tierHint {
		return best
	}
	for other := range r.others {
		if other.weight > best.weight {
			best = other
		}
	}
	return best
}

// bestPhrase returns the weightiest phrase whose limits allow this input.
func (r *reading) bestPhrase() candidate {
	var top uint64
	var best *phrase.Match
	for _, i := range r.causes {
		m := &r.matches[i]
		b := &r.t.briefs[m.ID]
		if uint64(b.tier+1)<<56 <= top { // its tier is lower, and only ever lowered further
			continue
		}
		w := r.weightOfMatch(b, m)
		if w < top || w == top && m.ID > best.ID { // rules are in the order of their phrases' ids
			continue
		}
		if b.limited && !r.allows(m) {
			continue
		}
		top, best = w, m
	}
	if best == nil {
		return candidate{}
	}
	return r.candidateOf(best, top)
}

func (r *reading) weightOfMatch(b *brief, m *phrase.Match) uint64 {
	return weigh(r.tierOf(b, m), int(m.Start) >= r.inner, r.fit(b), specific(b, m), int(m.Start))
}

func (r *reading) candidateOf(m *phrase.Match, weight uint64) candidate {
	rule := &r.t.rules[m.ID]
	info := r.t.briefs[m.ID].info
	return candidate{evidence: FromPhrase, reason: info.ID, info: info, rule: rule, match: m, weight: weight}
}

// each gives every candidate whose limits allow this input to yield.
func (r *reading) each(yield func(candidate)) {
	for _, i := range r.causes {
		if m := &r.matches[i]; r.allows(m) {
			yield(r.candidateOf(m, r.weightOfMatch(&r.t.briefs[m.ID], m)))
		}
	}
	for other := range r.others {
		yield(other)
	}
}

// others gives the candidates that are no phrases.
func (r *reading) others(yield func(candidate) bool) {
	if h := &r.in.Hint; h.Reason != "" && h.Reason != codebook.Undetermined {
		t := tierHint
		if h.Weak {
			t = tierWeakHint
		}
		if !yield(candidate{evidence: FromHint, reason: h.Reason, weight: weigh(t, false, 0, 0, 0)}) {
			return
		}
	}
	r.codes(yield)
}

// codes gives what the codes in force say by themselves.
func (r *reading) codes(yield func(candidate) bool) {
	if r.provider != nil {
		own, ok := r.c.book.ProviderCode(r.provider.ID, r.code, r.status)
		if ok && own.Reason != "" &&
			!yield(candidate{evidence: FromProviderCode, reason: own.Reason, own: own, weight: weigh(tierStrongStatus, true, 7, 0, 0)}) {
			return
		}
	}
	if s := r.statusCode(); s != nil &&
		!yield(candidate{evidence: FromStatus, reason: s.Reason, code: s, weight: weigh(codeTier(s.Strength, tierWeakStatus, tierStrongStatus), true, 0, 0, 0)}) {
		return
	}
	if c := r.c.book.ReplyCode(r.code); c != nil {
		yield(candidate{evidence: FromReply, reason: c.Reason, code: c, weight: weigh(r.replyTier(c), true, 0, 0, 0)})
	}
}

// replyTier says what a reply code weighs by itself. What it usually means
// counts only where nothing was said: words that nobody knows may mean
// anything, and a bare 550 beside them is wrong more often than right.
func (r *reading) replyTier(c *codebook.Code) tier {
	t := codeTier(c.Strength, tierWeakReply, tierStrongReply)
	if t == tierWeakReply && !r.success && r.scratch.Words() > 0 {
		return tierNone
	}
	return t
}

// specific grades how narrow a match is: by its literal length, and between
// equals by limits to certain codes.
func specific(b *brief, m *phrase.Match) int {
	n := 2 * int(m.Literal)
	if b.coded {
		n++
	}
	return n
}

func codeTier(s codebook.Strength, weak, strong tier) tier {
	switch s {
	case codebook.StrengthWeak:
		return weak
	case codebook.StrengthStrong:
		return strong
	}
	return tierNone
}

// phraseTier orders phrases by what they are worth. That the retry time ran out
// is no cause as long as anything names one.
func phraseTier(rule *codebook.Rule) tier {
	switch {
	case rule.Phrase.Reason == codebook.Undetermined:
		return tierWeakReply // it says only that nothing is said
	case rule.Rank == 0:
		return tierWeakPhrase
	case rule.Phrase.Reason == codebook.Expired:
		return tierExpiry
	case rule.Rank == 2:
		return tierExact
	}
	return tierPhrase
}

// tierOf lowers phrases in the prose around a reply that is quoted with its
// code, and most of all those within the words that announce it: a headline
// ("Unknown address error '552 ...'") is the reporting system's guess.
func (r *reading) tierOf(b *brief, m *phrase.Match) tier {
	switch {
	case b.tier != tierPhrase || !r.quoted || int(m.Start) >= r.inner:
		return b.tier
	case r.announces(m):
		return tierWeakReply
	}
	return tierAround
}

// fit grades how well the rule's provider fits the one that speaks.
func (r *reading) fit(b *brief) int {
	switch p := b.provider; {
	case p == nil:
		return 2
	case p == r.provider:
		return 4
	case b.speaker <= 2: // software, services and lists speak for whoever uses them
		return 2
	case r.provider == nil:
		return 3
	case b.speaker == 3: // a filter in front of a known provider
		return 2
	}
	return 1
}
