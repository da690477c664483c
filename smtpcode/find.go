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
	return s.anyReply(i)
}

// anyReply judges three digits at text[i:] in whatever form.
func (s *scanner) anyReply(i int) Found {
	text, end := s.text, s.skipRepeats(i)
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
	text, end := s.text, i+3
	for range 3 {
		j := end + 1
		if j+3 > len(text) || text[j] != text[i] || text[j+1] != text[i+1] || text[j+2] != text[i+2] {
			break
		}
		if !is(text[end], cBlank) && text[end] != '-' || j+3 < len(text) && !is(text[j+3], cJoin) {
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
