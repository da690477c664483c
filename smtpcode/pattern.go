package smtpcode

import (
	"strconv"
	"strings"
)

// Kind tells what a Pattern names.
type Kind uint8

// The kinds of patterns.
const (
	KindNone   Kind = iota // the zero Pattern: matches nothing
	KindReply              // a reply code: 550, 55x, 5xx
	KindStatus             // an enhanced status code: 5.1.1, x.2.2, 4.x.x
)

// String returns "reply" or "status", "" for KindNone.
func (k Kind) String() string {
	switch k {
	case KindReply:
		return "reply"
	case KindStatus:
		return "status"
	}
	return ""
}

// Pattern is a code with places left open: one code or a family of them. Patterns are small and comparable; equal patterns match the same.
// The zero value matches nothing.
type Pattern struct {
	kind  Kind
	class Class // status: ClassNone is any class
	// Reply: the lowest and the highest code. Status: subject and detail, anyPart for an open place.
	first, second uint16
}

// anyPart stands for an open place of a status pattern.
const anyPart = 0xffff

// ParsePattern reads a pattern: a reply code whose last places may be x ("550", "55x", "5xx", "xxx"), or a status any of whose places may
// be x ("5.1.1", "x.7.26", "5.1.x", "4.x.x"), where "4.x" is short for "4.x.x". The letter may be upper case. Anything else is ErrPattern.
func ParsePattern(s string) (Pattern, error) {
	p, ok := parseReplyPattern(s)
	if !ok {
		p, ok = parseStatusPattern(s)
	}
	if !ok {
		return Pattern{}, refused(ErrPattern, s)
	}
	return p, nil
}

func parseReplyPattern(s string) (Pattern, bool) {
	if len(s) != 3 {
		return Pattern{}, false
	}
	open := 3
	for open > 0 && isOpen(s[open-1]) {
		open--
	}
	if open == 0 {
		return Pattern{kind: KindReply, first: 200, second: 599}, true
	}
	low, err := ParseCode(s[:open] + "000"[open:])
	if err != nil {
		return Pattern{}, false
	}
	width := [...]uint16{1: 100, 2: 10, 3: 1}[open]
	return Pattern{kind: KindReply, first: uint16(low), second: uint16(low) + width - 1}, true
}

func parseStatusPattern(s string) (Pattern, bool) {
	class, rest, ok := strings.Cut(s, ".")
	if !ok || len(class) != 1 {
		return Pattern{}, false
	}
	p := Pattern{kind: KindStatus}
	if !isOpen(class[0]) {
		p.class = Class(class[0] - '0')
		if p.class != Success && p.class != Transient && p.class != Permanent {
			return Pattern{}, false
		}
	}
	subject, detail, full := strings.Cut(rest, ".")
	if !full {
		detail = "x"
		if len(subject) != 1 || !isOpen(subject[0]) {
			return Pattern{}, false
		}
	}
	if p.first, ok = parsePlace(subject); !ok {
		return Pattern{}, false
	}
	p.second, ok = parsePlace(detail)
	return p, ok
}

// parsePlace reads a subject or detail of a pattern: a number without leading zeros, or x.
func parsePlace(s string) (uint16, bool) {
	if len(s) == 1 && isOpen(s[0]) {
		return anyPart, true
	}
	n, end := partAt(s, 0)
	if end == 0 || end != len(s) || (end > 1 && s[0] == '0') {
		return 0, false
	}
	return n, true
}

func isOpen(b byte) bool { return b == 'x' || b == 'X' }

// Kind tells whether p names a reply code or a status.
func (p Pattern) Kind() Kind { return p.kind }

// IsExact reports whether p leaves no place open.
func (p Pattern) IsExact() bool {
	switch p.kind {
	case KindReply:
		return p.first == p.second
	case KindStatus:
		return p.class != ClassNone && p.first != anyPart && p.second != anyPart
	}
	return false
}

// Match reports whether p fits: a reply pattern looks at c alone, a status pattern at s alone. A code that is none matches no pattern.
func (p Pattern) Match(c Code, s Status) bool {
	switch p.kind {
	case KindReply:
		return uint16(c) >= p.first && uint16(c) <= p.second
	case KindStatus:
		return s.Class != ClassNone && (p.class == ClassNone || p.class == s.Class) &&
			(p.first == anyPart || p.first == s.Subject) && (p.second == anyPart || p.second == s.Detail)
	}
	return false
}

// String writes the pattern with x in lower case and all places: "5xx", "4.x.x". The zero Pattern is "".
func (p Pattern) String() string {
	switch p.kind {
	case KindReply:
		return p.replyString()
	case KindStatus:
		class := "x"
		if p.class != ClassNone {
			class = p.class.String()
		}
		return class + "." + placeString(p.first) + "." + placeString(p.second)
	}
	return ""
}

func (p Pattern) replyString() string {
	low := Code(p.first).String()
	switch p.second - p.first {
	case 0:
		return low
	case 9:
		return low[:2] + "x"
	case 99:
		return low[:1] + "xx"
	}
	return "xxx"
}

func placeString(n uint16) string {
	if n == anyPart {
		return "x"
	}
	return strconv.Itoa(int(n))
}

// MarshalText writes String.
func (p Pattern) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads what ParsePattern reads; nothing gives the zero Pattern.
func (p *Pattern) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*p = Pattern{}
		return nil
	}
	v, err := ParsePattern(string(b))
	if err != nil {
		return err
	}
	*p = v
	return nil
}
