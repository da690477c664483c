package cli

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/webhook"
)

// tally counts what a scan finds.
type tally struct {
	read      int // mails and texts
	noReport  int // of these, that are no reports
	events    int // of all sources
	fromMail  int
	logs      logTally
	payloads  payloadTally
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

// logTally counts the lines of logs.
type logTally struct {
	files   int
	lines   int64
	foreign int64 // of other programs, or of no interest
	damaged int64
	orphans int64 // failures whose recipients were named in lines that were not seen
	events  int64
}

// payloadTally counts what providers posted.
type payloadTally struct {
	read   int
	passed int // opens, clicks and the like
	unread int
	events int
}

// record counts one mail or text and what it was.
func (t *tally) record(events []event.Event) {
	t.read++
	t.fromMail += len(events)
	if len(events) == 0 {
		t.noReport++
	}
}

// payload counts what one payload held.
func (t *tally) payload(b *webhook.Batch, err error) {
	t.payloads.read++
	t.payloads.passed += b.Passed
	t.payloads.unread += b.Unread
	t.payloads.events += len(b.Events)
	if err != nil && b.Unread == 0 {
		t.payloads.unread++
	}
}

// log counts what was read of a log.
func (t *tally) log(job *logJob) {
	if job.ended {
		t.logs.files++
	}
	t.logs.lines += job.stats.Lines
	t.logs.foreign += job.stats.Foreign
	t.logs.damaged += job.stats.Damaged
	t.logs.orphans += job.stats.Unjoined
	t.logs.events += job.stats.Events
}

// event counts one event. Deliveries are many, and good: they are counted apart.
func (t *tally) event(e *event.Event) {
	t.events++
	t.kinds.add(string(e.Kind), 1)
	t.formats.add(e.Source.Format, 1)
	if e.Verdict == nil || e.Kind == event.Delivery {
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
	t.fromMail += o.fromMail
	t.logs.merge(&o.logs)
	t.payloads.merge(&o.payloads)
	for _, pair := range [...][2]counts{{t.kinds, o.kinds}, {t.reasons, o.reasons}, {t.decisions, o.decisions}, {t.providers, o.providers},
		{t.domains, o.domains}, {t.formats, o.formats}} {
		for name, n := range pair[1] {
			pair[0].add(name, n)
		}
	}
}

func (t *logTally) merge(o *logTally) {
	t.files += o.files
	t.lines += o.lines
	t.foreign += o.foreign
	t.damaged += o.damaged
	t.orphans += o.orphans
	t.events += o.events
}

func (t *payloadTally) merge(o *payloadTally) {
	t.read += o.read
	t.passed += o.passed
	t.unread += o.unread
	t.events += o.events
}

// nothing reports that nothing at all was read.
func (t *tally) nothing() bool { return t.read == 0 && t.logs.files == 0 && t.payloads.read == 0 }

// top lists the names with the most, and how many names there are beside.
func (c counts) top(n int) (names []string, more int) {
	names = slices.SortedFunc(maps.Keys(c), func(a, b string) int { return cmp.Or(cmp.Compare(c[b], c[a]), cmp.Compare(a, b)) })
	names = slices.DeleteFunc(names, func(name string) bool { return name == "" })
	if len(names) > n {
		return names[:n], len(names) - n
	}
	return names, 0
}
