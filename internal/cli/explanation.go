package cli

import (
	"slices"
	"strings"

	"github.com/rebound-mail/rebound/classify"
	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/smtpcode"
)

// explainer answers questions by one codebook.
type explainer struct {
	book       *codebook.Codebook
	classifier *classify.Classifier
	systems    []string // whose names for the reason to add
	hints      *hintFlags
	trace      bool
}

// lineVerdict is what is said of one text: the verdict, and what it is about.
type lineVerdict struct {
	Text      string          `json:"text"`
	ReplyCode smtpcode.Code   `json:"reply_code"`
	Status    smtpcode.Status `json:"status"`
	event.Verdict
	As map[string]string `json:"as,omitempty"`
}

// explanation is all there is to say of one text.
type explanation struct {
	lineVerdict
	Title   string          `json:"title"`   // of the reason
	Meaning string          `json:"meaning"` // of the reason
	Causes  []string        `json:"causes"`
	Who     string          `json:"who"` // whose problem: recipient, sender, receiver, message, nobody
	Codes   []codeEntry     `json:"codes"`
	Trace   *classify.Trace `json:"trace,omitempty"`
	Event   *event.Event    `json:"event,omitempty"` // where the text was a whole report

	asked []string // the codes that the text consists of
}

// verdict classifies one text.
func (x *explainer) verdict(text string) lineVerdict {
	v, trace := x.classifier.Explain(x.hints.input(text))
	return x.finish(text, v, trace)
}

// lineVerdict is verdict for many texts: where a text has codes at one place at
// most, these are the codes in force, and no trace is needed to know them.
func (x *explainer) lineVerdict(text string) lineVerdict {
	var only smtpcode.Found
	places := 0
	for found := range smtpcode.All(text[:min(len(text), classify.MaxText)]) {
		only = found
		if places++; places > 1 {
			return x.verdict(text)
		}
	}
	v := x.classifier.Classify(x.hints.input(text))
	l := lineVerdict{Text: text, ReplyCode: only.Code, Status: only.Status, Verdict: v}
	return x.withNames(l)
}

// finish turns a verdict into what is written.
func (x *explainer) finish(text string, v event.Verdict, trace classify.Trace) lineVerdict {
	l := lineVerdict{Text: text, Verdict: v}
	l.ReplyCode, _ = smtpcode.ParseCode(trace.Code)
	l.Status, _ = smtpcode.ParseStatus(trace.Status)
	l.Remedy = v.Steps()
	return x.withNames(l)
}

// withNames adds what other systems call the reason.
func (x *explainer) withNames(l lineVerdict) lineVerdict {
	if l.Sources == nil {
		l.Sources = []string{}
	}
	l.As = namesOf(x.book, x.systems, l.Reason)
	return l
}

// explain says all there is to say. codes are given where the text consists of
// nothing else.
func (x *explainer) explain(text string, codes []string) explanation {
	in := x.hints.input(text)
	if open := openCode(codes); open != "" {
		in = x.familyInput(open)
	}
	v, trace := x.classifier.Explain(in)
	e := explanation{lineVerdict: x.finish(text, v, trace), asked: codes}
	if info, ok := x.book.Reason(v.Reason); ok {
		e.Title, e.Meaning, e.Causes, e.Who = info.Title, info.Meaning, info.Causes, info.Who
	}
	if x.trace {
		e.Trace = &trace
	}
	e.Codes = x.codeEntries(codes, e.ReplyCode, e.Status)
	return e
}

// openCode returns the first code if it stands for several.
func openCode(codes []string) string {
	if len(codes) > 0 && strings.Contains(codes[0], "x") {
		return codes[0]
	}
	return ""
}

// familyInput makes evidence of a code with open places: its class and the
// reading in force are all that is known.
func (x *explainer) familyInput(code string) classify.Input {
	in := x.hints.input("")
	if c, ok := x.book.Code(code); ok && c.Strength != codebook.StrengthNone {
		in.Hint = event.Hint{Reason: c.Reason, Lasting: lastingOf(code, c), Weak: c.Strength == codebook.StrengthWeak}
	}
	return in
}

// codeEntries collects what is known about the codes asked for, else about the
// codes in force.
func (x *explainer) codeEntries(asked []string, code smtpcode.Code, status smtpcode.Status) []codeEntry {
	entries := []codeEntry{}
	if asked == nil {
		for _, id := range [...]string{status.String(), code.String()} {
			if id != "" {
				asked = append(asked, id)
			}
		}
	}
	for _, id := range asked {
		for _, e := range x.entriesOf(id) {
			if !slices.ContainsFunc(entries, func(have codeEntry) bool { return have.Code == e.Code }) {
				entries = append(entries, e)
			}
		}
	}
	return entries
}

// checkSystems refuses systems that the codebook has no names of.
func checkSystems(book *codebook.Codebook, systems []string) error {
	known := systemsOf(book)
	for _, s := range systems {
		if !slices.Contains(known, s) {
			return usage("--as: nothing is known of %q; known are %s", s, strings.Join(known, ", "))
		}
	}
	return nil
}

// systemsOf lists the systems whose names for reasons are known.
func systemsOf(book *codebook.Codebook) []string {
	var systems []string
	for _, r := range book.Records().Reasons {
		for _, n := range r.Names {
			systems = append(systems, n.System)
		}
	}
	slices.Sort(systems)
	return slices.Compact(systems)
}

// namesOf returns what the systems call a reason, "" where they have no name.
func namesOf(book *codebook.Codebook, systems []string, reason codebook.Reason) map[string]string {
	if len(systems) == 0 {
		return nil
	}
	names := make(map[string]string, len(systems))
	info, ok := book.Reason(reason)
	for _, s := range systems {
		names[s] = ""
		if !ok {
			continue
		}
		for _, n := range info.Names {
			if n.System == s {
				names[s] = n.Name
			}
		}
	}
	return names
}
