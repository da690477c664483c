package smtpcode

import (
	"errors"
	"fmt"
	"strconv"
)

// Errors of the strict parsers. They arrive wrapped, with the refused text.
var (
	ErrCode    = errors.New("smtpcode: not a reply code (three digits, 200 to 599)")
	ErrStatus  = errors.New("smtpcode: not an enhanced status code (such as 5.1.1)")
	ErrPattern = errors.New("smtpcode: not a code pattern (such as 550, 5xx, 5.1.1, 4.x.x)")
)

// Class is the first digit of a reply code or of an enhanced status code: what came of the command or of the delivery.
type Class uint8

// The classes of RFC 5321 section 4.2.1 and RFC 3463 section 3.1. Enhanced status codes have no class 3.
const (
	ClassNone    Class = 0
	Success      Class = 2 // positive completion
	Intermediate Class = 3 // accepted so far, more is expected
	Transient    Class = 4 // failed for now: trying again later may succeed
	Permanent    Class = 5 // failed: the same message will not pass again
)

// String returns the digit, or "" for ClassNone.
func (c Class) String() string {
	if c == ClassNone {
		return ""
	}
	return strconv.Itoa(int(c))
}

// Code is a reply code, 200 to 599; zero means none. RFC 5321 section 4.2.1 defines second digits 0 to 5 only, but servers do send
// 571 or 591, so every second digit is valid here.
type Code uint16

// ParseCode reads exactly three digits, 200 to 599. Anything else is ErrCode, also the empty text.
func ParseCode(s string) (Code, error) {
	if len(s) != 3 || !isDigit(s[1]) || !isDigit(s[2]) || s[0] < '2' || s[0] > '5' {
		return 0, refused(ErrCode, s)
	}
	return codeAt(s, 0), nil
}

// codeAt reads the three digits at text[i:].
func codeAt(text string, i int) Code {
	return Code(text[i]-'0')*100 + Code(text[i+1]-'0')*10 + Code(text[i+2]-'0')
}

// Class returns the class of a valid code, else ClassNone.
func (c Code) Class() Class {
	if !c.IsValid() {
		return ClassNone
	}
	return Class(c / 100)
}

// IsValid reports whether c lies between 200 and 599. Zero is not valid.
func (c Code) IsValid() bool { return c >= 200 && c <= 599 }

// String returns the digits, or "" for zero.
func (c Code) String() string {
	if c == 0 {
		return ""
	}
	return strconv.Itoa(int(c))
}

// MarshalText writes the three digits, nothing for zero. An invalid code is an error.
func (c Code) MarshalText() ([]byte, error) {
	if c != 0 && !c.IsValid() {
		return nil, refused(ErrCode, c.String())
	}
	return []byte(c.String()), nil
}

// UnmarshalText reads what MarshalText writes.
func (c *Code) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*c = 0
		return nil
	}
	v, err := ParseCode(string(b))
	if err != nil {
		return err
	}
	*c = v
	return nil
}

// MarshalJSON writes a number, 0 for none.
func (c Code) MarshalJSON() ([]byte, error) {
	if c != 0 && !c.IsValid() {
		return nil, refused(ErrCode, c.String())
	}
	return strconv.AppendUint(nil, uint64(c), 10), nil
}

// UnmarshalJSON reads a number (0 for none), a string of the digits, or null, which changes nothing.
func (c *Code) UnmarshalJSON(b []byte) error {
	s := string(b)
	if s == "null" {
		return nil
	}
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		s = s[1 : len(s)-1]
	}
	if s == "0" {
		s = ""
	}
	return c.UnmarshalText([]byte(s))
}

// refused wraps a sentinel with the text that was refused, cut to a length fit for a log line.
func refused(err error, s string) error {
	const most = 40
	if len(s) > most {
		return fmt.Errorf("%w: %q and %d bytes more", err, s[:most], len(s)-most)
	}
	return fmt.Errorf("%w: %q", err, s)
}
