package dsn

import (
	"strconv"
	"strings"

	"github.com/rebound-mail/rebound/smtpcode"
)

// ParseAddress reads the value of a Final-Recipient or Original-Recipient field: a type, a semicolon, an address. typed is false where the type
// is missing.
//
// It puts up with brackets, comments, display names and a type given twice.
func ParseAddress(value string) (a Address, typed bool) {
	for {
		kind, rest, ok := cutType(value)
		if !ok {
			break
		}
		value = rest
		// QUIRK: "rfc822;x400;..." names the system first and the real type second; "rfc822;rfc822;a@b" says it twice.
		a.Type, typed = kind, true
	}
	if !typed {
		a.Type = "rfc822"
	}
	a.Address = bareAddress(value)
	if a.Type == "utf-8" || strings.Contains(a.Address, `\x{`) {
		a.Address = unescapeUnicode(a.Address)
	}
	return a, typed
}

// cutType takes "type;" off. Types are atoms (RFC 3464 section 2.1.2).
func cutType(value string) (kind, rest string, ok bool) {
	const longest = 40
	value = strings.TrimSpace(value)
	i := 0
	for i < len(value) && i < longest && isAtom(value[i]) {
		i++
	}
	j := i
	for j < len(value) && (value[j] == ' ' || value[j] == '\t') {
		j++
	}
	if i == 0 || j >= len(value) || value[j] != ';' || '0' <= value[0] && value[0] <= '9' {
		return "", value, false
	}
	return lowerType(value[:i]), strings.TrimSpace(value[j+1:]), true
}

func isAtom(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_' || c == '.' || c == '/'
}

// lowerType saves the usual ones from allocating.
func lowerType(s string) string {
	switch s {
	case "rfc822", "RFC822":
		return "rfc822"
	case "rfc/822", "RFC/822", "rfc-822", "RFC-822", "rfc2822", "rfc821", "smtp-address": // QUIRK: slips that mean the same
		return "rfc822"
	case "smtp", "SMTP":
		return "smtp"
	case "dns", "DNS":
		return "dns"
	}
	return strings.ToLower(s)
}

// bareAddress takes brackets, comments and display names off an address.
func bareAddress(s string) string {
	s = strings.TrimSpace(s)
	if plainAddress(s) {
		return trimRootDot(s) // the dot of an absolute domain name, which SMTP does not know
	}
	if open := openBracket(s); open >= 0 {
		s = s[open+1:]
		if end := closeBracket(s); end >= 0 {
			s = s[:end]
		}
	}
	s = cutComments(s)
	s = trimFoldPrefix(s, "mailto:")
	s = trimFoldPrefix(s, "smtp:")
	s = strings.Trim(s, " \t<>,;'")
	if len(s) > 1 && s[0] == '"' && s[len(s)-1] == '"' { // "a@b" in quotes as a whole, not a quoted local part
		s = strings.Trim(s, `"<> `)
	}
	// A source route (RFC 5321 appendix C): @relay,@relay:user@host.
	if strings.HasPrefix(s, "@") {
		if colon := strings.IndexByte(s, ':'); colon > 0 && strings.IndexByte(s[colon:], '@') > 0 {
			s = s[colon+1:]
		}
	}
	return trimRootDot(firstWord(s))
}

func trimRootDot(s string) string {
	if strings.HasSuffix(s, "..") {
		return s
	}
	return strings.TrimSuffix(s, ".")
}

// plainAddress says whether nothing needs to be taken off.
func plainAddress(s string) bool {
	return !strings.ContainsAny(s, " \t<>()\",;:'\\") && !strings.HasPrefix(s, "@")
}

// openBracket finds the "<" before an address, outside of quotes.
func openBracket(s string) int {
	at, open := outsideQuotes(s, '<')
	if at < 0 && open { // a quote that never ends says nothing
		return strings.IndexByte(s, '<')
	}
	return at
}

// closeBracket finds the ">" behind an address, outside of quotes if there is one.
func closeBracket(s string) int {
	if at, _ := outsideQuotes(s, '>'); at >= 0 {
		return at
	}
	return strings.IndexByte(s, '>')
}

// outsideQuotes finds a byte that stands in no quotes, -1 if there is none, and whether that is for a quote that never ends.
func outsideQuotes(s string, c byte) (at int, open bool) {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			open = !open
		case c:
			if !open {
				return i, false
			}
		}
	}
	return -1, open
}

// cutComments leaves out what stands in parentheses behind a blank or at the beginning; elsewhere they belong to an X.400 address or the like.
func cutComments(s string) string {
	if strings.HasPrefix(s, "(") {
		if end := strings.IndexByte(s, ')'); end >= 0 {
			s = strings.TrimSpace(s[end+1:])
		}
	}
	if i := strings.Index(s, " ("); i > 0 {
		return strings.TrimSpace(s[:i])
	}
	if i := strings.IndexByte(s, '('); i > 0 && strings.HasSuffix(s, ")") && strings.IndexByte(s[:i], '@') > 0 {
		return s[:i]
	}
	return s
}

// firstWord ends a mail address at the first blank behind its @; other addresses may hold blanks.
func firstWord(s string) string {
	at := strings.LastIndexByte(s, '@')
	if at < 0 {
		return s
	}
	if i := strings.IndexAny(s[at:], " \t"); i >= 0 {
		return s[:at+i]
	}
	if i := strings.IndexAny(s[:at], " \t"); i >= 0 && !strings.Contains(s[:at], `"`) {
		head := s[:i]
		if strings.Contains(head, "@") {
			return head
		}
	}
	return s
}

func trimFoldPrefix(s, prefix string) string {
	if len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix) {
		return s[len(prefix):]
	}
	return s
}

// unescapeUnicode undoes \x{20AC} (RFC 6533 section 3, utf-8-addr-xtext and utf-8-addr-unitext).
func unescapeUnicode(s string) string {
	var out strings.Builder
	for {
		before, after, ok := strings.Cut(s, `\x{`)
		out.WriteString(before)
		if !ok {
			return out.String()
		}
		digits, rest, closed := strings.Cut(after, "}")
		n, err := strconv.ParseUint(digits, 16, 32)
		if !closed || err != nil || n > 0x10ffff || n < 0x20 {
			out.WriteString(`\x{`)
			s = after
			continue
		}
		out.WriteRune(rune(n))
		s = rest
	}
}

// ParseMTA reads the value of a field such as Remote-MTA: a type, a semicolon, a name, perhaps a comment.
func ParseMTA(value string) MTA {
	var m MTA
	kind, rest, ok := cutType(value)
	if ok {
		m.Type = kind
	}
	rest = strings.TrimSpace(rest)
	if open := strings.IndexByte(rest, '('); open >= 0 {
		m.Comment = strings.TrimSpace(strings.TrimSuffix(rest[open+1:], ")"))
		rest = strings.TrimSpace(rest[:open])
	}
	if m.Type == "dns" || m.Type == "smtp" || m.Type == "" {
		if i := strings.IndexAny(rest, " \t;,"); i > 0 {
			rest = rest[:i]
		}
	}
	m.Name = strings.TrimSuffix(strings.Trim(rest, "<>\"' "), ".")
	return m
}

// ParseDiagnostic reads the value of a Diagnostic-Code field: a type, a semicolon, the reply. Without a type it is all reply.
func ParseDiagnostic(value string) Diagnostic {
	kind, rest, ok := cutType(value)
	if !ok {
		return Diagnostic{Text: strings.TrimSpace(value)}
	}
	return Diagnostic{Type: kind, Text: rest}
}

// ParseAction reads the value of an Action field: the first word that is an action.
//
// QUIRK: some systems append a comment ("failed (bounced)"), some write a participle of their own ("failure", "relayed-to").
func ParseAction(value string) Action {
	word := strings.TrimLeft(value, " \t\"'(<")
	end := 0
	for end < len(word) && ('a' <= word[end]|0x20 && word[end]|0x20 <= 'z') {
		end++
	}
	for a := Failed; a <= Opaque; a++ {
		if strings.EqualFold(word[:end], a.String()) {
			return a
		}
	}
	switch strings.ToLower(word[:end]) {
	case "fail", "failure", "bounced", "rejected", "undeliverable", "expired", "returned", "error":
		return Failed
	case "delay", "deferred", "warning":
		return Delayed
	case "deliver", "delivery", "success", "deliverable":
		return Delivered
	case "relay":
		return Relayed
	case "expand":
		return Expanded
	}
	return ActionUnknown
}

// ParseStatus reads the value of a Status field: an enhanced status code, perhaps with a comment; zero if there is none.
func ParseStatus(value string) smtpcode.Status {
	value = strings.TrimSpace(value)
	token := value
	if i := strings.IndexAny(value, " \t(;,"); i >= 0 {
		token = value[:i]
	}
	if status, err := smtpcode.ParseStatus(strings.TrimSuffix(token, ".")); err == nil {
		return status
	}
	return smtpcode.Find(value).Status
}
