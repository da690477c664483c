package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/rebound-mail/rebound/internal/nearest"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// maxDepth is how deep JSON may be nested; no body here needs more than three.
const maxDepth = 32

// decodeJSON reads JSON that has one meaning only: UTF-8, and no name twice in an
// object.
func decodeJSON(b []byte, v any) error {
	if !utf8.Valid(b) {
		return errors.New("the text is not UTF-8")
	}
	if err := json.Unmarshal(b, v); err != nil {
		return plainJSONError(err)
	}
	if _, first := v.(*any); !first {
		return nil // read a second time, into its type: it has been looked through
	}
	return checkNames(b)
}

// plainJSONError says what is wrong without the names of Go's types.
func plainJSONError(err error) error {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Errorf("this is not JSON: %s at byte %d", syntax.Error(), syntax.Offset)
	}
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return fmt.Errorf("what stands at byte %[2]d does not fit there: %[1]s", wrong.Value, wrong.Offset)
	}
	return errors.New("this JSON cannot be read")
}

// checkNames looks through valid JSON for objects that have a name twice, in any
// case: programs differ in which of them counts.
func checkNames(b []byte) error {
	var stack []map[string]bool // of the objects that are open; nil for an array
	name := false               // whether a string would be a name
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '{', '[':
			if len(stack) >= maxDepth {
				return fmt.Errorf("more than %d levels", maxDepth)
			}
			name = b[i] == '{'
			var names map[string]bool
			if name {
				names = map[string]bool{}
			}
			stack = append(stack, names)
		case '}', ']':
			stack = stack[:len(stack)-1]
		case ',':
			name = len(stack) > 0 && stack[len(stack)-1] != nil
		case ':':
			name = false
		case '"':
			end := stringEnd(b, i)
			if name {
				key := foldName(unquoteJSON(b[i : end+1]))
				if stack[len(stack)-1][key] {
					return fmt.Errorf("%q stands there twice", key)
				}
				stack[len(stack)-1][key] = true
			}
			i = end
		}
	}
	return nil
}

// foldName returns what is the same of names that encoding/json takes for each
// other: they differ in case only.
func foldName(s string) string { return strings.ToLower(strings.ToUpper(s)) }

// stringEnd returns where the string ends that begins at i.
func stringEnd(b []byte, i int) int {
	for i++; i < len(b) && b[i] != '"'; i++ {
		if b[i] == '\\' {
			i++
		}
	}
	return min(i, len(b)-1)
}

func unquoteJSON(b []byte) string {
	var s string
	_ = json.Unmarshal(b, &s)
	return s
}

// appendString appends a JSON string. Bytes that are no UTF-8 become U+FFFD.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 || r == '\u2028' || r == '\u2029' {
				b = append(append(b, s[from:i]...), escapeRune(r)...)
				from = i + size
			}
			i += size
			continue
		}
		b = append(append(b, s[from:i]...), '\\')
		b = appendEscape(b, c)
		i++
		from = i
	}
	return append(append(b, s[from:]...), '"')
}

func escapeRune(r rune) string {
	switch r {
	case '\u2028':
		return `\u2028`
	case '\u2029':
		return `\u2029`
	}
	return `\ufffd`
}

func appendEscape(b []byte, c byte) []byte {
	const hex = "0123456789abcdef"
	switch c {
	case '"', '\\':
		return append(b, c)
	case '\n':
		return append(b, 'n')
	case '\r':
		return append(b, 'r')
	case '\t':
		return append(b, 't')
	}
	return append(b, 'u', '0', '0', hex[c>>4], hex[c&15])
}

// nearestTo returns the name that was perhaps meant, "" if none is near. Known ones
// are in small letters.
func nearestTo(name string, known []string) string {
	return nearest.To(strings.ToLower(name), slices.Sorted(slices.Values(known)))
}

// didYouMean adds to a message what was perhaps meant, or else what there is.
func didYouMean(message, name string, known []string) string {
	if meant := nearestTo(name, known); meant != "" {
		return message + "; did you mean " + meant + "?"
	}
	if len(known) == 0 {
		return message + "; there are none here"
	}
	return message + "; there are: " + strings.Join(slices.Sorted(slices.Values(known)), ", ")
}
