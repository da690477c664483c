package explain

import (
	"fmt"
	"strings"

	"github.com/rebound-mail/rebound/smtpcode"
)

// MaxCodes is how many codes one question may name.
const MaxCodes = 8

// NotACodeError is a word that looks like a code and is none.
type NotACodeError string

// Error says what a code looks like.
func (e NotACodeError) Error() string {
	return fmt.Sprintf("%q is no code: a reply code has three digits, 200 to 599; an enhanced code reads 5.1.1 and begins with 2, 4 or 5; x stands for any place", string(e))
}

// ParseCodes reads a text that consists of codes and nothing else: "550",
// "550 5.7.26", "4.x", "X.2.2", "5xx". It returns none for any other text. What
// looks like a code and is none is a
// NotACodeError.
func ParseCodes(text string) ([]string, error) {
	words := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \t\r\n,;/-()[]#:", r) })
	if len(words) == 0 || len(words) > MaxCodes {
		return nil, nil
	}
	codes := make([]string, 0, len(words))
	var wrong string
	for _, w := range words {
		w = strings.Trim(w, ".")
		code, ok := completeCode(w)
		switch {
		case ok:
			codes = append(codes, code)
		case looksLikeCode(w):
			wrong = w
		default:
			return nil, nil
		}
	}
	if wrong != "" {
		return nil, NotACodeError(wrong)
	}
	return codes, nil
}

// completeCode returns w as a code pattern; "5" and "55" are short for 5xx and
// 55x, "5.7" for 5.7.x.
func completeCode(w string) (string, bool) {
	w = strings.ToLower(w)
	for _, more := range [...]string{"", "x", "xx", ".x"} {
		if p, err := smtpcode.ParsePattern(w + more); err == nil && w != "" && (more != "xx" || len(w) == 1) {
			return canonicalPattern(p, w+more), true
		}
	}
	return "", false
}

// canonicalPattern writes "4.x" in full.
func canonicalPattern(p smtpcode.Pattern, w string) string {
	if p.Kind() == smtpcode.KindStatus && strings.Count(w, ".") == 1 {
		return w + ".x"
	}
	return w
}

// looksLikeCode reports digits, periods and x without anything else.
func looksLikeCode(w string) bool {
	return strings.ContainsAny(w, "0123456789") && strings.Trim(w, "0123456789.xX") == ""
}
