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
// before the damage, with errDamaged.
func parseObject(raw []byte) (object, error) {
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
		if _, known := o[name]; known || len(o) < maxFields {
			o[name] = value
		}
	}
	if _, err := dec.Token(); err != nil {
		return o, errDamaged
	}
	return o, nil
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
// and Brevo nest them. It is empty, not nil, if there is none.
func (o object) object(name string) object {
	raw := o[name]
	if len(raw) > 0 && raw[0] == '"' {
		raw = []byte(strings.TrimSpace(scalar(raw)))
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
	var list []json.RawMessage
	dec := json.NewDecoder(bytes.NewReader(raw))
	if _, err := dec.Token(); err != nil {
		return nil
	}
	for dec.More() && len(list) < MaxEvents {
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			break
		}
		list = append(list, value)
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

// Times outside these years are damage; the JSON form of an event could not
// hold all of them.
const (
	firstYear = 1990
	lastYear  = 2200
)

// timeLayouts are the ways in which providers write a time with its zone. Any
// number of digits may follow the seconds.
func timeLayouts() [7]string {
	return [...]string{
		time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05Z07",
		"2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05Z07", "2006-01-02 15:04:05 Z0700",
		time.RFC1123Z,
	}
}

// parseTime reads a time: seconds, milli-, micro- or nanoseconds since 1970,
// or one of the usual layouts. A time without a zone is none.
func parseTime(s string) time.Time {
	s = strings.TrimSpace(s)
	if s == "" || len(s) > 64 {
		return time.Time{}
	}
	if t, ok := parseEpoch(s); ok {
		return sane(t)
	}
	for _, name := range [...]string{" UTC", " GMT"} {
		if at, ok := strings.CutSuffix(s, name); ok {
			s = at + " +0000"
		}
	}
	for _, layout := range timeLayouts() {
		if t, err := time.Parse(layout, s); err == nil {
			return sane(t)
		}
	}
	return time.Time{}
}

func sane(t time.Time) time.Time {
	if y := t.UTC().Year(); y < firstYear || y > lastYear {
		return time.Time{}
	}
	return t.UTC()
}

func parseEpoch(s string) (time.Time, bool) {
	whole, fraction, _ := strings.Cut(s, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || !isDigits(fraction) {
		f, err := strconv.ParseFloat(s, 64)
		if err != nil && !errors.Is(err, strconv.ErrRange) {
			return time.Time{}, false
		}
		if !(f >= 0 && f <= 1<<62) {
			return time.Time{}, true
		}
		n, fraction = int64(f), ""
	}
	switch {
	case n < 0:
		return time.Time{}, true
	case n < 1e11:
		nanos, _ := strconv.ParseInt((fraction + "000000000")[:9], 10, 64)
		return time.Unix(n, nanos), true
	case n < 1e14:
		return time.UnixMilli(n), true
	case n < 1e17:
		return time.UnixMicro(n), true
	}
	return time.Unix(0, n), true
}

func isDigits(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}
