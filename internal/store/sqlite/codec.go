package sqlite

import (
	"encoding/base32"
	"encoding/binary"
	"errors"
	"time"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/smtpcode"
)

var errBody = errors.New("store: not an event")

// Tags of the fields in an event's body. A tag is never used for anything else;
// those that are not known are passed over.
const (
	tagStrings  = 1  // and the following: the fields of texts, in their order
	tagTime     = 40 // seconds and nanoseconds
	tagReply    = 41
	tagStatus   = 42
	tagIndex    = 43
	tagLine     = 44
	tagProblem  = 45 // code, detail
	tagFact     = 46 // name, value
	tagKey      = 47 // whose state it counts for
	tagVerdict  = 48 // a verdict that is not in the table
	tagReportID = 49
	tagWeak     = 50 // the hint is weak
)

// texts are the fields of an event that are texts. The order stands: more are
// added at the end, up to tagTime.
func texts(e *event.Event) [18]*string {
	return [...]*string{
		&e.Recipient, &e.OriginalRecipient, &e.Sender, &e.MessageID, &e.Stream, (*string)(&e.Action), &e.Diagnostic, &e.Command,
		&e.ReportingMTA, &e.RemoteMTA, &e.SourceIP, &e.FeedbackType, &e.ListID, &e.Subject,
		&e.Source.File, &e.Source.Format, (*string)(&e.Hint.Reason), (*string)(&e.Hint.Lasting),
	}
}

func appendField(b []byte, tag byte, s string) []byte {
	b = append(b, tag)
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

func appendNumber(b []byte, tag byte, n int64) []byte {
	if n == 0 {
		return b
	}
	var room [binary.MaxVarintLen64]byte
	return appendField(b, tag, string(binary.AppendVarint(room[:0], n)))
}

func appendPair(b []byte, tag byte, name, value string) []byte {
	pair := binary.AppendUvarint(nil, uint64(len(name)))
	return appendField(b, tag, string(append(append(pair, name...), value...)))
}

// appendEvent appends an event without its id, kind, and the part of its verdict
// that is stored beside it.
func appendEvent(b []byte, e *event.Event) []byte {
	for i, s := range texts(e) {
		if *s != "" {
			b = appendField(b, byte(tagStrings+i), *s)
		}
	}
	if !e.Time.IsZero() {
		t := binary.AppendVarint(nil, e.Time.Unix())
		b = appendField(b, tagTime, string(binary.AppendUvarint(t, uint64(e.Time.Nanosecond()))))
	}
	b = appendNumber(b, tagReply, int64(e.ReplyCode))
	if s := e.Status; s != (smtpcode.Status{}) {
		b = appendField(b, tagStatus, s.String())
	}
	b = appendNumber(b, tagIndex, int64(e.Source.Index))
	b = appendNumber(b, tagLine, int64(e.Source.Line))
	if e.Hint.Weak {
		b = appendNumber(b, tagWeak, 1)
	}
	for _, p := range e.Problems {
		b = appendPair(b, tagProblem, p.Code, p.Detail)
	}
	if e.Verdict != nil {
		for _, f := range e.Verdict.Facts {
			b = appendPair(b, tagFact, f.Name, f.Value)
		}
	}
	return b
}

// fields shows the fields of a body.
func fields(b []byte, show func(tag byte, value []byte) error) error {
	for len(b) > 0 {
		n, width := binary.Uvarint(b[1:])
		if width <= 0 || n > uint64(len(b)-1-width) {
			return errBody
		}
		end := 1 + width + int(n)
		if err := show(b[0], b[1+width:end]); err != nil {
			return err
		}
		b = b[end:]
	}
	return nil
}

// decoded is an event's body.
type decoded struct {
	event    event.Event
	key      string
	reportID string
	verdict  []byte // the encoded verdict, where it is in the body
	facts    event.Facts
}

func decodeEvent(b []byte) (decoded, error) {
	var d decoded
	strs := texts(&d.event)
	err := fields(b, func(tag byte, value []byte) error {
		if i := int(tag) - tagStrings; i >= 0 && i < len(strs) {
			*strs[i] = string(value)
			return nil
		}
		return d.field(tag, value)
	})
	return d, err
}

func (d *decoded) field(tag byte, value []byte) error {
	ok := true
	number := func(n *int) {
		v, width := binary.Varint(value)
		*n, ok = int(v), width > 0
	}
	switch tag {
	case tagTime:
		sec, width := binary.Varint(value)
		nano, more := binary.Uvarint(value[max(width, 0):])
		if ok = width > 0 && more > 0; ok {
			d.event.Time = time.Unix(sec, int64(nano)).UTC()
		}
	case tagReply:
		var n int
		number(&n)
		d.event.ReplyCode = smtpcode.Code(n)
	case tagStatus:
		ok = d.event.Status.UnmarshalText(value) == nil
	case tagIndex:
		number(&d.event.Source.Index)
	case tagLine:
		number(&d.event.Source.Line)
	case tagWeak:
		d.event.Hint.Weak = true
	case tagProblem, tagFact:
		name, rest, found := pair(value)
		if ok = found; tag == tagFact {
			d.facts = append(d.facts, event.Fact{Name: name, Value: rest})
		} else {
			d.event.Problems = append(d.event.Problems, event.Problem{Code: name, Detail: rest})
		}
	case tagKey:
		d.key = string(value)
	case tagVerdict:
		d.verdict = value
	case tagReportID:
		d.reportID = string(value)
	}
	if !ok {
		return errBody
	}
	return nil
}

func pair(b []byte) (first, second string, ok bool) {
	n, width := binary.Uvarint(b)
	if width <= 0 || n > uint64(len(b)-width) {
		return "", "", false
	}
	return string(b[width : width+int(n)]), string(b[width+int(n):]), true
}

// verdictTexts are the fields of a verdict that are texts, in an order that stands.
func verdictTexts(v *event.Verdict) [9]*string {
	return [...]*string{
		(*string)(&v.Reason), (*string)(&v.Category), (*string)(&v.Lasting), (*string)(&v.Bounce), (*string)(&v.Decision),
		(*string)(&v.Impact), (*string)(&v.Confidence), &v.Provider, &v.Rule,
	}
}

const (
	tagSource = 60
	tagRemedy = 61
)

// appendVerdict appends a verdict without its facts: what many events share.
func appendVerdict(b []byte, v *event.Verdict) []byte {
	for i, s := range verdictTexts(v) {
		if *s != "" {
			b = appendField(b, byte(tagStrings+i), *s)
		}
	}
	for _, s := range v.Sources {
		b = appendField(b, tagSource, s)
	}
	for _, s := range v.Remedy {
		b = appendField(b, tagRemedy, s)
	}
	return b
}

func decodeVerdict(b []byte) (event.Verdict, error) {
	var v event.Verdict
	strs := verdictTexts(&v)
	err := fields(b, func(tag byte, value []byte) error {
		switch i := int(tag) - tagStrings; {
		case i >= 0 && i < len(strs):
			*strs[i] = string(value)
		case tag == tagSource:
			v.Sources = append(v.Sources, string(value))
		case tag == tagRemedy:
			v.Remedy = append(v.Remedy, string(value))
		}
		return nil
	})
	return v, err
}

// idEncoding is how package event writes ids.
var idEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// packID returns an event's id as it is stored: those that package event made in
// 15 bytes, others as they are.
func packID(id string) any {
	if len(id) == 24 {
		if b, err := idEncoding.DecodeString(id); err == nil {
			return b
		}
	}
	return id
}

func unpackID(v any) string {
	switch id := v.(type) {
	case []byte:
		return idEncoding.EncodeToString(id)
	case string:
		return id
	}
	return ""
}

// reasonOf returns the reason of an event, "" if it has no verdict.
func reasonOf(e *event.Event) codebook.Reason {
	if e.Verdict == nil {
		return ""
	}
	return e.Verdict.Reason
}
