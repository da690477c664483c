package ui

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rebound-mail/rebound/classify"
	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/explain"
)

// Verdict is an explanation as the template "verdict" shows it: what it is, why,
// what to do, how sure, who says so.
type Verdict struct {
	Title, Reason, Category string
	Meaning                 string
	Bounce                  Badge
	Glance                  []Term // hard or soft, whose problem, impact, decision, how sure, who speaks
	Facts                   event.Facts
	Note                    string // what the codebook notes about the phrase that decided
	Causes, Steps           []string
	Codes                   []CodeNote
	Sources                 []SourceLink
	Trace                   *Trace
}

// Badge is a short label with a colour.
type Badge struct {
	Text string
	Tone Tone
}

// Term is a question and its answer.
type Term struct {
	Name  string
	Badge Badge  // the answer in a word
	Text  string // the answer in a sentence
	Href  string // of the answer, if there is a page about it
}

// CodeNote is what a code in a reply says by itself.
type CodeNote struct {
	Code, Href, Title, Reading string
	Disagree                   bool
}

// SourceLink is a source that is cited.
type SourceLink struct {
	ID, Href, Title, URL, Date string
}

// Trace is the evidence that was weighed, weightiest first.
type Trace struct {
	ReplyCode, Status, Provider, Inner string
	Steps                              []TraceStep
}

// TraceStep is one piece of evidence.
type TraceStep struct {
	Evidence, Rule, RuleHref string
	Reason, Text, Weight     string
	Won                      bool
}

// NewVerdict prepares an explanation for the page.
func NewVerdict(x *explain.Explainer, e *explain.Explanation) *Verdict {
	v := &Verdict{
		Title: e.Title, Reason: string(e.Reason), Category: string(e.Category), Meaning: e.Meaning, Bounce: BounceBadge(e.Bounce),
		Facts: e.Facts, Causes: e.Causes, Steps: e.Remedy, Sources: SourceLinks(x.Book, e.Sources), Glance: glance(x, e),
	}
	if v.Title == "" {
		v.Title = v.Reason
	}
	if e.Reason == codebook.Undetermined && e.Rule == "" {
		v.Meaning = "Nothing in it tells why the delivery failed."
	}
	if rule, ok := x.Book.Phrase(e.Rule); ok {
		v.Note = rule.Note
	}
	for i := range e.Codes {
		c := &e.Codes[i]
		v.Codes = append(v.Codes, CodeNote{c.Code, CodeHref(c.Code), c.Title, readingWords(x.Book, c), c.Disagree})
	}
	if e.Trace != nil {
		v.Trace = newTrace(x.Book, e.Trace)
	}
	return v
}

// readingWords says how a code is read by itself.
func readingWords(book *codebook.Codebook, c *explain.Code) string {
	info, ok := book.Reason(c.Reason)
	switch {
	case c.Record == "" || !ok:
		return "the text has to tell."
	case c.Reason == codebook.Undetermined:
		return "the number alone names no cause."
	case c.Strength == codebook.StrengthStrong:
		return "it says “" + info.Title + "”."
	}
	return "usually “" + info.Title + "”, unless the text says otherwise."
}

func glance(x *explain.Explainer, e *explain.Explanation) []Term {
	terms := []Term{
		{Name: "Hard or soft", Badge: BounceBadge(e.Bounce), Text: Tail(explain.BounceWords(&e.Verdict))},
		{Name: "Whose problem", Text: who(e)},
		AddressTerm(e.Reason, e.Decision),
		{Name: "Impact on reputation", Badge: ImpactBadge(e.Impact), Text: Tail(explain.ImpactWords(e.Impact))},
		{Name: "How sure", Badge: confidenceBadge(e.Confidence), Text: Tail(explain.ConfidenceWords(e.Confidence))},
	}
	if p, ok := x.Book.Provider(e.Provider); ok {
		terms = append(terms, Term{Name: "Who speaks", Text: p.Name, Href: ProviderHref(p)})
	}
	return slices.DeleteFunc(terms, func(t Term) bool { return t.Text == "" && t.Badge.Text == "" })
}

// who says whose problem it is, where that is known.
func who(e *explain.Explanation) string {
	if e.Reason == codebook.Undetermined {
		return ""
	}
	return explain.WhoWords(e.Who)
}

// AddressTerm says what to do with the address. Complaints and unsubscriptions
// decide nothing about the address as such, but end the mail of their stream
// (see docs/policy.md).
func AddressTerm(r codebook.Reason, d codebook.Decision) Term {
	const name = "What to do with the address"
	if (r == codebook.Complaint || r == codebook.Unsubscribe) && d == codebook.NoAction {
		return Term{Name: name, Badge: Badge{"Stop this stream", ToneBad}, Text: "Send this address nothing more of that kind. Other mail that it asked for may go on."}
	}
	return Term{Name: name, Badge: decisionBadge(d), Text: explain.DecisionWords(d)}
}

// Tail drops the word that the badge says: "Hard: the same mail" -> "The same mail".
func Tail(words string) string {
	_, rest, ok := strings.Cut(words, ": ")
	if !ok || rest == "" {
		return ""
	}
	return strings.ToUpper(rest[:1]) + rest[1:]
}

// BounceBadge is the badge of hard and soft.
func BounceBadge(b event.BounceLabel) Badge {
	switch b {
	case event.Hard:
		return Badge{"Hard bounce", ToneBad}
	case event.Soft:
		return Badge{"Soft bounce", ToneWarn}
	}
	return Badge{"No bounce", ToneGood}
}

// LabelBadge is the badge that a source gives a code.
func LabelBadge(l codebook.Label) Badge {
	switch l {
	case codebook.LabelHard:
		return Badge{"hard", ToneBad}
	case codebook.LabelSoft:
		return Badge{"soft", ToneWarn}
	case codebook.LabelInfo:
		return Badge{"info", ToneInfo}
	}
	return Badge{}
}

// ImpactBadge is the badge of an impact on the reputation.
func ImpactBadge(i codebook.Impact) Badge {
	switch i {
	case codebook.ImpactCritical, codebook.ImpactHigh:
		return Badge{upper(string(i)), ToneBad}
	case codebook.ImpactMedium:
		return Badge{upper(string(i)), ToneWarn}
	case codebook.ImpactLow:
		return Badge{upper(string(i)), ToneInfo}
	}
	return Badge{"None", ToneGood}
}

// decisionBadge is the badge of a decision.
func decisionBadge(d codebook.Decision) Badge {
	text := upper(strings.ReplaceAll(string(d), "-", " "))
	switch d {
	case codebook.Suppress:
		return Badge{text, ToneBad}
	case codebook.Retry:
		return Badge{text, ToneInfo}
	case codebook.NoAction, "":
		return Badge{"Nothing to do", ToneGood}
	}
	return Badge{text, ToneWarn}
}

// confidenceBadge is the badge of a confidence.
func confidenceBadge(c event.Confidence) Badge {
	if c == event.Certain {
		return Badge{"Certain", ToneGood}
	}
	if c == event.Likely {
		return Badge{"Likely", ToneInfo}
	}
	return Badge{"A guess", ToneNeutral}
}

func upper(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// CodeHref is the path of the page about a code. X.2.2 leads to 5.2.2.
func CodeHref(code string) string {
	code = strings.ToLower(code)
	if strings.HasPrefix(code, "x.") && !strings.HasSuffix(code, "x") {
		code = "5" + code[1:]
	}
	return "/codes/" + code
}

// ReasonHref is the path of the page about a reason.
func ReasonHref(r codebook.Reason) string { return "/reasons/" + string(r) }

// ProviderHref is the path of the page about a provider or blocklist.
func ProviderHref(p *codebook.Provider) string {
	if p.Kind == "blocklist" {
		return "/blocklists/" + p.ID
	}
	return "/providers/" + p.ID
}

// SourceLinks are links for sources cited; unknown ids are left out.
func SourceLinks(book *codebook.Codebook, ids []string) []SourceLink {
	var links []SourceLink
	for _, s := range book.SourcesOf(ids) {
		link := SourceLink{s.ID, "/sources/" + s.ID, s.Title, s.URL, s.Date}
		if !slices.Contains(links, link) {
			links = append(links, link)
		}
	}
	return links
}

func newTrace(book *codebook.Codebook, t *classify.Trace) *Trace {
	out := &Trace{ReplyCode: t.Code, Status: t.Status, Provider: t.Provider, Inner: t.Inner}
	for _, s := range t.Steps {
		step := TraceStep{Evidence: string(s.Evidence), Rule: s.Rule, Reason: string(s.Reason), Text: s.Text, Weight: s.Weight, Won: s.Won}
		if _, ok := book.Code(s.Rule); ok {
			step.RuleHref = CodeHref(s.Rule)
		}
		if s.Text != "" {
			step.Weight = fmt.Sprintf("%s; at byte %d", s.Weight, s.Start)
		}
		out.Steps = append(out.Steps, step)
	}
	return out
}
