package decode

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"runtime/debug"
	"strings"

	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/intray"
	"github.com/rebound-mail/rebound/internal/spool"
)

// Bytes returns the events of a report. With an error there are none.
func Bytes(in Input) (Result, error) {
	var all []event.Event
	result, err := Each(in, func(events []event.Event) error {
		all = append(all, events...)
		return nil
	})
	if err == nil {
		result.Events = all
	}
	return result, err
}

// Each gives the events of a report to yield, some at a time, so that a report of
// any size takes no more memory than its largest record. The events are yield's
// to keep, the slice is not. An error of yield ends the reading and is returned
// as it is, and a panic of yield is yield's. An error of the report itself may come
// after events were given.
func Each(in Input, yield func([]event.Event) error) (result Result, err error) {
	r := &reader{in: in, yield: yield}
	defer func() {
		if r.yielding {
			return
		}
		if p := recover(); p != nil {
			result, err = r.result, NewPanicError(p)
		}
	}()
	if len(bytes.TrimSpace(in.Body[:min(len(in.Body), 4<<10)])) == 0 && len(bytes.TrimSpace(in.Body)) == 0 {
		return r.result, ErrEmpty
	}
	if err := r.read(); err != nil {
		return r.result, err
	}
	return r.result, r.flush()
}

// NewPanicError makes an error of what recover returned. It is to be called where
// the panic is recovered.
func NewPanicError(value any) *PanicError {
	return &PanicError{Value: value, Stack: where(debug.Stack())}
}

// stackLines is how much of a stack is kept.
const stackLines = 12

// where returns the first lines of a stack below the panic.
func where(stack []byte) string {
	text := string(stack)
	if _, below, ok := strings.Cut(text, "\npanic("); ok {
		text = below
		if i := strings.IndexByte(text, '\n'); i >= 0 { // the line of panic itself
			_, text, _ = strings.Cut(text[i+1:], "\n")
		}
	}
	lines := strings.SplitN(text, "\n", stackLines+1)
	return strings.Join(lines[:min(len(lines), stackLines)], "\n")
}

// reader reads one report.
type reader struct {
	in     Input
	yield  func([]event.Event) error
	result Result
	batch  []event.Event

	yielding bool
}

// batchEvents is how many events are given at a time, about.
const batchEvents = 256

// read reads the report by its kind.
func (r *reader) read() error {
	src, packed, err := unpack(r.in.Body)
	if err != nil {
		return err
	}
	kind := r.in.Kind
	if kind == spool.KindUnknown && isMailType(r.in.ContentType) {
		kind = spool.KindMail
	}
	switch kind {
	case spool.KindMail:
		err = r.single(src, packed)
	case spool.KindLog:
		err = r.log(src)
	case spool.KindHook:
		err = r.hook(src, packed)
	case spool.KindJSON:
		err = r.events(src, packed)
	case spool.KindUnknown:
		err = r.sniff(src, packed)
	default:
		return fmt.Errorf("%w: no report is of kind %q", ErrUnreadable, string(kind))
	}
	return r.damaged(err)
}

// damaged makes a problem of damage behind something that was read.
func (r *reader) damaged(err error) error {
	var unreadable *intray.UnreadableError
	var damaged *damagedError
	var inner *intray.DamagedError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, intray.ErrEmpty):
		return ErrEmpty
	case errors.As(err, &unreadable):
		return fmt.Errorf("%w: %s", ErrUnreadable, unreadable.Error())
	case errors.Is(err, errTooLong):
		r.problem(ProblemTooLarge, errTooLong.Error())
		return nil
	case errors.As(err, &damaged), errors.As(err, &inner):
		if r.result.Records == 0 {
			return fmt.Errorf("%w: %s", ErrDamaged, err.Error())
		}
		r.problem(ProblemDamaged, err.Error())
		return nil
	}
	return err
}

// isMailType reports a media type that is one mail.
func isMailType(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && (media == "message/rfc822" || media == "message/global")
}

// sniff finds out what the report is.
func (r *reader) sniff(src io.Reader, packed bool) error {
	opt := intray.Options{MaxRecord: MaxRecord, Written: r.in.Received}
	var found intray.Source
	var err error
	if packed {
		found, err = intray.Open(src, opt)
	} else {
		found, err = intray.OpenBytes(r.in.Body, opt)
	}
	if err != nil {
		return r.bareEvents(err, packed)
	}
	return r.source(found)
}

// bareEvents tries JSON that nobody is known to write as own events: what posts
// them may leave out all but kind and recipient, which is too little to be known by.
func (r *reader) bareEvents(unknown error, packed bool) error {
	var unreadable *intray.UnreadableError
	text := bytes.TrimLeft(r.in.Body, " \t\r\n")
	if packed || !errors.As(unknown, &unreadable) || len(text) == 0 || text[0] != '{' && text[0] != '[' {
		return unknown
	}
	err := r.events(bytes.NewReader(r.in.Body), false)
	if errors.Is(err, ErrUnreadable) {
		r.result = Result{}
		return unknown
	}
	return err
}

// source reads the records of what was recognised.
func (r *reader) source(src intray.Source) error {
	switch src.Kind() {
	case intray.Mail:
		r.result.Kind = Mail
	case intray.Mbox:
		r.result.Kind = Mbox
	case intray.Text:
		r.result.Kind = Text
	case intray.Payload:
		r.result.Kind = Payload
	case intray.Log:
		again, _, err := unpack(r.in.Body)
		if err != nil {
			return err
		}
		return r.log(again)
	}
	if err := eachRecord(src, r.record); err != nil || src.Kind() != intray.Payload {
		return err
	}
	return r.nothing()
}

// eachRecord shows the records of a source to its end, also one that comes with
// an error.
func eachRecord(src intray.Source, show func(*intray.Record) error) error {
	for {
		rec, err := src.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil || len(rec.Raw) > 0 {
			if err := show(&rec); err != nil {
				return err
			}
		}
		if err != nil {
			return err
		}
	}
}

// record reads one record.
func (r *reader) record(rec *intray.Record) error {
	r.result.Records++
	switch rec.Kind {
	case intray.Text:
		return r.add(r.text(rec))
	case intray.Payload:
		return r.payload(rec)
	}
	return r.mail(rec)
}

// add takes events.
func (r *reader) add(events ...event.Event) error {
	for i := range events {
		if r.result.Format == "" {
			r.result.Format = events[i].Source.Format
		}
		if events[i].Source.File == "" {
			events[i].Source.File = r.in.File
		}
		events[i].Verdict = nil
	}
	r.batch = append(r.batch, events...)
	if len(r.batch) >= batchEvents {
		return r.flush()
	}
	return nil
}

// flush gives what has gathered.
func (r *reader) flush() error {
	if len(r.batch) == 0 {
		return nil
	}
	r.yielding = true
	err := r.yield(r.batch)
	r.yielding = false
	clear(r.batch)
	r.batch = r.batch[:0]
	return err
}

// problem notes a problem of the report.
func (r *reader) problem(code, detail string) {
	if len(r.result.Problems) < MaxProblems {
		r.result.Problems = append(r.result.Problems, event.Problem{Code: code, Detail: detail})
	}
}
