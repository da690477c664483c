package explain

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rebound-mail/rebound/classify"
	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/smtpcode"
)

// Explainer answers questions by one codebook. It is safe for concurrent use as
// long as its fields are not changed.
type Explainer struct {
	Book       *codebook.Codebook
	Classifier *classify.Classifier
	Systems    []string // whose names for the reason to add
}

// New returns an Explainer over the codebook of a classifier.
func New(c *classify.Classifier) *Explainer { return &Explainer{Book: c.Book(), Classifier: c} }

// Line is what is said of one text: the verdict, and what it is about.
type Line struct {
	Text      string          `json:"text"`
	ReplyCode smtpcode.Code   `json:"reply_code"`
	Status    smtpcode.Status `json:"status"`
	event.Verdict
	As map[string]string `json:"as,omitempty"` // system -> its name for the reason
}

// Explanation is all there is to say of one text.
type Explanation struct {
	Line
	Title   string          `json:"title"`   // of the reason
	Meaning string          `json:"meaning"` // of the reason
	Causes  []string        `json:"causes"`
	Who     string          `json:"who"` // whose problem: recipient, sender, receiver, message, nobody
	Codes   []Code          `json:"codes"`
	Trace   *classify.Trace `json:"trace,omitempty"` // of Explain and Event; callers drop it where nobody asked
	Event   *event.Event    `json:"event,omitempty"` // where the text was a whole report

	Asked []string `json:"-"` // the codes that the text consists of
}

// Verdict classifies one text.
func (x *Explainer) Verdict(in classify.Input) Line {
	v, trace := x.Classifier.Explain(in)
	return x.finish(in.Text, v, &trace)
}

// Line is Verdict for many texts: where a text has codes at one place at most,
// these are the codes in force, and no trace is needed to know them. Steps of the
// remedy are left as the codebook has them.
func (x *Explainer) Line(in classify.Input) Line {
	var only smtpcode.Found
	places := 0
	for found := range smtpcode.All(in.Text[:min(len(in.Text), classify.MaxText)]) {
		only = found
		if places++; places > 1 {
			return x.Verdict(in)
		}
	}
	v := x.Classifier.Classify(in)
	return x.withNames(Line{Text: in.Text, ReplyCode: only.Code, Status: only.Status, Verdict: v})
}

// finish turns a verdict into what is written.
func (x *Explainer) finish(text string, v event.Verdict, trace *classify.Trace) Line {
	l := Line{Text: text, Verdict: v}
	l.ReplyCode, _ = smtpcode.ParseCode(trace.Code)
	l.Status, _ = smtpcode.ParseStatus(trace.Status)
	l.Remedy = v.Steps()
	return x.withNames(l)
}

// withNames adds what other systems call the reason.
func (x *Explainer) withNames(l Line) Line {
	if l.Sources == nil {
		l.Sources = []string{}
	}
	l.As = namesOf(x.Book, x.Systems, l.Reason)
	return l
}

// Explain says all there is to say of a text. codes are given, by ParseCodes,
// where the text consists of nothing else.
func (x *Explainer) Explain(in classify.Input, codes []string) Explanation {
	text := in.Text
	if open := OpenCode(codes); open != "" {
		in = x.familyInput(in, open)
	}
	v, trace := x.Classifier.Explain(in)
	e := Explanation{Line: x.finish(text, v, &trace), Asked: codes, Trace: &trace}
	x.describe(&e)
	e.Codes = x.codeEntries(codes, e.ReplyCode, e.Status)
	return e
}

// Event explains a classified event.
func (x *Explainer) Event(ev *event.Event) Explanation {
	v, trace := x.Classifier.Explain(classify.InputOf(ev))
	if ev.Verdict != nil {
		v = *ev.Verdict
	}
	e := Explanation{Line: x.finish(ev.Diagnostic, v, &trace), Event: ev, Trace: &trace}
	x.describe(&e)
	e.Codes = x.codeEntries(nil, e.ReplyCode, e.Status)
	return e
}

func (x *Explainer) describe(e *Explanation) {
	if info, ok := x.Book.Reason(e.Reason); ok {
		e.Title, e.Meaning, e.Causes, e.Who = info.Title, info.Meaning, info.Causes, info.Who
	}
}

// OpenCode returns the first code if it stands for several.
func OpenCode(codes []string) string {
	if len(codes) > 0 && strings.Contains(codes[0], "x") {
		return codes[0]
	}
	return ""
}

// familyInput makes evidence of a code with open places: its class and the
// reading in force are all that is known.
func (x *Explainer) familyInput(in classify.Input, code string) classify.Input {
	in.Text = ""
	if c, ok := x.Book.Code(code); ok && c.Strength != codebook.StrengthNone {
		in.Hint = event.Hint{Reason: c.Reason, Lasting: lastingOf(code, c), Weak: c.Strength == codebook.StrengthWeak}
	}
	return in
}

// codeEntries collects what is known about the codes asked for, else about the
// codes in force.
func (x *Explainer) codeEntries(asked []string, code smtpcode.Code, status smtpcode.Status) []Code {
	entries := []Code{}
	if asked == nil {
		for _, id := range [...]string{status.String(), code.String()} {
			if id != "" {
				asked = append(asked, id)
			}
		}
	}
	for _, id := range asked {
		for _, e := range x.Codes(id) {
			if !slices.ContainsFunc(entries, func(have Code) bool { return have.Code == e.Code }) {
				entries = append(entries, e)
			}
		}
	}
	return entries
}

// ErrSystem means that the codebook has no names of a system; the error names it
// and those that it has.
var ErrSystem = errors.New("nothing is known of")

// CheckSystems refuses systems that the codebook has no names of.
func CheckSystems(book *codebook.Codebook, systems []string) error {
	known := systemsOf(book)
	for _, s := range systems {
		if !slices.Contains(known, s) {
			return fmt.Errorf("%w %q; known are %s", ErrSystem, s, strings.Join(known, ", "))
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

// PlainSteps are the steps of a remedy where nothing was captured: {ip} and the
// like are put in words.
func PlainSteps(remedy []string) []string { return (&event.Verdict{Remedy: remedy}).Steps() }
