package store

import (
	"strings"
	"unicode/utf8"
)

// maxNormal is how long a normalised text may be, in bytes.
const maxNormal = 300

// NormalText returns what is the same of a text said about other messages: in
// lower case, with runs of blanks as one, addresses, numbers, addresses of hosts
// and long random words each replaced by a sign for their kind, and cut to 300
// bytes.
func NormalText(s string) string {
	var b strings.Builder
	for word := range strings.FieldsSeq(s) {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		normalWord(&b, word)
		if b.Len() > maxNormal {
			break
		}
	}
	return Cut(b.String(), maxNormal)
}

// edges stand around words and do not belong to them.
const edges = "\"'`()[]{}<>,;:.!?=*"

func normalWord(b *strings.Builder, word string) {
	core := strings.Trim(word, edges)
	if core == "" {
		b.WriteString(word)
		return
	}
	before := word[:strings.Index(word, core)]
	after := word[len(before)+len(core):]
	b.WriteString(before)
	switch {
	case strings.Contains(core, "://"):
		b.WriteString("<url>")
	case strings.Contains(core, "@"):
		b.WriteString("<address>")
	case isCode(core):
		b.WriteString(core)
	case isIP(core):
		b.WriteString("<ip>")
	case isRandom(core):
		b.WriteString("<id>")
	default:
		writeWithoutDigits(b, core)
	}
	b.WriteString(after)
}

// writeWithoutDigits writes a word with each run of digits as #.
func writeWithoutDigits(b *strings.Builder, s string) {
	in := false
	for _, r := range strings.ToLower(strings.ToValidUTF8(s, "\uFFFD")) {
		digit := r >= '0' && r <= '9'
		if !digit {
			b.WriteRune(r)
		} else if !in {
			b.WriteByte('#')
		}
		in = digit
	}
}

// isCode reports a reply code, an enhanced status code, or both joined.
func isCode(s string) bool {
	reply, status, joined := strings.Cut(s, "-")
	if !joined {
		reply = ""
		if len(s) == 3 {
			reply, status = s, ""
		} else {
			status = s
		}
	}
	return (reply == "" || isReply(reply)) && (status == "" || isStatus(status))
}

func isReply(s string) bool {
	return len(s) == 3 && s[0] >= '2' && s[0] <= '5' && digits(s[1:])
}

func isStatus(s string) bool {
	parts := strings.Split(s, ".")
	return len(parts) == 3 && len(s) <= 9 && (parts[0] == "2" || parts[0] == "4" || parts[0] == "5") && digits(parts[1]) && digits(parts[2])
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

func isIP(s string) bool {
	if strings.Count(s, ".") == 3 {
		return strings.Trim(s, "0123456789.") == "" || strings.Trim(s, "0123456789./") == ""
	}
	return strings.Count(s, ":") >= 2 && strings.Trim(strings.ToLower(s), "0123456789abcdef:.") == ""
}

// isRandom reports words such as queue ids: long, with digits among letters and
// no word that somebody would write.
func isRandom(s string) bool {
	if len(s) < 8 {
		return false
	}
	numbers, changes, wasDigit := 0, 0, false
	for i := range len(s) {
		digit := s[i] >= '0' && s[i] <= '9'
		if digit {
			numbers++
		}
		if i > 0 && digit != wasDigit {
			changes++
		}
		wasDigit = digit
	}
	return numbers >= 2 && (changes >= 3 || numbers*2 >= len(s))
}

// Cut cuts s to at most limit bytes, between runes.
func Cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}

// DomainOf returns the domain of an address in lower case, "" if it has none.
func DomainOf(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return ""
	}
	return strings.ToLower(strings.Trim(address[at+1:], "<>. \t\r\n"))
}

// SenderDomain returns the domain of an envelope sender in lower case.
func SenderDomain(sender string) string { return DomainOf(sender) }

func trimID(id string) string { return strings.Trim(id, "<> \t\r\n") }

// containsFold reports whether part occurs in s in whatever case of ASCII.
func containsFold(s, part string) bool {
	if len(part) > len(s) {
		return false
	}
	return strings.Contains(strings.ToLower(s), strings.ToLower(part))
}
