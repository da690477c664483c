package verp

import (
	"strings"
)

// Recipient returns the recipient that a VERP return path encodes:
//
//	bounces+user=example.org@lists.example.com      Postfix (XVERP), Mailman, Sympa
//	list-return-42-user=example.org@lists.example   ezmlm, qmail
//	owner-list-user=example.org@lists.example       qmail's -@[]
//	bounces+42+user=example.org@lists.example       with a serial number before
//	bounces+1aggw...-user=example.org@lists.example  signed, see Keyring; not verified here
//
// ok is false if address is no such path.
func Recipient(address string) (recipient string, ok bool) {
	if _, named, ok := signedParts(address); ok {
		eq := strings.LastIndexByte(named, '=')
		return named[:eq] + "@" + named[eq+1:], true
	}
	local, _, ok := split(address)
	if !ok {
		return "", false
	}
	if isPrefixed(local, "srs0") || isPrefixed(local, "srs1") || isPrefixed(local, "prvs") {
		return "", false
	}
	eq := strings.LastIndexByte(local, '=')
	if eq <= 0 {
		return "", false
	}
	user, domain := local[:eq], strings.ToLower(local[eq+1:])
	if !isDomain(domain) {
		return "", false
	}
	if user = userOf(user); user == "" {
		return "", false
	}
	return user + "@" + domain, true
}

// userOf returns what stands behind the list's own part of a local part.
func userOf(s string) string {
	if i := strings.IndexByte(s, '+'); i >= 0 {
		rest := s[i+1:]
		if j := strings.IndexAny(rest, "+-"); j > 0 && isNumber(rest[:j]) {
			rest = rest[j+1:]
		}
		return rest
	}
	for _, mark := range [...]string{"-return-", "-bounces-", "-bounce-", "-errors-", "-owner-", "-admin-"} {
		if i := strings.Index(s, mark); i > 0 {
			return afterNumber(s[i+len(mark):])
		}
	}
	for _, prefix := range [...]string{"bounces-", "bounce-", "return-", "errors-", "owner-"} {
		if rest, ok := strings.CutPrefix(s, prefix); ok {
			return afterNumber(rest)
		}
	}
	return ""
}

// afterNumber drops serial numbers such as ezmlm's message number.
func afterNumber(s string) string {
	for {
		i := strings.IndexAny(s, "-+.")
		if i <= 0 || !isNumber(s[:i]) {
			return s
		}
		s = s[i+1:]
	}
}

// Unwrap returns the mailbox inside a BATV or SRS return path, or address
// itself if it is neither:
//
//	prvs=0123456789=user@example.com            BATV
//	SRS0=HHH=TT=example.com=user@forwarder      SRS
//	SRS1=HHH=first==HHH=TT=example.com=user@second
func Unwrap(address string) string {
	local, domain, ok := split(address)
	if !ok {
		return address
	}
	switch {
	case isPrefixed(local, "prvs"):
		if parts := strings.SplitN(local[len("prvs="):], "=", 2); len(parts) == 2 && parts[0] != "" && parts[1] != "" {
			return untag(parts[0], parts[1]) + "@" + domain
		}
	case isPrefixed(local, "srs0"):
		return unSRS(local[len("srs0="):], address)
	case isPrefixed(local, "srs1"):
		if _, inner, ok := strings.Cut(local, "=="); ok {
			return unSRS(inner, address)
		}
		if parts := strings.SplitN(local[len("srs1="):], "=", 3); len(parts) == 3 {
			return unSRS(strings.TrimLeft(parts[2], "=+-"), address)
		}
	}
	return address
}

// untag tells tag and mailbox of a BATV address apart.
//
// QUIRK: the first drafts wrote the mailbox before the tag (prvs=user=tag).
func untag(first, second string) string {
	if len(second) == 10 && isNumber(second[:4]) && !isNumber(first[:min(4, len(first))]) {
		return first
	}
	return second
}

// unSRS reads HHH=TT=domain=user.
func unSRS(s, whole string) string {
	parts := strings.SplitN(s, "=", 4)
	if len(parts) != 4 || !isDomain(strings.ToLower(parts[2])) || parts[3] == "" {
		return whole
	}
	return parts[3] + "@" + parts[2]
}

// isPrefixed reports whether local begins with the scheme's name and one of its
// separators.
func isPrefixed(local, scheme string) bool {
	return len(local) > len(scheme)+1 && strings.EqualFold(local[:len(scheme)], scheme) && strings.IndexByte("=+-", local[len(scheme)]) >= 0
}

func split(address string) (local, domain string, ok bool) {
	address = strings.Trim(address, "<> \t")
	at := strings.LastIndexByte(address, '@')
	if at <= 0 || at == len(address)-1 {
		return "", "", false
	}
	return address[:at], address[at+1:], true
}

// isDomain reports whether s looks like a domain: two labels or more of
// letters, digits and hyphens, the last not all digits.
func isDomain(s string) bool {
	labels := strings.Split(s, ".")
	if len(labels) < 2 {
		return false
	}
	for _, l := range labels {
		if l == "" || l[0] == '-' || l[len(l)-1] == '-' {
			return false
		}
		for i := range len(l) {
			if b := l[i]; b < 0x80 && !(b >= 'a' && b <= 'z' || b >= '0' && b <= '9' || b == '-') {
				return false
			}
		}
	}
	return !isNumber(labels[len(labels)-1])
}

func isNumber(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
