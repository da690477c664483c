package ndr

import (
	"strings"
)

const (
	maxGenericText   = 32 << 10
	maxGenericLines  = 600
	maxGenericFailed = 1000
)

// readGeneric reads reports that no decoder knows, in any language it has
// words for. It wants evidence twice: that the mail is a report (who sent it,
// its subject, its header, what it says), and that an address in it failed (a
// reply code or words of failure beside it). What it had to guess is not
// Confident.
func readGeneric(m *Mail) (Report, bool) {
	weight := reportWeight(m)
	if weight < 2 {
		return Report{}, false
	}
	g := generic{mail: m, head: weight}
	g.load()
	if !g.tells() {
		return Report{}, false
	}
	failures := g.named()
	r := Report{ReportingMTA: m.host(), Confident: len(failures) > 0}
	if len(failures) == 0 {
		failures = g.found()
		r.Confident = weight >= 4 && len(failures) > 0 && failures[0].Code != 0
	}
	if len(failures) == 0 {
		return Report{}, false
	}
	if g.delayed() {
		delayed(failures)
	}
	r.Failures = failures
	return r, true
}

// generic is the state of one reading.
type generic struct {
	mail    *Mail
	head    int // reportWeight
	lines   []genericLine
	lowered string // the text in lower case
}

// genericLine is one line of the text and what it tells.
type genericLine struct {
	text    string
	label   string // in lower case: "recipient" of "Recipient: a@b.example"
	coded   bool   // has a reply code or status of a failure
	failing bool   // has words of failure
	blank   bool
	listed  []string // addresses that may have failed
	lone    bool     // is an address and nothing else
}

// load takes the text apart.
func (g *generic) load() {
	c := cursor{text: g.mail.Text[:min(len(g.mail.Text), maxGenericText)]}
	g.lowered = strings.ToLower(c.text)
	low := cursor{text: g.lowered}
	for line, ok := c.next(); ok && len(g.lines) < maxGenericLines; line, ok = c.next() {
		lowered, _ := low.next()
		if strings.HasPrefix(line, ">") && loneAddress(line[1:]) == "" {
			continue // what people quote is not what the sender says
		}
		g.lines = append(g.lines, g.line(strings.TrimSpace(line), strings.TrimSpace(lowered)))
	}
}

func (g *generic) line(text, lowered string) genericLine {
	l := genericLine{text: text, blank: text == ""}
	if l.blank {
		return l
	}
	label, _ := cutLabel(lowered)
	l.label = strings.Trim(label, "<>[]\"'*_ ")
	code, status := codesIn(text)
	l.coded = code != 0 || !status.IsZero()
	l.failing = failing.in(lowered)
	l.lone = loneAddress(text) != ""
	if strings.IndexByte(text, '@') < 0 || equalsAny(l.label, senderLabels) || !l.coded && contacting.in(lowered) {
		return l
	}
	for _, address := range addresses(text) {
		if g.mayFail(address, lowered) {
			l.listed = append(l.listed, address)
		}
	}
	return l
}

// mayFail says whether an address may be a recipient that failed: not the
// report's own sender nor those who run the system, nor part of a link or an
// identifier.
func (g *generic) mayFail(address, line string) bool {
	local, domain := splitAddress(strings.ToLower(address))
	if strings.EqualFold(address, g.mail.From) || strings.IndexByte(domain, '.') < 0 && !strings.HasPrefix(domain, "[") {
		return false
	}
	if containsAddress(roleNames, local) && !strings.Contains(line, "rcpt to") {
		return false
	}
	i := strings.Index(line, strings.ToLower(address))
	if i < 0 {
		return true
	}
	before := line[max(0, i-24):i]
	return !strings.Contains(before, "mail from:") && !strings.Contains(before, "://") && !strings.Contains(before, "sender <") && !strings.HasSuffix(before, "from <") && !strings.HasSuffix(before, "from: <")
}

// tells says whether the text tells of a failed delivery.
func (g *generic) tells() bool {
	coded, failed := false, false
	for i := range g.lines {
		coded = coded || g.lines[i].coded
		failed = failed || g.lines[i].failing
	}
	bounces := bouncing.in(strings.ToLower(g.mail.Subject))
	if g.head >= 4 {
		return coded || failed || bounces
	}
	return failed && (coded || bounces)
}

// named makes the failures of X-Failed-Recipients, which Exim and chasquid
// write: an explicit list.
func (g *generic) named() (failures []Failure) {
	for _, value := range g.mail.Root.Header.Values("X-Failed-Recipients") {
		for _, address := range addresses(value) {
			if byAddress(failures, address) == nil && len(failures) < maxGenericFailed {
				f := Failure{Recipient: address}
				g.say(&f, g.lineOf(address))
				failures = append(failures, f)
			}
		}
	}
	return failures
}

// lineOf gives the first line that lists an address, -1 if none does.
func (g *generic) lineOf(address string) int {
	for i := range g.lines {
		if containsAddress(g.lines[i].listed, address) {
			return i
		}
	}
	return -1
}

// found makes failures of the addresses with the best evidence.
func (g *generic) found() (failures []Failure) {
	best, at := g.ranked()
	for i, l := range g.lines {
		if len(l.listed) == 0 || at[i] < best || best == 0 {
			continue
		}
		for _, address := range l.listed {
			if byAddress(failures, address) != nil || len(failures) >= maxGenericFailed {
				continue
			}
			f := Failure{Recipient: address}
			g.say(&f, i)
			failures = append(failures, f)
		}
	}
	failures = g.withoutSender(failures)
	switch {
	case best == 1 && len(failures) > 1:
		return nil // several addresses and nothing that tells which one failed
	case !g.fromSystem() && len(failures) > 0 && failures[0].Code == 0 && failures[0].Status.IsZero():
		return nil // parcels too "could not be delivered"
	}
	return failures
}

// fromSystem says whether the mail looks as if a mail system sent it.
func (g *generic) fromSystem() bool {
	null, _ := g.mail.nullSender()
	return null || g.mail.From == "" || toBounces(g.mail) || fromDaemon.in(g.mail.Root.Header.Get("From")) || g.mail.Root.MediaType == "multipart/report"
}

// withoutSender drops the address that the report was sent to, which is the
// original sender's, unless it is the only one and a reply refused it.
func (g *generic) withoutSender(failures []Failure) (kept []Failure) {
	to := addresses(g.mail.Root.Header.Get("To"))
	for _, f := range failures {
		if !containsAddress(to, f.Recipient) {
			kept = append(kept, f)
		}
	}
	if len(kept) == 0 && len(failures) == 1 && failures[0].Code != 0 {
		return failures
	}
	return kept
}

// ranked weighs each line that lists addresses: 3 for a label or a failure on
// the line itself, 2 for one right beside it, 1 for an address alone in a
// report that surely is one.
func (g *generic) ranked() (best int, at []int) {
	at = make([]int, len(g.lines))
	for i := range g.lines {
		l := &g.lines[i]
		if len(l.listed) == 0 {
			continue
		}
		switch {
		case l.coded, l.failing:
			at[i] = 3
		case equalsAny(l.label, genericLabels):
			at[i] = 3
		case g.beside(i):
			at[i] = 2
			if l.lone {
				at[i] = 3
			}
		case g.head >= 4:
			at[i] = 1
		}
		best = max(best, at[i])
	}
	return best, at
}

// beside says whether lines near i tell of a failure: up to four before it,
// not counting other listed addresses, and up to three behind it.
func (g *generic) beside(i int) bool {
	for j, seen := i-1, 0; j >= 0 && seen < 4; j-- {
		if l := &g.lines[j]; l.failing || l.coded {
			return true
		} else if !l.blank && !l.lone {
			seen++
		}
	}
	for j, seen := i+1, 0; j < len(g.lines) && seen < 3; j++ {
		l := &g.lines[j]
		if l.failing || l.coded {
			return true
		}
		if !l.blank && !l.lone {
			seen++
		}
	}
	return false
}

// say notes what the text tells of the recipient on line i: the paragraph
// behind the address, the line itself, else what stands anywhere in the text
// with a code, behind a label for reasons, or in words of failure.
func (g *generic) say(f *Failure, i int) {
	if i >= 0 {
		block := g.block(i)
		if block != "" {
			f.said(block)
			if f.Code != 0 || !f.Status.IsZero() {
				return
			}
		}
	}
	for _, better := range []func(*genericLine) bool{
		func(l *genericLine) bool { return l.coded && equalsAny(l.label, reasonLabels) },
		func(l *genericLine) bool { return l.coded && len(l.listed) == 0 },
		func(l *genericLine) bool { return l.coded && containsAddress(l.listed, f.Recipient) },
		func(l *genericLine) bool { return equalsAny(l.label, reasonLabels) },
	} {
		if j := g.first(better); j >= 0 {
			f.said(g.from(j))
			return
		}
	}
	if j := g.first(func(l *genericLine) bool { return l.failing }); j >= 0 && f.Diagnostic == "" {
		f.said(g.from(j))
	}
}

func (g *generic) first(is func(*genericLine) bool) int {
	for j := range g.lines {
		if is(&g.lines[j]) {
			return j
		}
	}
	return -1
}

// block gives the rest of line i behind its address and the lines below, up to
// an empty line with something before it or to another address.
func (g *generic) block(i int) string {
	l := &g.lines[i]
	_, start, end := nextAddress(l.text, 0)
	said := unwrap(strings.TrimLeft(l.text[end:], " \t>:;,-|)]"))
	if strings.Trim(l.text[:start], " \t<*-\"'([") != "" && !equalsAny(l.label, genericLabels) {
		said = l.text // a sentence with the address in it
	}
	for j := i + 1; j < len(g.lines); j++ {
		next := &g.lines[j]
		if next.blank && said != "" || next.lone || startsOther(next, l) || equalsAny(next.label, senderLabels) || equalsAny(next.label, genericLabels) && len(next.listed) > 0 {
			break
		}
		said += "\n" + next.said()
	}
	if !failing.in(strings.ToLower(said)) {
		if code, status := codesIn(unfold(said)); code == 0 && status.IsZero() {
			return ""
		}
	}
	return said
}

// startsOther says whether a line begins with an address that another one does
// not list.
func startsOther(next, l *genericLine) bool {
	if len(next.listed) == 0 || containsAddress(l.listed, next.listed[0]) {
		return false
	}
	_, start, _ := nextAddress(next.text, 0)
	return strings.Trim(next.text[:start], "<*-\"'([•·| \t") == ""
}

// said gives what a line says, without a label such as "Reason:".
func (l *genericLine) said() string {
	if _, value := cutLabel(l.text); value != "" && equalsAny(l.label, reasonLabels) {
		return value
	}
	return l.text
}

// from gives the paragraph from line j on.
func (g *generic) from(j int) string {
	said := g.lines[j].said()
	for j++; j < len(g.lines) && !g.lines[j].blank; j++ {
		said += "\n" + g.lines[j].text
	}
	return said
}

// delayed says whether the text tells that delivery goes on.
func (g *generic) delayed() bool {
	if containsAny(strings.ToLower(g.mail.Subject), []string{"delay", "warning:", "verzöger", "retard", "задерж", "遅延"}) {
		return true
	}
	return delaying.in(g.lowered)
}
