package decode

import (
	"fmt"
	"io"
	"strings"

	"github.com/rebound-mail/rebound/bounce"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/intray"
	"github.com/rebound-mail/rebound/internal/spool"
	"github.com/rebound-mail/rebound/mailpart"
	"github.com/rebound-mail/rebound/smtpcode"
)

// single reads the report as one mail, whatever it looks like.
func (r *reader) single(src io.Reader, packed bool) error {
	r.result.Kind = Mail
	rec := intray.Record{Kind: intray.Mail, Raw: r.in.Body, Size: int64(len(r.in.Body))}
	var damage error
	if packed {
		rec.Raw, damage = io.ReadAll(io.LimitReader(src, MaxRecord+1))
		rec.Size = int64(len(rec.Raw))
		if damage != nil && len(rec.Raw) == 0 {
			return damage
		}
	}
	rec.Raw = rec.Raw[:min(len(rec.Raw), MaxRecord)]
	if err := r.record(&rec); err != nil {
		return err
	}
	return damage
}

// mail reads one mail.
func (r *reader) mail(rec *intray.Record) error {
	report := bounce.Parse(rec.Raw, bounce.Options{MaxBytes: MaxRecord})
	if len(report.Events) == 0 {
		if e, ok := r.bareReply(rec); ok {
			return r.add(e)
		}
		r.result.None++
		return nil
	}
	cut := rec.Size > int64(len(rec.Raw))
	for i := range report.Events {
		e := &report.Events[i]
		e.Source.Index = rec.Index
		if cut {
			e.Problems = append(e.Problems, event.Problem{Code: ProblemTooLarge, Detail: fmt.Sprintf("only %d of %d bytes were read", len(rec.Raw), rec.Size)})
		}
	}
	if cut {
		r.problem(ProblemTooLarge, fmt.Sprintf("mail %d: only %d bytes were read", rec.Index, len(rec.Raw)))
	}
	for _, p := range report.Problems {
		r.problem(p.Code, p.Detail)
	}
	return r.add(report.Events...)
}

// longestReply is how long a text is at most that is taken for what a server said.
const longestReply = 8 << 10

// bareReply takes a text without any header for what a server said, if a code is
// in it: people paste "host mx.example.org said: 550 5.1.1 no such user". What is
// said to be a mail is none.
func (r *reader) bareReply(rec *intray.Record) (event.Event, bool) {
	if r.in.Kind != spool.KindUnknown || isMailType(r.in.ContentType) || r.result.Kind != Mail || len(rec.Raw) > longestReply {
		return event.Event{}, false
	}
	text := strings.TrimSpace(strings.ToValidUTF8(string(rec.Raw), "\uFFFD"))
	found := smtpcode.Find(text)
	if found.End == 0 || hasHeader(rec.Raw) {
		return event.Event{}, false
	}
	r.result.Kind = Text
	return textEvent(text, rec), true
}

// hasHeader reports whether a mail has any header field.
func hasHeader(raw []byte) bool {
	header, _ := mailpart.ParseHeader(raw)
	return header.Len() > 0
}

// text reads one reply.
func (r *reader) text(rec *intray.Record) event.Event {
	return textEvent(strings.ToValidUTF8(string(rec.Raw), "\uFFFD"), rec)
}

// textEvent makes an event of the text of a reply: nothing but what it says is
// known.
func textEvent(text string, rec *intray.Record) event.Event {
	reply := smtpcode.Parse(text)
	e := event.Event{
		Kind: event.Bounce, ReplyCode: reply.Code, Status: reply.Status, Diagnostic: text,
		Source: event.Source{Index: rec.Index, Line: rec.Line, Format: "text"},
	}
	if reply.Class() == smtpcode.Success {
		e.Kind = event.Delivery
	}
	e.ID = e.ComputeID()
	return e
}
