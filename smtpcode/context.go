package smtpcode

// lead tells how well what stands before a number introduces a code. The order matters: each is stronger than those before it.
type lead uint8

const (
	leadNever lead = iota // glued to something: part of another token
	leadWeak              // a number among words
	leadMark              // behind punctuation that codes stand behind
	leadWord              // behind an introducing word
	leadStart             // at the beginning of the text or of a line
)

// maxBack bounds how many blanks and opening marks are looked through, so that a scan stays linear in the text.
const maxBack = 16

// leadOf judges what stands before text[i].
func leadOf(text string, i int) lead {
	if i == 0 {
		return leadStart
	}
	at, mark := i-1, byte(0)
	for ; at >= 0 && is(text[at], cBlank|cOpen); at-- {
		if is(text[at], cNewline) {
			return leadStart
		}
		if i-at > maxBack {
			return leadWeak
		}
		if is(text[at], cOpen) && (mark == 0 || mark == '#') {
			mark = text[at]
		}
	}
	if at < 0 || isEscapedBreak(text, at) {
		return leadStart
	}
	l := gap{text: text, at: at, mark: mark, glued: at == i-1}.judge()
	if l == leadNever && is(text[i-1], cBlank) {
		return leadWeak
	}
	return l
}

func (g gap) judge() lead {
	switch b := g.text[g.at]; {
	case is(b, cLetter):
		return g.afterLetter()
	case is(b, cDigit):
		return g.afterDigit()
	case is(b, cHigh):
		return g.afterHigh()
	}
	return g.afterSign()
}

// isEscapedBreak reports whether text[at] ends a line break or tab written as an escape, as logs and JSON in JSON have it.
func isEscapedBreak(text string, at int) bool {
	switch text[at] {
	case 'n', 'r', 't':
		return at > 0 && text[at-1] == '\\'
	}
	return false
}

// gap is what lies between a number and the last byte before it that is neither blank nor an opening mark.
type gap struct {
	text  string
	at    int  // that last byte
	mark  byte // an opening mark in the gap, "#" only if there is no other
	glued bool // the gap is empty
}

// markGlued reports whether an opening mark stands directly behind the last byte: "smtpd[500]".
func (g gap) markGlued() bool { return g.mark != 0 && isAt(g.text, g.at+1, cOpen) }

func (g gap) afterLetter() lead {
	if g.glued {
		return leadNever
	}
	key, start := wordBefore(g.text, g.at+1)
	kinds := key.kinds()
	if kinds&wIntroducer != 0 || (kinds&wCopula != 0 && introducedBefore(g.text, start-1)) {
		return leadWord
	}
	if g.markGlued() {
		return leadNever
	}
	switch g.mark {
	case '(', '[', '{', '<', '"', '\'', '`':
		if kinds&(wQuantity|wCounted) != 0 {
			return leadWeak
		}
		return leadMark
	case 0:
		if g.addressBefore() {
			return leadMark
		}
	}
	return leadWeak
}

// introducedBefore reports whether an introducing word stands before the blanks that end at text[i].
func introducedBefore(text string, i int) bool {
	j := i
	for j >= 0 && i-j < maxBack && is(text[j], cBlank) {
		j--
	}
	return j < i && kindsBefore(text, j+1)&wIntroducer != 0
}

// addressBefore reports whether the token that ends at text[at] has an "@" in its last 64 bytes.
func (g gap) addressBefore() bool {
	for j := g.at; j >= 0 && j > g.at-64 && !is(g.text[j], cBlank|cOpen); j-- {
		if g.text[j] == '@' {
			return true
		}
	}
	return false
}

func (g gap) afterDigit() lead {
	switch {
	case g.glued || g.markGlued():
		return leadNever
	case g.mark == 0 || g.mark == '#' || g.mark == '*':
		return leadWeak
	}
	return leadMark
}

// afterHigh judges behind a character that is not ASCII: full-width colons and brackets introduce as the ASCII ones do.
func (g gap) afterHigh() lead {
	if g.at >= 2 {
		switch g.text[g.at-2 : g.at+1] {
		case "：", "（", "；", "。", "，", "【", "「":
			return leadMark
		}
	}
	if g.mark != 0 && g.mark != '#' && g.mark != '*' {
		return leadMark
	}
	return leadWeak
}

func (g gap) afterSign() lead {
	text, at := g.text, g.at
	switch text[at] {
	case ':':
		return g.afterColon()
	case '=':
		if kindsBefore(text, at)&wIntroducer != 0 {
			return leadWord
		}
		if g.mark == '"' || g.mark == '\'' || (at > 0 && text[at-1] == '=') {
			return leadMark
		}
		return leadWeak
	case ';', '|', '!', '?', ')', ']', '}':
		return leadMark
	case '>': // "<a@b.example> 550", "<<< 550", "-> 550", but not "score > 500"
		if at == 0 || !is(text[at-1], cBlank) {
			return leadMark
		}
		return leadWeak
	case '.':
		if g.glued {
			return leadNever
		}
		return leadMark
	case '-':
		if g.glued {
			return leadNever
		}
		if at == 0 || is(text[at-1], cBlank) || text[at-1] == '-' {
			return leadMark
		}
		return leadWeak
	}
	if g.glued && text[at] != ',' {
		return leadNever
	}
	return leadWeak
}

func (g gap) afterColon() lead {
	end := g.at
	for end > 0 && g.at-end < 3 && is(g.text[end-1], cBlank) { // "ERROR CODE :550"
		end--
	}
	kinds := kindsBefore(g.text, end)
	if kinds&wIntroducer != 0 {
		return leadWord
	}
	if kinds&(wQuantity|wCounted) != 0 || (g.glued && !g.addressBefore()) {
		return leadNever
	}
	return leadMark
}

// tail tells what follows a number of three digits.
type tail uint8

const (
	tailNever   tail = iota // the number goes on, or is part of another token
	tailUnit                // a measure: "500 bytes"
	tailCounted             // things counted: "500 messages"
	tailEnd                 // nothing, or punctuation
	tailText                // words, or a hyphen
	tailReply               // a word for a reply: "550 error"
)

// tailOf judges what stands from text[i] on.
func tailOf(text string, i int) tail {
	if i >= len(text) {
		return tailEnd
	}
	switch b := text[i]; {
	case is(b, cBlank):
		return tailWord(text, skipBlanks(text, i, maxBack))
	case is(b, cLetter):
		return tailGlued(text, i)
	case is(b, cDigit):
		return tailNever
	case b == '-':
		if isAt(text, i+1, cDigit) && isNumber(text, i+1) {
			return tailNever
		}
		return max(tailWord(text, i+1), tailUnit)
	case b == '.' || b == '/':
		if isAt(text, i+1, cAlnum) {
			return tailNever
		}
	case b == ',' || b == ':':
		if isAt(text, i+1, cDigit) {
			return tailNever
		}
	case b == '%' || b == '@' || b == '$' || b == '+' || b == '=' || b == '&' || b == '^' || b == '~':
		return tailNever
	case b == ')':
		if isPhone(text, skipBlanks(text, i+1, 2)) {
			return tailNever
		}
	case is(b, cHigh):
		return tailText
	}
	return tailEnd
}

// isPhone reports whether three digits and a hyphen or dot, as telephone numbers go on behind their area code, stand at text[i:].
func isPhone(text string, i int) bool {
	_, end := partAt(text, i)
	return end == i+3 && end+1 < len(text) && (text[end] == '-' || text[end] == '.') && isDigit(text[end+1])
}

// tailWord judges the word at text[i], behind blanks.
func tailWord(text string, i int) tail {
	if i >= len(text) {
		return tailEnd
	}
	switch text[i] {
	case '%':
		return tailNever
	case '<':
		if isAddress(text, i+1) { // "554 <a@b.example>... Service unavailable", as Sendmail reports a recipient
			return tailReply
		}
	}
	key, _ := wordAt(text, i)
	switch kinds := key.kinds(); {
	case kinds&(wUnit|wCounted|wReply) == 0:
		return tailText
	case kinds&wUnit != 0:
		return tailUnit
	case kinds&wCounted != 0:
		return tailCounted
	case kinds&wReply != 0:
		return tailReply
	}
	return tailText
}

// isAddress reports whether an address and ">" stand at text[i:], looking no further than 80 bytes.
func isAddress(text string, i int) bool {
	at := false
	for end := min(len(text), i+80); i < end && text[i] != ' ' && text[i] != '<'; i++ {
		switch text[i] {
		case '@':
			at = true
		case '>':
			return at
		}
	}
	return false
}

// tailGlued judges letters glued to the number: words are text ("550User unknown"), units and longer tokens are not a code's.
func tailGlued(text string, i int) tail {
	key, end := wordAt(text, i)
	if end < i+2 || key.kinds()&wUnit != 0 || isAt(text, end, cDigit) {
		return tailNever
	}
	if end >= len(text) {
		return tailText
	}
	switch text[end] {
	case '@', '=':
		return tailNever
	case '.', '-':
		if isAt(text, end+1, cAlnum) {
			return tailNever
		}
	case ':':
		if isHex(text[i:end]) { // a queue id of Postfix or Sendmail
			return tailNever
		}
	}
	return tailText
}

func isHex(word string) bool {
	for i := range len(word) {
		if word[i]|0x20 > 'f' {
			return false
		}
	}
	return true
}

// isNumber reports whether three digits or more stand at text[i:], behind a hyphen: the rest of a telephone number or of a range. Fewer are the
// text of a continued line, and so is an address: "550-192.0.2.1 is listed".
func isNumber(text string, i int) bool {
	end := i + digitsAt(text, i)
	return end >= i+3 && !(isAt(text, end+1, cDigit) && text[end] == '.')
}
