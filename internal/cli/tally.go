package cli

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/intray"
)

// tally counts what a scan finds.
type tally struct {
	read      int // mails and texts
	noReport  int // of these, that are no reports
	events    int
	kinds     counts
	reasons   counts
	decisions counts
	providers counts
	domains   counts
	formats   counts
}

// counts counts by name. Names beyond mostNames are counted together, so that
// a scan of any size needs bounded memory.
type counts map[string]int

const (
	mostNames = 100_000
	otherName = "(others)"
)

func newTally() *tally {
	return &tally{kinds: counts{}, reasons: counts{}, decisions: counts{}, providers: counts{}, domains: counts{}, formats: counts{}}
}

// record counts one mail or text and what it was.
func (t *tally) record(_ *intray.Record, events []event.Event) {
	t.read++
	if len(events) == 0 {
		t.noReport++
	}
}

// event counts one event.
func (t *tally) event(e *event.Event) {
	t.events++
	t.kinds.add(string(e.Kind), 1)
	t.formats.add(e.Source.Format, 1)
	if e.Verdict == nil {
		return
	}
	t.reasons.add(string(e.Verdict.Reason), 1)
	t.decisions.add(string(e.Verdict.Decision), 1)
	t.providers.add(e.Verdict.Provider, 1)
	_, domain, _ := strings.Cut(e.Recipient, "@")
	t.domains.add(strings.ToLower(domain), 1)
}

// add counts n of a name. Names are parts of mails: they are copied.
func (c counts) add(name string, n int) {
	if _, known := c[name]; known {
		c[name] += n
		return
	}
	if len(c) >= mostNames {
		name = otherName
	}
	c[strings.Clone(name)] += n
}

// merge adds what another tally counted.
func (t *tally) merge(o *tally) {
	t.read += o.read
	t.noReport += o.noReport
	t.events += o.events
	for _, pair := range [...][2]counts{{t.kinds, o.kinds}, {t.reasons, o.reasons}, {t.decisions, o.decisions}, {t.providers, o.providers},
		{t.domains, o.domains}, {t.formats, o.formats}} {
		for name, n := range pair[1] {
			pair[0].add(name, n)
		}
	}
}

// top lists the names with the most, and how many names there are beside.
func (c counts) top(n int) (names []string, more int) {
	names = slices.SortedFunc(maps.Keys(c), func(a, b string) int { return cmp.Or(cmp.Compare(c[b], c[a]), cmp.Compare(a, b)) })
	names = slices.DeleteFunc(names, func(name string) bool { return name == "" })
	if len(names) > n {
		return names[:n], len(names) - n
	}
	return names, 0
}
