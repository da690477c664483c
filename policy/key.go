package policy

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// ErrAddress is returned for what is no mail address.
var ErrAddress = errors.New("policy: not a mail address")

// maxAddress is how long an address may be, in bytes. RFC 5321 section 4.5.3.1
// allows 64 + 1 + 255; systems that take longer ones exist.
const maxAddress = 1024

// Key names a recipient and the stream of mail that a question is about.
// States are kept by Recipient alone: a mailbox that does not exist is gone for
// every stream.
type Key struct {
	Recipient string // see NormalAddress
	Stream    string // "" if nothing is said about it
}

// NewKey returns the key of an address in any usual spelling.
func NewKey(address, stream string, set Settings) (Key, error) {
	recipient, err := NormalAddress(address, set.CaseSensitive)
	if err != nil {
		return Key{}, err
	}
	return Key{Recipient: recipient, Stream: StreamName(stream)}, nil
}

// NormalAddress returns the one spelling that stands for all spellings of an
// address: without angle brackets, needless quotes, the root's dot, "mailto:"
// (RFC 6068) and what is around it and cannot be seen; the domain in lower case
// and in its ASCII form (RFC 5890); the local part in NFC and, unless
// caseSensitive, in lower case. By RFC 5321 section 2.4 the case of
// local parts matters to their host; hosts that tell Kim from kim are hardly
// known, and lists that hold both spellings of one mailbox are common.
func NormalAddress(address string, caseSensitive bool) (string, error) {
	address = strings.TrimFunc(address, isAround)
	if inner, ok := strings.CutPrefix(address, "<"); ok {
		address = strings.TrimFunc(strings.TrimSuffix(inner, ">"), isAround)
	}
	address = withoutScheme(address)
	at := strings.LastIndexByte(address, '@')
	if at <= 0 || address[0] == '<' || len(address) > maxAddress || !utf8.ValidString(address) || strings.ContainsFunc(address, isUnwritable) {
		return "", ErrAddress
	}
	domain := normalDomain(address[at+1:])
	if domain == "" || strings.ContainsAny(domain, " <>@\"(),;\\") || strings.Contains("."+domain+".", "..") {
		return "", ErrAddress
	}
	local := unquote(address[:at])
	if !isASCII(local) {
		local = norm.NFC.String(local)
	}
	if !caseSensitive {
		local = strings.ToLower(local)
	}
	return local + "@" + domain, nil
}

// withoutScheme takes "mailto:" off, as often as it stands there: addresses are
// copied from pages, and no local part has a colon without quotes.
func withoutScheme(address string) string {
	const scheme = "mailto:"
	for len(address) > len(scheme) && strings.EqualFold(address[:len(scheme)], scheme) {
		address = strings.TrimFunc(address[len(scheme):], isAround)
	}
	return address
}

// isAround reports whether a character around an address is none of it: white
// space, and what cannot be seen, such as the byte order mark before the first
// line of a file. With it, a suppressed address would be another one.
func isAround(r rune) bool { return unicode.IsSpace(r) || isInvisible(r) }

// isUnwritable reports whether a character stands in no address: who pasted it
// sees another address than the program.
func isUnwritable(r rune) bool {
	return unicode.IsControl(r) || isInvisible(r) || r != ' ' && unicode.IsSpace(r)
}

// isInvisible reports whether a character shows nothing and says nothing. The two
// joiners do in some scripts (RFC 5892 appendix A.1), so local parts may have them.
func isInvisible(r rune) bool {
	return r >= utf8.RuneSelf && r != '\u200c' && r != '\u200d' && unicode.Is(unicode.Cf, r)
}

// normalDomain returns a domain in lower case and ASCII. One that IDNA refuses
// is only folded: it is somebody's all the same.
func normalDomain(domain string) string {
	domain = strings.ToLower(strings.TrimSuffix(domain, "."))
	if isASCII(domain) {
		return domain
	}
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil {
		return norm.NFC.String(domain)
	}
	return ascii
}

// unquote removes the quotes of a local part that needs none (RFC 5321 section
// 4.1.2: "kim" and kim are the same mailbox).
func unquote(local string) string {
	if len(local) < 3 || local[0] != '"' || local[len(local)-1] != '"' {
		return local
	}
	inner := local[1 : len(local)-1]
	if strings.ContainsAny(inner, " \t\"(),:;<>@[\\]") || strings.HasPrefix(inner, ".") || strings.HasSuffix(inner, ".") || strings.Contains(inner, "..") {
		return local
	}
	return inner
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
