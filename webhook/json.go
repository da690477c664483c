package webhook

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// maxFields bounds the members of one JSON object that are kept. SendGrid
// flattens the sender's own arguments into the event; nothing else comes near.
const maxFields = 4096

// object is a JSON object as far as it could be read. Names are case-sensitive:
// SendGrid puts the sender's own fields beside its own, and "Email" is not
// "email". Of a name that occurs twice the last value counts, as for most
// readers.
//
// Providers send numbers as strings and strings as numbers, and change their
// mind between versions; so the accessors take any scalar.
type object map[string]json.RawMessage

var (
	errNotObject = errors.New("webhook: not a JSON object")
	errDamaged   = errors.New("webhook: damaged or cut off JSON")
)

// parseObject reads a JSON object. Of a damaged one it returns what stands
// before the damage, with errDamaged. The values are parts of raw.
func parseObject(raw []byte) (object, error) {
	if !json.Valid(raw) {
		return parseDamaged(raw)
	}
	raw = bytes.TrimSpace(raw)
	if raw[0] != '{' {
		return nil, errNotObject
	}
	o := make(object, min(len(raw)/16, 24))
	for i := skipTo(raw, 1); raw[i] != '}'; {
		end := skipValue(raw, i)
		name := scalar(raw[i:end])
		i = skipTo(raw, end)
		end = skipValue(raw, i)
		o.set(name, raw[i:end])
		i = skipTo(raw, end)
	}
	return o, nil
}

// set keeps the last value of a name, of maxFields names.
func (o object) set(name string, value json.RawMessage) {
	if _, known := o[name]; known || len(o) < maxFields {
		o[name] = value
	}
}

// parseDamaged reads an object that is not valid JSON as a whole, or not the
// only value.
func parseDamaged(raw []byte) (object, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, errNotObject
	}
	o := make(object)
	for dec.More() {
		t, err := dec.Token()
		name, ok := t.(string)
		if err != nil || !ok {
			return o, errDamaged
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return o, errDamaged
		}
		o.set(name, value)
	}
	if _, err := dec.Token(); err != nil {
		return o, errDamaged
	}
	return o, nil
}

// skipTo returns where the next value, name or closing bracket begins at or
// after i. raw is valid JSON.
func skipTo(raw []byte, i int) int {
	for {
		switch raw[i] {
		case ' ', '\t', '\r', '\n', ',', ':':
			i++
		default:
			return i
		}
	}
}

// skipValue returns where the value that begins at i ends. raw is valid JSON.
func skipValue(raw []byte, i int) int {
	depth := 0
	for ; i < len(raw); i++ {
		switch raw[i] {
		case '"':
			for i++; raw[i] != '"'; i++ {
				if raw[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			depth++
			continue
		case '}', ']':
			depth--
		default:
			if depth > 0 {
				continue
			}
			for i < len(raw) && bytes.IndexByte([]byte(" \t\r\n,:]}"), raw[i]) < 0 {
				i++
			}
			return i
		}
		if depth == 0 {
			return i + 1
		}
	}
	return i
}

// soleObject reads a payload that is one JSON object and nothing else. What is
// signed must be all that Decode will read.
func soleObject(payload []byte) (object, error) {
	if payload = trimBOM(payload); !json.Valid(payload) {
		return nil, errDamaged
	}
	return parseObject(payload)
}

func (o object) has(names ...string) bool {
	for _, name := range names {
		if _, ok := o[name]; !ok {
			return false
		}
	}
	return true
}

func (o object) hasAny(names ...string) bool {
	for _, name := range names {
		if _, ok := o[name]; ok {
			return true
		}
	}
	return false
}

// text returns the first of the named members that is a scalar and not empty.
func (o object) text(names ...string) string {
	for _, name := range names {
		if s := scalar(o[name]); s != "" {
			return s
		}
	}
	return ""
}

// word returns a member that names a class or a kind of event, folded: lower
// case, with single hyphens for whatever stands between the words.
func (o object) word(names ...string) string { return fold(o.text(names...)) }

// object returns a member that is an object, or a string that holds one, as SNS
// and Brevo nest them. If there is none it is empty; all that it is asked for is then
// empty, too.
func (o object) object(name string) object {
	raw := o[name]
	if len(raw) > 0 && raw[0] == '"' {
		raw = []byte(strings.TrimSpace(scalar(raw)))
	}
	if len(raw) == 0 || raw[0] != '{' {
		return nil
	}
	nested, _ := parseObject(raw)
	return nested
}

// list returns the elements of a member that is an array; a lone value is a
// list of one.
func (o object) list(name string) []json.RawMessage {
	raw := o[name]
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	if raw[0] != '[' {
		return []json.RawMessage{raw}
	}
	var list []json.RawMessage // a value of an object that was read is valid JSON
	for i := skipTo(raw, 1); raw[i] != ']' && len(list) <= MaxEvents; {
		end := skipValue(raw, i)
		list = append(list, raw[i:end])
		i = skipTo(raw, end)
	}
	return list
}

// texts returns the scalars of a member that is an array or a lone value.
func (o object) texts(name string) []string {
	var texts []string
	for _, raw := range o.list(name) {
		if s := scalar(raw); s != "" {
			texts = append(texts, s)
		}
	}
	return texts
}

// flag returns whether a member is true, in any of the usual spellings.
func (o object) flag(name string) bool {
	switch strings.ToLower(o.text(name)) {
	case "true", "1", "yes":
		return true
	}
	return false
}

// number returns a member that is a whole number, 0 if it is none.
func (o object) number(name string) int64 {
	s := o.text(name)
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f > 1<<53 || f < -(1<<53) {
		return 0
	}
	return int64(f)
}

// time returns the first of the named members that is a time with its zone.
func (o object) time(names ...string) time.Time {
	for _, name := range names {
		if t := parseTime(o.text(name)); !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}

// scalar returns a JSON string, number or truth value as text; "" for anything
// else. A number keeps its digits: ids of 64 bits are not rounded.
func scalar(raw json.RawMessage) string {
	if len(raw) == 0 {
		return ""
	}
	switch raw[0] {
	case '{', '[', 'n':
		return ""
	case '"':
		if plain := raw[1 : len(raw)-1]; bytes.IndexByte(plain, '\\') < 0 && utf8.Valid(plain) {
			return string(plain)
		}
		var s string
		if json.Unmarshal(raw, &s) != nil {
			return ""
		}
		return s
	}
	return string(raw)
}

// eachItem calls yield for every object in a payload: a lone one, the elements
// of an array (or of arrays in it), or several one after another as in JSON
// lines. It stops at the first damage: what follows cannot be told apart.
func eachItem(payload []byte, yield func(json.RawMessage)) error {
	return eachValue(payload, 0, yield)
}

func eachValue(payload []byte, depth int, yield func(json.RawMessage)) error {
	payload = bytes.TrimSpace(payload)
	if len(payload) == 0 {
		return nil
	}
	if json.Valid(payload) {
		eachValid(payload, depth, yield)
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(payload))
	if payload[0] == '[' && depth < 2 {
		if _, err := dec.Token(); err != nil {
			return errDamaged
		}
		for dec.More() {
			if err := nextValue(dec, payload, depth+1, yield); err != nil {
				return err
			}
		}
		if _, err := dec.Token(); err != nil {
			return errDamaged
		}
	}
	for {
		err := nextValue(dec, payload, depth+1, yield)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// eachValid is eachValue for one valid value.
func eachValid(raw []byte, depth int, yield func(json.RawMessage)) {
	if raw[0] != '[' || depth >= 2 {
		yield(raw)
		return
	}
	for i := skipTo(raw, 1); raw[i] != ']'; {
		end := skipValue(raw, i)
		eachValid(raw[i:end], depth+1, yield)
		i = skipTo(raw, end)
	}
}

func nextValue(dec *json.Decoder, payload []byte, depth int, yield func(json.RawMessage)) error {
	start := dec.InputOffset()
	var value json.RawMessage
	switch err := dec.Decode(&value); {
	case err == io.EOF:
		return io.EOF
	case err != nil:
		// What is left of a payload that was cut off may still tell enough.
		rest := bytes.TrimLeft(payload[min(int(start), len(payload)):], " \t\r\n,")
		if o, _ := parseObject(rest); len(o) > 0 {
			yield(rest)
		}
		return errDamaged
	case value[0] == '[' && depth < 2:
		return eachValue(value, depth, yield)
	}
	yield(value)
	return nil
}

// fold writes a class name in one way: lower case, one hyphen between words.
func fold(s string) string {
	if len(s) > 128 {
		s = s[:128]
	}
	var b strings.Builder
	gap := false
	for _, r := range s {
		switch {
		case r >= 'A' && r <= 'Z':
			r += 'a' - 'A'
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r >= utf8.RuneSelf:
		default:
			gap = b.Len() > 0
			continue
		}
		if gap {
			b.WriteByte('-')
			gap = false
		}
		b.WriteRune(r)
	}
	return b.String()
}
