package decode

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/intray"
	"github.com/rebound-mail/rebound/webhook"
)

// events reads Rebound's own events: one, an array, one a line.
func (r *reader) events(src io.Reader, packed bool) error {
	r.result.Kind, r.in.Provider = Events, webhook.Rebound
	if !packed && oneALine(r.in.Body) {
		return r.eventLines(r.in.Body)
	}
	found, err := intray.Open(src, intray.Options{MaxRecord: MaxRecord})
	if err == nil && found.Kind() == intray.Payload {
		err = eachRecord(found, r.record)
		r.result.Kind = Events
		if err != nil {
			return err
		}
		return r.nothing()
	}
	if packed {
		return fmt.Errorf("%w: no events in what is compressed", ErrUnreadable)
	}
	r.result.Records++
	return r.items(&intray.Record{Raw: r.in.Body, Size: int64(len(r.in.Body))}, webhook.Rebound)
}

// oneALine reports whether the first line is an object by itself.
func oneALine(body []byte) bool {
	line, _, _ := bytes.Cut(bytes.TrimLeft(body, " \t\r\n"), []byte("\n"))
	return len(line) > 0 && line[0] == '{' && json.Valid(line)
}

// eventLines reads events one a line.
func (r *reader) eventLines(body []byte) error {
	for number, left := 1, body; len(left) > 0; number++ {
		line, rest, _ := bytes.Cut(left, []byte("\n"))
		left = rest
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		rec := intray.Record{Kind: intray.Payload, Index: r.result.Records, Line: number, Raw: line, Size: int64(len(line))}
		if err := r.record(&rec); err != nil {
			return err
		}
	}
	return r.nothing()
}

// wire is an event with what its decoder knew.
type wire struct {
	event.Event
	Hint *wireHint `json:"hint,omitempty"`
}

// wireHint is an event.Hint.
type wireHint struct {
	Reason  codebook.Reason  `json:"reason,omitempty"`
	Lasting codebook.Lasting `json:"lasting,omitempty"`
	Weak    bool             `json:"weak,omitempty"`
}

// EncodeEvents writes events as a report of kind spool.KindJSON, with what their
// decoder knew (Event.Hint): for sources that decode by themselves, such as those
// that follow a log. Verdicts are left out.
func EncodeEvents(events []event.Event) []byte {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	for i := range events {
		w := wire{Event: events[i]}
		w.Verdict = nil
		if h := events[i].Hint; h != (event.Hint{}) {
			w.Hint = &wireHint{h.Reason, h.Lasting, h.Weak}
		}
		if err := enc.Encode(&w); err != nil {
			panic(fmt.Sprintf("decode: an event that JSON cannot hold: %v", err)) // times beyond the year 9999 are the only ones, and no decoder makes them
		}
	}
	return out.Bytes()
}

// known is what webhook.Decode does not take over of an event in the form of wire.
type known struct {
	Hint   *wireHint
	Source event.Source
}

// hints gives an event of EncodeEvents its hint and its source back.
func hints(events []event.Event, raw []byte) {
	if len(events) != 1 {
		return
	}
	w, ok := knownOf(raw)
	if !ok {
		return
	}
	if w.Source.Format != "" {
		w.Source.Format, w.Source.File = clip(w.Source.Format), clip(w.Source.File)
		events[0].Source = w.Source
	}
	if w.Hint != nil && w.Hint.Reason.IsKnown() {
		events[0].Hint = event.Hint{Reason: w.Hint.Reason, Lasting: w.Hint.Lasting, Weak: w.Hint.Weak}
	}
}

// knownOf reads what is known of an event. EncodeEvents writes it last, so that
// reading from there on is enough: a quote within a JSON text is escaped, so that
// the name stands in none, and behind a nested one the braces do not match.
func knownOf(raw []byte) (w known, ok bool) {
	const last = `,"source":{`
	at := bytes.LastIndex(raw, []byte(last))
	if at >= 0 {
		tail := append([]byte{'{'}, raw[at+1:]...)
		if json.Unmarshal(tail, &w) == nil {
			return w, true
		}
	}
	if at < 0 && !bytes.Contains(raw, []byte(`"source"`)) && !bytes.Contains(raw, []byte(`"hint"`)) {
		return known{}, false
	}
	w = known{}
	return w, json.Unmarshal(raw, &w) == nil
}

// clip bounds a name.
func clip(s string) string {
	const longest = 1 << 10
	return s[:min(len(s), longest)]
}
