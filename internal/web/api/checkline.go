package api

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"unicode/utf8"

	"github.com/rebound-mail/rebound/policy"
)

// maxCheckLine is how long a line of a bulk check may be: an address with every
// character escaped, and a stream.
const maxCheckLine = 8 << 10

var (
	errLineLong = errors.New("the line is too long")
	errLineUTF8 = errors.New("the line is not UTF-8")
)

// question is what a line asks about. Its strings are the line's.
type question struct {
	address string
	stream  string
}

// lineReader reads the questions of a bulk check.
type lineReader struct {
	in     *bufio.Reader
	stream string // where a line names none
	begun  bool
}

// mark is the byte order mark that some programs write before the first line.
var mark = []byte("\ufeff")

func newLineReader(r io.Reader, stream string) *lineReader {
	return &lineReader{in: bufio.NewReaderSize(r, 8*maxCheckLine), stream: stream}
}

// next returns the next question. Wrong is what keeps a line from being one; err
// ends the reading, with io.EOF at the end.
func (l *lineReader) next() (q question, wrong, err error) {
	for {
		line, long, err := l.line()
		if err != nil {
			return question{}, nil, err
		}
		if long {
			return question{}, errLineLong, nil
		}
		if !l.begun {
			l.begun, line = true, bytes.TrimPrefix(line, mark)
		}
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		q, wrong = parseQuestion(line)
		if wrong == nil && q.stream == "" {
			q.stream = l.stream
		}
		return q, wrong, nil
	}
}

// line returns the next line, which holds until the one after it is read.
func (l *lineReader) line() (line []byte, long bool, err error) {
	line, err = l.in.ReadSlice('\n')
	for errors.Is(err, bufio.ErrBufferFull) {
		long = true
		_, err = l.in.ReadSlice('\n')
	}
	if err != nil && (!errors.Is(err, io.EOF) || len(line) == 0 && !long) {
		return nil, false, err
	}
	return line, long || len(line) > maxCheckLine, nil
}

// parseQuestion reads a line: a JSON string, an object with address and stream,
// or an address as it is.
func parseQuestion(line []byte) (question, error) {
	first, last := line[0], line[len(line)-1]
	if first == '{' {
		if q, ok := plainObject(line); ok {
			return q, nil
		}
		return jsonQuestion(line)
	}
	if first == '"' && last == '"' && len(line) > 1 {
		if inner := line[1 : len(line)-1]; isPlainJSON(inner) {
			return question{address: string(inner)}, nil
		}
		var q question
		err := decodeJSON(line, &q.address)
		return q, err
	}
	if !utf8.Valid(line) {
		return question{}, errLineUTF8
	}
	return question{address: string(line)}, nil
}

// plainObject reads {"address":"...","stream":"..."} as most programs write it.
func plainObject(line []byte) (q question, ok bool) {
	rest, ok := bytes.CutPrefix(line, []byte(`{"address":"`))
	if !ok {
		return q, false
	}
	i := bytes.IndexByte(rest, '"')
	if i < 0 || !isPlainJSON(rest[:i]) {
		return q, false
	}
	value, rest := rest[:i], rest[i+1:]
	if string(rest) == "}" {
		return question{address: string(value)}, true
	}
	rest, ok = bytes.CutPrefix(rest, []byte(`,"stream":"`))
	i = bytes.IndexByte(rest, '"')
	if !ok || i < 0 || !isPlainJSON(rest[:i]) || string(rest[i+1:]) != "}" {
		return q, false
	}
	return question{address: string(value), stream: string(rest[:i])}, true
}

// isPlainJSON reports whether what stands between quotes stands for itself.
func isPlainJSON(b []byte) bool {
	for _, c := range b {
		if c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// jsonQuestion reads any object.
func jsonQuestion(line []byte) (question, error) {
	var whole any
	if err := decodeJSON(line, &whole); err != nil {
		return question{}, err
	}
	object, _ := whole.(map[string]any)
	known := []string{"address", "stream"}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if !slices.Contains(known, name) {
			return question{}, errors.New(didYouMean("there is no field "+string(quoteJSON(name)), name, known))
		}
	}
	address, ok := object["address"].(string)
	if !ok {
		return question{}, errors.New("address has to be there, and a string")
	}
	stream, ok := object["stream"].(string)
	if _, given := object["stream"]; given && !ok {
		return question{}, errors.New("stream has to be a string")
	}
	return question{address: address, stream: stream}, nil
}

func quoteJSON(s string) []byte {
	b, _ := json.Marshal(s)
	return b
}

// appendAnswer appends the answer to a question as a line: what encoding/json
// makes of a checkAnswer, and many times faster.
func appendAnswer(b []byte, address string, a *policy.Answer) []byte {
	b = append(b, `{"address":`...)
	b = appendString(b, address)
	b = append(b, `,"may_send":`...)
	b = appendBool(b, a.MaySend)
	b = append(b, `,"suppressed":`...)
	b = appendBool(b, a.Suppressed)
	if a.Probation {
		b = append(b, `,"probation":true`...)
	}
	if a.Ground != "" {
		b = appendField(b, "ground", string(a.Ground))
		if a.Reason != "" {
			b = appendField(b, "reason", string(a.Reason))
		}
		if a.Stream != "" {
			b = appendField(b, "stream", a.Stream)
		}
		if !a.Since.IsZero() {
			b = appendTime(b, "since", a.Since)
		}
		if !a.Until.IsZero() {
			b = appendTime(b, "until", a.Until)
		}
	}
	if a.Why != "" {
		b = appendField(b, "why", a.Why)
	}
	return append(b, "}\n"...)
}

// appendWrong appends the answer to a line that asks about no address.
func appendWrong(b []byte, address, wrong string) []byte {
	b = append(b, `{"address":`...)
	b = appendString(b, address)
	b = append(b, `,"may_send":false,"suppressed":false`...)
	b = appendField(b, "error", wrong)
	return append(b, "}\n"...)
}

func appendField(b []byte, name, value string) []byte {
	b = append(b, `,"`...)
	b = append(b, name...)
	b = append(b, `":`...)
	return appendString(b, value)
}

func appendBool(b []byte, v bool) []byte {
	if v {
		return append(b, "true"...)
	}
	return append(b, "false"...)
}
