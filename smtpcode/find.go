package smtpcode

import "iter"

// Found is what one place of a text says: a reply code, an enhanced status code, or both side by side. The zero value means none.
type Found struct {
	Code   Code
	Status Status
	// Start and End are byte offsets: the codes are text[Start:End], with the brackets and "#" that enclose them and the hyphen of a
	// continued line. What the server says goes on at End.
	Start, End int
}

// IsZero reports whether nothing was found.
func (f Found) IsZero() bool { return f == Found{} }

// Find returns the first place in text that has codes, or the zero Found. It allocates nothing and takes time linear in the text.
func Find(text string) Found {
	s := scanner{text: text}
	return s.next()
}

// All returns each place in text that has codes, in order and not overlapping. It allocates nothing and takes time linear in the text.
func All(text string) iter.Seq[Found] {
	return func(yield func(Found) bool) { each(text, yield) }
}

func each(text string, yield func(Found) bool) {
	s := scanner{text: text}
	for f := s.next(); f.End > 0; f = s.next() {
		if !yield(f) {
			return
		}
	}
}

// scanner walks over a text from place to place.
type scanner struct {
	text string
	pos  int   // where to go on; nothing before it is found again
	head Found // the first failure, else the first place: what the lines of a joined reply repeat
}

// next returns the next place, or the zero Found at the end.
func (s *scanner) next() Found {
	text := s.text
	for {
		i := nextDigit(text, s.pos)
		if i >= len(text) {
			s.pos = i
			return Found{}
		}
		n := digitsAt(text, i)
		if n != 2 && (i == 0 || !isDigit(text[i-1])) {
			if f := s.at(i, n); f.End > 0 {
				s.pos = f.End
				if s.head.Code < 400 && (f.Code >= 400 || s.head.Code == 0) {
					s.head = f
				}
				return f
			}
		}
		s.pos = i + n
	}
}

// digitsAt returns how many digits stand from text[i] on, where one does: 1 to 3, or 4 for any more.
func digitsAt(text string, i int) int {
	if i+4 > len(text) {
		n := 1
		for i+n < len(text) && isDigit(text[i+n]) {
			n++
		}
		return n
	}
	// One table look-up instead of a branch for each byte, which texts make unpredictable.
	t := text[i : i+4]
	return int(digitRuns[kinds[t[1]]&cDigit|kinds[t[2]]&cDigit<<1|kinds[t[3]]&cDigit<<2])
}

// digitRuns has the length of a run of digits by which of the three bytes behind the first are digits.
const digitRuns = "\x01\x02\x01\x03\x01\x02\x01\x04"

// at judges a run of n digits at text[i:], n of four meaning four or more.
func (s *scanner) at(i, n int) Found {
	text, end := s.text, i+n
	point := end < len(text) && text[end] == '.'
	switch {
	case n == 3:
		if !point || !isAt(text, end+1, cDigit) {
			return s.reply(i)
		}
	case n == 1 && point:
		return s.status(i)
	case n == 4 && point && text[i] == text[i+3]: // "5505.1.1"
		return s.pair(i, i+3)
	}
	return Found{}
}

// reply judges three digits at text[i:].
func (s *scanner) reply(i int) Found {
	text := s.text
	if i == 0 || is(text[i-1], cBlank) {
		if f := plain(text, i); f.End > 0 {
			return f
		}
	}
	end := s.skipRepeats(i)
	if f := s.pair(i, end); f.End > 0 {
		return f
	}
	if !s.standsAlone(i, end) {
		return Found{}
	}
	f := Found{Code: codeAt(text, i), Start: i, End: end}
	if end < len(text) && text[end] == '-' {
		f.End++
	}
	return s.enclose(f)
}

// plain reads the commonest form in short: "550 5.1.1 " or "550-5.1.1 " behind a blank or at the beginning, where no further look at
// what stands before is needed. Whatever it does not read goes the long way, with the same result.
func plain(text string, i int) Found {
	s := text[i:]
	if len(s) < len("550 5.1.1") || (s[3] != ' ' && s[3] != '-') || s[4] != s[0] || s[5] != '.' {
		return Found{}
	}
	status, end := statusAt(s, 4)
	if end == 0 {
		return Found{}
	}
	if end < len(s) && (s[end] != ' ' || isAt(s, end+1, cDigit|cBlank)) {
		return Found{}
	}
	return Found{Code: codeAt(s, 0), Status: status, Start: i, End: i + end}
}

// skipRepeats returns the offset behind the code at text[i:] and behind its repetitions: some servers say "550 550 5.1.1".
func (s *scanner) skipRepeats(i int) int {
	end := i + 3
	for range 3 {
		j := end + 1
		if j+3 > len(s.text) || !(is(s.text[end], cBlank) || s.text[end] == '-') || s.text[j:j+3] != s.text[i:i+3] {
			break
		}
		if j+3 < len(s.text) && !is(s.text[j+3], cJoin) {
			break
		}
		end = j + 3
	}
	return end
}

// pair judges a reply code at text[i:] that ends at end and may be followed by a status.
func (s *scanner) pair(i, end int) Found {
	text, open := s.text, byte(0)
	j := end
	for limit := min(len(text), end+8); j < limit && is(text[j], cJoin); j++ {
		if closer(text[j]) != 0 {
			open = text[j]
		}
	}
	if j >= len(text) || text[j] < '2' || text[j] > '5' {
		return Found{}
	}
	status, after := statusAt(text, j)
	if after == 0 {
		return Found{}
	}
	if after = statusTail(text, after, tightPair); after == 0 {
		return Found{}
	}
	code := codeAt(text, i)
	repeated := code == s.head.Code && status == s.head.Status
	if !repeated && !pairFits(code.Class(), status.Class, leadOf(text, i), i > 0 && text[i-1] == ':') {
		return Found{}
	}
	after = s.skipStatus(after, status)
	if c := closer(open); c != 0 && after < len(text) && text[after] == c {
		after++
	}
	return s.enclose(Found{Code: code, Status: status, Start: i, End: after})
}

// pairFits reports whether a reply code and a status side by side are codes. Where nothing introduces them, their classes must go
// together; failures of the two kinds do ("550 4.2.2" is a contradiction of the server's).
// A colon glued to the front is no port or address then.
func pairFits(code, status Class, l lead, colon bool) bool {
	switch {
	case l == leadNever && colon:
		return code == status
	case l == leadNever:
		return false
	case code == status:
		return true
	case code >= Transient && status >= Transient:
		return true
	case code >= Transient:
		return l >= leadMark
	}
	return l == leadStart
}

// standsAlone judges a reply code without a status at text[i:] that ends at end.
func (s *scanner) standsAlone(i, end int) bool {
	l := leadOf(s.text, i)
	if l == leadNever {
		return false
	}
	t := tailOf(s.text, end)
	if t <= tailUnit {
		return false
	}
	code := codeAt(s.text, i)
	if code == s.head.Code && t >= tailText && isAt(s.text, i-1, cBlank) {
		return true
	}
	switch {
	case code.Class() < Transient:
		return isKnown(code) && t != tailCounted && (l >= leadWord || (l == leadMark && t >= tailText))
	case l == leadStart:
		return true
	case l >= leadMark:
		return t != tailCounted
	}
	return t == tailReply
}

// isKnown reports whether a code below 400 is one that a standard gives a meaning in SMTP: RFC 5321 section 4.2.3, RFC 4954 (235, 334),
// RFC 3207 (220), RFC 1985 (253), RFC 876 (200).
func isKnown(c Code) bool {
	switch c {
	case 200, 211, 214, 220, 221, 235, 250, 251, 252, 253, 334, 354:
		return true
	}
	return false
}

// status judges a status at text[i:] that no reply code precedes.
func (s *scanner) status(i int) Found {
	text := s.text
	st, end := statusAt(text, i)
	if end == 0 {
		return Found{}
	}
	l := leadOf(text, i)
	if l == leadNever && i > 0 && text[i-1] == ':' {
		l = leadWeak
	}
	if l == leadWeak && i > 0 && (text[i-1] == '#' || text[i-1] == '=') && !is(text[max(i-2, 0)], cAlnum) {
		l = leadMark
	}
	if l == leadNever || (l == leadWeak && !likely(st, end-i)) || (l < leadWord && s.versioned(i)) {
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
func (s *scanner) versioned(i int) bool {
	j := i
	for j > 0 && i-j < maxBack && (is(s.text[j-1], cBlank|cOpen) || s.text[j-1] == ':' || s.text[j-1] == '=') {
		j--
	}
	return kindsBefore(s.text, j)&wVersioned != 0
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

// enclose widens f over "#" and over brackets that enclose nothing but the codes.
func (s *scanner) enclose(f Found) Found {
	if f.Start > s.pos && s.text[f.Start-1] == '#' {
		f.Start--
	}
	if f.Start == s.pos || f.End >= len(s.text) {
		return f
	}
	if c := closer(s.text[f.Start-1]); c != 0 && s.text[f.End] == c {
		f.Start--
		f.End++
	}
	return f
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
