package ndr

import "strings"

// forwarded gives the text of a report that a person passed on, without their
// own words, the header copied above it, and the quote marks; text as it is if
// none was.
func forwarded(text string) (report string, found bool) {
	head := text[:min(len(text), maxMarkText)]
	if strings.IndexByte(head, '@') < 0 {
		return text, false
	}
	_, after, ok := cutFold(head, "forwarded message")
	if !ok {
		return text, false
	}
	from := strings.TrimLeft(after[min(lineEnd(after, 0)+1, len(after)):], "> \t\n")
	if !hasPrefixFold(from, "from:") || !fromDaemon.in(from[:lineEnd(from, 0)]) {
		return text, false
	}
	start := strings.LastIndexByte(text[:len(head)-len(from)], '\n') + 1
	lead := text[start : len(head)-len(from)]
	return behindHeader(unquote(text[start:], strings.TrimSpace(lead))), true
}

// unquote takes a quote mark and the blank behind it off each line.
func unquote(text, mark string) string {
	if mark == "" {
		return text
	}
	var b strings.Builder
	b.Grow(len(text))
	c := cursor{text: text}
	for line, ok := c.next(); ok; line, ok = c.next() {
		line = strings.TrimPrefix(line, mark)
		b.WriteString(strings.TrimPrefix(line, " "))
		b.WriteByte('\n')
	}
	return b.String()
}

// behindHeader gives what follows the first blank line.
func behindHeader(text string) string {
	c := cursor{text: text}
	for line, ok := c.next(); ok; line, ok = c.next() {
		if strings.TrimSpace(line) == "" {
			return c.rest()
		}
	}
	return ""
}
