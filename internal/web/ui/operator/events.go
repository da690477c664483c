package operator

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/internal/web/ui"
	"github.com/rebound-mail/rebound/policy"
)

// eventsView is the search for events.
type eventsView struct {
	Recipient, Provider, Stream, SenderDomain, MessageID, Text, From, To string
	Unverified                                                           bool
	Kinds, Reasons                                                       []choice
	Wrong                                                                string
	Items                                                                []store.Record
	First, Next                                                          string
	More                                                                 bool // there are terms beside the usual ones
}

const (
	eventRows = 50
	// maxLooks is how often a search goes on by itself when few fit.
	maxLooks = 20
)

// search lists events. Where few fit it asks the store to go on a number of times.
func (o *Operator) search(ctx context.Context, f store.EventFilter, cursor string, limit int) ([]store.Record, string, error) {
	var list []store.Record
	for range maxLooks {
		some, next, err := o.o.Store.Events(ctx, f, cursor, limit-len(list))
		if err != nil {
			return nil, "", err
		}
		list, cursor = append(list, some...), next
		if next == "" || len(list) >= limit {
			break
		}
	}
	return list, cursor, nil
}

func (o *Operator) events(v *visit) error {
	q := func(name string) string { return store.Cut(v.query(name), maxNote) }
	view := eventsView{Recipient: q("recipient"), Provider: q("provider"), Stream: q("stream"), SenderDomain: q("sender_domain"), MessageID: q("message_id"),
		Text: q("text"), From: q("from"), To: q("to"), Unverified: q("unverified") != ""}
	view.Kinds = choices(q("kind"), [2]string{"", "any"}, [2]string{"bounce", "bounce"}, [2]string{"delay", "delay"}, [2]string{"delivery", "delivery"},
		[2]string{"complaint", "complaint"}, [2]string{"unsubscribe", "unsubscribe"}, [2]string{"auto-reply", "auto-reply"}, [2]string{"challenge", "challenge"}, [2]string{"other", "other"})
	view.Reasons = o.reasonChoices(q("reason"), "any")
	view.More = view.Provider+view.Stream+view.SenderDomain+view.MessageID+view.From+view.To != "" || view.Unverified
	p := v.page("Events", "events", &view)
	f, wrong := o.eventFilter(&view, q("kind"), q("reason"))
	if wrong != "" {
		view.Wrong = wrong
		return v.show("events", p)
	}
	items, next, err := o.search(v.r.Context(), f, v.query("cursor"), eventRows)
	if err != nil {
		return err
	}
	view.Items = items
	view.First, view.Next = pager(v, next)
	return v.show("events", p)
}

// pager links to the first page of a list and to the next one, where they are.
func pager(v *visit, next string) (first, following string) {
	q := v.r.URL.Query()
	q.Del("told")
	if q.Get("cursor") != "" {
		q.Del("cursor")
		first = v.r.URL.Path + "?" + q.Encode()
	}
	if next != "" {
		q.Set("cursor", next)
		following = v.r.URL.Path + "?" + q.Encode()
	}
	return first, following
}

// eventFilter is what a search asks for; wrong says what cannot be asked.
func (o *Operator) eventFilter(v *eventsView, kind, reason string) (f store.EventFilter, wrong string) {
	f = store.EventFilter{Kind: event.Kind(kind), Reason: codebook.Reason(reason), Provider: v.Provider, Stream: v.Stream, SenderDomain: v.SenderDomain,
		MessageID: v.MessageID, Text: v.Text, Unverified: v.Unverified}
	if v.Recipient != "" {
		key, err := policy.NewKey(v.Recipient, "", o.o.Settings)
		if err != nil {
			return f, "The recipient is no mail address. One looks like kim@example.org; a domain alone cannot be searched for."
		}
		f.Recipient = key.Recipient
	}
	var ok bool
	if f.From, ok = dayOf(v.From); !ok {
		return f, "“from” is no date."
	}
	if f.To, ok = dayOf(v.To); !ok {
		return f, "“until” is no date."
	}
	if !f.To.IsZero() {
		f.To = f.To.Add(24 * time.Hour) // the day itself, too
	}
	return f, ""
}

// dayOf reads a date as a form gives it.
func dayOf(text string) (time.Time, bool) {
	if text == "" {
		return time.Time{}, true
	}
	t, err := time.Parse(time.DateOnly, text)
	return t, err == nil
}

// eventView is the page about one event.
type eventView struct {
	store.Record
	Facts    []ui.Term
	Explain  *ui.Verdict
	Raw      *rawView
	NotKept  bool // the report is not, or no longer, kept
	Download string
}

// rawView is a report as it came in.
type rawView struct {
	Lines  []string
	Cut    int  // bytes that are not shown
	Binary bool // it is no text
	Size   int
}

func (o *Operator) event(v *visit) error {
	r, err := o.o.Store.Event(v.r.Context(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	view := eventView{Record: r, Facts: facts(&r), Download: Prefix + "events/" + v.r.PathValue("id") + "/evidence"}
	if r.Verdict != nil {
		e := o.x.Event(&r.Event)
		view.Explain = ui.NewVerdict(o.x, &e)
	}
	body, err := o.o.Store.Evidence(v.r.Context(), r.ReportID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		view.NotKept = true
	case err != nil:
		return err
	default:
		view.Raw = newRaw(body, o.o.Limits.Raw)
	}
	p := v.page("Event", "events", view)
	p.Crumbs = []ui.Link{{Href: Prefix + "events", Text: "Events"}}
	return v.show("event", p)
}

// facts are what was read, without what is empty.
func facts(r *store.Record) []ui.Term {
	var list []ui.Term
	file := r.Source.File
	if r.Source.Line > 0 {
		file += ", line " + strconv.Itoa(r.Source.Line)
	}
	for _, f := range [...][2]string{
		{"Reply code", r.ReplyCode.String()}, {"Enhanced code", r.Status.String()}, {"Action", string(r.Action)}, {"In answer to", r.Command},
		{"Original recipient", r.OriginalRecipient}, {"Sender", r.Sender}, {"Subject", r.Subject}, {"Message-ID", r.MessageID}, {"Stream", r.Stream},
		{"List", r.ListID}, {"Reported by", r.ReportingMTA}, {"Remote server", r.RemoteMTA}, {"Sending IP", r.SourceIP}, {"Feedback type", r.FeedbackType},
		{"Format", r.Source.Format}, {"Found in", file}, {"Event", r.ID}, {"Report", r.ReportID},
	} {
		if f[1] != "" {
			list = append(list, ui.Term{Name: f[0], Text: f[1]})
		}
	}
	return list
}

// maxRawLines is how many lines of a report are shown.
const maxRawLines = 5000

// newRaw cuts a report into lines, as much of it as is shown.
func newRaw(body []byte, most int) *rawView {
	v := &rawView{Size: len(body), Binary: bytes.IndexByte(body[:min(len(body), 4096)], 0) >= 0}
	if v.Binary {
		return v
	}
	if len(body) > most {
		cut := most
		for cut > most-utf8.UTFMax && !utf8.RuneStart(body[cut]) {
			cut--
		}
		v.Cut = len(body) - cut
		body = body[:cut]
	}
	for line := range bytes.Lines(body) {
		if len(v.Lines) == maxRawLines {
			v.Cut += len(line)
			continue
		}
		v.Lines = append(v.Lines, string(bytes.TrimRight(line, "\r\n")))
	}
	return v
}

// evidence sends the report as a file.
func (o *Operator) evidence(v *visit) error {
	r, err := o.o.Store.Event(v.r.Context(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	body, err := o.o.Store.Evidence(v.r.Context(), r.ReportID)
	if err != nil {
		return err
	}
	v.file("report.txt", body)
	return nil
}

// file answers with what somebody else wrote: a file to be saved, that no browser
// takes for a page.
func (v *visit) file(name string, body []byte) {
	v.o.o.Shell.Secure(v.w)
	h := v.w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	v.w.WriteHeader(http.StatusOK)
	_, _ = v.w.Write(body)
}

// unknownsView is the list of texts that nobody understands.
type unknownsView struct{ Items []store.Unknown }

func (o *Operator) unknowns(v *visit) error {
	list, err := o.o.Store.Unknowns(v.r.Context(), 200)
	if err != nil {
		return err
	}
	return v.show("unknowns", v.page("Unknown texts", "server", unknownsView{list}))
}

func (o *Operator) dropUnknown(v *visit) error {
	if err := o.o.Store.DropUnknown(v.r.Context(), v.r.PostForm.Get("text")); err != nil {
		return err
	}
	return v.goOn(Prefix+"unknowns", ui.ToneGood, "Forgotten. If it comes again, it is counted anew.")
}
