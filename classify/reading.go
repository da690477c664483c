package classify

import (
	"strings"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/phrase"
	"github.com/rebound-mail/rebound/smtpcode"
)

// reading is all the evidence in one input.
type reading struct {
	c        *Classifier
	t        *tables
	in       Input
	scratch  phrase.Scratch
	matches  []phrase.Match     // in scratch
	causes   []int32            // indexes of the matches that name a reason
	hints    []int32            // ... and of modifiers and guards
	provider *codebook.Provider // who speaks, if known
	wrappers []int32            // ... and of words that announce inner replies
	inner    int                // where a wrapped inner reply begins, 0 if there is none
	guarded  bool               // the text speaks of the sender
	quoted   bool               // the inner reply carries the reply code of a failure
	success  bool               // the text begins with the reply code of a command that went well, and nothing failed after it
	code     smtpcode.Code      // the codes in force: the inner reply's, else the given ones, else the text's
	status   smtpcode.Status
	lasting  codebook.Lasting // what modifiers in the text say, "" if nothing
}

// read gathers the evidence in in. A reading can be used again.
func (r *reading) read(c *Classifier, in *Input) {
	t := c.tables()
	r.c, r.t, r.in = c, t, *in
	if len(r.in.Text) > MaxText {
		r.in.Text = r.in.Text[:MaxText]
	}
	r.provider, r.inner, r.guarded, r.quoted, r.lasting = nil, 0, false, false, ""
	r.causes, r.hints, r.wrappers = r.causes[:0], r.hints[:0], r.wrappers[:0]
	r.matches = t.set.Scan(r.in.Text, &r.scratch)
	if r.in.Stage == "" {
		r.in.Stage = stageIn(r.in.Text)
	}
	r.readContext()
	r.readCodes()
	r.readModifiers()
}

// readContext finds who speaks, and where an inner reply begins.
func (r *reading) readContext() {
	if r.in.RemoteHost != "" {
		r.provider = r.c.book.ProviderByHost(hostOnly(r.in.RemoteHost))
	}
	var marker *codebook.Provider
	for i := range r.matches {
		m := &r.matches[i]
		switch b := &r.t.briefs[m.ID]; b.kind {
		case codebook.Cause:
			r.causes = append(r.causes, int32(i))
		case codebook.Modifier, codebook.Guard:
			r.hints = append(r.hints, int32(i))
		case codebook.Marker:
			if int(b.speaker) > speakerRank(marker) {
				marker = r.t.rules[m.ID].Provider
			}
		case codebook.Wrapper:
			if end := r.wrapperEnd(m); end > 0 {
				r.inner = max(r.inner, end)
				if len(r.wrappers) < maxWrappers {
					r.wrappers = append(r.wrappers, int32(i))
				}
			}
		}
	}
	if r.provider == nil {
		r.provider = marker
	}
	if r.provider == nil && r.in.Recipient != "" {
		if at := strings.LastIndexByte(r.in.Recipient, '@'); at >= 0 {
			r.provider = r.c.book.ProviderByDomain(r.in.Recipient[at+1:])
		}
	}
}

// maxWrappers bounds the wrappers that are kept, so that reading stays linear.
const maxWrappers = 8

// announces reports whether m is no more than a part of the words that announce
// an inner reply.
func (r *reading) announces(m *phrase.Match) bool {
	for _, i := range r.wrappers {
		w := &r.matches[i]
		if m.Start >= w.Start && m.End <= w.End {
			return true
		}
	}
	return false
}

// wrapperEnd returns where the reply announced by the wrapper m begins, 0 if
// nothing follows. A host named in the wrapper is the one that speaks.
func (r *reading) wrapperEnd(m *phrase.Match) int {
	if !saysMore(r.in.Text[m.End:]) {
		return 0
	}
	if r.provider == nil {
		for i := range m.Captures() {
			cp := r.scratch.Capture(m, i)
			if cp.Name != "host" {
				continue
			}
			r.provider = r.c.book.ProviderByHost(cp.Value)
		}
	}
	return int(m.End)
}

// saysMore reports whether text is more than blanks and closing punctuation.
func saysMore(text string) bool {
	for i := range len(text) {
		if strings.IndexByte(" \t\r\n:;.,\"'>)]}-", text[i]) < 0 {
			return true
		}
	}
	return false
}

// speakerRank orders providers found by tokens: a mailbox provider's own token
// says more than its filter's, and that more than its software's. A blocklist
// that is named does not speak.
func speakerRank(p *codebook.Provider) int {
	if p == nil {
		return 0
	}
	switch p.Kind {
	case "mailbox", "hosting", "carrier":
		return 4
	case "filter":
		return 3
	case "esp":
		return 2
	case "mta":
		return 1
	}
	return 0
}

// readCodes settles the codes in force. A failure's reply code after other
// words begins an inner reply even where no words announce it: what stands
// before it is the reporting system's prose.
func (r *reading) readCodes() {
	var outer, inner smtpcode.Found
	for f := range smtpcode.All(r.in.Text) {
		if r.inner == 0 && outer.IsZero() && f.Code.Class() >= smtpcode.Transient && r.scratch.WordsBefore(f.Start) {
			r.inner = f.Start
		}
		if r.inner > 0 && f.Start >= r.inner-wrapperReach {
			r.quoted = r.quoted || f.Code.Class() >= smtpcode.Transient || f.Status.Class >= smtpcode.Transient
			complete(&inner, f)
			continue
		}
		complete(&outer, f)
	}
	r.success = r.inner == 0 && outer.Start == 0 && wentWell(outer.Code, outer.Status) && outer.Code != 0 &&
		wentWell(r.in.Code, r.in.Status)
	if inner.Code != 0 || !inner.Status.IsZero() {
		r.code, r.status = inner.Code, inner.Status
		return
	}
	r.code, r.status = r.in.Code, r.in.Status
	if r.code == 0 {
		r.code = outer.Code
	}
	if r.status.IsZero() || isVague(r.status) && !outer.Status.IsZero() && outer.Status.Class == r.status.Class {
		r.status = outer.Status
	}
	if r.status.IsZero() {
		r.status = r.in.Status
	}
}

// wrapperReach allows the codes of an inner reply to be part of the words that
// announce it ("Remote server returned '550 ...").
const wrapperReach = 1

// complete takes from f what have lacks, as long as both speak of one reply.
func complete(have *smtpcode.Found, f smtpcode.Found) {
	if have.Code == 0 && have.Status.IsZero() || have.Code.Class() < smtpcode.Transient && have.Code != 0 && f.Code.Class() >= smtpcode.Transient {
		*have = f // nothing yet, or only that the dialogue went well so far
		return
	}
	if have.Code == 0 && f.Code != 0 && f.Code.Class() == have.Status.Class {
		have.Code = f.Code
	}
	if (have.Status.IsZero() || isVague(have.Status)) && !f.Status.IsZero() && (have.Code == 0 || f.Status.Class == have.Code.Class()) {
		have.Status = f.Status
	}
}

// wentWell reports codes that tell of no failure.
func wentWell(code smtpcode.Code, status smtpcode.Status) bool {
	return code.Class() < smtpcode.Transient && status.Class < smtpcode.Transient
}

// isVague reports the status that tells no more than its class.
func isVague(s smtpcode.Status) bool { return s.Subject == 0 && s.Detail == 0 }

// readModifiers finds what the text says of how long the failure lasts, and
// whether it speaks of the sender. The longest modifier counts, and the inner
// reply's before the outer text's.
func (r *reading) readModifiers() {
	best := -1
	for _, i := range r.hints {
		m := &r.matches[i]
		if !r.allows(m) {
			continue
		}
		if r.t.briefs[m.ID].kind == codebook.Guard {
			r.guarded = r.guarded || int(m.Start) >= r.inner
			continue
		}
		weight := int(m.Literal)
		if int(m.Start) >= r.inner {
			weight += MaxText
		}
		if weight > best {
			best, r.lasting = weight, r.t.rules[m.ID].Phrase.Lasting
		}
	}
}

// allows reports whether the limits of a match's rule admit this input.
func (r *reading) allows(m *phrase.Match) bool {
	if !r.t.briefs[m.ID].limited {
		return true
	}
	rule := &r.t.rules[m.ID]
	if !rule.AllowsCode(r.code, r.status) {
		return false
	}
	p := rule.Phrase
	if p.ProviderOnly && r.provider != rule.Provider {
		return false
	}
	if len(p.Stages) > 0 && r.in.Stage != "" && !contains(p.Stages, r.in.Stage) {
		return false
	}
	re := rule.Regexp()
	return re == nil || re.MatchString(r.in.Text)
}

func contains(list []codebook.Stage, s codebook.Stage) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// hostOnly takes the host out of "mx.example.com (192.0.2.1)" and
// "dns; mx.example.com".
func hostOnly(s string) string {
	if _, after, ok := strings.Cut(s, ";"); ok {
		s = after
	}
	s = strings.TrimSpace(s)
	if i := strings.IndexAny(s, " [("); i > 0 {
		s = s[:i]
	}
	return strings.TrimSuffix(s, ".")
}

// stageIn reads which command a reply answered where an MTA says so behind the
// reply: "(in reply to RCPT TO command)".
func stageIn(text string) codebook.Stage {
	const words = "in reply to "
	for len(text) > 0 && text[len(text)-1] <= ' ' {
		text = text[:len(text)-1]
	}
	if len(text) == 0 || text[len(text)-1] != ')' {
		return ""
	}
	text = text[max(0, len(text)-48):]
	for i := len(text) - len(words); i >= 0; i-- {
		if text[i] == 'i' && text[i:i+len(words)] == words {
			return StageOf(text[i+len(words):])
		}
	}
	return ""
}

func firstWord(s string) string {
	s = strings.TrimSpace(s)
	if i := strings.IndexAny(s, " \t:_-"); i >= 0 {
		s = s[:i]
	}
	return strings.ToUpper(s)
}
