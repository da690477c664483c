package ndr

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxAddress is the longest address taken for one: 64 + 1 + 255 bytes (RFC
// 5321 section 4.5.3.1), and room for those who do not keep to it.
const maxAddress = 512

// splitAddress parts an address at its last "@".
func splitAddress(address string) (local, domain string) {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return address, ""
	}
	return address[:at], address[at+1:]
}

// firstAddress gives the first mail address in a text, "" if there is none.
func firstAddress(text string) string {
	address, _, _ := nextAddress(text, 0)
	return address
}

// nextAddress finds the first mail address in text at or behind from, where it
// starts and ends with the angle brackets or quotes around it left out.
func nextAddress(text string, from int) (address string, start, end int) {
	for at := from; at < len(text); at++ {
		i := strings.IndexByte(text[at:], '@')
		if i < 0 {
			break
		}
		at += i
		start, end = localStart(text, from, at), domainEnd(text, at)
		if start > from && text[start-1] == '"' && strings.HasPrefix(text[end:], "\"@") {
			continue // an "@" within a quoted local part
		}
		if start < at && end > at+1 && end-start <= maxAddress && !torn(text, start) {
			return cleanAddress(text[start:end]), start, end
		}
	}
	return "", len(text), len(text)
}

// torn says whether a control character stands right before start, with or
// without the bracket that a terminal's escape sequence goes on with: what
// follows is the rest of an address, and the rest is somebody else's.
func torn(text string, start int) bool {
	if start > 1 && text[start-1] == '[' {
		start--
	}
	return start > 0 && (text[start-1] < ' ' && strings.IndexByte("\t\r\n", text[start-1]) < 0 || text[start-1] == 0x7f)
}

// addresses lists the mail addresses in a text, each once.
func addresses(text string) []string {
	var list []string
	var seen map[string]bool // once there are many
	for pos := 0; pos < len(text); {
		address, _, end := nextAddress(text, pos)
		if address == "" {
			break
		}
		pos = end
		if len(list) < 16 && containsAddress(list, address) || seen[strings.ToLower(address)] {
			continue
		}
		list = append(list, address)
		if len(list) == 16 {
			seen = make(map[string]bool)
			for _, a := range list {
				seen[strings.ToLower(a)] = true
			}
		}
		if len(list) > 16 {
			seen[strings.ToLower(address)] = true
		}
	}
	return list
}

func containsAddress(list []string, address string) bool {
	for _, a := range list {
		if strings.EqualFold(a, address) {
			return true
		}
	}
	return false
}

// localStart gives where the local part that ends at the "@" begins.
func localStart(text string, from, at int) int {
	if at > from && text[at-1] == '"' {
		return quotedStart(text, from, at)
	}
	start := at
	for start > from && at-start < maxAddress {
		r, size := utf8.DecodeLastRuneInString(text[from:start])
		if r < utf8.RuneSelf && !isAtext(byte(r)) || r >= utf8.RuneSelf && !isWordRune(r) {
			break
		}
		start -= size
	}
	start = at - len(unglue(text[start:at]))
	return start
}

// quotedStart gives where a quoted local part (RFC 5321 section 4.1.2) begins
// whose closing quote stands right before the "@".
func quotedStart(text string, from, at int) int {
	for i := at - 2; i >= from && at-i < maxAddress; i-- {
		if text[i] == '\n' {
			break
		}
		if text[i] == '"' && (i == from || text[i-1] != '\\') {
			return i
		}
	}
	return at
}

// labels are what some write in front of an address with nothing but "=" in
// between; "=" may stand in a local part too.
var labels = []string{"to=", "rcpt=", "recipient=", "orig_to=", "address=", "addr=", "email=", "user=", "forward-path="}

// unglue takes off a local part what only stands next to it: opening quotes,
// dots, labels, and words of scripts that put no blanks between words.
func unglue(local string) string {
	for i := len(local); i > 0; {
		r, size := utf8.DecodeLastRuneInString(local[:i])
		if isUnspaced(r) && i < len(local) && local[i] < utf8.RuneSelf {
			local = local[i:]
			break
		}
		i -= size
	}
	if !strings.HasPrefix(local, "/") || strings.IndexByte(local, '=') < 0 { // X.400: "/G=John/S=Doe/O=x/"
		local = strings.TrimLeft(local, ".'`|*{/~!?&#-")
	}
	for _, l := range labels {
		if hasPrefixFold(local, l) {
			return local[len(l):]
		}
	}
	return local
}

// isUnspaced says whether a letter is of a script that puts no blanks between
// words.
func isUnspaced(r rune) bool {
	return r >= 0x0e00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai)
}

// domainEnd gives where the domain that begins behind the "@" ends.
func domainEnd(text string, at int) int {
	if at+1 < len(text) && text[at+1] == '[' {
		return literalEnd(text, at)
	}
	end, ascii := at+1, false
	for end < len(text) && end-at < maxAddress {
		r, size := utf8.DecodeRuneInString(text[end:])
		if r < utf8.RuneSelf && !isHostByte(byte(r)) || r >= utf8.RuneSelf && (!isWordRune(r) || ascii && isUnspaced(r)) {
			break
		}
		ascii = r < utf8.RuneSelf && r != '.'
		end += size
	}
	for end > at+1 && strings.IndexByte(".-_", text[end-1]) >= 0 {
		end--
	}
	return end
}

// literalEnd gives where a domain literal (RFC 5321 section 4.1.3) ends.
func literalEnd(text string, at int) int {
	for end := at + 2; end < len(text) && end-at < 80; end++ {
		switch c := text[end]; {
		case c == ']':
			return end + 1
		case !isHostByte(c) && c != ':':
			return at + 1
		}
	}
	return at + 1
}

// isAtext follows RFC 5322 section 3.2.3, with the dot, and "|", "{", "}" and
// "`" left out because prose encloses addresses in them.
func isAtext(c byte) bool {
	return isAlnum(c) || strings.IndexByte("!#$%&'*+-/=?^_~.", c) >= 0
}

func isAlnum(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

func isHostByte(c byte) bool { return isAlnum(c) || c == '-' || c == '.' || c == '_' }

// isWordRune says whether a character outside of ASCII may stand in an address
// (RFC 6531 section 3.3): letters, marks and digits, but no punctuation, which
// prose puts around addresses.
func isWordRune(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r))
}

// cleanAddress undoes the encapsulation that gateways put around addresses.
func cleanAddress(address string) string {
	local, domain := splitAddress(address)
	for _, prefix := range []string{"imceasmtp-", "imcearfc822-"} {
		if hasPrefixFold(local, prefix) {
			if inner := decodeIMCEA(local[len(prefix):]); strings.IndexByte(inner, '@') > 0 {
				return inner
			}
		}
	}
	if local != "" && local[len(local)-1] == '\'' && strings.Count(local, "'") == 1 {
		local = local[:len(local)-1]
	}
	return local + "@" + domain
}

// decodeIMCEA undoes the Internet Mail Connector Encapsulated Address of
// Exchange, [MS-OXCMAIL] section 2.1.3.2: "_" stands for "/", "+XX" for a
// byte.
func decodeIMCEA(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '+' && i+2 < len(s) {
			if hi, lo := hexDigit(s[i+1]), hexDigit(s[i+2]); hi >= 0 && lo >= 0 {
				b.WriteByte(byte(hi<<4 | lo))
				i += 2
				continue
			}
		}
		b.WriteByte(c)
	}
	return strings.ToValidUTF8(b.String(), "\uFFFD")
}

func hexDigit(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= lower(c) && lower(c) <= 'f':
		return int(lower(c)-'a') + 10
	}
	return -1
}
