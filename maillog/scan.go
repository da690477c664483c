package maillog

import (
	"strings"
)

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isAlnum(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// atoi2 reads two digits, the first of which may be a blank.
func atoi2(b []byte) int {
	n := int(b[1] - '0')
	if b[0] != ' ' {
		n += 10 * int(b[0]-'0')
	}
	return n
}

func hexDigit(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

func hasPrefix(b []byte, prefix string) bool {
	return len(b) >= len(prefix) && string(b[:len(prefix)]) == prefix
}

// containsFold reports whether text holds words, which are in lower case.
func containsFold(text, words string) bool {
	if words == "" {
		return true
	}
	first, upper := words[0], words[0]
	if 'a' <= first && first <= 'z' {
		upper -= 'a' - 'A'
	}
	for i := 0; i+len(words) <= len(text); i++ {
		if c := text[i]; c != first && c != upper {
			continue
		}
		if strings.EqualFold(text[i:i+len(words)], words) {
			return true
		}
	}
	return false
}

// unbracket takes "<" and ">" off an address, and what stands around them.
func unbracket(s string) string {
	s = strings.TrimSpace(s)
	if s != "" && s[0] == '<' {
		s = s[1:]
		if n := len(s); n > 0 && s[n-1] == '>' {
			s = s[:n-1]
		}
	}
	return s
}

// isAddress reports whether s looks like a mail address.
func isAddress(s string) bool {
	at := strings.LastIndexByte(s, '@')
	return at > 0 && at < len(s)-1 && s[0] != '|' && s[0] != '/'
}

// loopback reports whether a host, an IP address, or a text that begins with
// one, is this host itself.
func loopback(s string) bool {
	s = strings.TrimLeft(s, "[")
	return strings.HasPrefix(s, "127.") || strings.HasPrefix(s, "::1") || strings.HasPrefix(s, "IPv6:::1") ||
		len(s) >= 9 && strings.EqualFold(s[:9], "localhost") && (len(s) == 9 || strings.IndexByte("[].: (", s[9]) >= 0)
}

// isFilter reports whether relay, a host or transport, is one of those that
// only pass mail on within the site.
func (r *Reader) isFilter(relay string) bool {
	for _, f := range r.opt.Filters {
		if strings.EqualFold(f, relay) {
			return true
		}
	}
	return false
}
