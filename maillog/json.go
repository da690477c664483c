package maillog

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/rebound-mail/rebound/event"
)

// maxObject bounds one JSON object that goes over several lines.
const maxObject = 256 << 10

// object is a decoded JSON object.
type object map[string]any

// text returns a member as text, "" if it is none.
func (o object) text(key string) string {
	switch v := o[key].(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

// texts returns a member that is one text or a list of them.
func (o object) texts(key string) []string {
	switch v := o[key].(type) {
	case string:
		return []string{v}
	case []any:
		list := make([]string, 0, len(v))
		for _, x := range v {
			if s, ok := x.(string); ok {
				list = append(list, s)
			}
		}
		return list
	}
	return nil
}

// object returns a member that is an object, an empty one if it is none.
func (o object) object(key string) object {
	m, _ := o[key].(map[string]any)
	return m
}

// fold returns the member whose name is key whatever the case.
func (o object) fold(key string) string {
	if s := o.text(key); s != "" {
		return s
	}
	for name := range o {
		if strings.EqualFold(name, key) {
			return o.text(name)
		}
	}
	return ""
}

func decodeObject(b []byte) (object, bool) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var o object
	if err := d.Decode(&o); err != nil || o == nil {
		return nil, false
	}
	return o, true
}

// objects finds the innermost objects of a JSON text over several lines, so
// that a document of any size is read in bounded memory.
type objects struct {
	depth   int
	quoted  bool
	escaped bool
	buf     []byte // of the object begun last
	inside  bool   // buf holds the beginning of an object
}

func (j *objects) reset() { *j = objects{buf: j.buf[:0]} }

// add takes the next line and gives each innermost object that it completes.
func (j *objects) add(line []byte, yield func([]byte)) {
	if j.depth == 0 {
		j.reset()
	}
	for _, c := range line {
		if j.inside && len(j.buf) < maxObject {
			j.buf = append(j.buf, c)
		}
		switch {
		case j.escaped:
			j.escaped = false
		case j.quoted:
			j.escaped = c == '\\'
			j.quoted = c != '"'
		case c == '"':
			j.quoted = true
		case c == '{' || c == '[':
			j.depth++
			if c == '{' {
				j.buf, j.inside = append(j.buf[:0], c), true
			}
		case c == '}' || c == ']':
			j.depth = max(j.depth-1, 0)
			if c == '}' && j.inside && len(j.buf) < maxObject {
				yield(j.buf)
			}
			j.inside = j.inside && c == ']'
		}
	}
	if j.inside && len(j.buf) < maxObject {
		j.buf = append(j.buf, '\n')
	}
}

// jsonLine reads a line of JSON: a whole record, or a piece of a larger
// document.
func (r *Reader) jsonLine(dst []event.Event, line []byte) ([]event.Event, outcome) {
	if r.json.depth == 0 && line[0] == '{' && line[len(line)-1] == '}' {
		if o, ok := decodeObject(line); ok {
			dst, result := r.objectOf(dst, o)
			if result != foreign {
				return dst, result
			}
		}
	}
	result := foreign
	r.json.add(line, func(b []byte) {
		o, ok := decodeObject(b)
		if !ok {
			return
		}
		var x outcome
		if dst, x = r.traceObject(dst, o); x != foreign {
			result = x
		}
	})
	if result == foreign && r.json.depth == 0 && line[0] == '{' && looksLikeRecord(line) {
		return dst, damaged
	}
	if r.json.depth > 0 && line[0] == '{' && looksLikeRecord(line) {
		// One record a line is the rule; this one is cut off.
		r.json.reset()
		return dst, damaged
	}
	return dst, result
}

// looksLikeRecord reports whether a line that is no JSON begins as a delivery
// record.
func looksLikeRecord(line []byte) bool {
	return hasPrefix(line, `{"type":"`) && bytes.Contains(line, []byte(`"recipient"`))
}

// objectOf reads a whole record by its members.
func (r *Reader) objectOf(dst []event.Event, o object) ([]event.Event, outcome) {
	_, hasType := o["type"].(string)
	_, hasQueue := o["queue"]
	switch {
	case o["MESSAGE"] != nil && (o["SYSLOG_IDENTIFIER"] != nil || o["_COMM"] != nil):
		return r.journalObject(dst, o)
	case hasType && o["recipient"] != nil && (hasQueue || o["response"] != nil):
		if !r.allows(KumoMTA) {
			return dst, foreign
		}
		return r.kumo(dst, o)
	case o["uuid"] != nil && (o["message"] != nil || o["delivered file"] != nil):
		if !r.allows(Haraka) {
			return dst, foreign
		}
		return r.harakaObject(dst, &record{}, o)
	}
	return r.traceObject(dst, o)
}
