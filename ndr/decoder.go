package ndr

import (
	"slices"
	"strings"
	"sync"

	"github.com/rebound-mail/rebound/event"
)

// decoder reads the reports of one MTA or service.
//
// A decoder is asked only about mails in which one of its marks occurs: words
// in lower case, at least minMark bytes long, that stand in the first bytes of
// the report's text, or, where they begin with "\n" and a field name ("\nx-mailer: "),
// in the mail's header. Marks only choose whom to ask, so that read must look
// closely itself and refuse what it is not sure of.
type decoder struct {
	format string
	marks  []string
	read   func(*Mail) (Report, bool)
}

// Read reads a report that follows no standard: the first decoder that
// recognises the mail and finds at least one recipient, else the generic
// reader. It returns false if the mail is no report of a delivery as far as
// can be told.
func Read(m *Mail) (Report, bool) {
	if isPersonal(m) && !m.forwards {
		return Report{}, false
	}
	if r, ok := decode(m, table[:]); ok {
		return r, true
	}
	for _, part := range m.parts {
		m.use(part)
		r, ok := readGeneric(m)
		if r.Failures = slices.DeleteFunc(r.Failures, m.namesNobody); ok && len(r.Failures) > 0 {
			return finish(m, r, "generic"), true
		}
	}
	return Report{}, false
}

// Prose returns what the human-readable part of a mail tells of each
// recipient, for mails that carry a standard report too: transcripts and
// remote replies that the standard part may leave out. It never guesses.
func Prose(m *Mail) []Failure {
	r, _ := decode(m, table[:])
	return r.Failures
}

// decode asks the decoders whose marks occur, in the order of the table.
func decode(m *Mail, decoders []decoder) (Report, bool) {
	for i, part := range m.parts {
		if i > 0 || m.Text == "" {
			m.use(part)
		}
		found := detect(m)
		for i := range decoders {
			if !found.has(i) {
				continue
			}
			r, ok := decoders[i].read(m)
			if r.Failures = slices.DeleteFunc(r.Failures, m.namesNobody); ok && len(r.Failures) > 0 {
				return finish(m, r, decoders[i].format), true
			}
		}
	}
	return Report{}, false
}

// finish fills in what all decoders leave to the framework.
func finish(m *Mail, r Report, format string) Report {
	if r.Format == "" {
		r.Format = format
	}
	r.Confident = r.Confident || r.Format != "generic"
	if r.Returned.Header.Len() == 0 {
		r.Returned = m.returned()
	}
	for i := range r.Failures {
		f := &r.Failures[i]
		if f.Action == "" {
			f.Action = event.Failed
		}
		if strings.EqualFold(f.Original, f.Recipient) {
			f.Original = ""
		}
	}
	return r
}

// detector finds the marks of all decoders; it is made once, on first use.
var detector = sync.OnceValue(func() *finder { return newMarkFinder(table[:]) })

// detect gives the decoders whose marks occur in the mail.
func detect(m *Mail) (found decoderSet) {
	add := func(decoder int) bool {
		found.add(decoder)
		return true
	}
	if !m.scanned {
		header := m.Root.Raw[:max(0, len(m.Root.Raw)-len(m.Root.Body))]
		scan(detector(), header[:min(len(header), maxMarkHead)], add)
		scan(detector(), m.headline, add)
		m.inHeader, m.scanned = found, true
	}
	found = m.inHeader
	scan(detector(), m.Text[:min(len(m.Text), maxMarkText)], add)
	return found
}

// namesNobody says whether a failure has no recipient, one that somebody hid
// before the report was passed on ("john...@domain"), or one that the report
// only names for questions ("please contact support@domain").
func (m *Mail) namesNobody(f Failure) bool {
	if f.Recipient == "" || strings.Contains(f.Recipient, "...@") {
		return true
	}
	local, _ := splitAddress(f.Recipient)
	if !equalsAny(local, roleNames) {
		return false
	}
	i := indexFold(m.Text, strings.ToLower(f.Recipient))
	if i < 0 {
		return false
	}
	line := m.Text[strings.LastIndexByte(m.Text[:i], '\n')+1 : i]
	return contacting.in(strings.ToLower(line))
}
