package verp

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The errors of this package; those returned wrap one of them.
var (
	ErrAddress   = errors.New("verp: an address that cannot be carried")
	ErrTooLong   = errors.New("verp: the local part would be too long")
	ErrNotSigned = errors.New("verp: no signed return path")
	ErrForged    = errors.New("verp: the signature is wrong")
	ErrExpired   = errors.New("verp: the signature has expired")
	ErrKey       = errors.New("verp: a key that cannot be used")
)

// MaxLocal is how long a local part may be, in bytes (RFC 5321 section
// 4.5.3.1.1). Most servers take longer ones, but not all.
const MaxLocal = 64

// maxAddress bounds what is looked at.
const maxAddress = 1024

// Encode returns the return path by which a bounce of mail to recipient tells
// whose it is: bounces@lists.example and kim@example.org make
// bounces+kim=example.org@lists.example. The delimiter is what the mail host
// splits extensions at, '+' for most and '-' for qmail.
//
// [Recipient] finds the recipient in it; where it would not, as with
// returnPath "news@lists.example" and '-', the error wraps ErrAddress.
func Encode(returnPath string, delimiter byte, recipient string) (string, error) {
	base, host, err := parse(returnPath)
	if err != nil {
		return "", err
	}
	user, domain, err := parse(recipient)
	if err != nil {
		return "", err
	}
	domain = strings.ToLower(domain)
	for _, serial := range [...]string{"", "0-"} { // users such as 42-kim look like a serial number and a user
		local := base + string(rune(delimiter)) + serial + user + "=" + domain
		if got, ok := Recipient(local + "@" + host); ok && got == user+"@"+domain {
			return whole(local, host, MaxLocal)
		}
	}
	return "", fmt.Errorf("%w: %q behind %q would not be found again", ErrAddress, recipient, base+string(rune(delimiter)))
}

// whole puts a return path together if it is not too long.
func whole(local, host string, limit int) (string, error) {
	if len(local) > limit {
		return "", fmt.Errorf("%w: %d bytes, %d are allowed: %s", ErrTooLong, len(local), limit, local)
	}
	return local + "@" + host, nil
}

// parse splits an address and refuses what does not fit unquoted into another
// local part.
func parse(address string) (local, domain string, err error) {
	local, domain, ok := split(address)
	if !ok || len(address) > maxAddress || !utf8.ValidString(address) {
		return "", "", fmt.Errorf("%w: %q is no mail address", ErrAddress, cut(address))
	}
	if !isDomain(strings.ToLower(domain)) {
		return "", "", fmt.Errorf("%w: %q has no domain name", ErrAddress, cut(address))
	}
	if strings.ContainsFunc(local, special) || local[0] == '.' || local[len(local)-1] == '.' || strings.Contains(local, "..") {
		return "", "", fmt.Errorf("%w: the local part of %q needs quotes", ErrAddress, cut(address))
	}
	return local, domain, nil
}

// special reports the characters that only a quoted local part may hold, RFC
// 5321 section 4.1.2 and RFC 6531 section 3.3.
func special(r rune) bool {
	return strings.ContainsRune(`"(),:;<>@[\]`, r) || unicode.IsSpace(r) || unicode.IsControl(r)
}

// cut shortens what an error shows.
func cut(s string) string {
	if len(s) > 80 {
		return strings.ToValidUTF8(s[:80], "") + "…"
	}
	return s
}
