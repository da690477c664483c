package cli

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/rebound-mail/rebound/event"
)

// encoder chooses the form of the events. CSV begins with the names of its
// columns.
func (c *scanCmd) encoder(x *explainer, p *paper, out *bufio.Writer) func() encoder {
	switch {
	case c.JSON:
		return func() encoder { return &jsonEvents{newJSONWriter()} }
	case c.CSV:
		out.WriteString(strings.Join(csvColumns[:], ",") + "\n")
		return func() encoder { return newCSVEvents() }
	case c.Explain:
		return func() encoder { return &explainedEvents{x, p.width, p.colour} }
	}
	return nil
}

// jsonEvents writes an event a line. The remedy stays out: it is the reason's.
type jsonEvents struct{ w *jsonWriter }

func (j *jsonEvents) encode(dst []byte, e *event.Event) []byte {
	e.Verdict.Remedy = nil
	if e.Verdict.Sources == nil {
		e.Verdict.Sources = []string{}
	}
	out, err := j.w.append(dst, e)
	if err != nil { // a value that its own type does not allow
		return dst
	}
	return out
}

func (j *jsonEvents) none(dst []byte, _ string, _ int) []byte { return dst }

// csvColumns are the columns of --csv, in order. New ones are added at the end.
var csvColumns = [...]string{
	"id", "time", "kind", "recipient", "original_recipient", "sender", "message_id", "action", "reply_code", "status", "reason", "category",
	"lasting", "bounce", "decision", "impact", "confidence", "provider", "rule", "reporting_mta", "remote_mta", "source_ip", "diagnostic",
	"format", "file", "index", "line",
}

// csvEvents writes an event a line (RFC 4180, with LF).
type csvEvents struct {
	buf bytes.Buffer
	w   *csv.Writer
}

func newCSVEvents() *csvEvents {
	c := &csvEvents{}
	c.w = csv.NewWriter(&c.buf)
	return c
}

func (c *csvEvents) encode(dst []byte, e *event.Event) []byte {
	v := e.Verdict
	when := ""
	if !e.Time.IsZero() {
		when = e.Time.Format(time.RFC3339)
	}
	row := [...]string{
		e.ID, when, string(e.Kind), e.Recipient, e.OriginalRecipient, e.Sender, e.MessageID, string(e.Action), e.ReplyCode.String(),
		e.Status.String(), string(v.Reason), string(v.Category), string(v.Lasting), string(v.Bounce), string(v.Decision), string(v.Impact),
		string(v.Confidence), v.Provider, v.Rule, e.ReportingMTA, e.RemoteMTA, e.SourceIP, e.Diagnostic,
		e.Source.Format, e.Source.File, strconv.Itoa(e.Source.Index), strconv.Itoa(e.Source.Line),
	}
	for i := range row {
		row[i] = csvCell(row[i])
	}
	c.buf.Reset()
	c.w.Write(row[:])
	c.w.Flush()
	return append(dst, c.buf.Bytes()...)
}

func (c *csvEvents) none(dst []byte, _ string, _ int) []byte { return dst }

// csvCell makes a text that somebody else wrote harmless: on a terminal, and in
// a spreadsheet, which takes a cell that begins so for a formula
// (https://owasp.org/www-community/attacks/CSV_Injection).
func csvCell(s string) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' || r == '\t' }), " ")
	s = printable(s)
	if s != "" && strings.IndexByte("=+-@", s[0]) >= 0 {
		return "'" + s
	}
	return s
}

// explainedEvents explains each event as rebound explain does.
type explainedEvents struct {
	x      *explainer
	width  int
	colour bool
}

func (x *explainedEvents) paper(b *bytes.Buffer) *paper {
	return &paper{w: b, width: x.width, colour: x.colour}
}

func (x *explainedEvents) encode(dst []byte, e *event.Event) []byte {
	var b bytes.Buffer
	p := x.paper(&b)
	who := e.Recipient
	if who == "" {
		who = "an unnamed recipient"
	}
	place := fmt.Sprintf("%s, mail %d", e.Source.Format, e.Source.Index)
	if e.Source.Line > 0 {
		place = fmt.Sprintf("%s, line %d", e.Source.Format, e.Source.Line)
	}
	p.title(kindWords(e.Kind)+" "+who, place)
	for _, f := range [...]struct{ label, value string }{
		{"Said", strings.TrimSpace(e.Diagnostic)}, {"Codes", strings.TrimSpace(e.ReplyCode.String() + " " + e.Status.String())},
		{"Command", e.Command}, {"By", e.RemoteMTA}, {"Reported by", e.ReportingMTA}, {"First to", e.OriginalRecipient}, {"From", e.Sender},
		{"Message-ID", e.MessageID}, {"Subject", e.Subject}, {"List", e.ListID}, {"Event", e.ID},
	} {
		p.field(f.label, plain, f.value)
	}
	for _, problem := range e.Problems {
		p.field("Problem", yellow, strings.TrimSpace(problem.Code+" "+problem.Detail))
	}
	p.gap()
	found := x.x.eventExplanation(e)
	x.x.verdictPage(p, &found)
	x.x.codeNotes(p, &found)
	x.x.sources(p, found.Sources)
	if found.Trace != nil {
		tracePage(p, found.Trace)
	}
	p.gap()
	return append(dst, b.Bytes()...)
}

func (x *explainedEvents) none(dst []byte, file string, index int) []byte {
	var b bytes.Buffer
	p := x.paper(&b)
	p.block("", plain, plain, fmt.Sprintf("%s, mail %d: no report. Nothing in it says what became of another mail.", file, index))
	return append(dst, b.Bytes()...)
}

// kindWords says what happened to a recipient, whose address follows.
func kindWords(k event.Kind) string {
	switch k {
	case event.Bounce:
		return "Not delivered to"
	case event.Delay:
		return "Delayed, still tried, to"
	case event.Delivery:
		return "Delivered to"
	case event.Complaint:
		return "Complaint by"
	case event.AutoReply:
		return "Automatic reply of"
	case event.Challenge:
		return "Challenge of"
	case event.Unsubscribe:
		return "Unsubscribed:"
	}
	return "Report on"
}
