package dsn

import (
	"errors"
	"fmt"
	"strings"
)

// ErrXtext tells of text that is no xtext.
var ErrXtext = errors.New("dsn: not xtext (RFC 3461 section 4)")

// EncodeXtext writes a text as xtext (RFC 3461 section 4): "+", "=" and what is not printable ASCII become "+" and two hexadecimal digits.
func EncodeXtext(s string) string {
	const hexDigits = "0123456789ABCDEF"
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c > ' ' && c < 0x7f && c != '+' && c != '=' {
			out.WriteByte(c)
			continue
		}
		out.Write([]byte{'+', hexDigits[c>>4], hexDigits[c&15]})
	}
	return out.String()
}

// DecodeXtext reads xtext. A text that is none is an error, ErrXtext, and given back as it is.
func DecodeXtext(s string) (string, error) {
	if !strings.Contains(s, "+") {
		return s, nil
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '+' {
			out = append(out, s[i])
			continue
		}
		c, ok := xtextByte(s[i:])
		if !ok {
			return s, fmt.Errorf("%w: %q", ErrXtext, s)
		}
		out = append(out, c)
		i += 2
	}
	return string(out), nil
}

// xtextByte reads "+" and two digits. Lower-case digits are no xtext, but addresses like user+ab@example.com are common.
func xtextByte(s string) (byte, bool) {
	if len(s) < 3 {
		return 0, false
	}
	high, low := strings.IndexByte("0123456789ABCDEF", s[1]), strings.IndexByte("0123456789ABCDEF", s[2])
	return byte(high<<4 | low), high >= 0 && low >= 0
}

// decodeLeftXtext undoes xtext that an MTA took over from ORCPT into Original-Recipient.
//
// QUIRK: RFC 3464 section 2.3.1 wants it decoded. Only what xtext has to encode is decoded here, since "user+2Btag@example.com" is
// hardly anybody's address but "user+AB@example.com" may be.
func decodeLeftXtext(address string) string {
	if !strings.Contains(address, "+") {
		return address
	}
	if !strings.Contains(address, "@") {
		if decoded, err := DecodeXtext(address); err == nil && strings.Contains(decoded, "@") {
			return decoded
		}
		return address
	}
	return strings.NewReplacer("+2B", "+", "+3D", "=").Replace(address)
}

// ParseOrcpt reads the ORCPT parameter of RCPT TO (RFC 3461 section 4.2): a type, a semicolon, an address in xtext, or in the notation of
// RFC 6533 section 3 where the type is utf-8.
func ParseOrcpt(value string) (Address, error) {
	kind, rest, ok := strings.Cut(value, ";")
	if !ok || kind == "" {
		return Address{}, fmt.Errorf("%w: %q has no address type", ErrXtext, value)
	}
	a := Address{Type: strings.ToLower(kind), Address: rest}
	if a.Type == "utf-8" {
		a.Address = unescapeUnicode(rest)
		return a, nil
	}
	decoded, err := DecodeXtext(rest)
	a.Address = decoded
	return a, err
}

// Orcpt writes the address as the ORCPT parameter of RCPT TO, in ASCII.
func (a Address) Orcpt() string {
	kind := a.Type
	if kind == "" {
		kind = "rfc822"
	}
	if isASCII(a.Address) && kind != "utf-8" {
		return kind + ";" + EncodeXtext(a.Address)
	}
	return "utf-8;" + escapeUnicode(a.Address)
}

// escapeUnicode writes utf-8-addr-xtext (RFC 6533 section 3).
func escapeUnicode(s string) string {
	var out strings.Builder
	for _, r := range s {
		if r > ' ' && r < 0x7f && r != '+' && r != '=' && r != '\\' {
			out.WriteRune(r)
			continue
		}
		fmt.Fprintf(&out, `\x{%X}`, r)
	}
	return out.String()
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
