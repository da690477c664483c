package smtpcode

// status judges a status at text[i:] that no reply code precedes.
func (s *scanner) status(i int) Found {
	text := s.text
	st, end := statusAt(text, i)
	if end == 0 {
		return Found{}
	}
	l := statusLead(text, i)
	if l == leadNever || (l == leadWeak && !likely(st, end-i)) || (l < leadWord && versioned(text, i)) {
		return Found{}
	}
	t := tightAlone
	if l >= leadMark {
		t = tightLed
	}
	if end = statusTail(text, end, t); end == 0 {
		return Found{}
	}
	f := Found{Status: st, Start: i, End: s.skipStatus(end, st)}
	if code, after := s.replyBehind(f.End, st); after > 0 {
		f.Code, f.End = code, s.skipStatus(after, st)
	}
	return s.enclose(f)
}

// statusLead judges what stands before a status at text[i:], which may be glued to a colon or an equals sign.
func statusLead(text string, i int) lead {
	if i == 0 {
		return leadStart
	}
	if text[i-1] == '#' && !isAt(text, i-2, cAlnum) { // "(#5.1.1)", the way of qmail
		return leadMark
	}
	l := leadOf(text, i)
	if l == leadNever && text[i-1] == ':' {
		return leadWeak
	}
	return l
}

// likely reports whether a status written in n bytes may stand among words: a failure, a subject of RFC 3463, no leading zeros.
func likely(st Status, n int) bool {
	const subjects = 7 // RFC 3463 section 3: X.0.XXX to X.7.XXX
	if st.Class == Success || st.Subject > subjects {
		return false
	}
	digits := 1
	for d := st.Detail; d >= 10; d /= 10 {
		digits++
	}
	return n == len("5.1.")+digits
}

// versioned reports whether the word before text[i] makes it a version.
func versioned(text string, i int) bool {
	j := i
	for j > 0 && i-j < maxBack && (is(text[j-1], cBlank|cOpen) || text[j-1] == ':' || text[j-1] == '=') {
		j--
	}
	return j > 0 && is(text[j-1], cLetter) && kindsBefore(text, j)&wVersioned != 0
}

// replyBehind reads a reply code of the same class behind a status, "5.1.1 550 User unknown", and returns the offset behind it or 0.
func (s *scanner) replyBehind(i int, st Status) (Code, int) {
	j := skipBlanks(s.text, i, 4)
	if j == i || j+3 > len(s.text) || Class(s.text[j]-'0') != st.Class || !isDigit(s.text[j+1]) || !isDigit(s.text[j+2]) {
		return 0, 0
	}
	if t := tailOf(s.text, j+3); t <= tailCounted {
		return 0, 0
	}
	return codeAt(s.text, j), j + 3
}

// skipStatus returns the offset behind repetitions of st that follow text[i]: "550 5.1.1 5.1.1 User unknown".
func (s *scanner) skipStatus(i int, st Status) int {
	for range 3 {
		j := skipBlanks(s.text, i, 4)
		if j == i || j >= len(s.text) || !isDigit(s.text[j]) {
			return i
		}
		again, end := statusAt(s.text, j)
		if end == 0 || again != st {
			return i
		}
		if end = statusTail(s.text, end, tightLed); end == 0 {
			return i
		}
		i = end
	}
	return i
}

// tight says how much what follows a status may look like the rest of a longer token.
type tight uint8

const (
	tightPair  tight = iota // behind a reply code
	tightLed                // behind something that introduces codes
	tightAlone              // among words
)

// statusTail judges what follows a status that ends at text[i], and returns the offset behind the status, or 0 if it is none.
func statusTail(text string, i int, t tight) int {
	if i >= len(text) {
		return i
	}
	switch b := text[i]; {
	case is(b, cBlank):
		return i
	case b == '.':
		if isAt(text, i+1, cDigit|cLower) || (t != tightPair && isAt(text, i+1, cUpper)) {
			return 0
		}
	case b == '-':
		return statusHyphen(text, i, t)
	case b == ':':
		if t != tightPair && isAt(text, i+1, cDigit) {
			return 0
		}
	case b == '/' || b == '+' || b == '~':
		if t != tightPair && isAt(text, i+1, cAlnum) {
			return 0
		}
	case b == '@' || b == '%':
		return 0
	case is(b, cLower):
		if t == tightAlone {
			return 0
		}
	case is(b, cUpper):
		if t == tightAlone && !isAt(text, i+1, cLetter) {
			return 0
		}
	}
	return i
}

// statusHyphen judges a hyphen at text[i] behind a status. Behind a reply code a range of details is read over: Microsoft's
// documentation and servers write "451 4.7.500-699".
func statusHyphen(text string, i int, t tight) int {
	switch {
	case !isAt(text, i+1, cAlnum):
		return i
	case t == tightPair:
		if _, end := partAt(text, i+1); end > 0 && !isAt(text, end, cLetter) && !(end < len(text) && text[end] == '.') {
			return end
		}
		return i
	case t == tightLed && is(text[i+1], cUpper):
		return i
	}
	return 0
}
