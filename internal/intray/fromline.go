package intray

import "bytes"

var (
	fromSpace  = []byte("From ")
	quotedFrom = []byte(">From ")
)

// isFromLine reports the line that begins a mail in an mbox, by its first word
// alone.
func isFromLine(line []byte) bool { return bytes.HasPrefix(line, fromSpace) }

// isPostmark reports a From line with a date: "From sender Tue Jan  2 15:04:05
// 2024" in any of the forms in use (RFC 4155 appendix A; with a zone before or
// behind the year, a comma after the weekday, or "remote from host" at the end).
// Prose that happens to begin with From has neither a time of day nor a year.
func isPostmark(line []byte) bool {
	const longest = 1 << 10
	if !isFromLine(line) || len(line) > longest {
		return false
	}
	words := bytes.Fields(line[len(fromSpace):])
	clock, year := false, false
	for i, w := range words {
		clock = clock || isClock(w)
		year = year || i > 0 && isYear(bytes.TrimRight(w, ","))
	}
	return clock && year
}

// isClock reports hh:mm or hh:mm:ss.
func isClock(w []byte) bool {
	if len(w) == 4 || len(w) == 7 { // 9:05
		w = append([]byte("0"), w...)
	}
	if len(w) < 5 || !digits(w[0:2]) || w[2] != ':' || !digits(w[3:5]) {
		return false
	}
	return len(w) == 5 || len(w) >= 8 && w[5] == ':' && digits(w[6:8])
}

// isYear reports a year in which there was mail.
func isYear(w []byte) bool {
	return len(w) == 4 && digits(w) && (w[0] == '1' && w[1] == '9' || w[0] == '2' && w[1] == '0')
}

func digits(w []byte) bool {
	for _, c := range w {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(w) > 0
}

// unquoteFrom takes one > off lines that begin with >From, as mboxo, mboxrd and
// mboxcl put it there (qmail's mbox(5)). It works in place.
func unquoteFrom(mail []byte) []byte {
	at := nextQuoted(mail, 0)
	if at < 0 {
		return mail
	}
	out := mail[:at]
	for at >= 0 {
		next := nextQuoted(mail, at+1)
		end := len(mail)
		if next >= 0 {
			end = next
		}
		out = append(out, mail[at+1:end]...)
		at = next
	}
	return out
}

// nextQuoted returns where the next line begins, from i on, that has one > or
// more before From, -1 if none does.
func nextQuoted(mail []byte, i int) int {
	for {
		j := bytes.Index(mail[i:], quotedFrom)
		if j < 0 {
			return -1
		}
		start := i + j
		for start > 0 && mail[start-1] == '>' {
			start--
		}
		if start >= i && (start == 0 || mail[start-1] == '\n' || mail[start-1] == '\r') {
			return start
		}
		i += j + len(quotedFrom)
	}
}
