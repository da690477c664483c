package mailpart

import "strings"

// Address is one address of a field such as From or To.
type Address struct {
	Name    string // display name or comment, RFC 2047 decoded; "" if there is none
	Address string // without angle brackets
}

// ParseAddresses reads the addresses of a field (RFC 5322 section 3.4, groups included) as far as there are any: entries without an @ are
// left out, and nothing that is wrong with one entry spoils the others. The value has to be unfolded but not decoded, as Unfolded gives it.
func ParseAddresses(value string) []Address {
	var list []Address
	for value != "" {
		var entry string
		entry, value = nextEntry(value)
		if a, ok := parseEntry(entry); ok {
			list = append(list, a)
		}
	}
	return list
}

// nextEntry cuts at the next comma or semicolon, or behind the colon of a group, outside of quotes, comments and angle brackets.
func nextEntry(s string) (entry, rest string) {
	quoted, angle, depth := false, false, 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\':
			i++
		case c == '"' && depth == 0:
			quoted = !quoted
		case quoted:
		case c == '(':
			depth++
		case c == ')':
			depth = max(depth-1, 0)
		case depth > 0:
		case c == '<':
			angle = true
		case c == '>':
			angle = false
		case c == ',' && !angle, c == ';' && !angle, c == ':' && !angle && !strings.Contains(s[:i], "@"):
			return s[:i], s[i+1:]
		}
	}
	if quoted { // a quote that never ends: go on behind the next comma
		if entry, rest, ok := strings.Cut(s, ","); ok {
			return entry, rest
		}
	}
	return s, ""
}

func parseEntry(s string) (Address, bool) {
	s = strings.TrimSpace(s)
	if open := strings.LastIndexByte(s, '<'); open >= 0 {
		address, _, _ := strings.Cut(s[open+1:], ">")
		address = strings.TrimSpace(address)
		name := strings.Trim(strings.TrimSpace(s[:open]), `"`)
		return Address{DecodeWords(unquotePairs(name)), address}, strings.IndexByte(address, '@') >= 0
	}
	name := ""
	if open := strings.IndexByte(s, '('); open >= 0 {
		comment, after, _ := strings.Cut(s[open+1:], ")")
		name = DecodeWords(unquotePairs(strings.TrimSpace(comment)))
		s = strings.TrimSpace(s[:open] + after)
	}
	at := strings.LastIndexByte(s, '@')
	if at < 0 {
		return Address{}, false
	}
	if strings.ContainsAny(s, " \t") && !strings.HasPrefix(s, `"`) {
		for word := range strings.FieldsSeq(s) {
			if strings.Contains(word, "@") {
				return Address{name, strings.Trim(word, `"'`)}, true
			}
		}
	}
	return Address{name, s}, true
}

func unquotePairs(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	return string(unescape([]byte(s)))
}
