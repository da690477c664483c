package analyzer

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/decode"
	"github.com/rebound-mail/rebound/internal/explain"
	"github.com/rebound-mail/rebound/internal/web/ui"
)

// result is what was found in a report.
type result struct {
	Refusal  string // why there is nothing
	What     string // what kind of report it is
	Summary  []count
	Events   []eventView
	More     int // events not shown
	Notes    []string
	Problems []event.Problem
	Listing  *listing // nil where the report is no text
}

// count is how often a reason was found.
type count struct {
	Title, Href string
	N           int
}

// eventView is one recipient's outcome.
type eventView struct {
	Kind, Recipient string
	Facts           []ui.Term
	Diagnostic      string
	Problems        []event.Problem
	Verdict         *ui.Verdict
}

// shownEvents is how many outcomes are shown one by one.
const shownEvents = 25

// reading is a report while it is read. What is kept of it does not grow with the
// number of outcomes.
type reading struct {
	*Analyzer
	counts  map[codebook.Reason]int
	events  []eventView
	needles []needle
	total   int
}

// read makes out what a report says.
func (a *Analyzer) read(body []byte) *result {
	r := &reading{Analyzer: a, counts: map[codebook.Reason]int{}}
	found, err := decode.Each(decode.Input{Body: body, Received: a.now()}, r.take)
	if err != nil && r.total == 0 {
		return &result{Refusal: refusal(err), Listing: newListing(body, nil)}
	}
	res := &result{What: kindWords(found, r.total), Problems: found.Problems, Notes: notes(found), Events: r.events, More: r.total - len(r.events)}
	if err != nil {
		res.Notes = append(res.Notes, "What follows in it could not be read.")
	}
	if r.total == 0 {
		res.Refusal = "It was read, and there is no report of a delivery in it: no bounce, no delay, no complaint."
	}
	if r.total > 1 {
		res.Summary = a.summary(r.counts)
	}
	res.Listing = newListing(body, r.needles)
	return res
}

// take reads some outcomes.
func (r *reading) take(events []event.Event) error {
	for i := range events {
		ev := &events[i]
		r.x.Classifier.Event(ev)
		r.counts[ev.Verdict.Reason]++
		r.total++
		if len(r.events) < shownEvents {
			e := r.x.Event(ev)
			r.events = append(r.events, r.eventView(ev, &e))
			r.needles = append(r.needles, needlesOf(&e)...)
		}
	}
	return nil
}

// refusal says why nothing could be made of a report, and what to do.
func refusal(err error) string {
	switch {
	case errors.Is(err, decode.ErrEmpty):
		return "There is nothing in it. Paste a bounce with its header lines, lines of a mail log, or a provider's JSON, or choose a file."
	case errors.Is(err, decode.ErrDamaged):
		return "The compressed file is damaged. Unpack it, and paste what is inside."
	}
	return "Nothing in it can be read as a report. Paste the whole mail with its header lines (“show original”), not only the visible text; or a server's reply as it stands in the log."
}

func kindWords(r decode.Result, outcomes int) string {
	words := map[decode.Kind]string{decode.Mail: "A mail", decode.Mbox: "A mailbox of mails", decode.Text: "A reply", decode.Log: "Lines of a log",
		decode.Payload: "What a provider posted", decode.Events: "Rebound's own events"}[r.Kind]
	if words == "" {
		words = "A report"
	}
	if r.Format != "" {
		words += ", format " + r.Format
	}
	return fmt.Sprintf("%s; %s found.", words, plural(outcomes, "outcome"))
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// notes say what was passed over.
func notes(r decode.Result) []string {
	var out []string
	if r.None > 0 {
		out = append(out, plural(r.None, "mail")+" in it reported nothing.")
	}
	if r.Passed > 0 {
		out = append(out, plural(r.Passed, "line or item")+" passed over: other programs, opens, clicks.")
	}
	if r.Unread > 0 {
		out = append(out, plural(r.Unread, "line or item")+" could not be read.")
	}
	return out
}

// summary counts the reasons, most first.
func (a *Analyzer) summary(counts map[codebook.Reason]int) []count {
	var out []count
	for reason, n := range counts {
		c := count{Title: string(reason), Href: ui.ReasonHref(reason), N: n}
		if info, ok := a.x.Book.Reason(reason); ok {
			c.Title = info.Title
		}
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b count) int { return cmp.Or(b.N-a.N, strings.Compare(a.Title, b.Title)) })
	return out
}

func (a *Analyzer) eventView(ev *event.Event, e *explain.Explanation) eventView {
	v := eventView{Kind: string(ev.Kind), Recipient: ev.Recipient, Diagnostic: ev.Diagnostic, Problems: ev.Problems, Verdict: ui.NewVerdict(a.x, e)}
	when := ""
	if !ev.Time.IsZero() {
		when = ev.Time.UTC().Format(time.RFC3339)
	}
	for _, f := range [...][2]string{
		{"Reply code", ev.ReplyCode.String()}, {"Enhanced code", ev.Status.String()}, {"Action", string(ev.Action)}, {"In answer to", ev.Command},
		{"Original recipient", ev.OriginalRecipient}, {"Sender", ev.Sender}, {"Subject", ev.Subject}, {"Message-ID", ev.MessageID}, {"Time", when},
		{"Reported by", ev.ReportingMTA}, {"Remote server", ev.RemoteMTA}, {"Sending IP", ev.SourceIP}, {"Feedback type", ev.FeedbackType},
		{"Format", ev.Source.Format},
	} {
		if f[1] != "" {
			v.Facts = append(v.Facts, ui.Term{Name: f[0], Text: f[1]})
		}
	}
	return v
}

// isText reports whether bytes can be shown as lines.
func isText(b []byte) bool {
	head := b[:min(len(b), 4096)]
	return len(b) > 0 && bytes.IndexByte(head, 0) < 0 && !bytes.HasPrefix(b, []byte{0x1f, 0x8b}) && !bytes.HasPrefix(b, []byte{0x28, 0xb5, 0x2f, 0xfd})
}
