package phrase

// This file cuts the things that count as one token: addresses, IP addresses
// and codes.

// maxLocal bounds how far a local part may reach back from its at sign, RFC
// 5321 section 4.5.3.1.1 (64 octets), with room for sub-addressing in excess.
const maxLocal = 128

// address makes one token of the e-mail address around the at sign at i.
func (c *cutter) address(at int) int {
	end := domainEnd(c.text, at+1)
	if end == at+1 {
		return at + 1
	}
	start := localStart(c.text, at)
	if start == at {
		return at + 1
	}
	if n := len(c.toks); n > 0 && c.toks[n-1].has(tagAddress) && int(c.toks[n-1].end) > start {
		return at + 1
	}
	c.dropFrom(start)
	c.emit(start, end, tagAddress)
	return end
}

// localStart finds the beginning of the local part that ends before at.
func localStart(text string, at int) int {
	low := max(0, at-maxLocal)
	i := at
	if i > low && text[i-1] == '"' { // quoted local part
		for j := i - 2; j >= low; j-- {
			if text[j] == '"' {
				return j
			}
		}
		return at
	}
	for i > low && isLocalByte(text[i-1]) {
		i--
	}
	return i
}

// isLocalByte reports the bytes of an unquoted local part (RFC 5322 atext, the
// dot, and 8-bit characters of RFC 6531).
func isLocalByte(b byte) bool {
	if isAlnum(b) || b >= 0x80 {
		return true
	}
	switch b {
	case '.', '!', '#', '$', '%', '&', '\'', '*', '+', '-', '/', '=', '?', '^', '_', '`', '{', '|', '}', '~':
		return true
	}
	return false
}

// domainEnd finds the end of the domain or address literal at i.
func domainEnd(text string, i int) int {
	if i < len(text) && text[i] == '[' {
		for j := i + 1; j < len(text) && j < i+64; j++ {
			if text[j] == ']' {
				return j + 1
			}
		}
		return i
	}
	end := i
	for end < len(text) && (isAlnum(text[end]) || text[end] == '.' || text[end] == '-' || text[end] == '_') {
		end++
	}
	for end > i && !isAlnum(text[end-1]) {
		end--
	}
	return end
}

// numeric looks at a word that begins with a digit, text[i:end], for an IPv4
// address, an enhanced status code or a reply code. It returns the index after
// it, or 0 if the word is just a word.
func (c *cutter) numeric(i, end int) int {
	digits := i
	for digits < end && c.text[digits] <= '9' {
		digits++
	}
	if digits-i > 3 || digits < len(c.text) && c.text[digits] == ':' {
		return 0
	}
	if digits < len(c.text) && c.text[digits] == '.' {
		return c.dotted(i)
	}
	if digits == end && digits-i == 3 && c.isReplyCode(i) {
		c.emitCode(i, end)
		return end
	}
	return 0
}

// dotted reads digits and dots at i: an IPv4 address or an enhanced status code.
func (c *cutter) dotted(i int) int {
	parts, width, end := 1, 0, i
	for ; end < len(c.text); end++ {
		b := c.text[end]
		if b >= '0' && b <= '9' {
			width++
			continue
		}
		if b != '.' || width == 0 || width > 3 || parts == 4 || end+1 == len(c.text) || c.text[end+1] < '0' || c.text[end+1] > '9' {
			break
		}
		parts, width = parts+1, 0
	}
	if width > 3 || c.goesOn(i, end) {
		return 0
	}
	switch {
	case parts == 4:
		c.emit(i, end, tagIP)
	case parts == 3 && c.text[i+1] == '.' && (c.text[i] == '2' || c.text[i] == '4' || c.text[i] == '5'):
		c.emitCode(i, end)
	default:
		return 0
	}
	return end
}

// goesOn reports whether text[i:end] is a piece of a longer name, such as a
// host name that begins or ends with an address.
func (c *cutter) goesOn(i, end int) bool {
	if i > 0 && (c.text[i-1] == '.' || c.text[i-1] == '-') && i > 1 && isAlnum(c.text[i-2]) && c.text[i-2] > '9' {
		return true
	}
	if end+1 >= len(c.text) || !isAlnum(c.text[end+1]) {
		return false
	}
	return c.text[end] == '.' || c.text[end] == '-' && c.text[end+1] > '9' && !c.blankBefore(i)
}

func (c *cutter) blankBefore(i int) bool {
	return i == 0 || isBlank(c.text[i-1]) || c.text[i-1] == '-'
}

// isReplyCode reports whether the three digits at i are a reply code by their
// place: at the beginning of the text, at the join of a multi-line reply
// ("550-"), or right before an enhanced status code.
func (c *cutter) isReplyCode(i int) bool {
	if c.text[i] < '2' || c.text[i] > '5' || !c.blankBefore(i) {
		return false
	}
	end := i + 3
	if i == 0 || end == len(c.text) {
		return true
	}
	if c.text[end] == '-' {
		return true
	}
	j := end
	for j < len(c.text) && (isBlank(c.text[j]) || c.text[j] == '#') {
		j++
	}
	return j > end && j+4 < len(c.text) && c.text[j+1] == '.' && (c.text[j] == '2' || c.text[j] == '4' || c.text[j] == '5') && c.text[j+3] == '.'
}

// colon handles a colon, which may stand in an IPv6 address.
func (c *cutter) colon(i int) int {
	start := i
	for start > 0 && start > i-4 && isHex(c.text[start-1]) {
		start--
	}
	end, colons, double := start, 0, false
	for end < len(c.text) && end < start+48 && (isHex(c.text[end]) || c.text[end] == ':' || c.text[end] == '.') {
		if c.text[end] == ':' {
			colons++
			double = double || end+1 < len(c.text) && c.text[end+1] == ':'
		}
		end++
	}
	for end > start && c.text[end-1] == '.' {
		end--
	}
	if colons < 2 || !double && colons != 7 || end == i+2 || end < len(c.text) && isAlnum(c.text[end]) {
		return i + 1
	}
	c.dropFrom(start)
	c.emit(start, end, tagIP)
	return end
}

func isHex(b byte) bool {
	return b >= '0' && b <= '9' || b|0x20 >= 'a' && b|0x20 <= 'f'
}
