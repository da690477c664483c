package phrase

import "strings"

// holeType says what a hole takes.
type holeType uint8

const (
	holeNone     holeType = iota
	holeGap               // <*>: up to gapWords words of the sentence
	holeLongGap           // <**>: up to longGapWords words
	holeIP                // an IPv4 or IPv6 address
	holeAddress           // an e-mail address
	holeHost              // a host name with a dot
	holeDomain            // a domain, also after an at sign
	holeNumber            // 1,000 or 12.5
	holeSize              // a number with or without a unit of size
	holeDuration          // a number with or without a unit of time
	holeURL
	holeCode // one run of non-blank characters
	holeWord // one run of non-blank characters
	holeName // likewise, but for a bare function word such as "of": a word whose value has a name
)

// isRun reports holes that take any run of characters.
func (t holeType) isRun() bool { return t >= holeCode }

const (
	gapWords     = 8
	longGapWords = 30
)

// Bounds of what one hole takes, in bytes, so that matching stays linear on
// hostile texts.
const (
	maxRun    = 320
	maxHost   = 255 // RFC 1035 section 2.3.4
	maxURL    = 1024
	maxNumber = 32
)

const holeTypeNames = "ip address host domain number size duration url code word * **"

var holeTypes = [...]struct {
	name string
	typ  holeType
}{
	{"*", holeGap}, {"**", holeLongGap}, {"ip", holeIP}, {"address", holeAddress}, {"host", holeHost},
	{"domain", holeDomain}, {"number", holeNumber}, {"size", holeSize}, {"duration", holeDuration},
	{"url", holeURL}, {"code", holeCode}, {"word", holeWord},
	// Usual names that say their type.
	{"dnsbl", holeHost}, {"mailbox", holeName}, {"limit", holeSize}, {"retry_after", holeDuration},
	{"sender", holeAddress}, {"ticket", holeName}, {"count", holeNumber},
}

// holeNamed reads what stands between angle brackets: a type, a usual name, or
// name:type.
func holeNamed(body string) (hole, bool) {
	name, typ, named := strings.Cut(body, ":")
	if !named {
		typ = body
	}
	for _, h := range holeTypes {
		if h.name != typ {
			continue
		}
		if h.typ == holeGap || h.typ == holeLongGap {
			return hole{typ: h.typ}, !named
		}
		if h.typ == holeWord && name != h.name {
			return hole{typ: holeName, name: name}, name != "" && !strings.ContainsAny(name, " {}()|?<")
		}
		return hole{typ: h.typ, name: name}, name != "" && !strings.ContainsAny(name, " {}()|?<")
	}
	return hole{}, false
}

// span is the byte range of a hole's value.
type span struct{ start, end int32 }

// fill tries to match a hole of type typ at token j. It returns the token after
// the hole.
func (w *walker) fill(typ holeType, j int) (next int, value span, ok bool) {
	t := &w.toks[j]
	start, end := int(t.start), int(t.end)
	switch typ {
	case holeIP:
		return j + 1, span{int32(start), int32(end)}, t.has(tagIP)
	case holeAddress:
		return j + 1, span{int32(start), int32(end)}, t.has(tagAddress)
	case holeNumber:
		end = w.numberEnd(start)
	case holeSize:
		end = w.quantityEnd(start, isSizeUnit)
	case holeDuration:
		end = w.quantityEnd(start, isTimeUnit)
	case holeHost, holeDomain:
		end = w.hostEnd(start)
	case holeURL:
		end = w.urlEnd(start)
	case holeWord, holeCode, holeName:
		if !t.has(tagsNoWord) {
			end = w.runEnd(start)
		}
		if typ == holeName && end > start && w.isFunctionWord(start, end) {
			return 0, span{}, false
		}
	}
	if end <= start {
		return 0, span{}, false
	}
	return w.after(j, end), span{int32(start), int32(end)}, true
}

// after returns the first token that begins at or after byte end.
func (w *walker) after(j, end int) int {
	for int(w.toks[j].start) < end {
		j++
	}
	return j
}

// numberEnd returns the end of the number at i, 0 if there is none.
func (w *walker) numberEnd(i int) int {
	end, limit := i, min(len(w.text), i+maxNumber)
	for end < limit && isDigit(w.text[end]) {
		end++
		if end+1 < len(w.text) && (w.text[end] == '.' || w.text[end] == ',') && isDigit(w.text[end+1]) {
			end++
		}
	}
	if end == i {
		return 0
	}
	return end
}

// isSizeUnit reports the names of units of size, in lower case.
func isSizeUnit(word string) bool {
	switch word {
	case "b", "byte", "bytes", "octet", "octets", "k", "kb", "kib", "kbyte", "kbytes", "kilobyte", "kilobytes",
		"m", "mb", "mib", "mbyte", "mbytes", "megabyte", "megabytes", "g", "gb", "gib", "gigabyte", "gigabytes", "mo", "ko", "go":
		return true
	}
	return false
}

// isTimeUnit reports the names of units of time, in lower case.
func isTimeUnit(word string) bool {
	switch word {
	case "ms", "s", "sec", "secs", "second", "seconds", "m", "min", "mins", "minute", "minutes", "mn",
		"h", "hr", "hrs", "hour", "hours", "d", "day", "days", "w", "week", "weeks":
		return true
	}
	return false
}

// quantityEnd returns the end of a number and the unit that follows it, if any.
func (w *walker) quantityEnd(i int, isUnit func(string) bool) int {
	end := w.numberEnd(i)
	if end == 0 {
		return 0
	}
	for end+2 < len(w.text) && end < i+maxNumber && w.text[end] == ':' && isDigit(w.text[end+1]) { // 00:05:00
		end = w.numberEnd(end + 1)
	}
	j := end
	for j < len(w.text) && j < end+2 && (w.text[j] == ' ' || w.text[j] == '-' || w.text[j] == '_') {
		j++
	}
	unit := j
	var buf [12]byte
	for unit < len(w.text) && unit < j+len(buf) && classes[w.text[unit]] == classLetter {
		buf[unit-j] = w.text[unit] | 0x20
		unit++
	}
	if isUnit(string(buf[:unit-j])) {
		return unit
	}
	return end
}

// hostEnd returns the end of the host name at i; it must have a dot and a letter.
func (w *walker) hostEnd(i int) int {
	dots, letters, end := 0, hostByte(0), i
	for limit := min(len(w.text), i+maxHost); end < limit; end++ {
		b := hostBytes[w.text[end]]
		if b == 0 {
			break
		}
		dots += int(b & hostDot)
		letters |= b & hostLetter
	}
	for end > i && !isAlnum(w.text[end-1]) {
		dots -= int(hostBytes[w.text[end-1]] & hostDot)
		end--
	}
	if dots < 1 || letters == 0 {
		return 0
	}
	return end
}

// hostByte says what a byte is in a host name, 0 if it belongs to none.
type hostByte uint8

const (
	hostDot hostByte = 1 << iota
	hostLetter
	hostOther // digits, hyphens; underscores, for names that are no hosts'
)

var hostBytes = hostTable()

func hostTable() (t [256]hostByte) {
	for b := range t {
		switch {
		case classes[b] == classLetter:
			t[b] = hostLetter
		case b == '.':
			t[b] = hostDot
		case classes[b] == classDigit, b == '-', b == '_':
			t[b] = hostOther
		}
	}
	return t
}

// urlEnd returns the end of the URL at i.
func (w *walker) urlEnd(i int) int {
	if !hasPrefixFold(w.text[i:], "http://") && !hasPrefixFold(w.text[i:], "https://") && !hasPrefixFold(w.text[i:], "www.") {
		return 0
	}
	end := i
	for end < len(w.text) && end < i+maxURL && w.text[end] > ' ' && !strings.ContainsRune("<>\"'`{}|\\^", rune(w.text[end])) && w.text[end] < 0x80 {
		end++
	}
	for end > i && strings.IndexByte(".,;:!?)]", w.text[end-1]) >= 0 {
		end--
	}
	return end
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// runEnd returns the end of the run of non-blank characters at i, without
// closing punctuation.
func (w *walker) runEnd(i int) int {
	end := i
	limit := min(len(w.text), i+maxRun)
	for end < limit && runBytes[w.text[end]] != endsRun {
		end++
	}
	for end > i && runBytes[w.text[end-1]] == trailsRun {
		end--
	}
	return end
}

// What a byte is to a run of non-blank characters.
const (
	inRun     = iota
	endsRun   // blanks, brackets, quotes, commas
	trailsRun // punctuation that belongs to the sentence if it stands at the end
)

var runBytes = runTable()

func runTable() (t [256]uint8) {
	for b := range t {
		switch {
		case b <= ' ' || strings.IndexByte("<>()[]\",;", byte(b)) >= 0:
			t[b] = endsRun
		case strings.IndexByte(".:!?'`*", byte(b)) >= 0:
			t[b] = trailsRun
		}
	}
	return t
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }
